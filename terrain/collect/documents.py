"""Two results compared by their counts alone: what is called the same is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from scipy.special import ndtri

from terrain.collect.compared_groups import with_adjusted
from terrain.collect.comparison_headline import verdict
from terrain.collect.notes import provenance
from terrain.comparison import Compared, ComparedGroups, Comparison, Method, ModelNote
from terrain.data.regions import Region
from terrain.errors import DataError
from terrain.statistics.changes import Change
from terrain.statistics.confirmation import gap_of
from terrain.statistics.intervals import wilson
from terrain.statistics.metrics import LEVEL
from terrain.statistics.tests import difference_z, two_rates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.comparison import Pairing
    from terrain.config import Plan
    from terrain.document import Terrain
    from terrain.statistics.findings import Estimate, Finding, MetricNote

ROUNDING = 1e-9
"""What may lie between two computations of the same interval."""

Named = dict[str, "Finding"]
"""Findings by the words under which both documents are searched for them."""


def compare_documents(
    results: Sequence[Terrain], names: tuple[str, ...], pairing: Pairing, plan: Plan
) -> Comparison:
    """Return the comparison of two results.

    Groups are matched by feature and value, cohorts and regions by their words; the differences
    are those of independent samples.

    Raises
    ------
    DataError
        The results are of different tasks, or the old one lacks the new one's target.
    """
    old, new = results
    _refuse_different(old, new, names)
    counted = _counted(old) and _counted(new)
    everything = _Place("all", "all instances", Region.of(), new.benchmark.instances, 1.0, "all")
    overall = _compared(everything, (old.overall, new.overall), new, counted=counted)
    note = new.metrics[new.target]
    first, last = names
    change = overall.metrics[new.target]
    said = verdict(note, change, (first, last), plan.alpha)
    return Comparison(
        headline=f"{said} Only counts were compared: no search for regions that changed.",
        models=tuple(
            ModelNote(name=name, sources=each.benchmark.sources, overall=each.overall)
            for name, each in zip(names, results, strict=True)
        ),
        pairing=pairing,
        target=new.target,
        benchmark=new.benchmark,
        warnings=new.warnings,
        metrics={name: each for name, each in new.metrics.items() if name in old.metrics},
        flip_notes={},
        overall=overall,
        regions=_matched("r", _regions(old), _regions(new), new, counted=counted),
        groups=_groups(old, new, counted=counted),
        cohorts=_matched("c", _cohorts(old), _cohorts(new), new, counted=counted),
        leaderboard=(),
        method=Method(
            scheme="none",
            split_by="row",
            discovery=0,
            confirmation=new.benchmark.instances,
            candidates=0,
            alpha=plan.alpha,
            level=LEVEL,
            test="none",
            seed=plan.seed,
        ),
        encoding=new.encoding,
        provenance=provenance(msgspec.to_builtins(plan), new.benchmark.sources),
    )


def _refuse_different(old: Terrain, new: Terrain, names: tuple[str, ...]) -> None:
    tasks = old.benchmark.task, new.benchmark.task
    if tasks[0] != tasks[1]:
        raise DataError(
            f"`{names[0]}` is a result of {tasks[0]} and `{names[1]}` one of {tasks[1]}: compare "
            "results of the same task"
        )
    if new.target not in old.overall:
        raise DataError(
            f"`{names[0]}` has no {new.metrics[new.target].title}, which `{names[1]}` was searched "
            "for: analyze both with the same --target"
        )


def _counted(result: Terrain) -> bool:
    """Whether instances are independent and of weight 1, so that rates are counts."""
    played = {role.role for role in result.benchmark.roles}
    return not played & {"weight", "group"}


class _Place(NamedTuple):
    """Where and how much: the first fields of `Compared`."""

    id: str
    words: str
    region: Region
    support: int
    coverage: float
    measured_on: str


def _compared(
    place: _Place,
    estimates: tuple[Mapping[str, Estimate], Mapping[str, Estimate]],
    new: Terrain,
    *,
    counted: bool,
) -> Compared:
    before, after = estimates
    metrics = {
        name: Change(
            old=before[name],
            new=after[name],
            difference=msgspec.structs.replace(
                gap_of(after[name], before[name], note, "old"),
                p_value=_differ(before[name], after[name], note, counted=counted),
            ),
        )
        for name, note in new.metrics.items()
        if name in before and name in after
    }
    return Compared(**place._asdict(), metrics=metrics, flips={})


def _differ(old: Estimate, new: Estimate, note: MetricNote, *, counted: bool) -> float | None:
    """Return the two-sided p-value that two independent estimates differ."""
    if old.value is None or new.value is None:
        return None
    if counted and note.kind == "rate" and _is_share(old) and _is_share(new):
        return two_rates(
            round(new.events), round(new.exposure), round(old.events), round(old.exposure)
        )
    before, after = _variance(old), _variance(new)
    if before is None or after is None:
        return None
    return difference_z(
        new.value, after, new.exposure, old.value, before, old.exposure, two_sided=True
    )


def _is_share(estimate: Estimate) -> bool:
    """Whether events are some of the exposure, as they are not of F1: Wilson's interval tells."""
    low, high = wilson(estimate.events, estimate.exposure, level=LEVEL)
    known = None not in (low, high, estimate.low, estimate.high)
    return known and abs((low or 0) - (estimate.low or 0)) < ROUNDING


def _variance(estimate: Estimate) -> float | None:
    """Return the variance that an interval speaks of."""
    if estimate.low is None or estimate.high is None:
        return None
    return ((estimate.high - estimate.low) / 2 / float(ndtri(0.5 + LEVEL / 2))) ** 2


def _regions(result: Terrain) -> Named:
    return {finding.region.words: finding for finding in result.regions}


def _cohorts(result: Terrain) -> Named:
    return {cohort.name: cohort.finding for cohort in result.cohorts}


def _matched(
    letter: str, old: Named, new: Named, result: Terrain, *, counted: bool
) -> tuple[Compared, ...]:
    """Return what both documents call the same; p-values are adjusted over all of it."""
    found = []
    for number, words in enumerate((words for words in new if words in old), 1):
        one = new[words]
        place = _Place(
            f"{letter}{number}", words, one.region, one.support, one.coverage, one.measured_on
        )
        estimates = old[words].metrics, one.metrics
        found.append(_compared(place, estimates, result, counted=counted))
    return with_adjusted(found)


def _groups(old: Terrain, new: Terrain, *, counted: bool) -> tuple[ComparedGroups, ...]:
    before = {
        breakdown.feature: {
            f"{group.feature} = {group.value}": group.finding for group in breakdown.groups
        }
        for breakdown in old.breakdowns
    }
    after = {
        f"{group.feature} = {group.value}": group.finding
        for breakdown in new.breakdowns
        for group in breakdown.groups
    }
    known = {words: finding for groups in before.values() for words, finding in groups.items()}
    judged = _matched("g", known, after, new, counted=counted)
    return tuple(
        ComparedGroups(
            feature=breakdown.feature,
            groups=tuple(
                each
                for each in judged
                if each.words in {f"{group.feature} = {group.value}" for group in breakdown.groups}
            ),
        )
        for breakdown in new.breakdowns
        if breakdown.feature in before
    )
