"""Why a demand passed, failed or stayed undecided: one sentence with the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.gate.policy import AGAINST_BASELINE
from terrain.gate.words import amount, apart, counted_words, limit_words

if TYPE_CHECKING:
    from terrain.gate.demands import Demand
    from terrain.gate.evidence import Evidence
    from terrain.gate.verdict import Judgement


def by_bounds(demand: Demand, seen: Evidence, judged: Judgement, *, proven: bool) -> str:
    """Return the reason of a judgement by its bounds.

    Parameters
    ----------
    demand, seen
        What was demanded, and what the numbers say.
    judged
        With outcome, bounds, p-values and the instances needed.
    proven
        Whether the far bound keeps the limit, where that is asked for.
    """
    facing, far = (judged.low, judged.high) if seen.at_most else (judged.high, judged.low)
    least, most = ("at least", "at most") if seen.at_most else ("at most", "at least")
    said, allowed = stated(demand, seen), allowed_words(demand)
    if judged.outcome == "failed":
        bound = _number(demand, facing)
        return (
            f"{said} is beyond {allowed}, and {least} {bound} by its bound "
            f"(adjusted p = {judged.p_adjusted:.2g})"
        )
    if proven:
        return f"{said} keeps {allowed}, and {most} {_number(demand, far)} by its bound"
    decide = "" if judged.needed is None else f"; about {_about(judged.needed)} would decide"
    if seen.beyond:
        return f"{said} is beyond {allowed}, but chance explains it{decide}{_sooner(demand)}"
    if judged.outcome == "undecided":
        return f"{said} keeps {allowed}, but {_number(demand, far)} is possible{decide}"
    return f"{said} keeps {allowed}"


def stated(demand: Demand, seen: Evidence) -> str:
    """Return the estimate with what it counts, and what it is a difference of."""
    said = _number(demand, seen.value)
    if demand.note is None or demand.estimate is None:
        return said
    counted = counted_words(demand.estimate, demand.note)
    if not _compares(demand):
        return f"{said} ({counted})"
    here = amount(demand.estimate.value or 0.0, demand.note.kind)
    changes = demand.limit in AGAINST_BASELINE
    elsewhere = (demand.place.before or {}) if changes else demand.place.others
    there = elsewhere[demand.metric or ""].value or 0.0
    return f"{said} ({here} against {amount(there, demand.note.kind)}; {counted})"


def allowed_words(demand: Demand) -> str:
    """Return the limit in the unit of what it limits."""
    if demand.limit == "ratio_at_least":
        return f"{demand.allowed:g}"
    kind = None if demand.note is None else demand.note.kind
    return (apart if _compares(demand) else limit_words)(demand.allowed, kind)


def _number(demand: Demand, value: float | None) -> str:
    if value is None or demand.note is None:
        return "n/a"
    if demand.limit == "ratio_at_least":
        return f"{value:.3g}"
    return (apart if _compares(demand) else amount)(value, demand.note.kind)


def _compares(demand: Demand) -> bool:
    """Whether the limit is on a difference or a ratio, not on the metric itself."""
    return bool(demand.rule.gap) or demand.limit in AGAINST_BASELINE


def _about(needed: int) -> str:
    """Return a number of instances with two digits: it is known no better."""
    return f"{float(f'{needed:.2g}'):,.0f} instances"


def _sooner(demand: Demand) -> str:
    if demand.limit not in AGAINST_BASELINE or demand.paired:
        return ""
    return "; predictions of the same instances by both models would decide sooner"
