"""Cut points are round, lie between neighbouring values and come near the quantiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data import cuts as cutting
from terrain.data.cuts import Frequencies, scale_of, single_values

if TYPE_CHECKING:
    from terrain.data.regions import Scale


def day(year: int, month: int, date: int, *clock: int) -> float:
    """Return a moment as seconds since 1970."""
    return (datetime(year, month, date, tzinfo=UTC) + timedelta(*_seconds(clock))).timestamp()


def cut_points(values: np.ndarray, scale: Scale, bins: int) -> tuple[float, ...]:
    """Return the cut points of ascending values."""
    return cutting.cut_points(Frequencies.of(values), scale, bins)


def _seconds(clock: tuple[int, ...]) -> tuple[int, int]:
    hours, minutes, seconds = (*clock, 0, 0, 0)[:3]
    return 0, 3600 * hours + 60 * minutes + seconds


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (pa.array([1, 2]), "integer"),
        (pa.array([1.0, np.nan, np.inf]), "integer"),
        (pa.array([1.5, 2.0]), "number"),
        (pa.array(["1.5", "2", "-3"]), "number"),
        (pa.array(["0"] * 95 + ["low"] * 3 + ["high"] * 2), None),
        (pa.array(["01234", "12345"]), None),
        (pa.array(["1_2", "3_4"]), None),
        (pa.array([True, False]), None),
        (pa.array([datetime(2020, 1, 1)]), "date"),  # noqa: DTZ001 - a moment without a zone
    ],
)
def test_the_scale_of_a_column(values: pa.Array, scale: Scale | None) -> None:
    assert scale_of(pa.chunked_array([values])) == scale


def test_many_values_are_cut_at_round_quantiles() -> None:
    cuts = cut_points(np.arange(10_000) / 10, "number", 10)
    assert {100, 200, 300, 400, 500, 600, 700, 800, 900} <= set(cuts)
    assert {10, 20, 50, 950, 980, 990} == set(cuts) - set(range(100, 1000, 100))


def test_few_values_are_all_kept_apart() -> None:
    values = np.array([3.0, 3, 7, 28, 28, 90])
    cuts = cut_points(values, "integer", 4)
    assert len(cuts) == 3
    assert single_values(values, cuts) == (3, 7, 28, 90)


def test_a_value_that_holds_nearly_all_stands_alone() -> None:
    values = np.concatenate([np.zeros(9_000), np.arange(1, 1_001)])
    cuts = cut_points(values, "integer", 4)
    assert cuts[0] == 1
    assert single_values(values, cuts)[0] == 0


@pytest.mark.parametrize(
    ("below", "above", "cut"),
    [
        (28.0, 36.0, 30.0),
        (0.12, 0.34, 0.2),
        (-5.0, 7.0, 0.0),
        (997.0, 1003.0, 1000.0),
        (0.1, 0.1 + 1e-9, 0.1 + 1e-9),
        (-np.inf, 4.0, 4.0),
        (4.0, np.inf, 5.0),
        (1e308, 1.7e308, 1.7e308),
        (5e-324, 1e-323, 1e-323),
    ],
)
def test_the_roundest_number_between_two(below: float, above: float, cut: float) -> None:
    (found,) = cut_points(np.array([below, above]), "number", 4)
    assert found == pytest.approx(cut)


@pytest.mark.parametrize(
    ("below", "above", "cut"),
    [
        (day(2019, 5, 1), day(2021, 3, 4), day(2021, 1, 1)),
        (day(2020, 2, 27), day(2020, 3, 4), day(2020, 3, 1)),
        (day(2020, 2, 27, 23), day(2020, 2, 28, 1), day(2020, 2, 28)),
        (day(2020, 2, 27, 1, 1), day(2020, 2, 27, 1, 1, 30), day(2020, 2, 27, 1, 1, 30)),
        (day(1960, 6, 1), day(1961, 6, 1), day(1961, 1, 1)),
    ],
)
def test_dates_are_cut_where_a_year_month_or_day_begins(
    below: float, above: float, cut: float
) -> None:
    assert cut_points(np.array([below, above]), "date", 4) == (cut,)


NUMBERS = st.lists(st.floats(allow_nan=False), min_size=2, max_size=60)
INTEGERS = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=200)


def test_an_infinite_value_is_no_single_one() -> None:
    assert single_values(np.array([-np.inf, 1, np.inf]), [1.0, 2.0]) == (None, 1.0, None)


@given(NUMBERS, st.integers(2, 8))
def test_cut_points_ascend_between_values(values: list[float], bins: int) -> None:
    cuts = cut_points(np.sort(values), "number", bins)
    assert all(low < high for low, high in pairwise(cuts))
    assert all(min(values) < cut <= max(values) for cut in cuts)


@given(INTEGERS, st.integers(2, 8))
def test_single_names_exactly_the_ranges_that_hold_one_value(
    values: list[float], bins: int
) -> None:
    cuts = cut_points(np.sort(values), "integer", bins)
    single = single_values(np.array(values), cuts)
    assert all(cut == int(cut) for cut in cuts)
    place = np.searchsorted(cuts, values, side="right")
    held = [sorted(set(np.array(values)[place == code])) for code in range(len(cuts) + 1)]
    assert list(single) == [h[0] if len(h) == 1 else None for h in held]


@given(INTEGERS)
def test_few_distinct_values_are_never_merged(values: list[float]) -> None:
    cuts = cut_points(np.sort(values), "integer", 100)
    assert len(cuts) + 1 == len(set(values)) or len(set(values)) == 1
