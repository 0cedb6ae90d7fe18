"""`terrain show`: the rows are those that pandas chooses, whatever the files are."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import oracle
import pandas as pd
import pyarrow as pa
import pytest
from commands import Done, process, terrain
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from terrain.data.features import fit
from terrain.data.membership import inside
from terrain.data.regions import Condition, Region
from terrain.publish import findings_of, read_document

if TYPE_CHECKING:
    from terrain.document import Terrain

ANALYZE = ("-q", "-o", "page.html", "--json", "found.json", "--slices", "1")


def analyzed(*options: str) -> Terrain:
    done = terrain("analyze", *ANALYZE, *options)
    assert done.code == 0, done.err
    return read_document(Path("found.json"))


def shown(finding: str, *options: str) -> Done:
    return process("show", "found.json", "--region", finding, *options, folder=Path())


def read_csv(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values={"": [""]})


def expected(found: Terrain, finding: str, table: pd.DataFrame) -> pd.DataFrame:
    (region,) = (each.region for each in findings_of(found) if each.id == finding)
    return table[oracle.inside(region, table)].reset_index(drop=True)


def test_every_finding_is_what_pandas_filters(folder: Path, predictions: pd.DataFrame) -> None:
    del folder
    found = analyzed(
        "preds.csv", "--sensitive", "sex,region", "--cohort", "age >= 70", "--name", "old"
    )
    ids = [finding.id for finding in findings_of(found)]
    assert {each[0] for each in ids} >= {"n", "r", "g", "c"}
    for finding in ids:
        done = terrain("show", "found.json", "--region", finding, "-o", "rows.csv")
        assert done.code == 0, done.err
        rows = pd.read_csv("rows.csv")
        pd.testing.assert_frame_equal(rows, expected(found, finding, predictions))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_formats_hold_the_same(folder: Path, predictions: pd.DataFrame, kind: str) -> None:
    found = analyzed("preds.csv")
    wanted = expected(found, "n1", predictions)
    done = terrain("show", "found.json", "--region", "n1", "-o", f"rows.{kind}")
    assert done.err.endswith(f"{len(wanted):,} of {len(wanted):,} rows, written to rows.{kind}\n")
    read: Any = {"csv": pd.read_csv, "jsonl": _read_lines, "parquet": pd.read_parquet}[kind]
    rows = read(folder / f"rows.{kind}")
    pd.testing.assert_frame_equal(rows.astype(wanted.dtypes.to_dict()), wanted)
    again = subprocess.run(
        [sys.executable, "-m", "terrain", "show", "found.json", "--region", "n1", "--format", kind],
        capture_output=True,
        check=True,
    )
    assert again.stdout == (folder / f"rows.{kind}").read_bytes()
    assert again.stderr.decode().endswith("written to standard output\n")


def _read_lines(path: Path) -> pd.DataFrame:
    return pd.read_json(path, lines=True)


def test_limit_takes_the_first(folder: Path, predictions: pd.DataFrame) -> None:
    del folder
    found = analyzed("preds.csv")
    done = shown("n1", "--limit", "7")
    wanted = expected(found, "n1", predictions)
    pd.testing.assert_frame_equal(read_csv(done.out), wanted.head(7))
    assert f": 7 of {len(wanted):,} rows, written to standard output" in done.err
    assert shown("n1", "--limit", "0", "-q").err == ""


def test_several_files_with_metadata(folder: Path, predictions: pd.DataFrame) -> None:
    predictions.drop(columns="age").head(700).to_csv(folder / "a.csv", index=False)
    predictions.drop(columns="age").tail(500).to_csv(folder / "b.csv", index=False)
    predictions[["person_id", "age"]].to_csv(folder / "more.csv", index=False)
    found = analyzed("a.csv", "b.csv", "--metadata", "more.csv", "--on", "person_id")
    conditions = [each.region.conditions for each in findings_of(found)]
    assert any(condition.feature == "age" for each in conditions for condition in each)
    for finding in ("n0", "n1", "r1"):
        rows = read_csv(shown(finding).out)
        wanted = expected(found, finding, predictions)
        pd.testing.assert_frame_equal(rows[wanted.columns], wanted)


def test_rows_that_are_counted_come_once(folder: Path, predictions: pd.DataFrame) -> None:
    table = predictions.drop(columns="person_id").assign(times=np.arange(1200) % 3)
    table.to_csv(folder / "counted.csv", index=False)
    found = analyzed("counted.csv", "--count", "times")
    wanted = expected(found, "n1", table)
    done = shown("n1")
    pd.testing.assert_frame_equal(read_csv(done.out), wanted)
    assert f"which stand for {wanted['times'].sum():,} instances" in done.err
    (node,) = (each for each in findings_of(found) if each.id == "n1")
    assert node.support == wanted["times"].sum()


def test_hidden_and_redacted_columns_stay_so(folder: Path) -> None:
    del folder
    analyzed("preds.csv", "--hide-columns", "score", "--redact")
    rows = read_csv(shown("n1").out)
    assert "score" not in rows.columns
    assert set(rows["person_id"]) == {"▇"}
    assert set(rows["region"]) <= {"north", "south", "east"}
    assert rows["age"].between(18, 80).all()


def test_a_changed_file_is_refused_unless_told(folder: Path, predictions: pd.DataFrame) -> None:
    found = analyzed("preds.csv")
    changed = predictions.head(900).assign(region="west")
    changed.to_csv(folder / "preds.csv", index=False)
    done = shown("r1", "-o", "rows.csv")
    assert done.code == 2
    assert "preds.csv has changed since it was analyzed; --changed-files" in done.err
    assert not (folder / "rows.csv").exists()
    for finding in ("n1", "r1"):
        rows = read_csv(shown(finding, "--changed-files").out)
        wanted = expected(found, finding, changed)
        assert rows.to_csv() == wanted.to_csv()
    changed.drop(columns="age").to_csv(folder / "preds.csv", index=False)
    assert "has no column `age` any more" in shown("r1", "--changed-files").err
    (folder / "preds.csv").unlink()
    assert "there is no file preds.csv" in shown("r1", "--changed-files").err


def test_what_cannot_be_shown_is_said(folder: Path) -> None:
    done = process(
        "analyze", "-", *ANALYZE, folder=folder, stdin=(folder / "preds.csv").read_bytes()
    )
    assert done.code == 0, done.err
    assert "they came from standard input" in shown("n1").err
    found = analyzed("preds.csv")
    done = shown("r777")
    assert done.code == 2
    last = [each.id for each in found.regions][-1]
    assert "nothing found is called `r777`" in done.err
    assert f"n0 to {found.tree.nodes[-1].finding.id}, r1 to {last}" in done.err
    assert "is an input" in shown("n1", "-o", "preds.csv").err
    assert "is an input" in shown("n1", "-o", "found.json").err
    assert "not a document that terrain wrote" in terrain("show", "page.html", "--region", "n1").err
    settings = msgspec.structs.replace(found.provenance, settings={"inputs": 3})
    (folder / "found.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(found, provenance=settings))
    )
    assert "not what was written" in shown("n1").err


def test_a_reader_that_has_seen_enough_is_no_trouble(folder: Path) -> None:
    table = pd.concat([pd.read_csv(folder / "preds.csv")] * 60)
    table.to_csv(folder / "preds.csv", index=False)
    analyzed("preds.csv")
    shell = ["bash", "-c", f"{sys.executable} -m terrain show found.json --region n0 | head -1"]
    done = subprocess.run(shell, capture_output=True, check=False)
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_odd_values_keep_apart_in_every_format(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    n = 400
    text = [None, "", "=1+1", 'a "quoted", text', "two\nlines", "\u202ertl", "NaN"]
    numbers = [None, float("nan"), float("inf"), -0.0, 1e308]
    table = pa.table(
        {
            "wrong": (np.arange(n) % 3 == 0).astype(int),
            "age": np.arange(n) % 60,
            "text": pa.array([text[i % 7] for i in range(n)]),
            "number": pa.array([numbers[i % 5] for i in range(n)]),
            "large": pa.array([2**63 - 1 - i for i in range(n)]),
            "bytes": pa.array([None if i % 4 else b"\xff\x00" for i in range(n)]),
            "day": pa.array([None if i % 9 == 0 else i for i in range(n)], pa.date32()),
            "list": pa.array([[1, 2] if i % 2 else None for i in range(n)]),
        }
    )
    parquet.write_table(table, "odd.parquet")
    analyzed("odd.parquet", "--error", "wrong", "--features", "age")
    for kind in ("csv", "jsonl", "parquet"):
        assert shown("n0", "-o", f"rows.{kind}").code == 0
    whole = parquet.read_table("rows.parquet")
    for name in table.column_names:
        assert str(whole[name].to_pylist()) == str(table[name].to_pylist()), name
    lines = [json.loads(line) for line in Path("rows.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == table["text"].to_pylist()
    assert [line["large"] for line in lines] == table["large"].to_pylist()
    assert [line["number"] for line in lines[:5]] == [None, "NaN", "inf", -0.0, 1e308]
    assert lines[0]["bytes"] == "0xff00"
    assert lines[1]["day"] == "1970-01-02"
    rows = pd.read_csv("rows.csv", dtype=str, keep_default_na=False)
    assert rows["text"].tolist() == [
        "" if each is None else each for each in table["text"].to_pylist()
    ]
    raw = Path("rows.csv").read_text().splitlines()
    assert raw[1].split(",")[2] == ""  # missing
    assert raw[2].split(",")[2] == '""'  # empty
    assert rows["number"].tolist()[:3] == ["", "nan", "inf"]
    assert rows["bytes"][0] == "0xff00"


LEVELS = st.sampled_from(["a", "b", "c", "new", None])


@given(
    values=st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=1, max_size=30),
    low=st.one_of(st.none(), st.floats(-5, 5)),
    high=st.one_of(st.none(), st.floats(-5, 5)),
    kind=st.sampled_from(["range", "missing"]),
    flags=st.tuples(st.booleans(), st.booleans()),
)
@settings(max_examples=60, deadline=None)
def test_ranges_hold_what_they_say(
    values: list[float | None], low: float | None, high: float | None, kind: Any, flags: Any
) -> None:
    condition = Condition(
        feature="x",
        kind=kind,
        low=low,
        high=high,
        negated=flags[0] and kind == "missing",
        or_missing=flags[1] and kind == "range",
    )
    column = pa.chunked_array([pa.array(values, pa.float64())])
    encoding = fit("x", pa.chunked_array([[0.5, 1.5, 2.5]]), np.ones(3, dtype=bool))
    held = inside(Region.of(condition), pa.table({"x": column}), {"x": encoding})
    assert (held == oracle.satisfies(condition, pd.Series(values, dtype=float))).all()


@given(
    values=st.lists(LEVELS, min_size=1, max_size=30),
    levels=st.sets(st.sampled_from(["a", "b", "c"]), min_size=1),
    kind=st.sampled_from(["levels", "missing"]),
    flags=st.tuples(st.booleans(), st.booleans()),
)
@settings(max_examples=60, deadline=None)
def test_levels_hold_what_they_say(
    values: list[str | None], levels: set[str], kind: Any, flags: Any
) -> None:
    condition = Condition(
        feature="x",
        kind=kind,
        levels=tuple(levels),
        negated=flags[0],
        or_missing=flags[1] and kind == "levels",
    )
    column = pa.chunked_array([pa.array(values, pa.string())])
    encoding = fit("x", pa.chunked_array([["a", "b", "c"]]), np.ones(3, dtype=bool))
    held = inside(Region.of(condition), pa.table({"x": column}), {"x": encoding})
    assert (held == oracle.satisfies(condition, pd.Series(values, dtype=object))).all()
