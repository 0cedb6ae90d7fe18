"""Regions that nobody searched for, against all other instances, metric by metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terrain.statistics.confirmation import differ, difference
from terrain.statistics.corrections import holm_of_defined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.statistics.findings import Difference, Finding, Status
    from terrain.statistics.measured import Measured
    from terrain.statistics.metrics import Metric

FEW = 10
"""A metric whose denominator is smaller says nothing of a region."""

Gaps = dict[str, "Difference"]
"""By metric."""


def too_few(inside: Measured, metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    """Return the metrics whose denominator is too small to say anything."""
    return tuple(name for name, metric in metrics.items() if inside.units(metric) < FEW)


def gaps_of(
    inside: Measured,
    outside: Measured,
    metrics: Mapping[str, Metric],
    *,
    tested: bool = True,
    against: str = "rest",
) -> Gaps:
    """Return every metric inside less the same outside, with a two-sided p-value.

    Parameters
    ----------
    inside, outside
        Two regions that do not overlap.
    metrics
        What is compared; those with too few instances inside are not tested.
    tested
        Whether any is.
    against
        What `outside` is called.
    """
    untested = too_few(inside, metrics) if tested else tuple(metrics)
    return {
        name: msgspec.structs.replace(
            difference(inside, outside, metric, against),
            p_value=None if name in untested else differ(inside, outside, metric),
        )
        for name, metric in metrics.items()
    }


def adjusted(found: Mapping[str, Gaps]) -> dict[str, Gaps]:
    """Return the gaps of regions by id, with p-values adjusted over all regions.

    Metric by metric, by Holm's procedure.
    """
    result: dict[str, Gaps] = {name: {} for name in found}
    for metric in dict.fromkeys(metric for gaps in found.values() for metric in gaps):
        holding = {name: gaps[metric] for name, gaps in found.items() if metric in gaps}
        p_values = holm_of_defined([gap.p_value for gap in holding.values()])
        for (name, gap), p_value in zip(holding.items(), p_values, strict=True):
            result[name][metric] = msgspec.structs.replace(gap, p_adjusted=p_value)
    return result


def judged(finding: Finding, gap: Difference, alpha: float) -> Finding:
    """Return a finding with the p-values of its target's gap: failing where confirmed worse."""
    failing = gap.p_adjusted is not None and gap.p_adjusted <= alpha and (gap.gap or 0) > 0
    status: Status = "failing" if failing else "none"
    return msgspec.structs.replace(
        finding, status=status, p_value=gap.p_value, p_adjusted=gap.p_adjusted
    )
