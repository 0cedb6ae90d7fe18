"""How demands, places and numbers are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.collect.headline import share
from terrain.gate.policy import EVERY, listed

if TYPE_CHECKING:
    from terrain.gate.policy import Policy, Rule, TableRules
    from terrain.statistics.findings import Estimate, MetricNote

Kind = str | None
"""Of a metric: ``rate``, ``loss``, ``score``; None where it is not known yet."""

MANY = 1000
"""Larger sums of weights are said without a fraction."""

WHOLE = "all instances"
TABLE = "the table"

MODES = {
    "no-evidence-of-harm": "A limit fails where the evidence shows that it is broken; chance alone "
    "fails at most {alpha} of benchmarks that keep every limit.",
    "prove": "A limit passes where the evidence shows that it is kept and fails where it shows "
    "that it is broken; else it is undecided. Each is wrong for at most {alpha} of benchmarks.",
    "point": "Estimates are compared with their limits, blind to chance: small groups will fail "
    "by bad luck.",
}

UNDECIDED = {
    None: "exits with code 3",
    "fail": "counts as a failure",
    "pass": "counts as a pass",
    "warn": "is a warning",
}


def limit_words(limit: float, kind: Kind) -> str:
    """Return a limit as short as it can be said.

    Examples
    --------
    >>> limit_words(0.3, "rate"), limit_words(0.125, "rate"), limit_words(12.5, "loss")
    ('30%', '12.5%', '12.5')
    """
    return f"{100 * limit:.6g}%" if kind == "rate" else f"{limit:.6g}"


def apart(limit: float, kind: Kind) -> str:
    """Return a difference: of rates in percentage points.

    Examples
    --------
    >>> apart(0.1, "rate"), apart(0.01, "rate"), apart(-0.01234, "rate"), apart(3.5, "loss")
    ('10 points', '1 point', '−1.23 points', '3.5')
    >>> apart(0.3 - 0.1 - 0.2, "rate")
    '0 points'
    """
    if kind != "rate":
        return f"{limit:.4g}".replace("-", "−")
    points = f"{round(100 * limit, 4) + 0.0:.3g}".replace("-", "−")  # never "−0"
    return f"{points} point{'' if points == '1' else 's'}"


def amount(value: float, kind: Kind) -> str:
    """Return an estimate or a bound of a metric."""
    return share(value) if kind == "rate" else f"{value:.4g}".replace("-", "−")


def demand_words(title: str, limit: str, allowed: float, kind: Kind) -> str:
    """Return what one limit demands of a metric.

    Examples
    --------
    >>> demand_words("false negative rate", "at_most", 0.3, "rate")
    'false negative rate at most 30%'
    >>> demand_words("error rate", "rise_at_most", 0.01, "rate")
    'rise of the error rate at most 1 point'
    >>> demand_words("", "at_least_instances", 200, None)
    'at least 200 instances'
    """
    if limit == "at_least_instances":
        return f"at least {allowed:,.0f} instances"
    if limit == "ratio_at_least":
        return f"ratio of the {title} at least {allowed:g}"
    change, _, _ = limit.partition("_at_")
    if change in {"rise", "fall"}:
        return f"{change} of the {title} at most {apart(allowed, kind)}"
    return f"{title} {limit.replace('_', ' ')} {limit_words(allowed, kind)}"


def gap_words(title: str, allowed: float, kind: Kind, worse: str, against: str) -> str:
    """Return what a limit on a gap demands.

    Parameters
    ----------
    title, allowed, kind
        The metric, the limit, and the metric's kind.
    worse
        The direction in which a group is hurt.
    against
        ``rest`` or ``reference``.

    Examples
    --------
    >>> gap_words("error rate", 0.05, "rate", "high", "rest")
    'error rate at most 5 points worse than others'
    >>> gap_words("selection rate", 0.05, "rate", "none", "reference")
    'selection rate at most 5 points away from the reference group'
    """
    way = "away from" if worse == "none" else "worse than"
    other = "the reference group" if against == "reference" else "others"
    return f"{title} at most {apart(allowed, kind)} {way} {other}"


def counted_words(estimate: Estimate, note: MetricNote) -> str:
    """Return what an estimate counts: ``62 of 200 actual positives``."""
    events, exposure = (
        f"{number:,.0f}" if float(number).is_integer() or abs(number) >= MANY else f"{number:,.1f}"
        for number in (estimate.events, estimate.exposure)
    )
    if note.kind == "rate":
        return f"{events} of {exposure} {note.exposure}"
    if note.kind == "score":
        return f"{events} {note.events}, {exposure} {note.exposure}"
    return f"{exposure} {note.exposure}"


def explain(policy: Policy) -> list[str]:
    """Return a policy in sentences: how it judges, then each rule and assertion."""
    said = [
        MODES[policy.mode].format(alpha=share(policy.alpha)),
        f"What is undecided {UNDECIDED[policy.undecided]}.",
        *(rule_words(rule) for rule in policy.rules),
        *assertion_words(policy.table),
    ]
    return [sentence[0].upper() + sentence[1:] for sentence in said]


def rule_words(rule: Rule) -> str:
    """Return what a rule demands, in a sentence."""
    title = rule.metric or "the target"
    demands = [_demanded(rule, limit, allowed, title) for limit, allowed in rule.limits().items()]
    verb = "should have" if rule.severity == "warn" else "must have"
    name = f"{rule.name}: " if rule.name else ""
    warning = "; a failure is only told" if rule.severity == "warn" else ""
    return f"{name}{_subject(rule)} {verb} {' and '.join(demands)}{warning}."


def _demanded(rule: Rule, limit: str, allowed: float, title: str) -> str:
    if limit == "at_least_instances":
        return demand_words("", limit, allowed, None)
    other = "the reference group's" if rule.against == "reference" else "all others'"
    if limit == "ratio_at_least":
        return f"{title} at least {allowed:g} times {other}"
    if rule.gap:
        return f"{title} at most {allowed:g} worse than {other}"
    change, _, _ = limit.partition("_at_")
    if change in {"rise", "fall"}:
        way = "higher" if change == "rise" else "lower"
        return f"{title} at most {allowed:g} {way} than in the baseline"
    return f"{title} {limit.replace('_', ' ')} {allowed:g}"


def _subject(rule: Rule) -> str:
    if rule.groups or rule.gap:
        names = listed(rule.groups or rule.gap)
        return f"each group of {'every breakdown' if EVERY in names else ' and of '.join(names)}"
    if rule.cohort:
        names = listed(rule.cohort)
        return "each cohort" if EVERY in names else f"the cohort {' and the cohort '.join(names)}"
    if rule.regions:
        size = f" of at least {share(rule.min_coverage)} of the instances"
        return f"each confirmed region{size if rule.min_coverage else ''}"
    return WHOLE


def assertion_words(table: TableRules) -> list[str]:
    """Return each assertion on the table, in a sentence."""
    said = []
    if table.at_least_rows:
        said.append(f"the table must have at least {table.at_least_rows:,} rows.")
    if table.columns:
        columns = ", ".join(f"`{column}`" for column in table.columns)
        said.append(f"the table must have the columns {columns}.")
    said += [f"no value of `{column}` may occur twice." for column in table.unique]
    said += [
        f"at most {share(allowed)} of `{column}` may be missing."
        for column, allowed in table.missing_at_most.items()
    ]
    said += [
        f"`{column}` may only be {', '.join(map(str, levels))}."
        for column, levels in table.levels.items()
    ]
    said += [
        f"`{column}` must lie between {low:g} and {high:g}."
        for column, (low, high) in table.range.items()
    ]
    return said
