"""Cohorts in files of settings: read, overridden, and written without touching anything else."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.config import Plan, cohorts_named, plan_from
from terrain.errors import OutputError, UsageError
from terrain.settings import save_cohorts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_cohort_of_an_option_wins_over_the_files(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.other]\nx = 1\n[tool.terrain.cohorts]\na = 'p'\nb = 'p'\nc = 'p'\n"
    )
    (tmp_path / "terrain.toml").write_text("[cohorts]\nb = 'own'\nc = 'own'\n'd e' = 'own'\n")
    plan = plan_from({"cohorts": {"c": "option", "f": "option"}}, tmp_path)
    assert list(plan.cohorts.items()) == [
        ("a", "p"),
        ("b", "own"),
        ("c", "option"),
        ("d e", "own"),
        ("f", "option"),
    ]
    assert plan_from({}, tmp_path).cohorts == {"a": "p", "b": "own", "c": "own", "d e": "own"}
    assert Plan().cohorts == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[tool.terrain.analyse]\nlabel = 'x'\n",
            r"line 1: unknown table `tool\.terrain\.analyse`",
        ),
        ("[tool.terrain]\n\ncohort.a = 'x'\n", r"line 3: unknown table .* did you mean `cohorts`"),
        ("[tool.terrain.cohorts]\na = [3]\n", r"line 2: the cohort `a` must be text"),
        ("[tool.terrain.cohorts]\n'' = 'x < 3'\n", r"line 2: a cohort has no name"),
        ("[tool]\nterrain = 3\n", r"`tool\.terrain` must be a table"),
        ("tool = 3\n", r"`tool` must be a table"),
    ],
)
def test_a_project_file_that_cannot_be_meant(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=r"pyproject\.toml.*" + message):
        plan_from({}, tmp_path)


@pytest.mark.parametrize(
    ("expressions", "names", "message"),
    [
        (["a < 3"], ["x", "y"], "2 --name for 1 --cohort"),
        ([], ["x"], "1 --name for 0 --cohort"),
        (["a < 3", "b < 3"], ["x", "x"], "two cohorts are called `x`"),
        (["a < 3", "a < 3"], [], "two cohorts are called `a < 3`"),
        (["a < 3", "b < 3"], ["b < 3"], "two cohorts are called `b < 3`"),
        (["a < 3"], [" "], "' ' is no name"),
        (["a < 3"], ["\udcff"], "is no name"),
    ],
)
def test_names_that_do_not_fit(expressions: list[str], names: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        cohorts_named(expressions, names)


FILES = (
    "",
    "# nothing but a comment",
    '[analyze]\nlabel="x"',
    '[analyze]\r\nlabel = "x" # mine\r\n\r\n',
    '[cohorts] # mine\n\na = "p"   # a\n\n[analyze]\nbins = 8\n',
    'cohorts = {a = "p", b = "q"}\n[analyze]\n',
    'cohorts.a = "p"\n\n[analyze]\nbins = 8\n',
    '[cohorts]\n"young, north" = """age < 30\nand region = north"""\n[analyze]\n',
)


@given(
    st.sampled_from(FILES),
    st.dictionaries(st.sampled_from(["a", "young, north"]) | st.text(), st.text(), min_size=1),
)
def test_saving_adds_cohorts_and_leaves_the_rest(
    tmp_path: Path, before: str, cohorts: dict[str, str]
) -> None:
    path = tmp_path / "terrain.toml"
    path.write_bytes(before.encode())
    said = save_cohorts(tmp_path, cohorts)
    after = path.read_bytes().decode()
    old: dict[str, Any] = tomllib.loads(before)
    assert tomllib.loads(after) == {**old, "cohorts": {**old.get("cohorts", {}), **cohorts}}
    kept = [line for line in before.splitlines() if "#" in line or line.startswith(("[a", "bins"))]
    assert [
        line for line in kept if line.split(" = ")[0] not in cohorts and line not in after
    ] == []
    assert said.startswith(f"{path}: the cohort")


def test_saving_twice_changes_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "terrain.toml"
    path.write_text('[analyze]\nlabel = "x" # mine\n')
    save_cohorts(tmp_path, {"young north": 'age < 30 and region = "a, b"'})
    once = path.read_text()
    assert once == (
        '[analyze]\nlabel = "x" # mine\n\n[cohorts]\n'
        '"young north" = "age < 30 and region = \\"a, b\\""\n'
    )
    save_cohorts(tmp_path, {"young north": 'age < 30 and region = "a, b"'})
    assert path.read_text() == once


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"terrain\.toml: the folder .* does not exist"):
        save_cohorts(tmp_path / "nowhere", {"a": "x < 3"})
