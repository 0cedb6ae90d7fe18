"""Two models on the same instances: whether the mean difference of their losses is above zero.

A difference is the loss of the first model minus that of the second. `signs` says that every one
is -1, 0 or 1 (one errs and the other does not, or both are alike) and belongs to an independent
instance of weight 1: then what counts are the two numbers of instances on which just one errs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import bdtr, ndtri, stdtr

from terrain.statistics.intervals import UNKNOWN, Interval, clopper_pearson, ratio_of_sums
from terrain.statistics.tests import mcnemar_mid_p

if TYPE_CHECKING:
    from terrain.statistics.metrics import Moments

FEWEST = 30
"""With fewer instances (or groups of them) the mean of a real-valued difference is not tested."""


def greater(moments: Moments, *, signs: bool) -> float:
    """Return the one-sided p-value that the mean difference is above zero.

    The exact sign test for signs, else Student's t test on robust variances; 1 where there is
    nothing to go by.

    Examples
    --------
    >>> from terrain.statistics.metrics import Moments
    >>> greater(Moments(8, 50, 10, 8, 50, 50, counted=False), signs=True)  # 9 to 1
    0.0107421875
    """
    if signs:
        first, second = _one_errs(moments)
        return float(bdtr(second, first + second, 0.5))
    if not moments.value or moments.units < FEWEST:
        return 1.0
    return _beyond(moments, _t(moments))


def differ(moments: Moments, *, signs: bool) -> float:
    """Return the two-sided p-value that the mean difference is not zero.

    McNemar's mid-p for signs, else as `greater`.
    """
    if signs:
        return mcnemar_mid_p(*_one_errs(moments))
    if not moments.value or moments.units < FEWEST:
        return 1.0
    return min(1.0, 2.0 * _beyond(moments, abs(_t(moments))))


def interval(moments: Moments, *, signs: bool, level: float = 0.95) -> Interval:
    """Return the interval of the mean difference.

    For signs Wald's, after one instance of each kind of disagreement is added, which keeps its
    level where there are few (Bonett and Price, 2012); else Student's.

    Examples
    --------
    >>> from terrain.statistics.metrics import Moments
    >>> low, high = interval(Moments(8, 50, 10, 8, 50, 50, counted=False), signs=True)
    >>> f"{low:.3f} {high:.3f}"
    '0.030 0.278'
    """
    if not signs:
        return ratio_of_sums(*moments[:6], level=level)
    if not moments.exposure:
        return UNKNOWN
    first, second = ((each + 1.0) / (moments.exposure + 2.0) for each in _one_errs(moments))
    middle = first - second
    spread = math.sqrt((first + second - middle**2) / (moments.exposure + 2.0))
    half = float(ndtri(0.5 + level / 2.0)) * spread
    return Interval(max(middle - half, -1.0), min(middle + half, 1.0))


def strict_interval(moments: Moments, *, signs: bool, level: float) -> Interval:
    """Return the interval of the mean difference that keeps its level far out in the tails.

    For signs it is recovered from the exact intervals (Clopper and Pearson) of the two shares of
    instances on which just one errs, which as counts of one multinomial are correlated; the tests
    count out all tables of several sizes. Else Student's, unknown below `FEWEST` units. Source:
    Zou and Donner (2008), with the correlation of Newcombe (1998, paired data).

    Examples
    --------
    >>> from terrain.statistics.metrics import Moments
    >>> moments = Moments(8, 50, 10, 8, 50, 50, counted=False)  # 9 to 1
    >>> low, high = strict_interval(moments, signs=True, level=0.95)
    >>> f"{low:.3f} {high:.3f}"
    '0.028 0.297'
    """
    if not signs:
        return UNKNOWN if moments.units < FEWEST else interval(moments, signs=False, level=level)
    n = moments.exposure
    if not n:
        return UNKNOWN
    first, second = (
        (each / n, clopper_pearson(each, n, level=level)) for each in _one_errs(moments)
    )
    cross = 2.0 * _opposition(first[0], second[0])
    low = first[0] - second[0] - _stretched(_below(*first), _above(*second), cross)
    high = first[0] - second[0] + _stretched(_above(*first), _below(*second), cross)
    return Interval(max(low, -1.0), min(high, 1.0))


def _opposition(first: float, second: float) -> float:
    """Return how much two shares of one whole exclude each other: their correlation, unsigned."""
    others = (1.0 - first) * (1.0 - second)
    return math.sqrt(first * second / others) if others else 0.0


def _stretched(one: float, other: float, cross: float) -> float:
    return math.sqrt(one * one + other * other + cross * one * other)


def _below(share: float, bounds: Interval) -> float:
    return share - (bounds.low or 0.0)


def _above(share: float, bounds: Interval) -> float:
    return (bounds.high or 0.0) - share


def _one_errs(moments: Moments) -> tuple[int, int]:
    """Return on how many instances only the first errs, and on how many only the second."""
    disagreements = moments.events_squared
    return (
        round((disagreements + moments.events) / 2),
        round((disagreements - moments.events) / 2),
    )


def _t(moments: Moments) -> float:
    """Return Student's statistic of a mean that is not zero; infinite where all are alike."""
    value, variance = moments.value or 0.0, moments.variance()
    return value / math.sqrt(variance) if variance else math.copysign(math.inf, value)


def _beyond(moments: Moments, t: float) -> float:
    """Return the chance of a larger statistic: at least that of all units falling on one side."""
    return max(float(stdtr(moments.units - 1.0, -t)), 0.5**moments.units)
