"""How often numbers occur, told apart only where a rank is wanted: sorting takes ten times that."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    finite = values if np.isfinite(values).all() else values[np.isfinite(values)]
    low, high = finite.min(initial=np.inf), finite.max(initial=-np.inf)
    with np.errstate(over="ignore"):
        width = high - low
    if len(values) <= FEW or not 0 < width < np.inf or not (CELLS - 1) / width < np.inf:
        return Frequencies.of(np.sort(values))
    cell = _cells(values, low, width)
    counts = np.bincount(cell, minlength=CELLS)
    if np.count_nonzero(counts) == 1:  # no rank lies between cells
        return Frequencies.of(np.sort(values))
    apart = np.zeros(CELLS, bool)
    while True:
        single = Frequencies.of(np.sort(values.compress(apart.take(cell))))
        together = np.flatnonzero((counts > 0) & ~apart)
        cells = np.concatenate([together, _cells(single.values, low, width)])
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


def _cells(values: np.ndarray, low: float, width: float) -> np.ndarray:
    """Return the cell of each number; that of a larger one is no lower."""
    place = values - low
    place *= (CELLS - 1) / width
    return np.clip(place, 0, CELLS - 1, out=place).astype(np.uint16)
