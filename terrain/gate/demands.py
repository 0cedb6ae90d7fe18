"""A policy's rules spelled out: one demand for each limit at each place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from terrain.errors import UsageError, nearest
from terrain.gate import evidence
from terrain.gate.baseline import Baseline
from terrain.gate.pairs import Pairs
from terrain.gate.places import VANISHED, Place, places, regions, vanished
from terrain.gate.policy import AGAINST_BASELINE, WITHOUT_METRIC
from terrain.gate.words import demand_words, gap_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.document import Terrain
    from terrain.gate.evidence import Evidence
    from terrain.gate.pairs import PairedChange
    from terrain.gate.policy import Policy, Rule
    from terrain.statistics.findings import Estimate, MetricNote

Against = Baseline | Pairs | None
"""What changes are measured from: an earlier document, or an old model on the same instances."""

LARGEST_SHARE = 1.0
"""A limit on a rate or a score beyond this is meant in percent."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One limit at one place, with what is known there.

    Attributes
    ----------
    rule, limit, allowed
        The rule, the name of its limit, and the limit.
    place
        Where.
    note, metric
        The metric; None for presence.
    words
        What is demanded.
    evidence
        What the numbers say; None where `trouble` says why they say nothing, and for presence.
    trouble
        Why it cannot be judged.
    number
        Which of the policy's rules it is.
    paired
        Whether it was measured on the instances that an old model predicted, too.
    searched
        Whether it is of regions of which a search confirmed none.
    """

    rule: Rule
    limit: str
    allowed: float
    place: Place
    note: MetricNote | None
    metric: str | None
    words: str
    evidence: Evidence | None = None
    trouble: str | None = None
    number: int = 0
    paired: bool = False
    searched: bool = False

    @property
    def estimate(self) -> Estimate | None:
        """The metric at the place."""
        return None if self.metric is None else self.place.metrics.get(self.metric)


def demands(policy: Policy, terrain: Terrain, baseline: Against) -> list[Demand]:
    """Return every demand of a policy, in its order.

    Raises
    ------
    UsageError
        A metric that the document does not have, or a limit that no such metric can reach.
    """
    return [
        replace(each, number=number)
        for number, rule in enumerate(policy.rules)
        for limit, allowed in rule.limits().items()
        for each in _of_limit(rule, limit, allowed, terrain, baseline)
    ]


def candidates(policy: Policy, terrain: Terrain, baseline: Against) -> int:
    """Return how many regions were tested beside those that are judged.

    Regions that are judged were confirmed on the same instances: a limit on them is one on the
    best of all that were tested, so each of these counts as a test.
    """
    unjudged = 0
    for rule in policy.rules:
        if rule.regions:
            limits = set(rule.limits())
            judged = sum(place.missing is None for place in regions(rule, terrain))
            further = max(0, terrain.method.candidates - judged)
            unjudged += len(limits - AGAINST_BASELINE) * further
            if limits & AGAINST_BASELINE and isinstance(baseline, Pairs):
                unjudged += max(0, baseline.candidates - len(baseline.worse_in(rule)))
    return unjudged


def _of_limit(
    rule: Rule, limit: str, allowed: float, terrain: Terrain, baseline: Against
) -> Iterator[Demand]:
    """Yield one limit at each of its places, with the evidence there."""
    if rule.regions and limit in AGAINST_BASELINE:
        yield from _of_changed_regions(rule, limit, allowed, terrain, baseline)
        return
    document = baseline if isinstance(baseline, Baseline) else None
    for place in places(rule, terrain, document):
        demand = _seen(_demand(rule, limit, allowed, place, terrain), terrain, document)
        if limit in AGAINST_BASELINE and isinstance(baseline, Pairs) and not place.missing:
            key = (place.where, demand.metric or "")
            demand = _paired(demand, baseline.changes.get(key))
        yield demand
    if rule.groups and limit in AGAINST_BASELINE and isinstance(baseline, Pairs):
        for where in vanished(rule, terrain, baseline.gone):
            place = Place(where, missing=VANISHED)
            yield _seen(_demand(rule, limit, allowed, place, terrain), terrain, None)


def _of_changed_regions(
    rule: Rule, limit: str, allowed: float, terrain: Terrain, baseline: Against
) -> Iterator[Demand]:
    found = baseline.worse_in(rule) if isinstance(baseline, Pairs) else []
    for each in found:
        place = Place(each.words)
        yield _paired(_demand(rule, limit, allowed, place, terrain), each.change)
    if not found:
        none = "no region that got worse was confirmed"
        place = Place("every region that got worse", missing=none)
        demand = _demand(rule, limit, allowed, place, terrain)
        searched = isinstance(baseline, Pairs) and baseline.worse is not None
        unpaired = "regions that got worse are searched where --baseline-preds names predictions"
        yield replace(demand, trouble=none if searched else unpaired, searched=searched)


def _demand(rule: Rule, limit: str, allowed: float, place: Place, terrain: Terrain) -> Demand:
    if limit in WITHOUT_METRIC:
        words = demand_words("", limit, allowed, None)
        return Demand(rule=rule, limit=limit, allowed=allowed, place=place, note=None, metric=None,
                      words=words)  # fmt: skip
    metric = rule.metric or terrain.target
    note = _note(metric, terrain)
    _refuse_percent(limit, allowed, note)
    if rule.gap and limit == "at_most":
        words = gap_words(note.title, allowed, note.kind, note.worse, rule.against)
    else:
        words = demand_words(note.title, limit, allowed, note.kind)
    return Demand(rule=rule, limit=limit, allowed=allowed, place=place, note=note, metric=metric,
                  words=words)  # fmt: skip


def _note(metric: str, terrain: Terrain) -> MetricNote:
    if metric not in terrain.metrics:
        raise UsageError(
            f"the policy speaks of `{metric}`, which is no metric of {terrain.benchmark.name}"
            f"{nearest(metric, terrain.metrics) or '.'} Its metrics are: "
            f"{', '.join(terrain.metrics)}"
        )
    return terrain.metrics[metric]


def _refuse_percent(limit: str, allowed: float, note: MetricNote) -> None:
    if note.kind != "loss" and abs(allowed) > LARGEST_SHARE:
        raise UsageError(
            f"`{limit} = {allowed:g}` can never decide: the {note.title} is at most 1. For "
            f"{allowed:g}%, say {allowed / 100:g}"
        )


def _seen(demand: Demand, terrain: Terrain, baseline: Baseline | None) -> Demand:
    """Return a demand with its evidence, or with the reason why there is none."""
    if demand.place.missing is not None:
        return replace(demand, trouble=demand.place.missing, searched=demand.rule.regions)
    if demand.note is None:
        return demand
    estimate = demand.estimate
    if estimate is None or estimate.value is None:
        return replace(demand, trouble=f"undefined there: no {demand.note.exposure}")
    if demand.limit in AGAINST_BASELINE:
        return _changed(demand, estimate, terrain, baseline)
    if demand.rule.gap:
        return _compared(demand, estimate)
    found = evidence.of_estimate(
        estimate, demand.note, demand.allowed, at_most=demand.limit == "at_most"
    )
    return replace(demand, evidence=found)


def _compared(demand: Demand, estimate: Estimate) -> Demand:
    metric, note = demand.metric or "", demand.note
    others = demand.place.others.get(metric)
    if note is None or others is None:
        return replace(demand, trouble="the others were not measured")
    if others.value is None:
        return replace(demand, trouble=f"undefined among the others: no {note.exposure}")
    if demand.limit == "at_most":
        return replace(demand, evidence=evidence.of_gap(estimate, others, note, demand.allowed))
    found = evidence.of_ratio(estimate, others, note, demand.allowed)
    if found is None:
        return replace(demand, trouble="the ratio is undefined: it would divide by 0")
    return replace(demand, evidence=found)


def _changed(
    demand: Demand, estimate: Estimate, terrain: Terrain, baseline: Baseline | None
) -> Demand:
    metric, note = demand.metric or "", demand.note
    if baseline is None or note is None:
        missing = "there is no baseline: name one with --baseline or --baseline-preds"
        return replace(demand, trouble=missing)
    mismatch = baseline.mismatch(terrain, metric)
    if mismatch is not None:
        return replace(demand, trouble=mismatch)
    before = (demand.place.before or {}).get(metric)
    if before is None:
        return replace(demand, trouble=f"the baseline has no {demand.place.where}")
    if before.value is None:
        return replace(demand, trouble=f"undefined in the baseline: no {note.exposure}")
    found = evidence.of_change(
        estimate, before, note, demand.allowed, rise=demand.limit == "rise_at_most"
    )
    return replace(demand, evidence=found)


def _paired(demand: Demand, change: PairedChange | None) -> Demand:
    """Return a limit on a change with the evidence of instances that both models predicted."""
    metric, note = demand.metric or "", demand.note
    if change is None or note is None:
        return replace(demand, trouble=f"not both models have a `{metric}`", evidence=None)
    if not change.support:
        return replace(demand, trouble="none of its instances is paired", evidence=None)
    if change.law.gap is None:
        trouble = f"undefined for the instances that are paired: no {note.exposure}"
        return replace(demand, trouble=trouble, evidence=None)
    return replace(
        demand,
        place=demand.place._replace(
            support=change.support, metrics={metric: change.new}, before={metric: change.old}
        ),
        evidence=evidence.of_paired_change(
            change.law, demand.allowed, rise=demand.limit == "rise_at_most"
        ),
        trouble=None,
        paired=True,
    )
