"""A short list: the few confirmed regions that together hold the most errors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.candidates import NEARLY_THE_SAME
from terrain.statistics.counting import jaccard, overlaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.collect.search import Tested
    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Find
    from terrain.statistics.metrics import Indicator

MOST = 5
"""Regions on the short list at most."""

WORTH = 0.1
"""A region must add this share of what the first one explains to be listed."""


class Cover(NamedTuple):
    """The short list.

    Attributes
    ----------
    places
        Which regions, in the order in which they were chosen.
    coverage, error_coverage
        Share of all instances that lie in any of them; share of the events these hold, what each
        region adds being measured on the instances that its search did not see. None for a loss
        that can be negative.
    """

    places: tuple[int, ...]
    coverage: float
    error_coverage: float | None


def cover(confirmed: Sequence[Tested], target: Indicator, find: Find) -> Cover:
    """Choose regions greedily by how far what they add lies above the overall rate.

    That is the squared excess of the added instances' events over what the overall rate would
    give, divided by their exposure: for rates Pearson's term up to a factor that all share. It is
    judged on the part that each region's search saw.
    """
    chosen: list[int] = []
    coverage = error_coverage = first = 0.0
    while len(chosen) < MOST:
        before = tuple(confirmed[place].candidate.selection for place in chosen)
        gains = {
            place: _added(item.direction.searched, item.candidate.selection, before, find).surprise
            for place, item in enumerate(confirmed)
            if place not in chosen
        }
        best = max(gains, key=lambda place: (gains[place], -place), default=None)
        if best is None or gains[best] <= WORTH * first:
            break
        first = first or gains[best]
        item = confirmed[best]
        halves = item.direction.seen, item.direction.unseen
        coverage += _share_of_rows(halves, item.candidate.selection, before)
        error_coverage += _added(halves[1], item.candidate.selection, before, find).events
        chosen.append(best)
    # each direction of a cross-fit has its own denominator: their sum may pass the whole
    return Cover(tuple(chosen), coverage, None if target.signed else min(error_coverage, 1.0))


class _Added(NamedTuple):
    """What a region adds to others: its share of the events, and how surprising that is."""

    events: float
    surprise: float


def _added(part: Part, selection: Selection, before: tuple[Selection, ...], find: Find) -> _Added:
    sums = part.reduce(partial(_sums, selection=selection, before=before), np.add)
    (_, exposure, events), (_, all_exposure, all_events) = sums
    excess = events - exposure * all_events / all_exposure
    excess = max(excess if find == "failing" else -excess, 0.0)
    share = events / all_events if all_events else 0.0
    return _Added(share, excess**2 / exposure if exposure else 0.0)


def _share_of_rows(
    parts: Sequence[Part], selection: Selection, before: tuple[Selection, ...]
) -> float:
    count = partial(_sums, selection=selection, before=before)
    added, everything = sum(part.reduce(count, np.add) for part in parts)[:, 0]
    return float(added / everything)


def _sums(batch: Batch, selection: Selection, before: tuple[Selection, ...]) -> np.ndarray:
    """Return rows, exposure and events: of what a region adds, and of all instances."""
    added = batch.mask(selection)
    for other in before:
        added &= ~batch.mask(other)
    return np.array(
        [
            [rows.sum(), batch.exposure[rows].sum(), batch.events[rows].sum()]
            for rows in (added, np.ones(len(batch), dtype=bool))
        ]
    )


def distinct(ranked: Sequence[Tested], parts: Sequence[Part]) -> list[Tested]:
    """Return the candidates without those that nearly repeat one before them."""
    selections = [item.candidate.selection for item in ranked]
    alike = jaccard(sum(overlaps(part, selections) for part in parts))  # type: ignore[arg-type]
    kept: list[int] = []
    for place in range(len(ranked)):
        if not np.any(alike[place, kept] >= NEARLY_THE_SAME):
            kept.append(place)
    return [ranked[place] for place in kept]
