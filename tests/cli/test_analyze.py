"""`terrain analyze` and `terrain report` as users run them."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import pytest
from commands import process, terrain

from terrain.report.json import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


def analyzed(*arguments: str) -> dict[str, Any]:
    """Analyze a table and return the document."""
    done = terrain("analyze", *arguments, "-q", "--json", "t.json", "-o", "t.html")
    assert done.code == 0, done.err
    document: dict[str, Any] = json.loads(Path("t.json").read_text())
    return document


def roles(document: dict[str, Any]) -> dict[str, list[str]]:
    return {each["role"]: each["columns"] for each in document["benchmark"]["roles"]}


def numbers(document: dict[str, Any]) -> tuple[Any, ...]:
    """Return what two documents of the same instances have in common."""
    return document["overall"], document["regions"], document["tree"]


def test_a_predictions_file_needs_nothing_but_its_name(folder: Path) -> None:
    done = terrain("analyze", "preds.csv", "--features", "age,region", "--json", "t.json")
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == [
        "preds.csv",
        "preds.terrain.html",
        "t.json",
    ]
    assert Path("preds.terrain.html").read_text().startswith("<!doctype html>")
    document = json.loads(Path("t.json").read_text())
    assert roles(document) == {
        "label": ["y_true"],
        "prediction": ["y_pred"],
        "scores": ["score"],
        "features": ["age", "region"],
        "id": ["person_id"],
    }
    failing = [r["region"]["words"] for r in document["regions"] if r["status"] == "failing"]
    assert any("age < 30" in words and "region = north" in words for words in failing)


def test_the_terminal_says_what_was_read_found_and_written(folder: Path) -> None:
    words = analyzed("preds.csv")["regions"][0]["region"]["words"]
    done = terrain("analyze", "preds.csv", "--sensitive", "sex,region", "--intersect", "1")
    said = " ".join(done.out.split())
    for expected in (
        "read 1,200 instances from preds.csv",
        "label y_true (usual name)",
        "features age, region, sex (every other column that can carry a condition)",
        "sensitive sex, region (named)",
        "the positive class is `1`",
        "The model errs on 14.4% of 1,200 instances.",
        f"1. {words} error rate ",
        "elsewhere",
        "sex no gap that chance would not explain",
        " of north ",
        "in the page.",
    ):
        assert expected in said
    assert done.out.splitlines()[-1].startswith("preds.terrain.html: the page")
    assert done.out.index("y_true") < done.out.index("The model errs") < done.out.index(words)
    assert (folder / "preds.terrain.html").exists()


def test_columns_left_out_are_said_with_the_reason(folder: Path, predictions: pd.DataFrame) -> None:
    text = [f"a long story of instance {n}, told in many words" for n in range(len(predictions))]
    predictions.assign(story=text, one=1, two=2, nothing=None).to_csv("wide.csv", index=False)
    said = " ".join(terrain("analyze", "wide.csv", "--exclude", "sex").out.split())
    assert "left out sex (excluded by --exclude)" in said
    assert "one, two (has one value only); nothing (has missing values only)" in said
    assert "raw story (holds free text, paths or addresses)" in said
    assert (folder / "wide.terrain.html").exists()


def test_quiet_says_what_was_written_where(folder: Path) -> None:
    done = terrain("analyze", "preds.csv", "-q", "-o", "page.html", "--json", "t.json")
    page, document = done.out.splitlines()
    assert page.startswith("page.html: the page, ")
    assert document == "t.json: everything found, as JSON"
    assert (folder / "page.html").exists()


@pytest.mark.parametrize("width", [60, 80])
def test_lines_fit_the_terminal_and_words_stay_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    words = analyzed("preds.csv")["regions"][0]["region"]["words"]
    monkeypatch.setenv("COLUMNS", str(width))
    said = terrain("analyze", "preds.csv").out
    assert max(map(len, said.splitlines())) <= width
    assert f" 1. {words}\n    error rate " in said
    assert not any(line != line.rstrip() for line in said.splitlines())
    assert folder.exists()


def test_without_a_terminal_lines_are_wide(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    said = terrain("analyze", "preds.csv").out
    assert 100 < max(map(len, said.splitlines())) <= 120
    assert folder.exists()


def separate_files(predictions: pd.DataFrame) -> list[str]:
    for part in range(3):
        predictions[part * 400 : part * 400 + 400].to_csv(f"part{part}.csv", index=False)
    return ["part*.csv"]


def in_a_folder(predictions: pd.DataFrame) -> list[str]:
    Path("runs").mkdir()
    predictions[:700].to_csv("runs/a.csv", index=False)
    predictions[700:].to_csv("runs/b.csv", index=False)
    return ["runs"]


def compressed(predictions: pd.DataFrame) -> list[str]:
    Path("p.csv.gz").write_bytes(gzip.compress(predictions.to_csv(index=False).encode()))
    return ["p.csv.gz"]


def as_parquet(predictions: pd.DataFrame) -> list[str]:
    predictions.to_parquet("p.parquet")
    return ["p.parquet"]


def as_json_lines(predictions: pd.DataFrame) -> list[str]:
    predictions.to_json("p.jsonl", orient="records", lines=True)
    return ["p.jsonl"]


def as_feather(predictions: pd.DataFrame) -> list[str]:
    predictions.to_feather("p.feather")
    return ["p.feather"]


def as_tsv(predictions: pd.DataFrame) -> list[str]:
    predictions.to_csv("p.tsv", index=False, sep="\t")
    return ["p.tsv"]


def with_metadata(predictions: pd.DataFrame) -> list[str]:
    outcome = ["person_id", "y_true", "y_pred", "score"]
    predictions[outcome].to_csv("outcome.csv", index=False)
    features = predictions.drop(columns=outcome[1:]).sample(frac=1, random_state=0)
    features.to_parquet("features.parquet")
    return ["outcome.csv", "--metadata", "features.parquet", "--on", "person_id"]


@pytest.mark.parametrize(
    "source",
    [
        separate_files,
        in_a_folder,
        compressed,
        as_parquet,
        as_json_lines,
        as_feather,
        as_tsv,
        with_metadata,
    ],
)
def test_the_same_instances_from_other_files_give_the_same_numbers(
    folder: Path, predictions: pd.DataFrame, source: Callable[[pd.DataFrame], list[str]]
) -> None:
    assert numbers(analyzed(*source(predictions))) == numbers(analyzed("preds.csv"))
    assert folder.exists()


def test_standard_input(folder: Path) -> None:
    content = Path("preds.csv").read_bytes()
    done = process("analyze", "-", "-q", "--json", "t.json", folder=folder, stdin=content)
    assert done.code == 0, done.err
    assert (folder / "stdin.terrain.html").exists()
    piped = json.loads(Path("t.json").read_text())
    assert numbers(piped) == numbers(analyzed("preds.csv"))


def test_rows_without_a_partner_are_counted_and_said(
    folder: Path, predictions: pd.DataFrame
) -> None:
    predictions[["person_id", "y_true", "y_pred"]].to_csv("outcome.csv", index=False)
    predictions[["person_id", "age"]][:1100].to_csv("ages.csv", index=False)
    said = terrain("analyze", "outcome.csv", "--metadata", "ages.csv", "--on", "person_id").out
    assert "100 of 1,200 rows have no partner in ages.csv" in " ".join(said.split())
    assert (folder / "outcome.terrain.html").exists()


def test_errors_of_the_users_own_need_no_labels(folder: Path, predictions: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    slow = (predictions["region"] == "south") * 80 + rng.gamma(2, 10, len(predictions))
    wrong = (predictions["y_true"] != predictions["y_pred"]).astype(int)
    own = predictions[["age", "region"]].assign(wrong=wrong, latency_ms=slow)
    own.to_csv("own.csv", index=False)

    one = analyzed("own.csv", "--error", "wrong", "--exclude", "latency_ms")
    assert (one["benchmark"]["task"], one["target"]) == ("indicator", "wrong")
    assert one["overall"]["wrong"]["events"] == wrong.sum()

    timed = analyzed("own.csv", "--error", "latency_ms", "--exclude", "wrong")
    assert timed["overall"]["latency_ms"]["value"] == pytest.approx(slow.mean())
    assert timed["regions"][0]["region"]["words"] == "region = south"

    both = analyzed("own.csv", "--error", "latency_ms,wrong")
    assert both["target"] == "latency_ms"
    assert {"latency_ms", "wrong"} <= set(both["regions"][0]["metrics"])
    assert folder.exists()


def test_regression(folder: Path, predictions: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(50, 10, len(predictions))
    noise = rng.normal(0, 1 + 9 * (predictions["region"] == "north"))
    regression = predictions[["age", "region"]].assign(target=target, prediction=target + noise)
    regression.to_csv("regression.csv", index=False)
    document = analyzed("regression.csv")
    assert (document["benchmark"]["task"], document["target"]) == ("regression", "mae")
    assert document["overall"]["mae"]["value"] == pytest.approx(np.abs(noise).mean())
    assert document["regions"][0]["region"]["words"] == "region = north"
    assert folder.exists()


def test_several_classes(folder: Path, predictions: pd.DataFrame) -> None:
    animals = np.array(["cat", "dog", "owl"])
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, len(predictions))
    guess = np.where(rng.random(len(label)) < 0.2, rng.integers(0, 3, len(label)), label)
    classes = predictions[["age", "region"]].assign(label=animals[label], prediction=animals[guess])
    classes.to_csv("animals.csv", index=False)
    document = analyzed("animals.csv")
    assert document["benchmark"]["task"] == "multiclass"
    assert document["benchmark"]["classes"] == ["cat", "dog", "owl"]
    right = int(((label == 1) & (guess == 1)).sum())
    assert document["overall"]["recall:dog"]["events"] == right
    assert folder.exists()


def test_labels_of_any_type_and_the_positive_class(folder: Path, predictions: pd.DataFrame) -> None:
    words = np.array(["no", "yes"])
    said = predictions.assign(
        y_true=words[predictions["y_true"]], y_pred=words[predictions["y_pred"]]
    )
    said.to_csv("said.csv", index=False)
    expected = analyzed("preds.csv")["overall"]
    document = analyzed("said.csv")
    assert document["benchmark"]["positive"] == "yes"
    assert document["overall"] == expected
    turned = analyzed("said.csv", "--positive", "no", "--exclude", "score")
    assert turned["benchmark"]["positive"] == "no"
    assert turned["overall"]["fpr"] == expected["fnr"]
    assert folder.exists()


def test_weights_and_counts(folder: Path, predictions: pd.DataFrame) -> None:
    times = 1 + predictions["age"] % 3
    predictions.assign(times=times).to_csv("times.csv", index=False)
    wrong = predictions["y_true"] != predictions["y_pred"]
    weighted = analyzed("times.csv", "--weight", "times")["overall"]["error_rate"]
    counted = analyzed("times.csv", "--count", "times")
    rate = np.average(wrong, weights=times)
    assert weighted["value"] == pytest.approx(rate)
    assert counted["overall"]["error_rate"]["value"] == pytest.approx(rate)
    assert counted["benchmark"]["instances"] == times.sum()
    assert folder.exists()


def test_groups_of_rows_stay_together(folder: Path, predictions: pd.DataFrame) -> None:
    patients = predictions.assign(patient=predictions["person_id"] // 6)
    patients.drop(columns="person_id").to_csv("patients.csv", index=False)
    document = analyzed("patients.csv", "--group", "patient")
    assert roles(document)["group"] == ["patient"]
    assert document["method"]["split_by"] == "group"
    assert "cluster" in document["method"]["test"]
    assert folder.exists()


def test_raw_content_is_linked_from_the_page(folder: Path, predictions: pd.DataFrame) -> None:
    predictions.assign(file=[f"images/{n}.png" for n in predictions["person_id"]]).to_csv(
        "images.csv", index=False
    )
    document = analyzed("images.csv", "--raw", "file", "--id", "person_id")
    assert roles(document)["raw"] == ["file"]
    page = (folder / "t.html").read_text()
    packed = re.findall(r">\s*([A-Za-z0-9+/=]{200,})\s*<", page)
    assert any(b"images/7003.png" in gzip.decompress(base64.b64decode(each)) for each in packed)


def test_settings_stand_in_a_file_and_options_win(folder: Path) -> None:
    Path("pyproject.toml").write_text(
        '[tool.terrain.analyze]\nfeatures = ["sex"]\nmax-depth = 1\nseed = 3\n'
    )
    Path("terrain.toml").write_text('[analyze]\nfeatures = ["age", "region"]\nmax_depth = 2\n')
    settings = analyzed("preds.csv", "--max-depth", "3")["provenance"]["settings"]
    assert settings["features"] == ["age", "region"]
    assert (settings["max_depth"], settings["seed"]) == (3, 3)
    assert folder.exists()


def test_the_same_input_gives_the_same_bytes(folder: Path) -> None:
    arguments = ("analyze", "preds.csv", "--sensitive", "sex", "-q")
    for run in "ab":
        done = process(*arguments, "-o", f"{run}.html", "--json", f"{run}.json", folder=folder)
        assert done.code == 0, done.err
    for ending in ("html", "json"):
        assert Path(f"a.{ending}").read_bytes() == Path(f"b.{ending}").read_bytes()


def test_a_report_is_the_same_page_again(folder: Path) -> None:
    analyzed("preds.csv", "--sensitive", "sex", "--features", "age,region", "--max-report-mb", "1")
    done = terrain("report", "t.json", "-o", "again.html")
    assert (done.code, done.err) == (0, "")
    assert Path("again.html").read_bytes() == Path("t.html").read_bytes()
    assert terrain("report", "t.json", "-q").code == 0
    assert (folder / "t.html").exists()


def test_a_report_without_its_source_has_no_instances(folder: Path) -> None:
    document = analyzed("preds.csv", "--raw", "person_id")
    Path("preds.csv").unlink()
    done = terrain("report", "t.json", "-o", "again.html")
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("the page has no instances: there is no file preds")
    page = (folder / "again.html").read_text()
    assert document["regions"][0]["id"] in page
    assert len(page) < len((folder / "t.html").read_text())


def test_the_document_is_as_its_schema_says(folder: Path) -> None:
    document = analyzed("preds.csv", "--sensitive", "sex,region")
    jsonschema.validate(document, schema())
    assert document["schema_version"] == 1
    first = document["regions"][0]
    assert first["region"]["words"] == "age < 30 and region = north"
    assert {c["feature"] for c in first["region"]["conditions"]} == {"age", "region"}
    assert first["status"] == "failing"
    assert 0 < first["coverage"] < first["error_coverage"] < 1
    assert first["support"] == round(first["coverage"] * 1200)
    for estimate in first["metrics"].values():
        counts = {"events", "exposure", "deviation", "units"}
        assert set(estimate) == {"value", "low", "high", *counts}
    rate = first["metrics"]["error_rate"]
    assert rate["low"] < rate["value"] == rate["events"] / rate["exposure"] < rate["high"]
    by_feature = {each["feature"]: each for each in document["breakdowns"]}
    assert set(by_feature) == {"sex", "region", "sex × region"}
    assert {group["value"] for group in by_feature["sex"]["groups"]} == {"f", "m"}
    assert all(group["feature"] == "sex" for group in by_feature["sex"]["groups"])
    assert folder.exists()


def test_progress_is_for_terminals_only(folder: Path) -> None:
    done = process("analyze", "preds.csv", folder=folder)
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_stages_and_is_left_clean(folder: Path) -> None:
    import pty  # noqa: PLC0415 - Windows has none

    shown: list[bytes] = []

    def read(descriptor: int) -> bytes:
        shown.append(os.read(descriptor, 4096))
        return shown[-1]

    status = pty.spawn([sys.executable, "-m", "terrain", "analyze", "preds.csv"], read)
    said = b"".join(shown).decode()
    assert status == 0
    assert "drawing the page …" in said
    assert "preds.terrain.html: the page" in said.splitlines()[-1]
    assert (folder / "preds.terrain.html").exists()


def test_the_real_benchmark_is_summed_up(shared_data: Path, folder: Path) -> None:
    done = terrain(
        *("analyze", shared_data / "compas.csv", "--label", "label_value"),
        *("--prediction", "score", "--sensitive", "sex,race", "-o", folder / "page.html"),
    )
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "read 7,214 instances from" in said
    assert "id entity_id (named like an id, and every value is different)" in said
    assert "The model errs on 34.6% of 7,214 instances." in said
    assert "sex precision of Female 51.3%, −12.3 points" in said
