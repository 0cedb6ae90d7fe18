"""The user's own regions: read, measured on all instances, and set against all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terrain.collect.gaps import adjusted, gaps_of, judged, too_few
from terrain.data.cohorts import parse
from terrain.data.features import selection_of
from terrain.data.notes import Warned
from terrain.document import Cohort
from terrain.statistics.confirmation import Test, finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terrain.data.regions import Condition, Region
    from terrain.study import Study


class Named(NamedTuple):
    """A region as the user named and described it."""

    name: str
    expression: str
    region: Region


def read_cohorts(expressions: Mapping[str, str], study: Study) -> tuple[Named, ...]:
    """Return the regions that expressions by name describe.

    Raises
    ------
    UsageError
        An expression cannot be read, or speaks of a column or a level that is not there.
    """
    encodings, roles = study.encodings, study.benchmark.roles
    scales = {name: each.scale if each.ordered else None for name, each in encodings.items()}
    levels = {name: each.levels for name, each in encodings.items()}
    others = dict.fromkeys(study.benchmark.table.column_names, "not among --features")
    others |= {left.column: left.reason for left in roles.left_out}
    barred = {name: reason for name, reason in others.items() if name not in encodings}
    return tuple(
        Named(name, text, parse(text, scales, levels=levels, barred=barred, name=name))
        for name, text in expressions.items()
    )


def conditions_of(named: Sequence[Named]) -> list[Condition]:
    """Return every condition, whose bounds a study needs as cut points."""
    return [condition for each in named for condition in each.region.conditions]


def cohorts(named: Sequence[Named], study: Study, alpha: float) -> tuple[Cohort, ...]:
    """Return the cohorts; p-values of a metric are adjusted over all of them.

    Parameters
    ----------
    named
        The regions.
    study
        With codes fine enough for their conditions.
    alpha
        Family-wise error rate: failing is what is confirmed worse than all other instances.
    """
    metrics, target = study.instrument.metrics, study.target
    tests = {f"c{number}": test for number, test in enumerate(_tests(named, study), 1)}
    gaps = adjusted({i: gaps_of(test.inside, test.outside, metrics) for i, test in tests.items()})
    found = []
    for each, (identity, test) in zip(named, tests.items(), strict=True):
        measured = finding(
            identity,
            each.region,
            test,
            study.instrument,
            target,
            seen=None,
            status="none",
            p_adjusted=None,
            instances=len(study),
            measured_on="all",
        )
        found.append(
            Cohort(
                name=each.name,
                expression=each.expression,
                finding=judged(measured, gaps[identity][target.name], alpha),
                gaps=gaps[identity],
                too_few=too_few(test.inside, metrics),
            )
        )
    return tuple(found)


def _tests(named: Sequence[Named], study: Study) -> Iterator[Test]:
    """Yield the two sides of every cohort on both halves together."""
    if not named:
        return
    selections = [selection_of(each.region, study.encodings) for each in named]
    first, second = (study.instrument.selections(half, selections) for half in study.halves())
    for one, other in zip(first, second, strict=True):
        yield Test(one[0] + other[0], one[1] + other[1], 1.0)


def empty_cohorts(found: Sequence[Cohort]) -> tuple[Warned, ...]:
    """Return a warning for every cohort that holds nothing."""
    return tuple(
        Warned(
            code="empty-cohort",
            seen=f"No instance lies in the cohort {cohort.name}.",
            advice=f"Check what it says: {cohort.finding.region.words}",
            rows=0,
        )
        for cohort in found
        if not cohort.finding.support
    )
