"""The judgement: candidates that one part proposed, tested on the part that it never saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics import intervals
from terrain.statistics.findings import Difference, Estimate, Finding
from terrain.statistics.metrics import Mean, Rate
from terrain.statistics.scores import scores_of
from terrain.statistics.tests import (
    difference_z,
    fisher_greater,
    permutation_greater,
    two_rates,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.features import Selection
    from terrain.data.regions import Region
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Find, MetricNote, Status
    from terrain.statistics.measured import Instrument, Measured
    from terrain.statistics.metrics import Indicator, Metric

FEW = 30
"""Below so many instances the mean of a loss is tested by permutation, not by Welch's test."""

REST_PER_INSTANCE = 50
"""Instances of the rest that a permutation test draws on, for each instance inside."""


class Test(NamedTuple):
    """Two sides of a region on unseen instances, and the p-value of what was looked for."""

    outside: Measured
    inside: Measured
    p_value: float


def test_selections(
    part: Part,
    selections: Sequence[Selection],
    instrument: Instrument,
    target: Indicator,
    *,
    margin: float,
    seed: int,
    find: Find,
) -> list[Test]:
    """Measure regions on a part and test each against the rest.

    Parameters
    ----------
    part
        The part that the search did not see.
    selections
        The regions.
    instrument, target
        What is measured, and the metric that was searched.
    margin
        The hypothesis refuted: the rate is at most `margin` times the rest's.
    seed
        Of permutation tests.
    find
        ``best`` swaps the two sides of the test: the rest is worse.
    """
    failing = find == "failing"
    tests = []
    for selection, (outside, inside) in zip(
        selections, instrument.selections(part, selections), strict=True
    ):
        sides = (inside, outside) if failing else (outside, inside)
        p_value = worse(*sides, target, margin)
        moments = inside.moments(target)
        exchangeable = isinstance(target, Mean) and moments.exposure == moments.units
        if exchangeable and not moments.counted and 0 < moments.units < FEW:
            losses = _losses(part, selection, seed)
            losses = losses if failing else losses[::-1]
            p_value = permutation_greater(*losses, margin=margin, seed=seed)
        tests.append(Test(outside, inside, p_value))
    return tests


def worse(inside: Measured, outside: Measured, target: Indicator, margin: float = 1.0) -> float:
    """Return the one-sided p-value that a region's rate exceeds `margin` times another's."""
    ours, others = inside.moments(target), outside.moments(target)
    if ours.value is None or others.value is None:
        return 1.0
    # a margin on a mean below zero would ask for less than equality
    margin = margin if others.value > 0 else 1.0
    if ours.counted:
        return fisher_greater(
            round(ours.events),
            round(ours.exposure),
            round(others.events),
            round(others.exposure),
            margin=margin,
        )
    return difference_z(
        ours.value, ours.variance(), ours.units, others.value, others.variance(), others.units,
        margin=margin,
    )  # fmt: skip


def differ(inside: Measured, outside: Measured, metric: Metric) -> float | None:
    """Return the two-sided p-value that a metric differs; None where no test is known."""
    if not isinstance(metric, Rate | Mean):
        return None
    ours, others = inside.moments(metric), outside.moments(metric)
    if ours.value is None or others.value is None:
        return None
    if ours.counted:
        return two_rates(
            round(ours.events), round(ours.exposure), round(others.events), round(others.exposure)
        )
    return difference_z(
        ours.value, ours.variance(), ours.units, others.value, others.variance(), others.units,
        two_sided=True,
    )  # fmt: skip


def difference(inside: Measured, outside: Measured, metric: Metric, against: str) -> Difference:
    """Return the gap of a metric between two regions that do not overlap, without a p-value."""
    return gap_of(inside.estimate(metric), outside.estimate(metric), metric.note, against)


def gap_of(ours: Estimate, others: Estimate, note: MetricNote, against: str) -> Difference:
    """Return the gap of two estimates with its interval."""
    if ours.value is None or others.value is None:
        return Difference(against=against, gap=None)
    low, high = intervals.difference(
        ours.value,
        intervals.Interval(ours.low, ours.high),
        others.value,
        intervals.Interval(others.low, others.high),
    )
    if note.kind == "rate":
        low, high = (None if end is None else min(max(end, -1.0), 1.0) for end in (low, high))
    return Difference(
        against=against,
        gap=ours.value - others.value,
        low=low,
        high=high,
        ratio=ours.value / others.value if others.value else None,
        other=None if others.counted else others,
    )


def _losses(part: Part, selection: Selection, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses inside a region and a seeded sample of those outside."""

    def collect(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        defined = batch.exposure > 0
        inside = batch.mask(selection)
        return batch.events[defined & inside], batch.events[defined & ~inside]

    pairs = part.map(collect)
    inside, outside = (np.concatenate(side) for side in zip(*pairs, strict=True))
    most = max(REST_PER_INSTANCE * len(inside), 1)
    if len(outside) > most:
        outside = np.random.default_rng(seed).choice(outside, most, replace=False)
    return inside, outside


class Seen(NamedTuple):
    """What the search's own part said of a region."""

    found_at: Estimate
    support: int
    found_by: str


def finding(  # noqa: PLR0913 - everything that is known of a region
    name: str,
    region: Region,
    test: Test,
    instrument: Instrument,
    target: Indicator,
    *,
    seen: Seen | None,
    status: Status,
    p_adjusted: float | None,
    instances: int,
    measured_on: str,
) -> Finding:
    """Return a region with every number measured on unseen instances.

    Parameters
    ----------
    name
        Its id in the document.
    region, test
        Where it lies, and its two sides on unseen instances.
    instrument, target
        What is measured, and the metric that was searched.
    seen
        What the search's part said; None where nothing was searched.
    status, p_adjusted
        The verdict; without an adjusted p-value the raw one is not shown either.
    instances
        Of the whole benchmark.
    measured_on
        The part's name.
    """
    inside, outside = test.inside.moments(target), test.outside.moments(target)
    events, exposure = inside.events + outside.events, inside.exposure + outside.exposure
    support = test.inside.tally.instances + (seen.support if seen else 0)
    return Finding(
        id=name,
        region=region,
        support=support,
        coverage=support / instances,
        error_coverage=inside.events / events if events and not target.signed else None,
        status=status,
        target=target.name,
        metrics=test.inside.estimates(instrument.metrics),
        discovery=seen.found_at if seen else None,
        rest=test.outside.estimate(target),
        elsewhere=test.outside.estimates(instrument.metrics),
        scores=scores_of(test.inside.tally, test.outside.tally),
        lift=inside.value * exposure / events if inside.value is not None and events else None,
        gap=difference(test.inside, test.outside, target, "rest"),
        p_value=None if p_adjusted is None else test.p_value,
        p_adjusted=p_adjusted,
        measured_on=measured_on,
        found_by=seen.found_by if seen else "named",
    )
