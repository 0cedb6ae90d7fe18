"""Features one at a time: how much of the error each explains, and how the rate runs along it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.batch import OUTCOMES
from terrain.statistics.counting import exact_sum, layout_of, tally_codes
from terrain.statistics.measured import Measured
from terrain.statistics.tally import Tally, crossed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.data.features import Encoding
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Estimate
    from terrain.statistics.measured import Instrument
    from terrain.statistics.metrics import Indicator

PRIOR = 20.0
"""Fewest instances at the overall rate that are added to each code: a rare level explains
nothing."""

CHANCE = 1.645
"""Standard deviations of their spread up to which codes are taken to differ by chance: 5%."""

POOLED = 500
"""Instances of a range whose codes are drawn towards its rate, not towards the overall one."""

MOST_STRETCHES = 12
"""Most ranges or levels of a profile, a missing value not counted."""

FEWEST_RANGES = 5
CROSSED = 20
"""An ordered feature has so many ranges that where two such features cross, this many instances
lie on average, within the bounds above."""


class Explained(NamedTuple):
    """A feature and the share of the target's deviance that it alone explains.

    Attributes
    ----------
    feature
        Its name.
    share
        On instances that the rates were not fitted on; below 0 where the feature misleads.
    """

    feature: str
    share: float


class Stretch(NamedTuple):
    """A range, some levels or the missing value of a feature, and the target there.

    Attributes
    ----------
    codes
        What it holds.
    instances
        All of them, whether the target is defined or not.
    estimate
        The target with its interval.
    """

    codes: tuple[int, ...]
    instances: int
    estimate: Estimate


def explained(
    directions: Sequence[tuple[Part, Part]], encodings: Mapping[str, Encoding], target: Indicator
) -> list[Explained]:
    """Return how much of the target each feature explains, the most telling first.

    The rate of every code is fitted on the one part, drawn towards that of its range and the
    overall rate the further the more of their spread is chance, and judged on the other:
    1 − D(rates of the codes) / D(overall rate), where D is the binomial deviance of a rate and
    the squared distance of a loss. Several directions are summed before dividing.
    Source: McFadden (1974) for rates; for losses it is R² on unseen instances.

    Parameters
    ----------
    directions
        Pairs of a part to fit on and a part to judge on.
    encodings
        Of the features.
    target
        The metric that is searched.
    """
    counted = target.note.kind == "rate"
    deviance = _binomial if counted else _squared
    whole, left = 0.0, dict.fromkeys(encodings, 0.0)
    for fitted_on, judged_on in directions:
        seen, unseen = (_sums(part, encodings, target) for part in (fitted_on, judged_on))
        if not seen.units:
            continue
        unit = seen.exposure / seen.units
        overall = seen.events / seen.exposure
        if counted:  # never 0 or 1
            overall = (seen.events + unit / 2) / (seen.exposure + unit)
        whole += deviance(np.array([overall]), unseen.total, unseen.squares)
        for feature, sums in seen.by_feature.items():
            rates = _rates(encodings[feature], sums / unit, overall, seen.variance)
            left[feature] += deviance(rates, unseen.by_feature[feature], unseen.squares)
    # rounded, so that rates which are all the overall one leave exactly 0
    found = [
        Explained(f, round(1 - rest / whole, 12) if whole else 0.0) for f, rest in left.items()
    ]
    return sorted(found, key=lambda each: -each.share)


def _rates(encoding: Encoding, sums: np.ndarray, overall: float, variance: float) -> np.ndarray:
    """Return the (codes,) rates that are expected of other instances.

    Neighbouring codes of an ordered feature are first taken together in ranges of about `POOLED`
    instances, whose rates are drawn towards the overall one, and then those of its codes towards
    the range's: so a slope is not lost in the noise along it, nor a spike in its range.
    """
    number = np.zeros(encoding.size, np.int64)
    if not encoding.ordered or not sums[1, :-1].sum():
        return _drawn(sums, np.full(encoding.size, overall), number, variance)
    number[:-1] = _ranges(sums[1, :-1], max(1, int(sums[1, :-1].sum() / POOLED)))
    number[-1] = number.max() + 1  # a missing value
    pooled = np.stack([np.bincount(number, each) for each in sums])
    overall_rates, one = np.full(len(pooled[0]), overall), np.zeros(len(pooled[0]), np.int64)
    ranges = _drawn(pooled, overall_rates, one, variance)
    return _drawn(sums, ranges[number], number, variance)


def _ranges(support: np.ndarray, most: int) -> np.ndarray:
    """Return for each code of an ordered feature its range, of about equal support."""
    middle = (np.cumsum(support) - support / 2) / support.sum()
    return np.minimum((middle * most).astype(int), most - 1)


def _drawn(
    sums: np.ndarray, towards: np.ndarray, within: np.ndarray, variance: float
) -> np.ndarray:
    """Return the (codes,) rates, drawn towards those of the groups of codes they belong to.

    Added are as many instances at the group's rate as the variance of one instance is times that
    between the codes of a group, by the method of moments. Where they differ no more than chance
    lets them, all get the group's rate.
    Source: Searle, Casella and McCulloch, Variance Components (1992), ch. 3.

    Parameters
    ----------
    sums
        (2, codes) events and exposure, in instances.
    towards
        (codes,) rates of the groups.
    within
        (codes,) numbers of the groups.
    variance
        Of the rate of one instance.
    """
    events, exposure = sums
    present = exposure > 0
    rates = np.divide(events, exposure, out=towards.copy(), where=present)
    whole = np.maximum(np.bincount(within, exposure), 1e-300)
    apart = exposure @ (rates - (np.bincount(within, events) / whole)[within]) ** 2
    free = present.sum() - len(np.unique(within[present]))
    apart -= free * variance
    comparable = exposure.sum() - exposure @ (exposure / whole[within])
    if apart <= CHANCE * variance * math.sqrt(2 * free) or comparable <= 0:
        return towards
    prior = max(PRIOR, variance * comparable / apart)
    return towards + (rates - towards) * exposure / (exposure + prior)


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Sums of the target over one part.

    `by_feature` holds the (2, codes) events and exposure; `squares` is the sum of events squared
    over exposure, and `units` counts the instances with exposure.
    """

    by_feature: Mapping[str, np.ndarray]
    events: float
    exposure: float
    squares: float
    units: int

    @property
    def total(self) -> np.ndarray:
        """The events and exposure as those of a feature with one code."""
        return np.array([[self.events], [self.exposure]])

    @property
    def variance(self) -> float:
        """The variance of the target over instances."""
        return self.squares / self.exposure - (self.events / self.exposure) ** 2


def _sums(part: Part, encodings: Mapping[str, Encoding], target: Indicator) -> _Sums:
    layout = layout_of(part)
    weights = layout.weight_scales
    scales = np.array([target.scale(layout), 1.0 if weights is None else weights[0]])
    sizes = {feature: encoding.size for feature, encoding in encodings.items()}
    whole, by_feature = part.reduce(partial(_sums_of, sizes=sizes), _added)
    events, exposure = whole[:2] / scales
    # of zeros and ones the squares are the events; other numbers are summed as whole ones
    counted = target.note.kind == "rate" and weights is None
    squares = events if counted else exact_sum(part, _squares) * scales[1] / scales[0] ** 2
    return _Sums(
        by_feature={feature: sums / scales[:, None] for feature, sums in by_feature.items()},
        events=float(events),
        exposure=float(exposure),
        squares=float(squares),
        units=int(whole[2]),
    )


def _sums_of(batch: Batch, sizes: Mapping[str, int]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return whole events, exposure and exposed instances; events and exposure of every code."""
    both = batch.events, batch.exposure
    whole = np.array([*(values.sum() for values in both), np.count_nonzero(batch.exposure)])
    if batch.outcome is not None:
        outcomes = {
            feature: crossed(batch.codes[feature], batch.outcome, (size, OUTCOMES)).T
            for feature, size in sizes.items()
        }
        return whole, {
            feature: np.stack([events, none + events]).astype(float)
            for feature, (none, events, _) in outcomes.items()
        }
    return whole, {
        feature: np.stack(
            [np.bincount(batch.codes[feature], values, minlength=size) for values in both]
        )
        for feature, size in sizes.items()
    }


def _added(
    one: tuple[np.ndarray, dict[str, np.ndarray]], other: tuple[np.ndarray, dict[str, np.ndarray]]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    return one[0] + other[0], {name: each + other[1][name] for name, each in one[1].items()}


def _squares(batch: Batch) -> np.ndarray:
    exposed = batch.exposure > 0
    return batch.events[exposed] ** 2 / batch.exposure[exposed]


def _binomial(rates: np.ndarray, sums: np.ndarray, squares: float) -> float:
    del squares  # of zeros and ones they are the events
    events, exposure = sums
    return float(-2 * (events @ np.log(rates) + (exposure - events) @ np.log1p(-rates)))


def _squared(rates: np.ndarray, sums: np.ndarray, squares: float) -> float:
    events, exposure = sums
    return float(squares - 2 * rates @ events + rates**2 @ exposure)


def profiles(
    parts: Sequence[Part],
    encodings: Mapping[str, Encoding],
    instrument: Instrument,
    target: Indicator,
) -> dict[str, list[Stretch]]:
    """Return how the target runs along each feature, on all parts together.

    Parameters
    ----------
    parts
        All instances.
    encodings
        Of the features.
    instrument, target
        How regions are measured, and what of.

    Returns
    -------
    By feature its stretches in order, at most `MOST_STRETCHES` of them: of an ordered feature
    ranges of about equal support (fewer, where instances are few), of many levels the most
    frequent ones and all others together.
    A missing value stands apart, at the end. What no instance has is left out.
    """
    narrow = replace(instrument, metrics={target.name: target})
    sizes = {feature: encoding.size for feature, encoding in encodings.items()}
    counted = [tally_codes(part, sizes) for part in parts]
    return {
        feature: _profile(
            parts,
            feature,
            encoding,
            reduce(add, (each[feature] for each in counted)),
            narrow,
            target,
        )
        for feature, encoding in encodings.items()
    }


def _profile(
    parts: Sequence[Part],
    feature: str,
    encoding: Encoding,
    sums: np.ndarray,
    instrument: Instrument,
    target: Indicator,
) -> list[Stretch]:
    """Return the profile of a feature, by the (codes, s) sums of each of its codes."""
    stretches = _stretches(encoding, sums[:, 0])
    wholes = (
        _by_groups(parts, feature, encoding, stretches, instrument)
        if instrument.clusters
        else [
            Measured(Tally(layout_of(parts[0]), sums[list(codes)].sum(axis=0)))
            for codes in stretches
        ]
    )
    return [
        Stretch(codes, whole.tally.instances, whole.estimate(target))
        for codes, whole in zip(stretches, wholes, strict=True)
        if whole.tally.instances
    ]


def _by_groups(
    parts: Sequence[Part],
    feature: str,
    encoding: Encoding,
    stretches: Sequence[tuple[int, ...]],
    instrument: Instrument,
) -> list[Measured]:
    """Measure stretches where groups of rows, which no sums know of, vary together."""
    place = np.zeros(encoding.size, np.int64)
    for number, codes in enumerate(stretches):
        place[list(codes)] = number
    assign = partial(_assign, feature=feature, place=place)
    measured = [instrument.partition(part, assign, len(stretches)) for part in parts]
    return [reduce(add, each) for each in zip(*measured, strict=True)]


def _assign(batch: Batch, feature: str, place: np.ndarray) -> np.ndarray:
    return place[batch.codes[feature]]


def _stretches(encoding: Encoding, support: np.ndarray) -> list[tuple[int, ...]]:
    """Return the sets of codes that a profile tells apart."""
    present, total = np.flatnonzero(support[:-1]), int(support[:-1].sum())
    most = MOST_STRETCHES
    if encoding.ordered:
        most = min(most, max(FEWEST_RANGES, math.isqrt(total // CROSSED)))
    if len(present) <= most:
        found: list[tuple[int, ...]] = [(code,) for code in present.tolist()]
    elif encoding.ordered:
        number = _ranges(support[:-1], most)
        found = [tuple(np.flatnonzero(number == i).tolist()) for i in np.unique(number)]
    else:
        by_size = present[np.argsort(-support[present], kind="stable")].tolist()
        frequent, others = by_size[: most - 1], by_size[most - 1 :]
        found = [*((code,) for code in sorted(frequent)), tuple(sorted(others))]
    missing = [(encoding.missing_code,)] if support[encoding.missing_code] else []
    return [*found, *missing]
