"""Profiles of columns against what a plain loop over the values finds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.columns import Column, levels, profile

NAN = float("nan")


def profiled(values: pa.Array) -> Column:
    return profile(pa.table({"x": values}))["x"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([1.5, None]), "number"),
        (pa.array([Decimal("1.5"), None]), "number"),
        (pa.array([dt.timedelta(1), None]), "number"),
        (pa.array([1, None], pa.uint64()), "integer"),
        (pa.array([1, None]).dictionary_encode(), "integer"),
        (pa.array([True, None]), "bool"),
        (pa.array(["x", None]), "text"),
        (pa.array(["x", None], pa.string_view()), "text"),
        (pa.array(["x", None], pa.large_string()).dictionary_encode(), "text"),
        (pa.array([dt.time(8), None]), "text"),
        (pa.array([dt.date(2024, 1, 1), None]), "date"),
        (pa.array([dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None]), "date"),
        (pa.array([[1], None]), "nested"),
        (pa.array([{"a": 1}, None]), "nested"),
        (pa.array([b"x", None]), "binary"),
    ],
)
def test_every_type_has_a_kind_and_its_missing_values_counted(values: pa.Array, kind: str) -> None:
    column = profiled(values)
    assert (column.kind, column.rows, column.missing) == (kind, 2, 1)
    assert column.distinct == (0 if kind in {"nested", "binary"} else 1)


def test_a_column_of_nothing_is_all_missing() -> None:
    column = profiled(pa.nulls(3))
    assert (column.present, column.missing, column.distinct) == (0, 3, 0)


def test_an_empty_table_has_profiles() -> None:
    table = pa.table({"x": pa.array([], pa.float64()), "t": pa.array([], pa.string())})
    assert [column.rows for column in profile(table).values()] == [0, 0]


@given(
    st.lists(st.none() | st.sampled_from(["", "a", " b c", "12", "-1e3", "n/a"]), max_size=30),
    st.integers(1, 3),
    st.booleans(),
)
def test_text_is_as_a_loop_finds_it(
    values: list[str | None],
    chunks: int,
    encode: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    parts = [pa.array(values[part::chunks], pa.string()) for part in range(chunks)]
    column = pa.chunked_array([part.dictionary_encode() if encode else part for part in parts])
    found = profile(pa.table({"x": column}))["x"]
    present = [value for value in values if value is not None]
    assert (found.missing, found.distinct) == (len(values) - len(present), len(set(present)))
    if present:
        n = len(present)
        assert found.length == pytest.approx(sum(map(len, present)) / n)
        assert found.words == pytest.approx(sum(value.count(" ") + 1 for value in present) / n)
        assert found.numeric == pytest.approx(sum(v in {"12", "-1e3"} for v in present) / n)
        texts, counts = levels(column)
        assert dict(zip(texts.to_pylist(), counts.tolist(), strict=True)) == {
            value: present.count(value) for value in present
        }


@given(st.lists(st.none() | st.sampled_from([NAN, 0.0, -0.0, 1.5, float("inf")]), max_size=20))
def test_numbers_are_as_a_loop_finds_them(values: list[float | None]) -> None:
    found = profiled(pa.array(values, pa.float64(), from_pandas=False))
    present = [value for value in values if value is not None and not np.isnan(value)]
    assert (found.missing, found.distinct) == (len(values) - len(present), len(set(present)))


@pytest.mark.parametrize(
    ("values", "sequence"),
    [([3, 1, 2], True), ([10, 20, 50], True), ([3, 1, 9], False), ([1, 1, 2], False), ([7], False)],
)
def test_a_sequence_ascends_or_has_no_hole(values: list[int], *, sequence: bool) -> None:
    assert profiled(pa.array(values)).sequence is sequence


def test_text_that_was_meant_as_numbers_is_numeric() -> None:
    ages = [str(age) for age in range(95)] + ["unknown"] * 5
    assert profiled(pa.array(ages)).is_numeric
    assert not profiled(pa.array(ages[:80] + ["unknown"] * 20)).is_numeric


def test_one_frequent_number_beside_words_is_a_level() -> None:
    gains = ["0"] * 95 + ["low"] * 3 + ["high"] * 2
    assert not profiled(pa.array(gains)).is_numeric


def test_levels_of_a_dictionary_are_those_in_use() -> None:
    column = pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array([0, 0, 2, None]), pa.array(["a", "b", None]))]
    )
    texts, counts = levels(column)
    assert (texts.to_pylist(), counts.tolist()) == (["a"], [2])
    assert profile(pa.table({"x": column}))["x"].missing == 2
