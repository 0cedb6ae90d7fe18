"""From numbers to the ranges between cut points, faster than by a binary search."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

CHUNK = 32_768
"""Rows compared at once while encoding, so that the values stay in the processor's cache."""

FEW_CUTS = 16
"""Cut points below which a number is compared with each."""

CELLS = 2_048
"""Equal cells among which more cut points are looked up: two tables that stay in the cache."""

MOST_IN_CELL = 4
"""Cut points in one cell up to which looking up gains."""


def binned(
    numbers: np.ndarray,
    cuts: tuple[float, ...],
    missing_code: int,
    dtype: type[np.uint8 | np.uint16],
) -> np.ndarray:
    """Return how many cut points lie at or below each number; of NaN the code of a missing value.

    Parameters
    ----------
    numbers
        (n,) float64.
    cuts
        Ascending.
    missing_code, dtype
        Of NaN, and of all codes.
    """
    codes = np.empty(len(numbers), dtype)
    counted = _Grid.of(cuts, dtype) or partial(_compared, cuts=cuts, dtype=dtype)
    for start, stop in pairwise([*range(0, len(numbers), CHUNK), len(numbers)]):
        chunk = numbers[start:stop]
        codes[start:stop] = counted(chunk)
        codes[start:stop][np.isnan(chunk)] = missing_code
    return codes


def _compared(
    numbers: np.ndarray, cuts: tuple[float, ...], dtype: type[np.uint8 | np.uint16]
) -> np.ndarray:
    counted = np.zeros(len(numbers), dtype)
    for cut in cuts:
        counted += numbers >= cut
    return counted


class _Grid(NamedTuple):
    """Cut points in equal cells, few in each: lookups and a comparison or more find a code.

    Rounding cannot mislead: the cell of a number never falls as the number grows, so all numbers
    in cells before that of a cut point lie below it, and all in cells after it above.

    Attributes
    ----------
    low, scale
        Number x lies in cell ``(x - low) * scale``, or in the first or last one.
    below
        (cells,) how many cut points lie in the cells before.
    within
        (most, cells) the cut points in each cell; NaN, which nothing reaches, where there are less.
    """

    low: float
    scale: float
    below: np.ndarray
    within: np.ndarray

    @classmethod
    def of(cls, cuts: tuple[float, ...], dtype: type[np.uint8 | np.uint16]) -> _Grid | None:
        """Return the grid of ascending cut points; None where there is none, or it gains nothing.

        Few comparisons are faster than lookups.
        """
        if len(cuts) < FEW_CUTS or not 0 < cuts[-1] - cuts[0] < math.inf:
            return None
        low, scale = cuts[0], (CELLS - 2) / (cuts[-1] - cuts[0])
        if not math.isfinite(scale):
            return None
        cells = cls(low, scale, np.empty(0), np.empty(0)).cells(np.array(cuts))
        held = np.bincount(cells, minlength=CELLS)
        if held.max() > MOST_IN_CELL:
            return None
        below = np.cumsum(held) - held
        within = np.full((held.max(), CELLS), np.nan)
        within[np.arange(len(cuts)) - below[cells], cells] = cuts
        return cls(low, scale, below.astype(dtype), within)

    @np.errstate(over="ignore", invalid="ignore")  # the far ends, and NaN, lie in some cell
    def cells(self, numbers: np.ndarray) -> np.ndarray:
        """Return the cell of each number; that of NaN is any."""
        places = (numbers - self.low) * self.scale
        return np.fmin(np.fmax(places, 0.0), CELLS - 1.0).astype(np.intp)

    def __call__(self, numbers: np.ndarray) -> np.ndarray:
        """Return how many cut points lie at or below each number."""
        cells = self.cells(numbers)
        counted = self.below.take(cells)
        for cuts in self.within:
            counted += numbers >= cuts.take(cells)
        return counted
