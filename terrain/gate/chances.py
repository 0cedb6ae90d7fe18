"""How often an estimate lies beyond a limit by chance alone: what a gate on estimates costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import bdtr, ndtr

if TYPE_CHECKING:
    from terrain.statistics.findings import Estimate

ROUNDING = 1e-12
"""What arithmetic may add to a number that is equal to its limit."""


def chance_at_limit(estimate: Estimate, limit: float, *, at_most: bool) -> float:
    """Return how often the estimate of a place that just keeps its limit lies beyond it."""
    if not estimate.counted:
        return 0.5
    n, rate = round(estimate.exposure), limit if at_most else 1.0 - limit
    if not 0.0 < rate < 1.0:
        return 0.0
    return 1.0 - float(bdtr(math.floor(n * rate * (1.0 + ROUNDING)), n, rate))


def chance_of_excess(ours: Estimate, others: Estimate, limit: float) -> float:
    """Return how often two equal places differ by more than a limit, in one direction."""
    return tail(limit, math.hypot(*_deviations(ours, others, 1.0)))


def chance_of_shortfall(ours: Estimate, others: Estimate, limit: float) -> float:
    """Return how often the ratio of two equal places lies below a limit."""
    middle = _pooled(ours, others)
    return tail(middle * (1.0 - limit), math.hypot(*_deviations(ours, others, limit)))


def tail(distance: float, deviation: float) -> float:
    """Return how often the normal law exceeds a distance."""
    if deviation == 0.0:
        return float(distance < 0.0)
    return float(ndtr(-distance / deviation))


def _pooled(ours: Estimate, others: Estimate) -> float:
    exposure = ours.exposure + others.exposure
    events = (ours.value or 0.0) * ours.exposure + (others.value or 0.0) * others.exposure
    return events / exposure


def _deviations(ours: Estimate, others: Estimate, factor: float) -> tuple[float, float]:
    """Return the standard errors of two equal places, the second times a factor."""
    rate = _pooled(ours, others)
    found = [
        math.sqrt(rate * (1.0 - rate) / each.exposure) if each.counted else each.deviation or 0.0
        for each in (ours, others)
    ]
    return found[0], factor * found[1]
