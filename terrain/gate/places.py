"""Where a rule holds: the whole, groups, cohorts or regions of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terrain.collect.headline import share
from terrain.errors import nearest
from terrain.gate.baseline import breakdown_of
from terrain.gate.policy import EVERY, features_of, listed
from terrain.gate.words import WHOLE
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terrain.document import Breakdown, Group, Terrain
    from terrain.gate.baseline import Baseline
    from terrain.gate.policy import Rule


VANISHED = "the baseline has this group, and the benchmark does not"


class Place(NamedTuple):
    """Where a demand holds.

    Attributes
    ----------
    where, identity
        In words; the id of the finding.
    support
        Instances.
    metrics
        What was measured there; empty where `missing` says why nothing was.
    others
        What a gap is measured against.
    before
        What the baseline measured there; None if it has no such place.
    missing
        Why there is no such place; None if there is.
    """

    where: str
    identity: str | None = None
    support: int = 0
    metrics: Mapping[str, Estimate] = {}
    others: Mapping[str, Estimate] = {}
    before: Mapping[str, Estimate] | None = None
    missing: str | None = None


def places(rule: Rule, terrain: Terrain, baseline: Baseline | None) -> Iterator[Place]:
    """Yield every place at which a rule holds; one that says why, where there is none."""
    if rule.groups or rule.gap:
        yield from _groups(rule, terrain, baseline)
    elif rule.cohort:
        yield from _cohorts(rule, terrain, baseline)
    elif rule.regions:
        yield from regions(rule, terrain)
    else:
        yield Place(
            WHOLE,
            support=terrain.benchmark.instances,
            metrics=terrain.overall,
            before=baseline.terrain.overall if baseline else None,
        )


def _groups(rule: Rule, terrain: Terrain, baseline: Baseline | None) -> Iterator[Place]:
    for name in _breakdowns(listed(rule.groups or rule.gap), terrain):
        breakdown = breakdown_of(terrain, features_of(name))
        if breakdown is None:
            where = "every group" if name == EVERY else name
            yield Place(where, missing=_no_breakdown(name, terrain))
            continue
        compared = [
            group
            for group in breakdown.groups
            if rule.against == "rest" or group.value != breakdown.reference
        ]
        if not compared:
            yield Place(name, missing=f"{name} has one group: there is nothing to compare")
        for group in compared:
            yield _group(rule, group, breakdown, terrain, baseline)
        yield from _vanished(breakdown, baseline)


def _breakdowns(names: Sequence[str], terrain: Terrain) -> Sequence[str]:
    """Return the names of breakdowns; what stands beside ``*`` must be among all."""
    if EVERY not in names:
        return names
    known = [each.feature for each in terrain.breakdowns]
    named = [name for name in names if name != EVERY]
    missing = [name for name in named if breakdown_of(terrain, features_of(name)) is None]
    return [*known, *missing] or [EVERY]


def _no_breakdown(name: str, terrain: Terrain) -> str:
    if name == EVERY:
        return "nothing was compared: name --sensitive features"
    known = [each.feature for each in terrain.breakdowns]
    known += [column for role in terrain.benchmark.roles for column in role.columns]
    return f"there are no groups of {name}{nearest(name, known)}"


def _group(
    rule: Rule, group: Group, breakdown: Breakdown, terrain: Terrain, baseline: Baseline | None
) -> Place:
    place = Place(
        f"{group.feature} = {group.value}",
        group.id,
        group.finding.support,
        group.finding.metrics,
        before=baseline.group(group.feature, group.value) if baseline else None,
    )
    if not rule.gap:
        return place
    if rule.against == "rest":
        return place._replace(others=rest_of(group, terrain))
    if breakdown.reference_rule == "best":
        chosen = "the reference group was chosen for its rate on the same instances: name one"
        return place._replace(missing=chosen)
    others = {each.value: each.finding.metrics for each in breakdown.groups}
    return place._replace(others=others.get(breakdown.reference or "", {}))


def _vanished(breakdown: Breakdown, baseline: Baseline | None) -> Iterator[Place]:
    """Yield the groups that only the baseline has; ranges of numbers are cut anew each time."""
    before = baseline and breakdown_of(baseline.terrain, breakdown.features)
    if not before or breakdown.binned:
        return
    here = {group.value for group in breakdown.groups}
    for group in before.groups:
        if before.feature == breakdown.feature and group.value not in here:
            yield Place(f"{group.feature} = {group.value}", missing=VANISHED)


def vanished(rule: Rule, terrain: Terrain, gone: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the words of the groups of a rule's breakdowns that are gone, by breakdown."""
    for name in _breakdowns(listed(rule.groups), terrain):
        breakdown = breakdown_of(terrain, features_of(name))
        if breakdown is not None:
            for value in gone.get(breakdown.feature, ()):
                yield f"{breakdown.feature} = {value}"


def rest_of(group: Group, terrain: Terrain) -> dict[str, Estimate]:
    """Return every metric of all others: counted from the whole, or as it was measured."""
    found = {}
    for name, inside in group.finding.metrics.items():
        measured, whole = group.gaps[name].other, terrain.overall[name]
        if measured is None and inside.counted:
            events, exposure = whole.events - inside.events, whole.exposure - inside.exposure
            value = events / exposure if exposure else None
            measured = Estimate(value=value, events=events, exposure=exposure)
        if measured is not None:
            found[name] = measured
    return found


def _cohorts(rule: Rule, terrain: Terrain, baseline: Baseline | None) -> Iterator[Place]:
    names = listed(rule.cohort)
    known = {cohort.name: cohort for cohort in terrain.cohorts}
    if EVERY in names:
        names = (*known, *(each for each in names if each != EVERY and each not in known))
        if not names:
            yield Place("every cohort", missing="there are no cohorts")
    for name in names:
        cohort = known.get(name)
        if cohort is None:
            hint = nearest(name, known)
            yield Place(f"cohort {name}", missing=f"there is no cohort {name}{hint}")
            continue
        yield Place(
            f"cohort {name}",
            cohort.finding.id,
            cohort.finding.support,
            cohort.finding.metrics,
            before=baseline.cohort(name, cohort.expression) if baseline else None,
        )


def regions(rule: Rule, terrain: Terrain) -> Iterator[Place]:
    """Yield the confirmed regions that are large enough; one without metrics if there is none."""
    large = [each for each in terrain.regions if each.coverage >= rule.min_coverage]
    confirmed = [each for each in large if each.status == "failing"]
    for each in confirmed:
        yield Place(each.region.words, each.id, each.support, each.metrics)
    if not confirmed:
        suspected = sum(each.status == "suspected" for each in large)
        yield Place("every region found", missing=_nothing_confirmed(rule, suspected))


def _nothing_confirmed(rule: Rule, suspected: int) -> str:
    size = f" of at least {share(rule.min_coverage)} of the instances" if rule.min_coverage else ""
    held = f"; {suspected} suspected, which do not gate" if suspected else ""
    return f"no failing region{size} was confirmed{held}"
