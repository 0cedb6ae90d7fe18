"""Arrow columns of every type become numbers and levels."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.arrow import in_order, level_name, levels_of, numbers_of

MOMENT = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
NAN = float("nan")


def column(values: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    """Return values in two chunks."""
    whole = pa.array(values, kind)
    return pa.chunked_array([whole[:1], whole[1:]])


@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        ([1, None, 3], pa.int8(), [1, NAN, 3]),
        ([2**63 - 1, None], pa.int64(), [2.0**63, NAN]),
        ([1.5, NAN, None, -0.0], pa.float32(), [1.5, NAN, NAN, 0.0]),
        ([Decimal("1.5"), None], pa.decimal128(5, 1), [1.5, NAN]),
        (["1", " 2.5 ", "x", None, "inf"], pa.string(), [1, 2.5, NAN, NAN, np.inf]),
        (["1", None], pa.string_view(), [1, NAN]),
        ([MOMENT, None], pa.timestamp("ms", tz="Asia/Tokyo"), [MOMENT.timestamp(), NAN]),
        ([MOMENT.date(), None], pa.date32(), [1580688000, NAN]),
        ([1500, None], pa.duration("ms"), [1.5, NAN]),
    ],
)
def test_numbers_of_every_type(values: list[Any], kind: pa.DataType, numbers: list[float]) -> None:
    found = numbers_of(column(values, kind))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, numbers)
    assert not np.signbit(found[found == 0]).any()
    if not pa.types.is_string_view(kind):
        np.testing.assert_array_equal(numbers_of(column(values, kind).dictionary_encode()), numbers)


@pytest.mark.parametrize(
    ("values", "kind", "levels", "codes"),
    [
        (["b", None, "a", "b", ""], pa.string(), ["b", "a", ""], [0, 3, 1, 0, 2]),
        ([1.0, NAN, None, 0.5], pa.float64(), ["1", "0.5"], [0, 2, 2, 1]),
        ([True, None, False], pa.bool_(), ["true", "false"], [0, 2, 1]),
        ([0.0, -0.0], pa.float64(), ["0"], [0, 0]),
        ([Decimal("1.0"), Decimal("0.5")], pa.decimal128(5, 1), ["1", "0.5"], [0, 1]),
        ([None, None], pa.string(), [], [0, 0]),
    ],
)
def test_levels_of_every_type(
    values: list[Any], kind: pa.DataType, levels: list[str], codes: list[int]
) -> None:
    found, place = levels_of(column(values, kind))
    assert (found, place.tolist()) == (levels, codes)
    found, place = levels_of(column(values, kind).dictionary_encode())
    assert [found[code] if code < len(found) else None for code in place] == [
        levels[code] if code < len(levels) else None for code in codes
    ]


def test_chunks_with_dictionaries_of_their_own_meet() -> None:
    chunks = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["c", "a"]).dictionary_encode()]
    levels, codes = levels_of(pa.chunked_array(chunks))
    assert [levels[code] for code in codes] == ["a", "b", "c", "a"]


@given(st.lists(st.none() | st.text(max_size=3), max_size=20))
def test_levels_and_positions_give_the_values_back(values: list[str | None]) -> None:
    levels, codes = levels_of(pa.chunked_array([pa.array(values, pa.string())]))
    assert [[*levels, None][code] for code in codes] == values


def test_whole_numbers_have_one_name_whatever_their_type() -> None:
    names = {level_name(value) for value in (7, 7.0, Decimal(7), Decimal("7.00"), "7")}
    assert names == {"7"}


def test_names_that_are_equal_numbers_have_one_order() -> None:
    assert in_order(["1.0", "1", "01", "10", "9"]) == ("01", "1", "1.0", "9", "10")
