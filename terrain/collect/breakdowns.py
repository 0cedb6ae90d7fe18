"""Breakdowns by sensitive features as they stand in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.analyses.groups import measure, partitions
from terrain.collect.gaps import FEW, adjusted, gaps_of, judged, too_few
from terrain.collect.notes import too_wide
from terrain.data.features import region_of
from terrain.document import Breakdown, Group, Spread
from terrain.errors import UsageError, nearest
from terrain.statistics.confirmation import Test, finding
from terrain.statistics.metrics import Rate
from terrain.statistics.shrinkage import shrink_to_additive
from terrain.statistics.tests import spread_by_permutation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terrain.analyses.groups import MeasuredGroup, Partition
    from terrain.config import Plan
    from terrain.data.features import Encoding
    from terrain.data.notes import Warned
    from terrain.statistics.batch import Part
    from terrain.statistics.measured import Instrument
    from terrain.statistics.metrics import Indicator
    from terrain.study import Study

DRAWS = 999
"""Deals of the events to the groups, to see what spread chance gives."""


class Question(NamedTuple):
    """What is asked of every group.

    Attributes
    ----------
    instrument, target
        What is measured, and the metric that the search explains.
    encodings
        To say groups as regions.
    reference
        ``largest``, ``best``, or values like ``race=White``.
    alpha, seed
        Family-wise error rate; seed of the permutations.
    """

    instrument: Instrument
    target: Indicator
    encodings: Mapping[str, Encoding]
    reference: tuple[str, ...]
    alpha: float
    seed: int


class Reference(NamedTuple):
    """The group that others are compared with, and whether it may be tested against."""

    group: MeasuredGroup
    tested: bool


def breakdowns_of(
    study: Study, plan: Plan, halves: Sequence[Part]
) -> tuple[tuple[Breakdown, ...], tuple[Warned, ...]]:
    """Return the breakdowns by sensitive features, and a warning for each that is too wide."""
    features = study.benchmark.roles.sensitive
    support = {feature: study.counts.support[feature] for feature in features}
    found, wide = partitions(features, study.encodings, support, plan.intersect)
    measured = [(partition, measure(partition, halves, study.instrument)) for partition in found]
    question = Question(
        instrument=study.instrument,
        target=study.target,
        encodings=study.encodings,
        reference=plan.reference,
        alpha=plan.alpha,
        seed=plan.seed,
    )
    return breakdowns(measured, question), tuple(too_wide(name) for name in wide)


def breakdowns(
    measured: Sequence[tuple[Partition, Sequence[MeasuredGroup]]], question: Question
) -> tuple[Breakdown, ...]:
    """Return the breakdowns; p-values of a metric are adjusted over all groups of all of them."""
    _refuse_unknown_reference(measured, question)
    numbers = iter(range(1, 1 + sum(len(groups) for _, groups in measured)))
    found = [_breakdown(partition, groups, question, numbers) for partition, groups in measured]
    groups = {group.id: group for breakdown in found for group in breakdown.groups}
    gaps = adjusted({name: group.gaps for name, group in groups.items()})
    reference_gaps = adjusted({name: group.reference_gaps for name, group in groups.items()})
    return tuple(
        msgspec.structs.replace(
            breakdown,
            groups=tuple(
                msgspec.structs.replace(
                    group,
                    finding=judged(
                        group.finding, gaps[group.id][question.target.name], question.alpha
                    ),
                    gaps=gaps[group.id],
                    reference_gaps=reference_gaps[group.id],
                )
                for group in breakdown.groups
            ),
        )
        for breakdown in found
    )


def _refuse_unknown_reference(
    measured: Sequence[tuple[Partition, Sequence[MeasuredGroup]]], question: Question
) -> None:
    known = {
        f"{feature}={level.value}"
        for partition, _ in measured
        for feature, levels in zip(partition.features, partition.levels, strict=True)
        for level in levels
    }
    for wanted in question.reference:
        if wanted not in {"largest", "best", *known}:
            raise UsageError(
                f"no group is `{wanted}`{nearest(wanted, known) or '.'} --reference takes largest, "
                f"best or a group: {', '.join(sorted(known)[:20])}"
            )


def _breakdown(
    partition: Partition,
    groups: Sequence[MeasuredGroup],
    question: Question,
    numbers: Iterator[int],
) -> Breakdown:
    reference, rule = _reference(partition, groups, question)
    shrunken = _shrunken(partition, groups, question)
    return Breakdown(
        feature=partition.name,
        features=partition.features,
        groups=tuple(
            _group(
                f"g{next(numbers)}",
                partition,
                group,
                # a group chosen for its rate cannot be tested on the same instances
                Reference(groups[reference], tested=rule != "best"),
                shrunken[i],
                question,
            )
            for i, group in enumerate(groups)
        ),
        reference=_value(groups[reference]),
        reference_rule=rule,
        spreads=_spreads(groups, question),
        binned=partition.binned,
    )


def _value(group: MeasuredGroup) -> str:
    return " × ".join(level.value for level in group.levels)


def _reference(
    partition: Partition, groups: Sequence[MeasuredGroup], question: Question
) -> tuple[int, str]:
    """Return the place of the reference group, and how it was chosen."""
    named = dict(wanted.split("=", 1) for wanted in question.reference if "=" in wanted)
    if set(partition.features) <= set(named):
        wanted = tuple(named[feature] for feature in partition.features)
        for place, group in enumerate(groups):
            if tuple(level.value for level in group.levels) == wanted:
                return place, "chosen"
    if "best" in question.reference:
        rated = [
            (group.inside.moments(question.target).value, place)
            for place, group in enumerate(groups)
            if group.inside.moments(question.target).units >= FEW
        ]
        best = min(((value, place) for value, place in rated if value is not None), default=None)
        if best is not None:
            return best[1], "best"
    return 0, "largest"


def _group(
    name: str,
    partition: Partition,
    group: MeasuredGroup,
    reference: Reference,
    shrunken: dict[str, float],
    question: Question,
) -> Group:
    metrics = question.instrument.metrics
    test = Test(group.outside, group.inside, 1.0)
    instances = group.inside.tally.instances + group.outside.tally.instances
    return Group(
        id=name,
        feature=partition.name,
        value=_value(group),
        values={f: level.value for f, level in zip(partition.features, group.levels, strict=True)},
        finding=finding(
            name,
            region_of(group.selection, question.encodings),
            test,
            question.instrument,
            question.target,
            seen=None,
            status="none",
            p_adjusted=None,
            instances=instances,
            measured_on="all",
        ),
        gaps=gaps_of(group.inside, group.outside, metrics),
        reference_gaps=(
            {}
            if group is reference.group
            else gaps_of(
                group.inside,
                reference.group.inside,
                metrics,
                tested=reference.tested,
                against=_value(reference.group),
            )
        ),
        shrunken=shrunken,
        too_few=too_few(group.inside, metrics),
    )


def _shrunken(
    partition: Partition, groups: Sequence[MeasuredGroup], question: Question
) -> list[dict[str, float]]:
    """Return for each group of an intersection its rates drawn to an additive fit."""
    found: list[dict[str, float]] = [{} for _ in groups]
    if len(partition.features) < 2:  # noqa: PLR2004 - an intersection
        return found
    axes = [[level.value for level in levels] for levels in partition.levels]
    cells = [
        tuple(axis.index(level.value) for axis, level in zip(axes, group.levels, strict=True))
        for group in groups
    ]
    for name, metric in question.instrument.metrics.items():
        if not isinstance(metric, Rate):
            continue
        events, exposure = np.zeros((2, *map(len, axes)))
        for cell, group in zip(cells, groups, strict=True):
            moments = group.inside.moments(metric)
            if moments.value is not None:  # as many instances as the weights and groups are worth
                exposure[cell] = moments.exposure**2 / moments.exposure_squared
                events[cell] = moments.value * exposure[cell]
        if exposure.sum():
            rates = shrink_to_additive(events, exposure)
            for cell, shrunken in zip(cells, found, strict=True):
                shrunken[name] = float(rates[cell])
    return found


def _spreads(groups: Sequence[MeasuredGroup], question: Question) -> dict[str, Spread]:
    """Return by metric the gap between the extreme groups, where rows are counted."""
    found = {}
    for name, metric in question.instrument.metrics.items():
        if not isinstance(metric, Rate):
            continue
        moments = [(group.inside.moments(metric), _value(group)) for group in groups]
        rated = [(m, value) for m, value in moments if m.counted and m.exposure >= FEW]
        if len(rated) < 2:  # noqa: PLR2004 - a gap takes two
            continue
        rates = [m.events / m.exposure for m, _ in rated]
        highest, lowest = int(np.argmax(rates)), int(np.argmin(rates))
        p_value, expected = spread_by_permutation(
            np.array([round(m.events) for m, _ in rated]),
            np.array([round(m.exposure) for m, _ in rated]),
            draws=DRAWS,
            seed=question.seed,
        )
        found[name] = Spread(
            gap=rates[highest] - rates[lowest],
            highest=rated[highest][1],
            lowest=rated[lowest][1],
            p_value=p_value,
            expected=expected,
        )
    return found
