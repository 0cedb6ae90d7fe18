"""What is counted of the instances of a part: tallies of regions, and what regions share."""

from __future__ import annotations

import math
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from terrain.statistics.measures import Layout, take_measures
from terrain.statistics.tally import Tally, count, tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch, Part

MOST_BITMAPS = 16
"""Kinds of instances up to which each is a bitmap: more cost more than counting their codes."""


def tally_partition(part: Part, assign: Callable[[Batch], np.ndarray], regions: int) -> list[Tally]:
    """Return the tallies of disjoint regions.

    Parameters
    ----------
    part
        Instances.
    assign
        Gives each instance of a batch its region, below `regions`.
    regions
        How many regions.
    """
    sums = part.reduce(partial(_count_partition, assign=assign, regions=regions), np.add)
    return tallies(layout_of(part), sums)


def _count_partition(
    batch: Batch, assign: Callable[[Batch], np.ndarray], regions: int
) -> np.ndarray:
    return count(batch.measures, assign(batch), regions)


def tally_codes(part: Part, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return for each feature, of so many codes, the (codes, s) sums of each code's instances."""
    return part.reduce(partial(_count_codes, sizes=sizes), _added)


def _count_codes(batch: Batch, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    return {name: count(batch.measures, batch.codes[name], size) for name, size in sizes.items()}


def _added(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: sums + other[name] for name, sums in one.items()}


def tally_selections(part: Part, selections: Sequence[Selection]) -> list[tuple[Tally, Tally]]:
    """Return for each region the tally of its complement and its own; regions may overlap."""
    if not selections:
        return []
    sums = part.reduce(partial(_count_selections, selections=selections), np.add)
    layout = layout_of(part)
    return [(Tally(layout, outside), Tally(layout, within)) for outside, within in sums]


def _count_selections(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    """Return (k, 2, s) sums outside and inside; the few rows inside are counted, not the others."""
    sums = _sums_inside(batch, selections)
    whole = count(batch.measures, np.zeros(len(batch), np.int64), 1)
    return np.stack([whole - sums, sums], axis=1)


def _sums_inside(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    """Return the (k, s) sums of the instances inside each region."""
    kinds = batch.measures.kinds
    if kinds is None:
        rows = [np.flatnonzero(batch.mask(selection)) for selection in selections]
        taken = [take_measures(batch.measures, own) for own in rows]
        return np.concatenate([count(each, np.zeros(len(each), np.int64), 1) for each in taken])
    if len(kinds.sums) > MOST_BITMAPS:
        codes = [kinds.code[batch.mask(selection)] for selection in selections]
        found = [np.bincount(each, minlength=len(kinds.sums)) for each in codes]
        return np.stack(found) @ kinds.sums
    kind = _packed([kinds.code == place for place in range(len(kinds.sums))])
    members = memberships(batch, selections)
    return np.bitwise_count(members[:, None] & kind).sum(axis=2, dtype=np.int64) @ kinds.sums


def overlaps(part: Part, selections: Sequence[Selection]) -> np.ndarray:
    """Return how many instances each two regions share, as (k, k) int64; the diagonal: support."""
    if not selections:
        return np.zeros((0, 0), np.int64)
    return part.reduce(partial(_count_overlaps, selections=selections), np.add)


def _count_overlaps(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    return _in_common(memberships(batch, selections))


def shared_sums(part: Part, selections: Sequence[Selection]) -> np.ndarray:
    """Return the events and the exposure that each two regions share, as (2, k, k) float64.

    Sums of whole numbers, so that no order of summation changes them.
    """
    return part.reduce(partial(_shared_sums, selections=selections), np.add)


def _shared_sums(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    if batch.outcome is None:
        masks = np.stack([batch.mask(selection) for selection in selections]).astype(float)
        return np.stack([(masks * each) @ masks.T for each in (batch.events, batch.exposure)])
    members = memberships(batch, selections)
    counted = _packed([batch.events > 0, batch.exposure > 0])
    return np.stack([_in_common(members & each) for each in counted]).astype(float)


def memberships(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    """Return which instances lie in each region, as (k, n / 64) uint64, a bit for each instance.

    Regions that share conditions share the work: each condition is looked up once.
    """
    known: dict[Selection, np.ndarray] = {}

    def of(condition: Selection) -> np.ndarray:
        if condition not in known:
            known[condition] = _packed([batch.mask(condition)])[0]
        return known[condition]

    return np.stack(
        [reduce(np.bitwise_and, (of((each,)) for each in one), of(())) for one in selections]
    )


def _packed(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Return k masks of n instances as (k, n / 64) uint64, a bit for each instance."""
    words = np.zeros((len(masks), -(-len(masks[0]) // 64)), np.uint64)
    for row, mask in zip(words.view(np.uint8), masks, strict=True):
        packed = np.packbits(mask)
        row[: len(packed)] = packed
    return words


def _in_common(words: np.ndarray) -> np.ndarray:
    """Return the (k, k) number of bits that two memberships have in common."""
    return np.stack([np.bitwise_count(words & row).sum(axis=1, dtype=np.int64) for row in words])


def exact_sum(part: Part, values: Callable[[Batch], np.ndarray]) -> float:
    """Return the sum of numbers that are no whole ones, the same in whatever order they come.

    They are rounded to whole steps, as fine as a sum below 2**53 allows.

    Parameters
    ----------
    part
        Instances.
    values
        Gives the numbers of a batch, none of them negative.
    """
    largest, n = part.reduce(partial(_extent, values=values), _wider)
    if not n or not largest:
        return 0.0
    step = math.ldexp(1.0, math.frexp(largest)[1] + math.frexp(n)[1] - 53)
    return part.reduce(partial(_steps, values=values, step=step), add) * step


def _extent(batch: Batch, values: Callable[[Batch], np.ndarray]) -> tuple[float, int]:
    found = values(batch)
    return float(found.max(initial=0.0)), len(found)


def _wider(one: tuple[float, int], other: tuple[float, int]) -> tuple[float, int]:
    return max(one[0], other[0]), one[1] + other[1]


def _steps(batch: Batch, values: Callable[[Batch], np.ndarray], step: float) -> float:
    return float(np.rint(values(batch) / step).sum())


def jaccard(shared: np.ndarray) -> np.ndarray:
    """Return the Jaccard index of each two regions from `overlaps`; two empty regions have 1."""
    support = np.diag(shared)
    union = support[:, None] + support[None, :] - shared
    return np.divide(shared, union, out=np.ones(shared.shape), where=union > 0)


def layout_of(part: Part) -> Layout:
    """Return where each sum stands in the tallies of a part; one that knows it need not look."""
    known: Layout | None = getattr(part, "layout", None)
    if known is not None:
        return known
    return part.reduce(_layout_of_batch, _either)


def _layout_of_batch(batch: Batch) -> Layout:
    return batch.measures.layout


def _either(one: Layout, other: Layout) -> Layout:
    """Return a layout: all batches have the same."""
    del other
    return one
