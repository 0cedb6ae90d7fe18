"""What testing many candidates at once costs: Holm's correction, and what can still be detected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LARGEST_COVERAGE = 0.5
"""A failing "region" of more than half of all instances is no longer a region."""


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return p-values adjusted by Holm's step-down procedure, in the order given.

    Holds the chance of one or more false findings, however the tests depend on each other.
    Source: Holm (1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = p[order] * np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def holm_of_defined(p_values: Sequence[float | None]) -> list[float | None]:
    """Return Holm's adjusted p-values; None stays None and does not count as a test.

    Examples
    --------
    >>> holm_of_defined([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    adjusted = iter(holm([p for p in p_values if p is not None]).tolist())
    return [None if p is None else next(adjusted) for p in p_values]


def smallest_detectable(
    *,
    instances: int,
    rate: float,
    alpha: float,
    candidates: int,
    margin: float,
    lift: float = 2.0,
    power: float = 0.8,
) -> float | None:
    """Return the smallest coverage of a region that would probably have been confirmed.

    Normal approximation, corrected for skewness and steps, to the one-sided exact test of a
    region's rate against `margin` times the rest's, at `alpha / candidates`, the first step of
    Holm's correction.

    Parameters
    ----------
    instances
        Held-out instances, in the region and outside together.
    rate
        The overall rate.
    alpha, candidates
        The chance of any false finding that is accepted, and the number of regions tested; none
        counts as one, the fewest that could have been.
    margin
        The ratio to the rest's rate that a region must exceed.
    lift
        The region's rate over the overall rate.
    power
        The probability of confirmation that is asked for.

    Returns
    -------
    coverage
        Between 0 and `LARGEST_COVERAGE`; None where no region up to that size would do.
    """
    region_rate = lift * rate
    if not 0.0 < region_rate <= 1.0 or instances < 1:
        return None
    strictness = float(ndtri(1.0 - alpha / max(candidates, 1)))

    def confirmed(coverage: float) -> bool:
        reached = _power(coverage, instances, rate, region_rate, margin, strictness)
        return reached >= power

    low, high = 0.0, min(LARGEST_COVERAGE, 1.0 / lift)
    if not confirmed(high):
        return None
    while high - low > 1e-3 * high:
        middle = (low + high) / 2.0
        low, high = (low, middle) if confirmed(middle) else (middle, high)
    return high


def _power(
    coverage: float,
    instances: int,
    rate: float,
    region_rate: float,
    margin: float,
    strictness: float,
) -> float:
    """Return the probability that the region's rate is found above `margin` times the rest's."""
    inside, outside = coverage * instances, (1.0 - coverage) * instances
    rest_rate = max(rate - coverage * region_rate, 0.0) / (1.0 - coverage)
    null_rest = rate * instances / (margin * inside + outside)
    null_rate = min(margin * null_rest, 1.0)

    def deviation(rate_inside: float, rate_outside: float) -> float:
        return math.sqrt(
            rate_inside * (1.0 - rate_inside) / inside
            + margin**2 * rate_outside * (1.0 - rate_outside) / outside
        )

    # Few events are skewed, and come in whole numbers (Cornish and Fisher; Yates)
    skew = (strictness**2 - 1.0) / 6.0 * (1.0 - 2.0 * null_rate) / inside
    steps = (1.0 / inside + margin / outside) / 2.0
    critical = strictness * deviation(null_rate, null_rest) + skew + steps
    excess = region_rate - margin * rest_rate - critical
    spread = deviation(region_rate, rest_rate)
    return float(ndtr(excess / spread)) if spread > 0.0 else float(excess > 0.0)
