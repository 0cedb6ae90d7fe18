"""What one condition may be: a range, a set of levels or missingness, as sets of cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from terrain.data.features import Encoding

ROWS, EXPOSURE, EVENTS = range(3)
"""What a histogram holds of each cell."""


@dataclass(frozen=True)
class Choices:
    """The conditions on one feature that a search looks at.

    Attributes
    ----------
    feature
        Its name.
    lookup
        (codes,) the cell of each code.
    members
        (choices, cells) 1.0 where a choice holds a cell.
    """

    feature: str
    lookup: np.ndarray
    members: np.ndarray

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return int(self.members.shape[1])

    def codes(self, choice: int) -> tuple[int, ...]:
        """Return the codes that satisfy a choice."""
        held = self.members[choice] > 0
        return tuple(np.flatnonzero(held[self.lookup]).tolist())


def choices_of(encoding: Encoding, histogram: np.ndarray, resolution: int) -> Choices:
    """Return the conditions on a feature at a resolution.

    Neighbouring codes of an ordered feature, and levels of like rate, share a cell where there
    are more than `resolution`; a missing value has a cell of its own. Conditions are all runs of
    cells (levels stand in the order of their rate, so a run is a set), missingness, and the
    complement of each cell.

    Parameters
    ----------
    encoding
        The feature.
    histogram
        (3, codes) rows, exposure and events in the part that is searched.
    resolution
        Most cells.
    """
    if encoding.ordered:
        lookup, values = _cells_of_ranges(histogram, resolution)
    else:
        lookup, values = _cells_of_levels(histogram, resolution)
    shown = np.bincount(lookup, histogram[ROWS], minlength=int(lookup.max()) + 1) > 0
    members = _members(values, tuple(shown.tolist()), ordered=encoding.ordered)
    return Choices(encoding.feature, lookup, members)


@lru_cache(maxsize=8)
def _members(values: int, shown: tuple[bool, ...], *, ordered: bool) -> np.ndarray:
    """Return the (choices, cells) of a feature with some values; features that are alike share it.

    `shown` tells for each cell whether an instance lies in it.
    """
    first, last = np.triu_indices(values)
    place = np.arange(len(shown))
    runs = (place >= first[:, None]) & (place <= last[:, None])
    one = np.eye(len(shown), dtype=bool)
    # all but one range would not be a range; all but an outermost level is a run already
    found = np.vstack([runs, one[values:]] if ordered else [runs, ~one[1:-1]])
    held = found[:, list(shown)].sum(axis=1)
    # a choice of nothing or of everything is none
    proper = found[(held > 0) & (held < sum(shown))]
    proper = proper[np.lexsort(proper.T[::-1])]
    return proper.astype(np.float64)


def _cells_of_ranges(histogram: np.ndarray, resolution: int) -> tuple[np.ndarray, int]:
    """Return the cell of each code, and how many hold values; the last code is missing."""
    place = _quantile(histogram[ROWS, :-1], resolution - bool(histogram[ROWS, -1]))
    values = int(place.max()) + 1
    return np.append(place, values), values


def _cells_of_levels(histogram: np.ndarray, resolution: int) -> tuple[np.ndarray, int]:
    """Return the cell of each code in the order of their rates; missing is a level like others."""
    rows, exposure, events = histogram
    rate = np.divide(events, exposure, out=np.full(len(rows), np.inf), where=exposure > 0)
    order = np.argsort(rate, kind="stable")
    lookup = np.empty(len(rows), np.int64)
    lookup[order] = _quantile(rows[order], resolution)
    cells = int(lookup.max()) + 1
    return lookup, cells


def _quantile(support: np.ndarray, cells: int) -> np.ndarray:
    """Return which of at most `cells` runs of about equal support each place belongs to."""
    used = support > 0
    if used.sum() <= cells:
        return np.maximum(np.cumsum(used) - 1, 0)
    middle = (np.cumsum(support) - support / 2) / support.sum()
    place = np.minimum((middle * cells).astype(np.int64), cells - 1)
    _, dense = np.unique(place, return_inverse=True)
    return dense
