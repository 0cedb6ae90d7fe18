"""Options win over terrain.toml, that over pyproject.toml; what cannot be meant is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from terrain.config import Plan, option, plan_from
from terrain.errors import UsageError

PROJECT = """
[project]
name = "x"
label = "not ours"

[tool.terrain.analyze]
label = "a"
max-depth = 2
features = ["p", "q"]
bins = 8
"""
OWN = """
[analyze]
label = "b"
max_depth = 3
"""


def written(folder: Path, *, own: str | None = None, project: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("terrain.toml", own), ("pyproject.toml", project)):
        if text is not None:
            (folder / name).write_text(text)
    return folder


def test_the_nearer_setting_wins(tmp_path: Path) -> None:
    assert plan_from({}, tmp_path) == Plan()
    folder = written(tmp_path, project=PROJECT)
    plan = plan_from({}, folder)
    assert (plan.label, plan.max_depth, plan.features, plan.bins) == ("a", 2, ("p", "q"), 8)
    written(tmp_path, own=OWN)
    plan = plan_from({}, folder)
    assert (plan.label, plan.max_depth, plan.features, plan.bins) == ("b", 3, ("p", "q"), 8)
    plan = plan_from({"label": "c", "features": ("r",), "bins": None, "sensitive": ()}, folder)
    assert (plan.label, plan.max_depth, plan.features, plan.bins) == ("c", 3, ("r",), 8)


def test_zero_and_no_are_settings(tmp_path: Path) -> None:
    folder = written(tmp_path, own="[analyze]\nseed = 3\nrival = true\n")
    plan = plan_from({"seed": 0, "rival": False}, folder)
    assert (plan.seed, plan.rival) == (0, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[analyze]\n\nmax_dept = 3\n", r"terrain\.toml, line 3: unknown setting `max_dept`"),
        ("[analyze]\nmax_dept = 3\n", r"did you mean `max_depth`"),
        ("[analyze]\nmax_depth = 3\nmax = 3\n", r"line 3: unknown setting `max`"),
        ("[cohorts]\nlabell = 'x'\n[analyze]\nlabell = 'x'\n", r"line 4: unknown setting `labell`"),
        ("label = 'x'\n", r"line 1: unknown table `label`\. Settings stand in \[analyze\]"),
        ("[analyze]\n[analyse]\n", r"terrain\.toml, line 2: unknown table `analyse`; did you mean"),
        ("\n[[cohort]]\n", r"line 2: unknown table `cohort`; did you mean `cohorts`"),
        ("\nanalyse.label = 'x'\n", r"line 2: unknown table `analyse`; did you mean `analyze`"),
        ("[cohorts.young]\n", r"line 1: the cohort `young` must be text"),
        ("[cohorts]\na = 'x < 3'\nb = 3\n", r"line 3: the cohort `b` must be text, such as"),
        ("cohorts = 3\n", r"`cohorts` must be a table"),
        ("[analyze]\ncohorts = 3\n", r"line 2: unknown setting `cohorts`"),
        ("[analyze]\ninputs = ['x']\n", r"unknown setting `inputs`"),
        ("analyze = 3\n", r"`analyze` must be a table"),
        ("[analyze\n", r"terrain\.toml is not valid TOML"),
        ("[analyze]\nmax_depth = 'deep'\n", r"max_depth"),
        ("[analyze]\nfeatures = 'age'\n", r"features"),
        ("[analyze]\ntree = 'oak'\n", r"tree"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_meant(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan_from({}, written(tmp_path, own=text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "terrain.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"terrain\.toml cannot be read"):
        plan_from({}, tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": 1.1},
        {"max_depth": 0},
        {"max_leaves": 1},
        {"min_support": 1},
        {"bins": 1},
        {"intersect": 0},
        {"alpha": 0.0},
        {"alpha": float("nan")},
        {"margin": 0.9},
        {"candidates": 1},
        {"seed": -1},
        {"max_report_mb": -1.0},
    ],
)
def test_numbers_outside_their_range_are_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    (key,) = settings
    with pytest.raises(UsageError, match=f"^{option(key)} must lie between"):
        Plan(**settings)
    with pytest.raises(UsageError, match=f"^{option(key)} must lie between"):
        plan_from(settings, tmp_path)


@pytest.mark.parametrize(("given", "needed"), [("metadata", "--on"), ("on", "--metadata")])
def test_metadata_and_its_key_come_together(given: str, needed: str) -> None:
    value: Any = ("f.csv",) if given == "metadata" else "id"
    with pytest.raises(UsageError, match=needed):
        Plan(**{given: value})


@pytest.mark.parametrize(("given", "engine"), [("scheduler", "dask"), ("master", "spark")])
def test_a_cluster_is_not_ignored(given: str, engine: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"^--{given} needs --engine {engine}: "):
        plan_from({given: "there:1"}, tmp_path)
    assert plan_from({given: "there:1", "engine": engine}, tmp_path).engine == engine
    (tmp_path / "terrain.toml").write_text(f'[analyze]\n{given} = "there:1"\n')
    assert plan_from({}, tmp_path).engine == "memory"


def test_the_example_in_the_manual_can_be_used(tmp_path: Path) -> None:
    manual = Path(__file__).parents[1] / "docs" / "configuration.md"
    own, project = re.findall(r"^```toml\n(.*?)^```$", manual.read_text(), re.DOTALL | re.MULTILINE)
    for examples in ({"own": own}, {"project": project}):
        plan = plan_from({}, written(tmp_path / next(iter(examples)), **examples))
        assert plan.label == "approved"
        assert plan.cohorts == {"young-north": "age < 30 and region in {north, east}"}
