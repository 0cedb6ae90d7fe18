"""A policy's rules spelled out: one demand for each limit at each place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from terrain.errors import UsageError, nearest
from terrain.gate import evidence
from terrain.gate.places import places, regions
from terrain.gate.policy import AGAINST_BASELINE, WITHOUT_METRIC
from terrain.gate.words import demand_words, gap_words

if TYPE_CHECKING:
    from terrain.document import Terrain
    from terrain.gate.baseline import Baseline
    from terrain.gate.evidence import Evidence
    from terrain.gate.places import Place
    from terrain.gate.policy import Policy, Rule
    from terrain.statistics.findings import Estimate, MetricNote

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

    @property
    def estimate(self) -> Estimate | None:
        """The metric at the place."""
        return None if self.metric is None else self.place.metrics.get(self.metric)


def demands(policy: Policy, terrain: Terrain, baseline: Baseline | None) -> list[Demand]:
    """Return every demand of a policy, in its order.

    Raises
    ------
    UsageError
        A metric that the document does not have, or a limit that no such metric can reach.
    """
    return [
        replace(
            _seen(_demand(rule, limit, allowed, place, terrain), terrain, baseline), number=number
        )
        for number, rule in enumerate(policy.rules)
        for limit, allowed in rule.limits().items()
        for place in places(rule, terrain, baseline)
    ]


def candidates(policy: Policy, terrain: Terrain) -> int:
    """Return how many regions were tested beside those that are judged.

    Regions that are judged were confirmed on the same instances: a limit on them is one on the
    best of all that were tested, so each of these counts as a test.
    """
    unjudged = 0
    for rule in policy.rules:
        if rule.regions:
            judged = sum(place.missing is None for place in regions(rule, terrain))
            unjudged += len(rule.limits()) * max(0, terrain.method.candidates - judged)
    return unjudged


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
        return replace(demand, trouble=demand.place.missing)
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
        return replace(demand, trouble="there is no baseline: name one with --baseline")
    mismatch = baseline.mismatch(terrain, metric)
    if mismatch is not None:
        return replace(demand, trouble=mismatch)
    before = (demand.place.before or {}).get(metric)
    if before is None:
        return replace(demand, trouble=f"the baseline has no {demand.place.where}")
    if before.value is None:
        return replace(demand, trouble=f"undefined in the baseline: no {note.exposure}")
    rise = demand.limit == "rise_at_most"
    pair = baseline.paired.get((demand.place.where, metric))
    if pair is not None:
        found = evidence.of_paired_change(pair, demand.allowed, rise=rise)
    else:
        found = evidence.of_change(estimate, before, note, demand.allowed, rise=rise)
    return replace(demand, evidence=found)
