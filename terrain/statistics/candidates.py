"""From what a search proposes to what is put to the test, all on the part the search has seen."""

from __future__ import annotations

import math
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.corrections import LARGEST_COVERAGE
from terrain.statistics.counting import jaccard, overlaps, shared_sums, tally_selections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Part
    from terrain.statistics.findings import Find
    from terrain.statistics.metrics import Indicator, Moments

    Price = Callable[[Selection], float]
    Speaks = Callable[[Moments, Moments], float]

NEARLY_THE_SAME = 0.8
"""Regions whose Jaccard index reaches this are one region in two descriptions."""

EXPLAINED = 0.8
"""A region describes a failure again if this share of its excess lies in the other description."""


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
    coverage
        Its share of the target's exposure there.
    found_by
        The search that proposed it.
    """

    selection: Selection
    evidence: float
    inside: Moments
    coverage: float
    found_by: str


def evidence(
    inside: Moments,
    outside: Moments,
    find: Find = "failing",
    baseline: float | None = None,
) -> float:
    """Return how strongly a region departs from the whole; negative if to the other side.

    With a `baseline` it is this rate from which a region departs, else the overall one. The
    log-likelihood ratio of the region's own rate against the overall rate: for counts the
    binomial one, else half the squared distance over its variance, which it resembles for many
    instances. Only the inside speaks: a region of nearly everything, whose complement is
    unusually good, is no finding.
    """
    exposure = inside.exposure + outside.exposure
    if inside.value is None or not exposure:
        return -math.inf
    overall = (inside.events + outside.events) / exposure if baseline is None else baseline
    sign = 1.0 if (inside.value >= overall) == (find == "failing") else -1.0
    if inside.counted:
        return sign * inside.exposure * _divergence(inside.value, overall)
    variance = _variance(inside, inside + outside)
    return sign * (inside.value - overall) ** 2 / (2 * variance) if variance else -math.inf


def _variance(inside: Moments, whole: Moments) -> float:
    """Return the variance of a region's rate: its own, or that of as many of the whole if larger.

    A region in which all are alike would otherwise seem certain of itself.
    """
    smaller = inside.exposure_squared / whole.exposure_squared
    share = (whole.variance() or 0.0) * smaller * (whole.exposure / inside.exposure) ** 2
    return max(inside.variance() or 0.0, share)


def _divergence(rate: float, overall: float) -> float:
    """Return the Kullback-Leibler divergence of two coins; infinite if only one is certain."""
    pairs = ((rate, overall), (1 - rate, 1 - overall))
    if any(share and not whole for share, whole in pairs):
        return math.inf
    return sum(share * math.log(share / whole) for share, whole in pairs if share)


def choose(
    part: Part,
    proposed: Iterable[tuple[Selection, str]],
    target: Indicator,
    limit: int,
    encodings: Mapping[str, Encoding],
    find: Find = "failing",
    baseline: float | None = None,
) -> list[Candidate]:
    """Return the candidates: simplified, without near-duplicates, best evidence first.

    A region of more than half of the exposure is none: its complement is the news.

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
    encodings
        Of the features that conditions are made of; they set the price of a condition.
    find, baseline
        Which side of which rate is looked for, see `evidence`.
    """
    price = partial(price_of, encodings=encodings)
    speaks = partial(evidence, find=find, baseline=baseline)
    found: dict[Selection, Candidate] = {}
    proposed = [(selection, by) for selection, by in proposed if selection]
    for by in dict.fromkeys(by for _, by in proposed):
        selections = [selection for selection, name in proposed if name == by]
        for candidate in _simplified(part, selections, target, by, price, speaks):
            found.setdefault(canonical(candidate.selection), candidate)
    ranked = sorted(found.values(), key=partial(_rank, price=price))
    raised = [c for c in ranked if c.evidence > 0 and c.coverage <= LARGEST_COVERAGE]
    return _distinct(part, raised, limit)


def worths(
    part: Part,
    selections: Sequence[Selection],
    target: Indicator,
    encodings: Mapping[str, Encoding],
    find: Find,
) -> list[float]:
    """Return what the evidence for each region on a part leaves when its description is paid."""
    scored = _score(part, selections, target, partial(evidence, find=find))
    return [scored[selection][0] - price_of(selection, encodings) for selection in selections]


def canonical(selection: Selection) -> Selection:
    """Return a selection with its features in order, so that equal regions compare equal."""
    return tuple(sorted(selection))


def price_of(selection: Selection, encodings: Mapping[str, Encoding]) -> float:
    """Return the log of how many regions of this form a search could have chosen."""
    features = len(selection) * math.log(max(len(encodings), 1))
    return features + sum(encodings[feature].price(codes) for feature, codes in selection)


def _rank(candidate: Candidate, price: Price) -> tuple[float, int, Selection]:
    selection = candidate.selection
    return (price(selection) - candidate.evidence, len(selection), canonical(selection))


def _simplified(
    part: Part,
    selections: Sequence[Selection],
    target: Indicator,
    found_by: str,
    price: Price,
    speaks: Speaks,
) -> list[Candidate]:
    """Drop conditions, one at a time, as long as the evidence falls by less than their price."""

    def worth(selection: Selection) -> float:
        return scored[selection][0] - price(selection)

    current = dict.fromkeys(selections)
    scored = _score(part, list(current), target, speaks)
    finished: dict[Selection, Candidate] = {}
    while current:
        shorter = {
            selection: [_without(selection, i) for i in range(len(selection))]
            for selection in current
            if len(selection) > 1
        }
        fresh = [s for s in dict.fromkeys(chain(*shorter.values())) if s not in scored]
        scored |= _score(part, fresh, target, speaks)
        following: dict[Selection, None] = {}
        for selection in current:
            best = max(shorter.get(selection, []), key=worth, default=None)
            if best is not None and worth(best) >= worth(selection):
                following[best] = None
            else:
                finished[selection] = Candidate(selection, *scored[selection], found_by)
        current = following
    return list(finished.values())


def _without(selection: Selection, place: int) -> Selection:
    return selection[:place] + selection[place + 1 :]


def _score(
    part: Part, selections: Sequence[Selection], target: Indicator, speaks: Speaks
) -> dict[Selection, tuple[float, Moments, float]]:
    scored = {}
    counted = tally_selections(part, selections)
    for selection, (outside, inside) in zip(selections, counted, strict=True):
        moments = target.moments(inside)
        others = target.moments(outside)
        coverage = moments.exposure / max(moments.exposure + others.exposure, 1e-300)
        scored[selection] = speaks(moments, others), moments, coverage
    return scored


def _distinct(part: Part, ranked: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Keep the best of regions that are nearly the same, and first what tells something new.

    Further descriptions of a failure that a better region explains are taken only where there is
    room: they would fill the list.
    """
    pool = ranked[: 5 * limit]  # deeper ones would only replace near-duplicates of the best
    selections = [candidate.selection for candidate in pool]
    same = jaccard(overlaps(part, selections)) >= NEARLY_THE_SAME
    again = same | (explained(part, selections) >= EXPLAINED)
    kept: list[int] = []
    for repeats in (again, same):
        for place in range(len(pool)):
            if len(kept) < limit and place not in kept and not repeats[place, kept].any():
                kept.append(place)
    return [pool[place] for place in sorted(kept)]


def explained(part: Part, selections: Sequence[Selection]) -> np.ndarray:
    """Return the (k, k) share of the row's excess that lies in the column's region.

    The excess of a region is what its events lie beyond those of the overall rate.
    """
    everywhere: Selection = ()
    events, exposure = shared_sums(part, [*selections, everywhere])
    overall = events[-1, -1] / max(exposure[-1, -1], 1e-300)
    excess = (events - overall * exposure)[:-1, :-1]
    own = np.diag(excess)[:, None]
    return np.divide(excess, own, out=np.zeros_like(excess), where=own != 0)
