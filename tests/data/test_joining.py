"""Metadata kept apart finds its rows by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from terrain.data.readers import Rows, join, read
from terrain.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def rows(folder: Path, name: str, text: str) -> Rows:
    path = folder / name
    path.write_text(text)
    return read([str(path)])


def joined(folder: Path, left: str, right: str, on: str = "id") -> Rows:
    return join(rows(folder, "preds.csv", left), rows(folder, "other.csv", right), on)


def test_columns_are_added_in_the_order_of_the_rows(tmp_path: Path) -> None:
    both = joined(tmp_path, "id,y\n3,1\n1,0\n3,0\n", "id,age,place\n1,20,a\n2,30,b\n3,40,c\n")
    assert both.table.to_pydict() == {
        "id": [3, 1, 3],
        "y": [1, 0, 0],
        "age": [40, 20, 40],
        "place": ["c", "a", "c"],
    }
    assert both.line.tolist() == [2, 3, 4]
    assert both.source.tolist() == [0, 0, 0]
    assert [source.path.rsplit("/", 1)[1] for source in both.sources] == ["preds.csv", "other.csv"]
    assert both.warnings == ()
    assert "0 of 3 rows have no partner" in both.notes[0]
    assert "1 of its 3 rows are not asked for" in both.notes[0]


def test_rows_without_a_partner_are_missing_counted_and_warned_of(tmp_path: Path) -> None:
    both = joined(tmp_path, "id,y\n1,1\n9,0\n,1\n", "id,age\n1,20\n,30\n")
    assert both.table["age"].to_pylist() == [20, None, None]
    assert "2 of 3 rows have no partner" in both.notes[0]
    (warned,) = both.warnings
    assert (warned.code, warned.rows, warned.column) == ("unmatched-rows", 2, "id")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["1", "2"], ["2", "1"]),
        (["a", "b"], ["b", "a"]),
        (["1", "b"], ["b", "1"]),
        (["1", "2", ""], ["2", "1"]),  # whole numbers beside whole numbers
        (["1.0", "2.0"], ["2", "1"]),  # fractions that are whole beside whole numbers
        (["1.5", "2"], ["2", "1.5"]),
        (["1.5", "2"], ["2", "1"]),
        (["1", "2"], ["2", "1", "x"]),  # numbers beside text
        (["1.0", "2.0"], ["2", "1", "x"]),
        (["2020-01-01", "2020-01-02"], ["2020-01-02", "2020-01-01"]),
        (["18446744073709551614", "18446744073709551615"], ["18446744073709551615"]),
    ],
)
def test_keys_match_by_equal_value(tmp_path: Path, left: list[str], right: list[str]) -> None:
    def number(text: str) -> str:
        return text.removesuffix(".0")

    both = joined(
        tmp_path,
        "id,y\n" + "".join(f"{key},1\n" for key in left),
        "id,name\n" + "".join(f"{key},n{number(key)}\n" for key in right),
    )
    known = {number(key) for key in right}
    expected = [f"n{number(key)}" if number(key) in known else None for key in left]
    assert both.table["name"].to_pylist() == expected


@pytest.mark.parametrize("kind", [pa.uint64(), pa.int8(), pa.string(), pa.large_string()])
def test_keys_of_other_files_match_those_of_text(tmp_path: Path, kind: pa.DataType) -> None:
    keys = ["1", "18446744073709551615"] if kind == pa.uint64() else ["1", "2"]
    table = pa.table({"id": pa.array(keys).cast(kind), "age": [20, 30]})
    parquet.write_table(table, tmp_path / "other.parquet")
    left = rows(tmp_path, "preds.csv", f"id,y\n{keys[1]},1\nx,2\n{keys[0]},3\n")
    both = join(left, read([str(tmp_path / "other.parquet")]), "id")
    assert both.table["age"].to_pylist() == [30, None, 20]


def test_missing_keys_match_nothing_however_they_are_written(tmp_path: Path) -> None:
    nan = float("nan")
    table = pa.table({"id": [1.0, nan, nan], "age": [20, 30, 40], "mark": [nan, 1.0, 2.0]})
    parquet.write_table(table, tmp_path / "other.parquet")
    left = rows(tmp_path, "preds.csv", "id,y\n1,1\n,2\n")
    both = join(left, read([str(tmp_path / "other.parquet")]), "id")
    assert both.table["age"].to_pylist() == [20, None]


def test_a_nested_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"id": [1], "b": 2}\n')
    left = rows(tmp_path, "preds.csv", "id,y\n1,1\n")
    with pytest.raises(DataError, match=r"a key of type list.* cannot be compared"):
        join(left, read([str(tmp_path / "other.jsonl")]), "id")


def test_a_column_that_says_the_same_in_both_stays_once(tmp_path: Path) -> None:
    both = joined(tmp_path, "id,y,age\n2,1,5\n1,0,4\n7,0,1\n", "id,age,z\n1,4,8\n2,5,9\n")
    assert both.table.column_names == ["id", "y", "age", "z"]
    assert both.table["age"].to_pylist() == [5, 4, 1]


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("id,a\n1,2\n", "id,a\n1,3\n", "column `a` is in both .* with other values"),
        ("id,a\n1,2\n", "id,a\n1,x\n", "column `a` is in both"),
        ("id,a\n1,2\n", "id,b\n1,3\n1,4\n", "1 value of `id` more than once: `1`; keep one"),
        ("id,a\n1,2\n", "idx,b\n1,3\n", "other.csv has no column `id`; did you mean `idx`"),
        ("ids,a\n1,2\n", "id,b\n1,3\n", "preds.csv has no column `id`; did you mean `ids`"),
        ("id,a\n1,2\n", "id,b\n,3\n", "`id` is `1` in the one and missing in the other"),
        ("id,a\n1,2\n", "id,b\nu1,3\n", "no row of .* `id` is `1` in the one and `u1` in the"),
    ],
)
def test_what_cannot_be_joined_is_said(tmp_path: Path, left: str, right: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        joined(tmp_path, left, right)
