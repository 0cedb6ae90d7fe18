"""Tables in memory become rows as those of files do, whatever their library and their types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from terrain.data.readers import read
from terrain.data.reading.frames import rows_in_memory
from terrain.data.reading.stacking import TEXT
from terrain.errors import DataError

EARLY, LATE = pd.Timestamp(1800, 1, 1), pd.Timestamp(2200, 1, 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Int64": st.none() | st.integers(-(2**62), 2**62),
    "Float64": st.none() | st.floats(allow_nan=False),
    "float64": st.floats(),
    "boolean": st.none() | st.booleans(),
    "string": st.none() | st.text(st.characters(codec="utf-8")),
    "category": st.none() | st.sampled_from(["a", "b", ""]),
    "datetime64[us]": st.none() | st.datetimes(EARLY, LATE),
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Return data frames of one column of each type, in any order of rows."""
    n = draw(st.integers(1, 8))
    return pd.DataFrame(
        {
            kind: pd.Series(draw(st.lists(values, min_size=n, max_size=n)), dtype=kind)
            for kind, values in VALUES.items()
        }
    )


@given(frames())
def test_a_frame_is_what_its_parquet_file_would_be(
    tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame
) -> None:
    path = tmp_path_factory.getbasetemp() / "frame.parquet"
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    expected, found = read([str(path)]).table, rows_in_memory(frame).table
    assert found.column_names == expected.column_names
    assert found.to_pylist() == expected.to_pylist()


def test_all_libraries_give_the_same_rows_and_the_same_digest() -> None:
    frame = pd.DataFrame({"n": [1, 2, None], "s": ["x", None, ""], "b": [True, False, True]})
    given_as = [
        frame,
        pl.from_pandas(frame),
        pa.Table.from_pandas(frame),
        {"n": np.array([1, 2, np.nan]), "s": ["x", None, ""], "b": pl.Series([True, False, True])},
    ]
    found = [rows_in_memory(each) for each in given_as]
    assert {each.sources[0].sha256 for each in found[:3]} == {found[0].sources[0].sha256}
    for rows in found:
        assert rows.table.to_pylist()[:2] == [{"n": 1.0, "s": "x", "b": True},
                                              {"n": 2.0, "s": None, "b": False}]  # fmt: skip
        assert rows.table["s"].type == TEXT
        assert rows.record.tolist() == [0, 1, 2]
        assert not rows.sources[0].is_file
    other = rows_in_memory(frame.assign(n=[1, 2, 3]))
    assert other.sources[0].sha256 != found[0].sources[0].sha256


def column(values: Any) -> list[Any]:
    kept: list[Any] = rows_in_memory({"x": values}).table["x"].to_pylist()
    return kept


def test_types_that_arrow_lacks_are_said_in_words() -> None:
    assert column(pd.cut(pd.Series([1, 5, None]), [0, 2, 9])) == ["(0, 2]", "(2, 9]", None]
    assert column(pd.period_range("2024-01", periods=2, freq="M")) == ["2024-01", "2024-02"]
    assert column(np.array([1 + 2j, 0j])) == ["(1+2j)", "0j"]
    assert column(np.array([1, 2], dtype=np.longdouble)) == [1.0, 2.0]
    assert column(pd.arrays.SparseArray([0, 0, 3])) == [0, 0, 3]
    assert column([Decimal("1.5"), None]) == [1.5, None]
    assert column(pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"]))) == ["a", "b"]
    assert column(pl.Series(["a", None], dtype=pl.Categorical)) == ["a", None]
    assert column(pl.Series([dt.date(2024, 1, 2)])) == [dt.date(2024, 1, 2)]
    assert column(["\ud800", "b"]) == ["\\ud800", "b"]
    zoned = pd.Series(pd.to_datetime(["2024-01-01T12:00"])).dt.tz_localize("Europe/Berlin")
    assert column(zoned) == [zoned[0].to_pydatetime()]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1, "a", None, float("nan")], ["1", "a", None, None]),
        ([True, 2], ["True", "2"]),
        ([{1}, dt.date(2024, 1, 2)], ["{1}", "2024-01-02"]),
        ([2**70, 1], [str(2**70), "1"]),
    ],
)
def test_mixed_values_become_text_and_a_warning(values: list[Any], texts: list[Any]) -> None:
    rows = rows_in_memory(pd.DataFrame({"x": pd.Series(values, dtype=object), "y": 1}))
    assert rows.table["x"].to_pylist() == texts
    (warning,) = rows.warnings
    assert (warning.code, warning.column) == ("mixed-types", "x")


def test_python_objects_of_polars_are_read_as_text_not_as_addresses() -> None:
    frame = pl.DataFrame({"y": [1, 2], "x": pl.Series([Fraction(1, 2), None], dtype=pl.Object)})
    rows = rows_in_memory(frame)
    assert rows.table["x"].to_pylist() == ["1/2", None]
    assert rows.warnings[0].column == "x"


def test_an_index_that_says_something_is_a_column() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3]})
    assert rows_in_memory(frame).table.column_names == ["x"]
    assert rows_in_memory(frame[frame.x > 1]).table.to_pylist()[0] == {"index": 1, "x": 2}
    named = frame.set_axis(pd.Index(["a", "b", "b"], name="who"), axis="index")
    assert rows_in_memory(named).table["who"].to_pylist() == ["a", "b", "b"]
    both = frame.assign(y=1).set_index(
        pd.MultiIndex.from_arrays([[1, 2, 3]] * 2, names=["x", None])
    )
    assert rows_in_memory(both.drop(columns="x")).table.column_names == ["x", "level_1", "y"]
    assert rows_in_memory(frame.set_index("x", drop=False)).table.column_names == ["x"]


def test_a_nameless_index_that_repeats_is_left_out_and_said() -> None:
    frame = pd.DataFrame({"x": [1, 2]}, index=[0, 0])
    rows = rows_in_memory(frame)
    assert rows.table.column_names == ["x"]
    assert "repeats" in rows.notes[0]


def test_names_that_are_no_text() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=[0, ("a", 1), dt.date(2024, 1, 2)])
    assert rows_in_memory(frame).table.column_names == ["0", "a.1", "2024-01-02"]
    assert rows_in_memory(np.ones((2, 3))).table.column_names == ["x0", "x1", "x2"]


class Unwilling:
    """A table of a library that cannot hand it over."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Refuse."""
        raise RuntimeError("not today")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "several columns of the same name: `a`"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "several columns of the same name: `1`"),
        (pd.DataFrame({"a": []}), "the table has no rows"),
        (pd.DataFrame(index=range(2)), "no columns"),
        ({"a": [1, 2], "b": [1]}, "`b` has 1 values, and `a` has 2"),
        ({"a": "text"}, "`a` must hold one value for each row, not `str`"),
        ({"a": np.ones((2, 2))}, "of shape (2, 2)"),
        (pl.LazyFrame({"a": [1]}), "collect it first"),
        (Unwilling(), "`test_frames Unwilling` cannot be turned into an Arrow table: not today"),
        (np.ones(3), "is no table: give a data frame"),
        (7, "`int` is no table"),
        (None, "is no table"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: object, said: str) -> None:
    with pytest.raises(DataError) as error:
        rows_in_memory(data)
    assert said in str(error.value)


def test_values_beside_a_table() -> None:
    frame = pd.DataFrame({"x": [1, 2]})
    rows = rows_in_memory(frame, {"y": [3, 4], "x": frame["x"]})
    assert rows.table.to_pylist() == [{"x": 1, "y": 3}, {"x": 2, "y": 4}]
    with pytest.raises(DataError, match="has a column `x`, and other values"):
        rows_in_memory(frame, {"x": [9, 9]})
    with pytest.raises(DataError, match="`y` has 3 values"):
        rows_in_memory(frame, {"y": [1, 2, 3]})
