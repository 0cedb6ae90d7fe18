"""What an estimate, a gap, a ratio or a change says about a limit: bounds, p-values, chances.

Shares of counted instances have exact bounds (Clopper and Pearson); weighted and clustered rates
the same on their effective size (Korn and Graubard); losses Student's; AUC normal ones on the
logit. Bounds of differences and ratios are recovered from those of their two sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from scipy.special import ndtri

from terrain.gate.chances import (
    ROUNDING,
    chance_at_limit,
    chance_of_excess,
    chance_of_shortfall,
    tail,
)
from terrain.statistics import intervals
from terrain.statistics.intervals import UNKNOWN, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.statistics.changes import Law
    from terrain.statistics.findings import Estimate, MetricNote

SMALLEST = 1e-15
"""No p-value is told from a smaller one."""

LARGEST = 0.49
"""A larger p-value is no evidence of any kind, and counts as 1."""

POWER = 0.8
"""The probability of a decision that a number of instances is asked for."""

MOST_NEEDED = 10**9
"""More instances than this are as good as none."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A quantity, its limit, and what chance allows.

    Attributes
    ----------
    value
        The estimate of what is limited.
    limit, at_most
        The limit, and whether it is an upper one.
    bounds
        Gives both bounds at a one-sided error; `UNKNOWN` where there are none to give.
    false_alarm
        How often the estimate lies beyond the limit if the place just keeps it; of gaps and
        changes: if there is none.
    """

    value: float
    limit: float
    at_most: bool
    bounds: Callable[[float], Interval]
    false_alarm: float

    @property
    def bounded(self) -> bool:
        """Whether any bound can be given."""
        return None not in self.bounds(0.25)

    @property
    def beyond(self) -> bool:
        """Whether the estimate itself breaks the limit; equal is kept."""
        return self._breaks(self.value, slack=ROUNDING * max(1.0, abs(self.limit)))

    def harm(self) -> float:
        """Return the one-sided p-value that the limit is kept; small: it is broken."""
        return self._smallest_error(lambda error: self._breaks(self._facing(error)))[1]

    def compliance(self) -> float:
        """Return the one-sided p-value that the limit is broken; small: it is kept."""
        return self._smallest_error(lambda error: not self._breaks(self._far(error)))[0]

    def needed(self, support: int, error: float) -> int | None:
        """Return about how many instances would decide, if the estimate stays.

        From the normal law: the distance to the limit must be as large as the quantiles of the
        error and of the power together, in standard errors, and these shrink with the root of
        the number of instances.

        Parameters
        ----------
        support
            Instances that the estimate rests on.
        error
            The one-sided error at which it is judged.
        """
        distance = abs(self.value - self.limit)
        bound = self._facing(error) if self.beyond else self._far(error)
        if bound is None or not math.isfinite(bound) or distance <= ROUNDING:
            return None
        strictness = -float(ndtri(error))
        deviation = abs(self.value - bound) / strictness
        growth = ((strictness + float(ndtri(POWER))) * deviation / distance) ** 2
        needed = math.ceil(support * max(1.0, growth))
        return needed if needed <= MOST_NEEDED else None

    def _facing(self, error: float) -> float | None:
        """Return the bound that must lie beyond the limit to show harm."""
        low, high = self.bounds(error)
        return low if self.at_most else high

    def _far(self, error: float) -> float | None:
        """Return the bound that must lie within the limit to show that it is kept."""
        low, high = self.bounds(error)
        return high if self.at_most else low

    def _breaks(self, number: float | None, *, slack: float = 0.0) -> bool:
        if number is None:
            return False
        excess = number - self.limit if self.at_most else self.limit - number
        return excess > slack

    def _smallest_error(self, shown: Callable[[float], bool]) -> tuple[float, float]:
        """Return the one-sided error from which on something is shown, from below and above.

        Bounds only close in as the error grows; 1 where it is not even shown at `LARGEST`.
        """
        if not self.bounded or not shown(LARGEST):
            return 1.0, 1.0
        if shown(SMALLEST):
            return SMALLEST, SMALLEST
        low, high = math.log(SMALLEST), math.log(LARGEST)
        for _ in range(60):
            middle = (low + high) / 2.0
            low, high = (low, middle) if shown(math.exp(middle)) else (middle, high)
        return math.exp(low), math.exp(high)


def ends(estimate: Estimate, kind: str, error: float) -> Interval:
    """Return both bounds of an estimate.

    Parameters
    ----------
    estimate
        With a value.
    kind
        Of its metric: ``rate``, ``loss`` or ``score``.
    error
        The one-sided error of each bound.
    """
    level = 1.0 - 2.0 * error
    value, deviation, units = estimate.value, estimate.deviation, estimate.units
    if value is None:
        return UNKNOWN
    if units is None:
        return intervals.clopper_pearson(estimate.events, estimate.exposure, level=level)
    variance = None if deviation is None else deviation**2
    if kind == "score":
        return intervals.auc(value, variance, level=level)
    if kind == "loss":
        return intervals.mean(value, variance, units, level=level)
    return intervals.clustered_clopper_pearson(value, variance, units, level=level)


def of_estimate(estimate: Estimate, note: MetricNote, limit: float, *, at_most: bool) -> Evidence:
    """Return what an estimate says of a limit on itself."""
    return Evidence(
        value=_value(estimate),
        limit=limit,
        at_most=at_most,
        bounds=partial(ends, estimate, note.kind),
        false_alarm=chance_at_limit(estimate, limit, at_most=at_most),
    )


def of_gap(ours: Estimate, others: Estimate, note: MetricNote, limit: float) -> Evidence:
    """Return what two independent estimates say of how much worse the first is.

    Worse is what `note` says; where it says neither, the distance counts.
    """
    if note.worse == "low":
        ours, others = others, ours
    signed = partial(_difference, ours, others, note.kind)
    gap = _value(ours) - _value(others)
    alarm = chance_of_excess(ours, others, limit)
    if note.worse != "none":
        return Evidence(value=gap, limit=limit, at_most=True, bounds=signed, false_alarm=alarm)
    return Evidence(
        value=abs(gap),
        limit=limit,
        at_most=True,
        bounds=partial(_distance, signed),
        false_alarm=min(1.0, 2.0 * alarm),
    )


def of_ratio(ours: Estimate, others: Estimate, note: MetricNote, limit: float) -> Evidence | None:
    """Return what two independent estimates say of their ratio; None where it is undefined.

    It is the first over the second, and the other way round where high values are worse.
    """
    if note.worse == "high":
        ours, others = others, ours
    if not others.value:
        return None
    return Evidence(
        value=_value(ours) / others.value,
        limit=limit,
        at_most=False,
        bounds=partial(_ratio, ours, others, note.kind),
        false_alarm=chance_of_shortfall(ours, others, limit),
    )


def of_change(
    now: Estimate, before: Estimate, note: MetricNote, limit: float, *, rise: bool
) -> Evidence:
    """Return what two independent samples say of the rise of a metric, or of its fall."""
    more, less = (now, before) if rise else (before, now)
    return Evidence(
        value=_value(more) - _value(less),
        limit=limit,
        at_most=True,
        bounds=partial(_difference, more, less, note.kind),
        false_alarm=chance_of_excess(more, less, limit),
    )


def of_paired_change(law: Law, limit: float, *, rise: bool) -> Evidence:
    """Return what the same instances say of the rise of a metric, or of its fall.

    Parameters
    ----------
    law
        What chance allows the change to be; its gap is defined.
    limit, rise
        Of the rise, or of the fall.
    """
    gap = law.gap or 0.0
    return Evidence(
        value=gap if rise else -gap,
        limit=limit,
        at_most=True,
        bounds=law.bounds if rise else partial(_turned, law.bounds),
        false_alarm=tail(limit, law.deviation),
    )


def _turned(bounds: Callable[[float], Interval], error: float) -> Interval:
    low, high = bounds(error)
    return UNKNOWN if low is None or high is None else Interval(-high, -low)


def _value(estimate: Estimate) -> float:
    return math.nan if estimate.value is None else estimate.value


def _difference(ours: Estimate, others: Estimate, kind: str, error: float) -> Interval:
    """Return both bounds of a difference, from those of its sides; see `intervals.difference`.

    With exact bounds of two rates it keeps its level, which enumeration of all tables shows.
    """
    return intervals.difference(
        ours.value, ends(ours, kind, error), others.value, ends(others, kind, error)
    )


def _distance(signed: Callable[[float], Interval], error: float) -> Interval:
    """Return both bounds of an absolute difference.

    To lie beyond a limit it may do so on either side, so each gets half of the error; to lie
    within, it must on both, and each gets all of it.
    """
    low, high = signed(error / 2.0)
    inner_low, inner_high = signed(error)
    if low is None or high is None or inner_low is None or inner_high is None:
        return UNKNOWN
    return Interval(max(low, -high, 0.0), max(inner_high, -inner_low))


def _ratio(ours: Estimate, others: Estimate, kind: str, error: float) -> Interval:
    """Return both bounds of a ratio, from those of its sides.

    The roots of the bounds of `ours - k * others`. Source: Donner and Zou (2012).
    """
    (low_1, high_1), (low_2, high_2) = ends(ours, kind, error), ends(others, kind, error)
    if low_1 is None or high_1 is None or low_2 is None or high_2 is None:
        return UNKNOWN
    value_1, value_2 = _value(ours), _value(others)
    product = value_1 * value_2
    a, c = high_2 * (2.0 * value_2 - high_2), low_1 * (2.0 * value_1 - low_1)
    below = product + math.sqrt(max(product**2 - a * c, 0.0))
    a, c = low_2 * (2.0 * value_2 - low_2), high_1 * (2.0 * value_1 - high_1)
    above = product + math.sqrt(max(product**2 - a * c, 0.0))
    low = low_1 * (2.0 * value_1 - low_1) / below if below else 0.0
    return Interval(max(low, 0.0), above / a if a > 0.0 else math.inf)
