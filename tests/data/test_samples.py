"""The sample benchmarks: what is in them is what their cards and the script say."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from terrain.cli.sample import sample
from terrain.data.samples import find_sample, list_samples, sample_bytes
from terrain.errors import OutputError, UsageError
from terrain.files import resource

FOLDER = resource("sample_benchmarks")
NAMES = [each.name for each in list_samples()]


def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])


def test_the_committed_tables_are_what_the_script_makes() -> None:
    script = [sys.executable, str(FOLDER / "make.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_a_card_and_the_index_leads_to_it(name: str) -> None:
    found, table = find_sample(name), _table(name)
    assert (found.rows, found.columns) == table.shape
    assert f"({name}.md)" in (FOLDER / "README.md").read_text()
    assert f"| Rows | {found.rows:,}, " in found.card.read_text()
    assert "| Licence | " in found.card.read_text()
    assert (FOLDER / f"{name}.csv").stat().st_size < 500_000


@pytest.mark.parametrize("name", NAMES)
def test_a_card_names_every_column(name: str) -> None:
    card = find_sample(name).card.read_text()
    spelled_by_family = {"prob_", "mean_"}
    columns = [
        c for c in map(str, _table(name)) if not any(c.startswith(f) for f in spelled_by_family)
    ]
    assert [c for c in columns if f"`{c}`" not in card] == []


def test_the_planted_regions_are_as_the_card_says() -> None:
    table, card = _table("loans"), find_sample("loans").card.read_text()
    wrong = table["label"] != table["prediction"]
    young_broker = (table["age"] < 30) & (table["channel"] == "broker")
    no_income = table["income"].isna()
    for region in (young_broker, no_income, ~(young_broker | no_income)):
        assert f"| {wrong[region].sum()} of {region.sum():,} |" in card
    assert (table["prediction"] == (table["score"] >= 0.5)).all()


def test_the_other_cards_count_their_errors_rightly() -> None:
    digits, tumours, patients = _table("digits"), _table("breast_cancer"), _table("diabetes")
    misread = digits["label"] != digits["prediction"]
    ones, lopsided = digits["label"] == 1, digits["symmetry"] < 0.53
    card = find_sample("digits").card.read_text()
    assert f"{misread.sum()} of the 1,797" in card
    assert f"{misread[ones].sum()} of the {ones.sum()} ones" in card
    assert f"{misread[lopsided].sum()} of {lopsided.sum()}." in card

    misjudged = tumours["label"] != tumours["prediction"]
    middling = tumours["mean_area"].between(480, 720, inclusive="left")
    card = find_sample("breast_cancer").card.read_text()
    assert f"{misjudged.sum()} of the 569" in card
    assert f"{misjudged[middling].sum()} of {middling.sum()}," in card

    error = (patients["target"] - patients["prediction"]).abs()
    heavy = patients["bmi"] >= 25
    card = find_sample("diabetes").card.read_text()
    assert f"mean absolute error is {error.mean():.1f}" in card
    assert f"{error[heavy].mean():.1f} for the {heavy.sum()} patients" in card


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_analyzed_as_its_card_says(name: str, tmp_path: Path) -> None:
    found = find_sample(name)
    page, document = tmp_path / "page.html", tmp_path / "terrain.json"
    command = [sys.executable, "-m", "terrain", "analyze", str(found.card.with_suffix(".csv"))]
    outputs = ["-o", str(page), "--json", str(document)]
    done = subprocess.run(
        [*command, *shlex.split(found.options), *outputs],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert page.stat().st_size > 0
    if name == "loans":
        failing = [
            each["region"]["words"]
            for each in json.loads(document.read_bytes())["regions"]
            if each["status"] == "failing"
        ]
        assert any("channel = broker" in words and "age < " in words for words in failing)
        assert any("income is missing" in words for words in failing)


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r"no sample benchmark `digit`; did you mean `digits`\? There"
    ):
        sample_bytes("digit")
    with pytest.raises(UsageError, match="There are: breast_cancer, diabetes, digits, loans"):
        find_sample("../make")


@pytest.mark.parametrize("arguments", [["--list"], []])
def test_the_command_lists_every_sample(arguments: list[str]) -> None:
    said = CliRunner().invoke(sample, arguments, catch_exceptions=False).output
    for each in list_samples():
        assert each.name in said
        assert each.description in said


def test_the_command_writes_a_table_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(sample, ["loans"], catch_exceptions=False).output
    assert Path("loans.csv").read_bytes() == sample_bytes("loans")
    assert "terrain analyze loans.csv --sensitive sex,ethnicity" in said


def test_only_a_named_output_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"digits\.csv already exists"):
        CliRunner().invoke(sample, ["digits"], catch_exceptions=False)
    assert Path("digits.csv").read_text() == "mine"
    CliRunner().invoke(sample, ["digits", "-o", "digits.csv"], catch_exceptions=False)
    assert Path("digits.csv").read_bytes() == sample_bytes("digits")


def test_standard_output_holds_the_table_alone() -> None:
    done = CliRunner().invoke(sample, ["diabetes", "-o", "-"], catch_exceptions=False)
    assert done.stdout_bytes == sample_bytes("diabetes")
