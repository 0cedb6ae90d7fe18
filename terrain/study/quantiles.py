"""Cut points of a table too large to be looked at, from all instances of the discovery half.

The numbers are counted where they lie, in a first pass over all ordered features and then, within
the cells that hold a wanted rank, over those that are not known yet. The cut points are exactly
those that the whole column would get in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.data.arrow import numbers_of
from terrain.data.cuts import FIRST, looked_at, whole
from terrain.data.features import cut
from terrain.data.radix import Cells, Counted, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.data.features import Encoding
    from terrain.data.pieces import Piece
    from terrain.data.radix import Ranges
    from terrain.data.regions import Scale
    from terrain.engines import Engine

MOST = 1 << 19
"""Cells of all features together; a state has 16 bytes for each. More save passes."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen of ordered features in some rows; that of disjoint rows merges by ``|``.

    Attributes
    ----------
    counted
        By feature, the present values of the discovery half.
    fractions, finite, missing
        Features of which any row, of either half, holds a fraction, a finite number, or no value.
    """

    counted: Mapping[str, Counted]
    fractions: frozenset[str]
    finite: frozenset[str]
    missing: frozenset[str]

    def __or__(self, other: Look) -> Look:
        """Return what was seen in both."""
        return Look(
            counted=_merged(self.counted, other.counted),
            fractions=self.fractions | other.fractions,
            finite=self.finite | other.finite,
            missing=self.missing | other.missing,
        )

    def scale(self, encoding: Encoding) -> Scale:
        """Return the scale of a feature; see `terrain.data.cuts.scale_of`."""
        if encoding.scale == "date":
            return "date"
        whole = encoding.feature in self.finite or encoding.scale == "integer"
        return "integer" if whole and encoding.feature not in self.fractions else "number"


def cut_by_all(
    pieces: Engine[Piece],
    halves: Engine[np.ndarray],
    encodings: Mapping[str, Encoding],
    bins: int,
    resolution: int | None,
) -> dict[str, Encoding]:
    """Return encodings of which ordered ones have cut points, scale and missing of all instances.

    Parameters
    ----------
    pieces, halves
        The table, and the bits of the discovery half in each piece.
    encodings
        By feature. Which are ordered, and which of them are dates, a look at some rows told.
    bins, resolution
        See `terrain.data.features.fit`.
    """
    names = [name for name, encoding in encodings.items() if encoding.ordered]
    if not names:
        return dict(encodings)
    wanted = [bins] if resolution is None else [bins, resolution]
    # a rank asks for three cells at most, and twice as many must do, so that each pass is finer
    most = max(MOST // len(names), 6 * sum(each + 6 for each in wanted))
    look = pieces.reduce(partial(_look, names=names, most=most), Look.__or__, halves)
    cells = {name: Cells.of(counted) for name, counted in look.counted.items()}
    while ranges := _unknown(cells, wanted):
        counted = pieces.reduce(partial(_within, ranges=ranges, most=most), _merged, halves)
        cells |= {name: cells[name].refined(ranges[name], counted[name]) for name in ranges}
    return {
        name: cut(
            msgspec.structs.replace(
                encoding, scale=look.scale(encoding), has_missing=name in look.missing
            ),
            cells[name].frequencies(),
            bins,
            resolution,
        )
        if encoding.ordered
        else encoding
        for name, encoding in encodings.items()
    }


def _unknown(cells: Mapping[str, Cells], wanted: list[int]) -> dict[str, Ranges]:
    """Return by feature which cells are to be counted again; features that are known have none."""
    found = {}
    for name, each in cells.items():
        seen = each.frequencies()
        places = np.concatenate([looked_at(seen, bins) for bins in wanted])
        ranges = each.ranges(np.unique(places))
        if ranges is not None:
            found[name] = ranges
    return found


def _look(piece: Piece, half: np.ndarray, names: list[str], most: int) -> Look:
    table, inside = piece.table(names), _places(half, piece)
    counted, fractions, finite, missing = {}, set(), set(), set()
    for name in names:
        numbers = numbers_of(table[name])
        counted[name] = Counted.of(_keys(numbers.take(inside)), most)
        fraction = not (whole(numbers[:FIRST]) and whole(numbers))
        if fraction:
            fractions.add(name)
        if fraction or np.isfinite(numbers).any():
            finite.add(name)
        if np.isnan(numbers).any():
            missing.add(name)
    return Look(
        counted=counted,
        fractions=frozenset(fractions),
        finite=frozenset(finite),
        missing=frozenset(missing),
    )


def _within(
    piece: Piece, half: np.ndarray, ranges: Mapping[str, Ranges], most: int
) -> dict[str, Counted]:
    """Return by feature what of a piece lies in the cells that are counted again."""
    table, inside = piece.table(list(ranges)), _places(half, piece)
    found = {}
    for name, asked in ranges.items():
        near = asked.near(numbers_of(table[name]).take(inside))
        found[name] = Counted.of(asked.of(_keys(near)), most)
    return found


def _keys(numbers: np.ndarray) -> np.ndarray:
    """Return the ascending keys of the numbers that are present."""
    ordered = np.sort(numbers)  # NaN comes last
    missing = np.count_nonzero(np.isnan(ordered)) if np.isnan(ordered[-1:]).any() else 0
    return keys_of(ordered[: len(ordered) - missing])


def _places(half: np.ndarray, piece: Piece) -> np.ndarray:
    """Return the rows of a piece that are in the discovery half."""
    return np.flatnonzero(np.unpackbits(half, count=piece.rows))


def _merged(one: Mapping[str, Counted], other: Mapping[str, Counted]) -> dict[str, Counted]:
    return {name: counted | other[name] for name, counted in one.items()}
