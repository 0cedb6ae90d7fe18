"""From what a search proposes to what is put to the test, all on the part the search has seen."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.batch import jaccard, overlaps, tally_selections

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terrain.data.features import Selection
    from terrain.statistics.batch import Part
    from terrain.statistics.metrics import Indicator, Moments

NEARLY_THE_SAME = 0.8
"""Regions whose Jaccard index reaches this are one region in two descriptions."""


class Candidate(NamedTuple):
    """A region to be tested.

    Attributes
    ----------
    selection
        The region as code sets.
    evidence
        How strongly the search's own part speaks for it: see `evidence`.
    inside
        The target's moments on that part ("found at").
    found_by
        The search that proposed it.
    """

    selection: Selection
    evidence: float
    inside: Moments
    found_by: str


def evidence(inside: Moments, outside: Moments) -> float:
    """Return the log-likelihood ratio for two rates instead of one; negative if inside is lower.

    For counts and rates that of two binomials (on effective sizes, where there are weights or
    groups), for losses half the squared Welch statistic, which it resembles for many instances.
    """
    if inside.value is None or outside.value is None:
        return -math.inf
    sign = 1.0 if inside.value >= outside.value else -1.0
    if inside.counted:
        return sign * _binomial_gain(inside, outside)
    variances = inside.variance(), outside.variance()
    if variances[0] is None or variances[1] is None or not sum(variances):  # type: ignore[arg-type]
        return -math.inf
    return sign * (inside.value - outside.value) ** 2 / (2 * sum(variances))  # type: ignore[arg-type]


def _binomial_gain(inside: Moments, outside: Moments) -> float:
    events, exposure = inside.events + outside.events, inside.exposure + outside.exposure
    apart = _log_likelihood(inside.events, inside.exposure) + _log_likelihood(
        outside.events, outside.exposure
    )
    return max(apart - _log_likelihood(events, exposure), 0.0)


def _log_likelihood(events: float, exposure: float) -> float:
    if events in {0.0, exposure}:
        return 0.0
    rate = events / exposure
    return events * math.log(rate) + (exposure - events) * math.log(1 - rate)


def choose(
    part: Part,
    proposed: Iterable[tuple[Selection, str]],
    target: Indicator,
    limit: int,
) -> list[Candidate]:
    """Return the candidates: simplified, without near-duplicates, best evidence first.

    Parameters
    ----------
    part
        The part that the search has seen.
    proposed
        Regions, with the name of the search that found each.
    target
        The metric that was searched.
    limit
        Most candidates; fewer tests leave each more power.
    """
    found: dict[Selection, Candidate] = {}
    proposed = [(selection, by) for selection, by in proposed if selection]
    for by in dict.fromkeys(by for _, by in proposed):
        selections = [selection for selection, name in proposed if name == by]
        for candidate in _simplified(part, selections, target, by):
            found.setdefault(canonical(candidate.selection), candidate)
    ranked = sorted(found.values(), key=_rank)
    raised = [candidate for candidate in ranked if candidate.evidence > 0]
    return _distinct(part, raised, limit)


def canonical(selection: Selection) -> Selection:
    """Return a selection with its features in order, so that equal regions compare equal."""
    return tuple(sorted(selection))


def _rank(candidate: Candidate) -> tuple[float, int, Selection]:
    return (-candidate.evidence, len(candidate.selection), canonical(candidate.selection))


def _simplified(
    part: Part, selections: Sequence[Selection], target: Indicator, found_by: str
) -> list[Candidate]:
    """Drop conditions, one at a time, as long as the evidence does not fall."""
    current = dict.fromkeys(selections)
    scored = _score(part, list(current), target)
    finished: dict[Selection, Candidate] = {}
    while current:
        shorter = {
            selection: [_without(selection, i) for i in range(len(selection))]
            for selection in current
            if len(selection) > 1
        }
        fresh = [s for s in dict.fromkeys(chain(*shorter.values())) if s not in scored]
        scored |= _score(part, fresh, target)
        following: dict[Selection, None] = {}
        for selection in current:
            best = max(shorter.get(selection, []), key=lambda s: scored[s][0], default=None)
            if best is not None and scored[best][0] >= scored[selection][0]:
                following[best] = None
            else:
                finished[selection] = Candidate(selection, *scored[selection], found_by)
        current = following
    return list(finished.values())


def _without(selection: Selection, place: int) -> Selection:
    return selection[:place] + selection[place + 1 :]


def _score(
    part: Part, selections: Sequence[Selection], target: Indicator
) -> dict[Selection, tuple[float, Moments]]:
    scored = {}
    counted = tally_selections(part, selections)
    for selection, (outside, inside) in zip(selections, counted, strict=True):
        moments = target.moments(inside)
        scored[selection] = evidence(moments, target.moments(outside)), moments
    return scored


def _distinct(part: Part, ranked: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Keep the best of regions that are nearly the same."""
    pool = ranked[: 5 * limit]  # deeper ones would only replace near-duplicates of the best
    alike = jaccard(overlaps(part, [candidate.selection for candidate in pool]))
    kept: list[int] = []
    for place in range(len(pool)):
        if len(kept) < limit and not np.any(alike[place, kept] >= NEARLY_THE_SAME):
            kept.append(place)
    return [pool[place] for place in kept]
