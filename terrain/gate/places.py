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
    from collections.abc import Iterator, Mapping

    from terrain.document import Breakdown, Group, Terrain
    from terrain.gate.baseline import Baseline
    from terrain.gate.policy import Rule


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
    names = listed(rule.groups or rule.gap)
    if EVERY in names:
        names = tuple(each.feature for each in terrain.breakdowns)
        if not names:
            yield Place("every group", missing="nothing was compared: name --sensitive features")
    for name in names:
        breakdown = breakdown_of(terrain, features_of(name))
        if breakdown is None:
            known = [each.feature for each in terrain.breakdowns]
            known += [column for role in terrain.benchmark.roles for column in role.columns]
            yield Place(name, missing=f"there are no groups of {name}{nearest(name, known)}")
            continue
        for group in breakdown.groups:
            if not (rule.against == "reference" and group.value == breakdown.reference):
                yield _group(rule, group, breakdown, terrain, baseline)


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
    reference = next(each for each in breakdown.groups if each.value == breakdown.reference)
    return place._replace(others=reference.finding.metrics)


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
        names = tuple(known)
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
