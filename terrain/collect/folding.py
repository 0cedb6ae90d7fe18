"""Overlapping descriptions of one failure: one of them stands for it, the others lie beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.batch import jaccard, overlaps
from terrain.statistics.candidates import EXPLAINED, explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.collect.search import Tested
    from terrain.statistics.batch import Part

ALIKE = 0.5
"""Jaccard index from which the simpler of two descriptions may stand for the other."""


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


def folded(
    regions: Sequence[Tested], confirmed: int, prices: Sequence[float], shared: Shared
) -> list[Fold]:
    """Group regions that describe one failure.

    Where nearly all of a region's excess (see `explained`) lies in one before it, the region is
    folded beneath that one. The simplest description that holds nearly all of the first one's
    excess, in mostly the same instances, stands for the group. All of it is judged on the part
    that each region's search saw.

    Parameters
    ----------
    regions
        The `confirmed` ones first, each kind in the order in which they shall stand for others.
    confirmed
        How many are: none of them is folded beneath one that is not.
    prices
        How long each description is.
    shared
        What they have in common.
    """
    shares = _explained(regions)
    groups: list[list[int]] = []
    for place in range(len(regions)):
        own = max(groups, key=lambda group: shares[place, group[0]], default=None)
        if own is not None and shares[place, own[0]] >= EXPLAINED:
            own.append(place)
        else:
            groups.append([place])

    def stands_for(place: int, first: int) -> bool:
        alike = shared.jaccard[place, first] >= ALIKE and shares[first, place] >= EXPLAINED
        return place == first or (alike and (place < confirmed) == (first < confirmed))

    folds = []
    for group in groups:
        able = [place for place in group if stands_for(place, group[0])]
        head = min(able, key=lambda place: prices[place])
        folds.append(Fold(head, tuple(place for place in group if place != head)))
    return folds


def _explained(regions: Sequence[Tested]) -> np.ndarray:
    """Return the (k, k) share of the row's excess in the column's region, as its search saw it."""
    selections = [item.candidate.selection for item in regions]
    shares = np.zeros((len(regions), len(regions)))
    for direction in dict.fromkeys(item.direction for item in regions):
        found_here = [item.direction == direction for item in regions]
        shares[found_here] = explained(direction.searched, selections)[found_here]
    return shares
