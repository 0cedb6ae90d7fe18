"""`terrain compare` as users run it: files in, a page and a document out, or one clear refusal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import numpy as np
import pandas as pd
import pytest
from commands import process, terrain

from terrain.cli.compare import SEARCH
from terrain.cli.compare import compare as command
from terrain.comparison import Comparison

if TYPE_CHECKING:
    from pathlib import Path


def frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    n = 1_200
    label = generator.integers(0, 2, n)
    found = pd.DataFrame({"id": np.arange(n), "age": generator.integers(18, 90, n), "label": label})
    for name, rate in (("old", 0.2), ("new", 0.2 + 0.4 * (found.age < 35)), ("third", 0.5)):
        wrong = generator.random(n) < rate
        found[name] = np.where(wrong, 1 - label, label)
        found[f"p_{name}"] = np.clip(found[name] * 0.5 + generator.random(n) * 0.5, 0, 1)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with three models in tables of their own, and in one."""
    monkeypatch.chdir(tmp_path)
    both = frame()
    both.to_csv("both.csv", index=False)
    for name in ("old", "new", "third"):
        both[["id", "age", "label", name]].rename(columns={name: "prediction"}).to_csv(
            f"{name}.csv", index=False
        )
    return tmp_path


def test_two_files_become_a_page_a_document_and_a_summary(folder: Path) -> None:
    done = terrain("compare", "old.csv", "new.csv", "--json", "c.json")
    assert (done.code, done.err) == (0, "")
    assert "1,200 instances paired: by id (`id`)." in done.out
    assert "Got worse" in done.out
    assert "age < 35" in done.out
    assert "backward compatibility" in done.out
    assert "new.vs.old.terrain.html: the page" in done.out
    assert "where it got worse or better" in (folder / "new.vs.old.terrain.html").read_text()
    content = (folder / "c.json").read_bytes()
    schema = json.loads(terrain("schema", "comparison").out)
    jsonschema.Draft202012Validator(schema).validate(json.loads(content))
    found = msgspec.json.decode(content, type=Comparison)
    assert found.schema_version == 1
    assert found.regions[0].words == "age < 35"


def test_the_same_run_writes_the_same_bytes(folder: Path) -> None:
    for name in ("one", "two"):
        terrain("compare", "old.csv", "new.csv", "-o", f"{name}.html", "--json", f"{name}.json")
    assert (folder / "one.html").read_bytes() == (folder / "two.html").read_bytes()
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


@pytest.mark.parametrize("role", ["prediction", "score"])
def test_columns_of_one_file_are_models(folder: Path, role: str) -> None:
    columns = ("old", "new") if role == "prediction" else ("p_old", "p_new")
    options = [word for column in columns for word in (f"--{role}", column)]
    others = "p_old,p_new,third,p_third" if role == "prediction" else "old,new,third,p_third"
    done = terrain("compare", "both.csv", *options, "--exclude", others, "--json", "c.json")
    assert (done.code, done.err) == (0, "")
    found = msgspec.json.decode((folder / "c.json").read_bytes(), type=Comparison)
    assert tuple(model.name for model in found.models) == columns
    assert found.pairing.how == "columns"
    assert found.overall is not None
    assert ("auc" in found.overall.metrics) == (role == "score")
    assert {c.feature for r in found.regions for c in r.region.conditions} <= {"age"}


def test_a_prediction_and_a_score_for_each_file(folder: Path) -> None:
    both = frame()
    for name in ("old", "new"):
        both[["id", "age", "label", name, f"p_{name}"]].to_csv(f"{name}2.csv", index=False)
    words = [w for name in ("old", "new") for w in ("--prediction", name, "--score", f"p_{name}")]
    done = terrain("compare", "old2.csv", "new2.csv", *words, "--json", "c.json")
    assert (done.code, done.err) == (0, "")
    found = msgspec.json.decode((folder / "c.json").read_bytes(), type=Comparison)
    assert found.overall is not None
    assert found.overall.metrics["error_rate"].old.events == (both.old != both.label).sum()
    assert "auc" in found.overall.metrics


def test_three_files_are_a_leaderboard(folder: Path) -> None:
    done = terrain("compare", "old.csv", "new.csv", "third.csv", "--sensitive", "age")
    assert (done.code, done.err) == (0, "")
    assert "old has the lowest error rate" in done.out
    assert "Leaderboard" in (folder / "third.vs.old.terrain.html").read_text()


def test_two_results_are_compared_by_their_counts(folder: Path) -> None:
    for name in ("old", "new"):
        terrain("analyze", f"{name}.csv", "--json", f"{name}.json", "--no-rival", "-q",
                "--cohort", "age < 35", "--sensitive", "age")  # fmt: skip
    done = terrain("compare", "old.json", "new.json", "--json", "c.json", "-q")
    assert (done.code, done.err) == (0, "")
    found = msgspec.json.decode((folder / "c.json").read_bytes(), type=Comparison)
    both = frame()
    young = both[both.age < 35]
    change = found.cohorts[0].metrics["error_rate"]
    assert (change.old.events, change.new.events) == (
        (young.old != young.label).sum(),
        (young.new != young.label).sum(),
    )
    assert change.difference.p_value is not None
    assert change.difference.p_value < 1e-6
    assert found.pairing.how == "documents"
    assert sum(group.support for group in found.groups[0].groups) == 1_200
    assert found.overall is not None
    f1 = found.overall.metrics["f1"].difference
    assert f1.low is not None
    assert f1.p_value is not None
    assert (f1.p_value < 0.05) == (not f1.low <= 0 <= (f1.high or 0))


def test_quiet_says_only_what_was_written(folder: Path) -> None:
    done = terrain("compare", "old.csv", "new.csv", "-q", "-o", "x.html")
    assert done.out.startswith("x.html: the page, ")
    assert done.out.count("\n") == 1
    assert (folder / "x.html").is_file()


REFUSED = {
    "one model": (["old.csv"], "there is one file: name a second one, or two columns"),
    "one column": (["both.csv", "--prediction", "old"], "there is one file"),
    "no file": (["old.csv", "gone.csv"], "there is no file gone.csv"),
    "misfit": (
        ["old.csv", "new.csv", "third.csv", "--prediction", "a", "--prediction", "b"],
        "2 --prediction for 3 models",
    ),
    "scores misfit": (
        ["both.csv", "--prediction", "old", "--prediction", "new", "--score", "p_old"],
        "1 --score for 2 models",
    ),
    "the same twice": (["old.csv", "old.csv"], "two models are called `old.csv`"),
    "no column": (
        ["old.csv", "new.csv", "--id", "idd"],
        "old: --id: no column `idd`; did you mean",
    ),
    "over an input": (["old.csv", "new.csv", "-o", "old.csv"], "old.csv is an input"),
    "a result and a table": (
        ["old.json", "new.csv"],
        "are compared with each other, not with tables",
    ),
    "three results": (["old.json", "new.json", "3.json"], "of results two are compared"),
    "no target": (["old.csv", "new.csv", "--target", "fnrr"], "did you mean `fnr`?"),
    "damaged result": (
        ["bad.json", "old.json"],
        "bad.json: this is not a document that terrain wrote",
    ),
    "standard input twice": (["-", "-"], "two models are called `-`"),
    "standard input, two columns": (
        ["-", "--prediction", "old", "--prediction", "new"],
        "standard input can be read once",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_in_one_line(folder: Path, case: str) -> None:
    arguments, said = REFUSED[case]
    if any(word.endswith(".json") for word in arguments):
        for name in ("old", "new"):
            terrain("analyze", f"{name}.csv", "--json", f"{name}.json", "--no-rival", "-q")
        (folder / "3.json").write_bytes((folder / "old.json").read_bytes())
        (folder / "bad.json").write_bytes((folder / "old.json").read_bytes()[:4_000])
    before = sorted(folder.iterdir())
    done = terrain("compare", *arguments)
    assert done.code == 2, done
    assert said in done.err
    assert done.err.startswith("terrain: ")
    assert done.err.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_standard_input_is_one_of_two(folder: Path) -> None:
    done = process(
        "compare", "old.csv", "-", "-q", folder=folder, stdin=(folder / "new.csv").read_bytes()
    )
    assert (done.code, done.err) == (0, "")
    assert (folder / "stdin.vs.old.terrain.html").is_file()


def test_standard_input_cannot_be_read_again(folder: Path) -> None:
    done = process("compare", "old.csv", "-", "--unpaired", folder=folder,
                   stdin=(folder / "new.csv").read_bytes())  # fmt: skip
    assert done.code == 2
    assert "standard input can be read once" in done.err


def test_its_options_are_those_of_analyze() -> None:
    names = [each.name for each in command.params]
    assert len(names) == len(set(names))
    assert {"label", "sensitive", "group", "weight", "cohort", "target", "seed"} <= set(names)
    assert not SEARCH & set(names)


@pytest.mark.parametrize("kind", ["two", "three", "unpaired"])
def test_every_document_follows_the_schema_and_comes_back(folder: Path, kind: str) -> None:
    files = ["old.csv", "new.csv", *(["third.csv"] if kind == "three" else [])]
    more = ["--unpaired"] if kind == "unpaired" else []
    terrain("compare", *files, *more, "--sensitive", "age", "--json", "c.json", "-q")
    content = (folder / "c.json").read_bytes()
    schema = json.loads(terrain("schema", "comparison").out)
    jsonschema.Draft202012Validator(schema).validate(json.loads(content))
    found = msgspec.json.decode(content, type=Comparison)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Comparison) == found
    assert bool(found.leaderboard) == (kind == "three")


def test_settings_of_the_folder_count(folder: Path) -> None:
    (folder / "terrain.toml").write_text(
        '[analyze]\nexclude = ["third", "p_old", "p_new", "p_third"]\n[cohorts]\nold = "age > 60"\n'
    )
    terrain("compare", "both.csv", "--prediction", "old", "--prediction", "new", "--json", "c.json")
    found = msgspec.json.decode((folder / "c.json").read_bytes(), type=Comparison)
    assert [cohort.words for cohort in found.cohorts] == ["old"]
    assert {each.feature for r in found.regions for each in r.region.conditions} <= {"age"}
