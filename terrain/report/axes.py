"""Scales that estimates share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from terrain.report.views import Axis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terrain.statistics.findings import Estimate


def axis_of(estimates: Iterable[Estimate]) -> Axis:
    """Return an axis from 0 (or below it) to a round number past every interval."""
    ends = [end for one in estimates for end in (one.low, one.value, one.high) if end is not None]
    return Axis(low=0.0 - round_up(-min([0.0, *ends])), high=round_up(max([0.0, *ends])))


def round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten."""
    if value <= 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))
