"""Joint histograms of pairs and triples of features: several of them from each pass of the rows."""

from __future__ import annotations

import math
from functools import partial, reduce
from itertools import combinations, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from terrain.analyses.slices.choices import Choices
    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch, Part

    Features = tuple[str, ...]
    Slot = tuple[str, Selection]
    Cover = list[tuple[Features, list[Features]]]
    Rows = slice | np.ndarray

Key = TypeVar("Key")

AT_ONCE = 24
"""Blocks of features that are counted in one fold: their histograms take under a megabyte."""

ROWS_AT_ONCE = 2**15
"""Instances whose cells are held at a time: they stay in cache, and are few beside the codes."""

LARGE = 2**17
"""Instances of a batch of which four times as many are held: two threads wait less for another."""


def joint_histograms(
    part: Part, choices: Mapping[str, Choices], depth: int
) -> Iterator[tuple[Features, np.ndarray]]:
    """Yield every tuple of `depth` features with its (3, cells, …) rows, exposure and events.

    Parameters
    ----------
    part
        Instances.
    choices
        The cells of each feature.
    depth
        Features in a tuple.
    """
    cover = covering(list(choices), depth)
    for start in range(0, len(cover), AT_ONCE):
        blocks = cover[start : start + AT_ONCE]
        yield from part.reduce(partial(_tuples, cover=blocks, choices=choices), add).items()


def covering(features: Sequence[str], depth: int) -> Cover:
    """Return blocks of one feature more than `depth`, each with the tuples counted through it.

    A tuple's block adds the feature whose place makes the places of all sum to 0, modulo their
    number: so the tuples of one block have the same one, and each is counted once. Where that
    feature is in the tuple already, the tuple is a block of its own.

    Examples
    --------
    >>> for block, tuples in covering("abcd", 2):
    ...     print(*block, tuples)
    a b d [('a', 'b'), ('a', 'd'), ('b', 'd')]
    a c [('a', 'c')]
    b c [('b', 'c')]
    c d [('c', 'd')]
    """
    found: dict[tuple[int, ...], list[Features]] = {}
    for places in combinations(range(len(features)), depth):
        block = tuple(sorted({*places, -sum(places) % len(features)}))
        found.setdefault(block, []).append(tuple(features[place] for place in places))
    return [(tuple(features[p] for p in block), tuples) for block, tuples in found.items()]


def histograms_within(
    batch: Batch, slots: Iterable[Slot], sizes: Mapping[str, int]
) -> dict[Slot, np.ndarray]:
    """Return the (3, codes) sums over a feature of the instances within a selection, for each."""
    found, kinds = {}, _kinds(batch)
    for within, alike in groupby(sorted(slots, key=itemgetter(1)), key=itemgetter(1)):
        inside = batch.mask(within) if within else None
        for feature, _ in alike:
            codes, shape = batch.codes[feature], [sizes[feature]]
            counted = (
                _count(batch, rows, [codes[rows]], shape, kinds) for rows in _passes(batch, inside)
            )
            found[feature, within] = _layers(batch, reduce(np.add, counted))
    return found


def grids_of(batch: Batch, grids: Mapping[int, Sequence[Choices]]) -> dict[int, np.ndarray]:
    """Return the (3, cells, …) sums over the features of each grid."""
    found, kinds = {}, _kinds(batch)
    for place, grid in grids.items():
        shape = [choices.cells for choices in grid]
        counted = (
            _count(batch, rows, [_cells(batch, rows, choices) for choices in grid], shape, kinds)
            for rows in _passes(batch)
        )
        found[place] = _layers(batch, reduce(np.add, counted))
    return found


def add(a: dict[Key, np.ndarray], b: dict[Key, np.ndarray]) -> dict[Key, np.ndarray]:
    """Return the sums of the same histograms of two batches.

    Those of a batch have 32 bits a cell, which is smaller to send; sums of many batches have 64.
    Sums of losses are whole numbers as float64, but counts in a batch that happens to need no more.
    """
    return {
        key: np.add(held, b[key], dtype=np.result_type(held, b[key], np.int64))
        for key, held in a.items()
    }


def _tuples(
    batch: Batch, cover: Cover, choices: Mapping[str, Choices]
) -> dict[Features, np.ndarray]:
    """Return the histogram of each tuple of some blocks, as sums of its block's."""
    used, kinds = {feature for block, _ in cover for feature in block}, _kinds(batch)
    counted: dict[Features, np.ndarray] = {}
    for rows in _passes(batch):
        cells = {feature: _cells(batch, rows, choices[feature]) for feature in used}
        for block, _ in cover:
            shape = [choices[feature].cells for feature in block]
            fresh = _count(batch, rows, [cells[feature] for feature in block], shape, kinds)
            counted[block] = counted[block] + fresh if block in counted else fresh
    return {
        features: _layers(batch, _summed(sums, block, features))
        for block, tuples in cover
        for sums in [counted.pop(block)]
        for features in tuples
    }


def _passes(batch: Batch, inside: np.ndarray | None = None) -> Iterator[Rows]:
    """Yield the rows of a batch, or those inside a region, some at a time; at least once."""
    # a region holds only some of the rows
    width = ROWS_AT_ONCE if inside is None and len(batch) <= LARGE else 4 * ROWS_AT_ONCE
    for start in range(0, max(len(batch), 1), width):
        rows = slice(start, start + width)
        yield rows if inside is None else start + np.flatnonzero(inside[rows])


def _summed(counted: np.ndarray, block: Features, features: Features) -> np.ndarray:
    """Return the sums over the features of a block that are not wanted."""
    axes = tuple(1 + i for i, feature in enumerate(block) if feature not in features)
    return counted.sum(axis=axes, dtype=counted.dtype)


def _cells(batch: Batch, rows: Rows, choices: Choices) -> np.ndarray:
    return choices.lookup.astype(np.uint8).take(batch.codes[choices.feature][rows])


def _kinds(batch: Batch) -> int:
    """Return how many outcomes there are; 1 where there are layers instead."""
    return 1 if batch.outcome is None else max(2, int(batch.outcome.max(initial=0)) + 1)


def _count(
    batch: Batch, rows: Rows, cells: Sequence[np.ndarray], shape: Sequence[int], kinds: int
) -> np.ndarray:
    """Return the (k, *shape) sums over some rows: of each outcome, or of the layers themselves.

    An outcome is one more digit of the cell, so that one unweighted count does for all of them.

    Parameters
    ----------
    batch, rows
        Which instances.
    cells, shape
        The cell of each of these on each feature, and how many cells there are.
    kinds
        See `_kinds`.
    """
    size, outcome = math.prod(shape), batch.outcome
    start = np.zeros(len(cells[0]), np.uint8) if outcome is None else outcome[rows]
    place = start.astype(np.min_scalar_type(kinds * size))
    for values, width in zip(cells, shape, strict=True):
        place *= width
        place += values
    if outcome is not None:
        counted = np.bincount(place, minlength=kinds * size).astype(np.int32)
        return counted.reshape(kinds, *shape)
    weights = (None, batch.exposure[rows], batch.events[rows])
    sums = [np.bincount(place, each, minlength=size) for each in weights]
    return np.stack(sums).reshape(3, *shape)


def _layers(batch: Batch, counted: np.ndarray) -> np.ndarray:
    """Return rows, exposure and events from what `_count` counted."""
    if batch.outcome is None:
        return counted
    return np.stack([counted.sum(0, np.int32), counted[:2].sum(0, np.int32), counted[1]])
