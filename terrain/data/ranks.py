"""How often numbers occur, told apart only where a rank is wanted: sorting takes ten times that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.data.cuts import Frequencies, looked_at

if TYPE_CHECKING:
    from collections.abc import Sequence

CELLS = 1 << 16
"""Cells of one width, in which numbers are counted."""

FEW = 1 << 16
"""Numbers that are sorted at once."""


def frequencies_of(values: np.ndarray, wanted: Sequence[int]) -> Frequencies:
    """Return frequencies that have the cut points of all values.

    Numbers are counted in cells. Those of the cells that `looked_at` names are told apart, and
    then those that it names in what is known by now, until it names none that is not.

    Parameters
    ----------
    values
        (m,) numbers, none of which is NaN.
    wanted
        The numbers of ranges for which `cut_points` will be asked.
    """
    extent = extent_of(values)
    if len(values) <= FEW or extent is None:
        return Frequencies.of(np.sort(values))
    cell = cells_of(values, extent)
    counts = np.bincount(cell, minlength=CELLS)
    if np.count_nonzero(counts) == 1:  # no rank lies between cells
        return Frequencies.of(np.sort(values))
    apart = np.zeros(CELLS, bool)
    while True:
        single = Frequencies.of(np.sort(values.compress(apart.take(cell))))
        together = np.flatnonzero((counts > 0) & ~apart)
        cells = np.concatenate([together, cells_of(single.values, extent)])
        order = np.argsort(cells, kind="stable")
        seen = Frequencies(
            np.concatenate([np.full(len(together), np.nan), single.values])[order],
            np.concatenate([counts[together], single.counts])[order],
        )
        places = np.concatenate([looked_at(seen, bins) for bins in wanted])
        asked = cells[order[places]]
        if apart[asked].all():
            return seen
        apart[asked] = True


class Extent(NamedTuple):
    """The least of some numbers, and how far the largest lies above it; both finite."""

    low: float
    width: float


def extent_of(numbers: np.ndarray) -> Extent | None:
    """Return the extent of the finite ones; None if cells of one width cannot tell them apart."""
    finite = np.isfinite(numbers)
    held = numbers if finite.all() else numbers.compress(finite)
    low, high = held.min(initial=np.inf), held.max(initial=-np.inf)
    with np.errstate(all="ignore"):
        width = high - low
        told_apart = 0 < width < np.inf and (CELLS - 1) / width < np.inf
    return Extent(float(low), float(width)) if told_apart else None


def cells_of(numbers: np.ndarray, extent: Extent) -> np.ndarray:
    """Return the cell of each number; that of a larger one is no lower, that of NaN is any."""
    with np.errstate(invalid="ignore", over="ignore"):
        place = numbers - extent.low
        place *= (CELLS - 1) / extent.width
        return np.clip(place, 0, CELLS - 1, out=place).astype(np.uint16)
