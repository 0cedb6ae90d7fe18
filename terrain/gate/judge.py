"""The judgement: what the evidence says of every demand, and the verdict of all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terrain.collect.headline import share
from terrain.errors import UsageError
from terrain.gate.demands import candidates, demands
from terrain.gate.policy import AGAINST_BASELINE
from terrain.gate.reasons import allowed_words, by_bounds, stated
from terrain.gate.verdict import Judgement, Verdict
from terrain.statistics.corrections import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.document import Terrain
    from terrain.gate.demands import Against, Demand
    from terrain.gate.evidence import Evidence
    from terrain.gate.policy import Policy
    from terrain.gate.verdict import Mode, Outcome


class Family(NamedTuple):
    """The one-sided tests of all demands, in one direction, corrected for their number.

    Attributes
    ----------
    raw, adjusted
        (n,) p-values, and Holm's.
    errors
        (n,) one-sided errors of the bounds that agree with Holm's procedure.
    """

    raw: Sequence[float]
    adjusted: Sequence[float]
    errors: Sequence[float]


def judge(
    policy: Policy,
    terrain: Terrain,
    baseline: Against = None,
    table: Sequence[Judgement] = (),
) -> Verdict:
    """Return the verdict on a document; the same input gives the same verdict.

    Parameters
    ----------
    policy
        What is demanded.
    terrain
        What was found.
    baseline
        What changes are measured from.
    table
        The judgements of the policy's assertions on the table, which are facts.

    Raises
    ------
    UsageError
        The policy demands nothing, or something that this document cannot have.
    """
    if policy.demands_nothing:
        raise UsageError(
            "the policy demands nothing: give it [[check.rules]], or let `terrain init` propose "
            "some"
        )
    found = demands(policy, terrain, baseline)
    further = candidates(policy, terrain, baseline)
    judgements = (*_judgements(found, policy, further, terrain), *table)
    outcome = _outcome(judgements)
    return Verdict(
        outcome=outcome,
        headline=_headline(judgements, outcome, policy.mode),
        benchmark=terrain.benchmark.name,
        instances=terrain.benchmark.instances,
        mode=policy.mode,
        alpha=policy.alpha,
        undecided=policy.undecided,
        baseline=None if baseline is None else baseline.words(),
        false_alarm=_false_alarm(found) if policy.mode == "point" else None,
        judgements=judgements,
        policy=msgspec.to_builtins(policy),
    )


def _judgements(
    found: Sequence[Demand], policy: Policy, further: int, terrain: Terrain
) -> list[Judgement]:
    tested = [
        (place, demand.evidence)
        for place, demand in enumerate(found)
        if demand.evidence is not None and demand.evidence.bounded
    ]
    harm = _family([each.harm() for _, each in tested], policy.alpha, further)
    kept = _family([each.compliance() for _, each in tested], policy.alpha, further)
    rank = {place: number for number, (place, _) in enumerate(tested)}
    judged = []
    for place, demand in enumerate(found):
        if demand.evidence is None:
            judged.append(_without_numbers(demand, policy.mode, terrain))
        elif policy.mode == "point":
            judged.append(_by_estimate(demand, demand.evidence))
        elif place not in rank:
            judged.append(_unbounded(demand, demand.evidence))
        else:
            number = rank[place]
            judged.append(_by_bounds(demand, demand.evidence, policy, (harm, kept), number))
    return judged


def _family(p_values: Sequence[float], alpha: float, further: int) -> Family:
    """Return tests corrected together with `further` ones that show nothing."""
    adjusted = holm([*p_values, *[1.0] * further])[: len(p_values)].tolist()
    size = len(p_values) + further
    shown = sum(p < alpha for p in adjusted)
    smaller = {p: order for order, p in reversed(list(enumerate(sorted(p_values))))}
    errors = [alpha / max(size - min(smaller[p], shown), 1) for p in p_values]
    return Family(p_values, adjusted, errors)


def _by_bounds(
    demand: Demand, seen: Evidence, policy: Policy, families: tuple[Family, Family], number: int
) -> Judgement:
    harm, kept = families
    broken = harm.adjusted[number] < policy.alpha
    shown = kept.adjusted[number] <= policy.alpha
    facing, far = seen.bounds(harm.errors[number]), seen.bounds(kept.errors[number])
    low, high = (facing.low, far.high) if seen.at_most else (far.low, facing.high)
    outcome: Outcome = "failed" if broken else "passed"
    needed = None
    if not broken and policy.mode == "prove" and not shown:
        outcome = "undecided"
    if not broken and (seen.beyond or outcome == "undecided"):
        errors = harm.errors if seen.beyond else kept.errors
        needed = seen.needed(demand.place.support, errors[number])
    base = _base(demand, outcome, "")
    judged = msgspec.structs.replace(
        base,
        value=seen.value,
        low=low,
        high=None if high == math.inf else high,
        p_value=harm.raw[number],
        p_adjusted=harm.adjusted[number],
        needed=needed,
    )
    reason = by_bounds(demand, seen, judged, proven=shown and policy.mode == "prove")
    return msgspec.structs.replace(judged, reason=reason)


def _by_estimate(demand: Demand, seen: Evidence) -> Judgement:
    outcome: Outcome = "failed" if seen.beyond else "passed"
    relation = "is beyond" if seen.beyond else "keeps"
    reason = f"{stated(demand, seen)} {relation} {allowed_words(demand)}, by the estimate alone"
    return msgspec.structs.replace(_base(demand, outcome, reason), value=seen.value)


def _unbounded(demand: Demand, seen: Evidence) -> Judgement:
    reason = f"{stated(demand, seen)}, and no bound of it is known"
    return msgspec.structs.replace(_base(demand, "undecided", reason), value=seen.value)


def _without_numbers(demand: Demand, mode: Mode, terrain: Terrain) -> Judgement:
    """Judge presence, what is missing, and regions of which there is none."""
    if demand.searched:
        return _without_regions(demand, mode, terrain)
    if demand.trouble is not None:
        return _base(demand, "undecided", demand.trouble)
    support = demand.place.support
    enough = support >= demand.allowed
    relation = "" if enough else f", {demand.allowed - support:,.0f} too few"
    base = _base(demand, "passed" if enough else "failed", f"{support:,} instances{relation}")
    return msgspec.structs.replace(base, value=float(support))


def _without_regions(demand: Demand, mode: Mode, terrain: Terrain) -> Judgement:
    """Judge a search that confirmed nothing: it is no evidence of harm, and proves nothing."""
    changes = demand.limit in AGAINST_BASELINE
    if not changes and terrain.method.find != "failing":
        return _base(demand, "undecided", "the search looked for the best regions, not for failing")
    if mode != "prove":
        return _base(demand, "passed", demand.place.missing or "")
    size = None if changes else terrain.method.detectable
    reach = "" if size is None else (
        f"; one of twice the rate would probably have been if it covered at least {share(size)}"
    )  # fmt: skip
    return _base(demand, "undecided", f"{demand.place.missing}{reach}; a search proves no absence")


def _base(demand: Demand, outcome: Outcome, reason: str) -> Judgement:
    estimate = demand.estimate
    return Judgement(
        rule=demand.rule.name or demand.words,
        demand=demand.words,
        where=demand.place.where,
        place=demand.place.identity,
        metric=demand.metric,
        outcome=outcome,
        reason=reason,
        limit=demand.allowed,
        events=None if estimate is None else estimate.events,
        exposure=None if estimate is None else estimate.exposure,
        warning=demand.rule.severity == "warn",
        number=demand.number,
    )


def _outcome(judgements: Sequence[Judgement]) -> Outcome:
    outcomes = {each.outcome for each in judgements if not each.warning}
    if "failed" in outcomes:
        return "failed"
    return "undecided" if "undecided" in outcomes else "passed"


def _headline(judgements: Sequence[Judgement], outcome: Outcome, mode: Mode) -> str:
    binding = [each for each in judgements if not each.warning]
    count = sum(each.outcome == outcome for each in binding)
    noun = "demand" if len(binding) == 1 else "demands"
    said = {
        "failed": f"Failed: {count} of {len(binding)} {noun} {_are(count)} not kept.",
        "undecided": f"Undecided: {count} of {len(binding)} {noun} cannot be decided.",
        "passed": f"Passed: {_all(len(binding))} shown to be kept."
        if mode == "prove"
        else f"Passed: no evidence against {_all(len(binding), verb=False)}.",
    }[outcome]
    warned = sum(each.warning and each.outcome != "passed" for each in judgements)
    return f"{said} {warned} warning{'' if warned == 1 else 's'}." if warned else said


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _all(count: int, *, verb: bool = True) -> str:
    if count == 1:
        return "the demand is" if verb else "the demand"
    return f"all {count} demands are" if verb else f"any of {count} demands"


def _false_alarm(found: Sequence[Demand]) -> float:
    """Return how often one or more estimates lie beyond limits that are kept."""
    silent = 1.0
    for demand in found:
        if demand.evidence is not None and demand.rule.severity == "fail":
            silent *= 1.0 - demand.evidence.false_alarm
    return 1.0 - silent
