"""Frequencies told apart only where a rank is wanted have the cut points of all values."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data import ranks
from terrain.data.cuts import Frequencies, cut_points
from terrain.data.ranks import frequencies_of

NUMBERS = st.lists(
    st.floats(allow_nan=False) | st.integers(-9, 9).map(float) | st.floats(-2.0, 2.0), max_size=200
)


def expected(values: np.ndarray, bins: int) -> tuple[float, ...]:
    return cut_points(Frequencies.of(np.sort(values)), "number", bins)


@given(NUMBERS, st.integers(2, 6), st.integers(7, 20), st.sampled_from([2, 7, 64]))
def test_cut_points_are_those_of_all(
    numbers: list[float], bins: int, finer: int, cells: int
) -> None:
    values = np.array(numbers, np.float64)
    with patch.object(ranks, "FEW", 3), patch.object(ranks, "CELLS", cells):
        seen = frequencies_of(values, [bins, finer])
    for each in (bins, finer):
        assert cut_points(seen, "number", each) == expected(values, each)


@pytest.mark.parametrize(
    "draw",
    [
        lambda random: random.normal(size=100_000),
        lambda random: random.standard_cauchy(100_000),
        lambda random: np.round(random.exponential(size=100_000), 2),
        lambda random: np.where(random.random(100_000) < 0.9, 0.0, random.normal(size=100_000)),
        lambda _: np.full(100_000, 3.0),
    ],
    ids=["normal", "cauchy", "rounded", "mostly zero", "constant"],
)
def test_many_numbers_of_any_shape(draw) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    values = draw(np.random.default_rng(0))
    seen = frequencies_of(values, [16, 64])
    for bins in (16, 64):
        assert cut_points(seen, "number", bins) == expected(values, bins)


def test_most_numbers_are_not_told_apart() -> None:
    values = np.random.default_rng(0).normal(size=200_000)
    seen = frequencies_of(values, [16])
    assert seen.counts.sum() == len(values)
    assert len(seen.counts) < len(values) / 2
