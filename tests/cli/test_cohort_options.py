"""`--cohort`, `--name` and `--save-cohorts` as users give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from commands import terrain

from terrain.report.json import schema

if TYPE_CHECKING:
    import pandas as pd

FEATURES = ("--features", "age,region")
YOUNG_NORTH = "age < 30 and region in {north, east}"


def analyzed(*arguments: str) -> dict[str, Any]:
    """Analyze the table and return the document."""
    done = terrain("analyze", "preds.csv", *FEATURES, *arguments, "-q", "--json", "t.json")
    assert (done.code, done.err) == (0, "")
    document: dict[str, Any] = json.loads(Path("t.json").read_text())
    return document


def refused(*arguments: str) -> str:
    """Run what must be refused, and return its words."""
    before = sorted(Path().iterdir())
    done = terrain("analyze", "preds.csv", *FEATURES, *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("terrain: ")
    assert "Traceback" not in done.err
    assert sorted(Path().iterdir()) == before
    return done.err


@pytest.mark.usefixtures("folder")
def test_a_cohort_is_measured_on_the_rows_that_pandas_finds(predictions: pd.DataFrame) -> None:
    document = analyzed("--cohort", YOUNG_NORTH, "--name", "young-north", "--cohort", "age >= 60")
    jsonschema.validate(document, schema())
    first, second = document["cohorts"]
    assert (first["name"], first["expression"]) == ("young-north", YOUNG_NORTH)
    assert (second["name"], second["expression"]) == ("age >= 60", "age >= 60")
    inside = predictions[(predictions.age < 30) & predictions.region.isin(["north", "east"])]
    assert first["finding"]["support"] == len(inside)
    assert (
        first["finding"]["metrics"]["error_rate"]["events"]
        == (inside.y_true != inside.y_pred).sum()
    )
    assert first["finding"]["status"] == "failing"
    assert document["provenance"]["settings"]["cohorts"] == {
        "young-north": YOUNG_NORTH,
        "age >= 60": "age >= 60",
    }


@pytest.mark.usefixtures("folder")
def test_cohorts_change_nothing_of_what_is_found() -> None:
    without = analyzed()
    cohorts = analyzed("--cohort", "age <= 28.5 and region != south", "--cohort", "age > 33")
    assert len(without["regions"]) > 1
    for part in ("regions", "tree", "breakdowns", "overall", "method", "headline", "warnings"):
        assert cohorts[part] == without[part]


@pytest.mark.usefixtures("folder")
def test_the_terminal_and_the_page_show_cohorts() -> None:
    done = terrain(
        "analyze", "preds.csv", *FEATURES,
        "--cohort", YOUNG_NORTH, "--name", "young-north", "--cohort", "age > 900",
    )  # fmt: skip
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "! No instance lies in the cohort age > 900. Check what it says: age >= 901" in said
    assert "Your cohorts (measured on all instances; 95% interval, adjusted p):" in said
    assert "young-north age < 30 and region in {north, east} error rate" in said
    assert "against all others" in said
    assert "error rate n/a (0 of 0 instances)" in said
    page = Path("preds.terrain.html").read_text()
    assert 'href="#cohort=c1"' in page
    assert '<a href="#cohorts">Cohorts</a>' in page


@pytest.mark.usefixtures("folder")
def test_a_page_without_cohorts_does_not_speak_of_them() -> None:
    terrain("analyze", "preds.csv", *FEATURES, "-q")
    assert "Your cohorts</h2>" not in Path("preds.terrain.html").read_text()


@pytest.mark.usefixtures("folder")
def test_report_draws_the_same_page_again() -> None:
    analyzed(
        "--cohort", "age <= 28.5 and region != south", "--cohort", "age = 33", "-o", "one.html"
    )
    done = terrain("report", "t.json", "-o", "two.html")
    assert done.code == 0
    assert Path("two.html").read_text() == Path("one.html").read_text()


@pytest.mark.usefixtures("folder")
def test_cohorts_are_kept_and_used_again() -> None:
    Path("terrain.toml").write_text(
        '[analyze]  # mine\nmax-depth = 3\n\n[cohorts]\nold = "age > 60"\n'
    )
    done = terrain(
        "analyze", "preds.csv", *FEATURES, "-q",
        "--cohort", YOUNG_NORTH, "--name", "young-north", "--save-cohorts",
    )  # fmt: skip
    assert done.code == 0
    assert done.out.splitlines()[-1].endswith("terrain.toml: the cohort `young-north`")
    assert Path("terrain.toml").read_text() == (
        '[analyze]  # mine\nmax-depth = 3\n\n[cohorts]\nold = "age > 60"\n'
        f'young-north = "{YOUNG_NORTH}"\n'
    )
    assert [each["name"] for each in analyzed()["cohorts"]] == ["old", "young-north"]
    other = analyzed("--cohort", "age < 20", "--name", "old")["cohorts"]
    assert [each["expression"] for each in other] == ["age < 20", YOUNG_NORTH]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cohort", "agee < 3"], "a cohort cannot be read: no column `agee`"),
        (["--cohort", "age <", "--name", "x"], "the cohort `x` cannot be read: `age` is compared"),
        (
            ["--cohort", "region = nort"],
            "no level `nort`; did you mean `north`?\n    region = nort",
        ),
        (["--cohort", "y_pred = 1"], "`y_pred` is in the table, but carries no condition"),
        (["--cohort", "sex = f"], "carries no condition (not among --features)"),
        (["--cohort", ""], "a condition is expected here"),
        (["--cohort", "age < 3", "--cohort", "age < 3"], "two cohorts are called `age < 3`"),
        (["--name", "x"], "1 --name for 0 --cohort"),
        (["--save-cohorts"], "--save-cohorts keeps every --cohort, and there is none"),
        (["--cohort", "agee < 3", "--save-cohorts"], "did you mean `age`?"),
    ],
)
def test_a_cohort_that_cannot_be_meant_is_refused(arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


@pytest.mark.usefixtures("folder")
def test_a_column_that_is_left_out_says_why() -> None:
    done = terrain("analyze", "preds.csv", "--exclude", "sex", "--cohort", "sex = f")
    assert "`sex` is in the table, but carries no condition (excluded by --exclude)" in done.err
    done = terrain("analyze", "preds.csv", "--cohort", "y_true = 1")
    assert "`y_true` is in the table, but carries no condition (is the label)" in done.err
