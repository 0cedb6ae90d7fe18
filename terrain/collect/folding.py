"""Overlapping descriptions of one failure: one of them stands for it, the others lie beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.candidates import EXPLAINED, evidence, explained, price_of
from terrain.statistics.counting import jaccard, overlaps, tally_selections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.collect.search import Judge, Tested
    from terrain.data.features import Selection
    from terrain.statistics.batch import Part

ALIKE = 0.5
"""Jaccard index from which the simpler of two descriptions may stand for the other."""

TOGETHER = 0.5
"""Share of a region that lies in another, or holds of it, if both are to be about the same."""


class Fold(NamedTuple):
    """A region, and further descriptions of the same failure.

    Attributes
    ----------
    head
        Its place among the regions.
    beneath
        The places of the others, in their order.
    """

    head: int
    beneath: tuple[int, ...]


class Shared(NamedTuple):
    """How much regions have in common.

    Attributes
    ----------
    jaccard
        (k, k) instances in both over instances in either.
    inside
        (k, k) share of the row's instances that lie in the column's region.
    """

    jaccard: np.ndarray
    inside: np.ndarray


def shared_by(regions: Sequence[Tested], halves: Sequence[Part]) -> Shared:
    """Return how many of all instances regions share."""
    selections = [item.candidate.selection for item in regions]
    counts = np.sum([overlaps(half, selections) for half in halves], axis=0)
    return Shared(jaccard(counts), counts / np.maximum(np.diag(counts), 1)[:, None])


def folded(regions: Sequence[Tested], confirmed: int, judge: Judge, shared: Shared) -> list[Fold]:
    """Group regions that describe one failure.

    A region is folded beneath one before it if nearly all of its excess (see `explained`) lies in
    that one, if one of the two lies mostly in the other, and if it is no core in which things are
    still worse than in the rest of that one. The simplest description that holds nearly all of
    the first one's excess, in mostly the same instances, stands for the group, unless the first one
    is such a core of it. All of it is judged on the part that each region's search saw.

    Parameters
    ----------
    regions
        The `confirmed` ones first, each kind in the order in which they shall stand for others.
    confirmed
        How many are: none of them is folded beneath one that is not.
    judge
        How they were judged.
    shared
        What they have in common.
    """
    shares = _explained(regions)
    together = np.maximum(shared.inside, shared.inside.T) >= TOGETHER
    groups: list[list[int]] = []
    for place, item in enumerate(regions):
        able = [
            group
            for group in groups
            if shares[place, group[0]] >= EXPLAINED
            and together[place, group[0]]
            and not _is_core(item, regions[group[0]], judge)
        ]
        if able:
            max(able, key=lambda group: shares[place, group[0]]).append(place)
        else:
            groups.append([place])

    def stands_for(place: int, first: int) -> bool:
        alike = shared.jaccard[place, first] >= ALIKE and shares[first, place] >= EXPLAINED
        alike = alike and (place < confirmed) == (first < confirmed)
        return place == first or (alike and not _is_core(regions[first], regions[place], judge))

    folds = []
    for group in groups:
        able_heads = [place for place in group if stands_for(place, group[0])]
        head = min(able_heads, key=lambda place: _price(regions[place], judge))
        folds.append(Fold(head, tuple(place for place in group if place != head)))
    return folds


def _is_core(item: Tested, other: Tested, judge: Judge) -> bool:
    """Whether a region stands out from another one by more than its description costs."""
    both = _both(item.candidate.selection, other.candidate.selection)
    if both is None:
        return False
    (_, core), (_, whole) = tally_selections(
        item.direction.searched, [both, other.candidate.selection]
    )
    inside, rest = judge.target.moments(core), judge.target.moments(whole - core)
    return evidence(inside, rest, judge.find) > _price(item, judge)


def _both(one: Selection, other: Selection) -> Selection | None:
    """Return what two selections have in common; None if they exclude each other."""
    held = dict(one)
    for feature, codes in other:
        held[feature] = tuple(sorted(set(codes) & set(held.get(feature, codes))))
    return tuple(held.items()) if all(held.values()) else None


def _price(item: Tested, judge: Judge) -> float:
    return price_of(item.candidate.selection, judge.encodings)


def _explained(regions: Sequence[Tested]) -> np.ndarray:
    """Return the (k, k) share of the row's excess in the column's region, as its search saw it."""
    selections = [item.candidate.selection for item in regions]
    shares = np.zeros((len(regions), len(regions)))
    for direction in dict.fromkeys(item.direction for item in regions):
        found_here = [item.direction == direction for item in regions]
        shares[found_here] = explained(direction.searched, selections)[found_here]
    return shares
