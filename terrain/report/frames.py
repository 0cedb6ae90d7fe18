"""What was found as data frames: one row a finding, numbers as numbers.

Shares and rates run from 0 to 1. What is undefined or was not tested is missing (NaN).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from terrain.document import Group, Terrain
    from terrain.statistics.findings import Difference, Estimate, Finding

REGION = (
    *("id", "region", "status", "support", "coverage", "error_coverage", "target"),
    *("value", "low", "high", "events", "exposure", "found_at", "lift"),
    *("gap", "gap_low", "gap_high", "p_adjusted", "measured_on", "found_by"),
)
"""Columns of every table of regions, before one for each further metric.

``value`` is the target, between ``low`` and ``high``: ``events`` over ``exposure``; ``found_at`` is
what the search saw, ``gap`` the difference to all other instances.
"""

NODE = ("id", "parent", "depth", "leaf", "condition")
COHORT = ("id", "name")
GROUP = (
    *("id", "feature", "group", "support", "coverage", "metric", "value", "low", "high"),
    *("events", "exposure", "gap", "gap_low", "gap_high", "ratio", "p_adjusted", "too_few"),
)
"""Columns of the table of groups: a row for each group and metric."""


def regions(terrain: Terrain) -> pd.DataFrame:
    """Return the regions, ranked; ``under`` is the region that a further description belongs to."""
    rows = [
        {**_region(terrain, one), "under": one.folded.under if one.folded else None}
        for one in terrain.regions
    ]
    return _frame(rows, (*REGION, "under", *_others(terrain)))


def tree(terrain: Terrain) -> pd.DataFrame:
    """Return the nodes of the tree; ``condition`` leads to a node from its parent."""
    rows: dict[str, dict[str, Any]] = {}
    for node in terrain.tree.nodes:
        rows[node.finding.id] = {
            **_region(terrain, node.finding),
            "parent": node.parent,
            "depth": rows[node.parent]["depth"] + 1 if node.parent else 0,
            "leaf": not node.children,
            "condition": node.condition.words() if node.condition else None,
        }
    return _frame(list(rows.values()), (*NODE, *REGION[1:], *_others(terrain)))


def cohorts(terrain: Terrain) -> pd.DataFrame:
    """Return the user's own regions."""
    rows = [
        {
            **_region(terrain, one.finding),
            **_gap(one.gaps.get(terrain.target)),
            "name": one.name,
        }
        for one in terrain.cohorts
    ]
    return _frame(rows, (*COHORT, *REGION[1:], *_others(terrain)))


def groups(terrain: Terrain) -> pd.DataFrame:
    """Return the groups of sensitive features; ``gap`` is to all other instances."""
    rows = [
        _group(group, metric, estimate)
        for breakdown in terrain.breakdowns
        for group in breakdown.groups
        for metric, estimate in group.finding.metrics.items()
    ]
    return _frame(rows, GROUP)


def _group(group: Group, metric: str, estimate: Estimate) -> dict[str, Any]:
    return {
        "id": group.id,
        "feature": group.feature,
        "group": group.value,
        "support": group.finding.support,
        "coverage": group.finding.coverage,
        "metric": metric,
        **_estimate(estimate),
        **_gap(group.gaps.get(metric)),
        "too_few": metric in group.too_few,
    }


def _others(terrain: Terrain) -> dict[str, str]:
    """Return the metrics that have a column of their own beside the target, by that column.

    A metric of the user's may be called like one of ours.
    """
    taken = {*REGION, *NODE, *COHORT, "under"}
    return {
        f"{name}_metric" if name in taken else name: name
        for name in terrain.metrics
        if name != terrain.target
    }


def _region(terrain: Terrain, finding: Finding) -> dict[str, Any]:
    found = finding.discovery
    return {
        "id": finding.id,
        "region": finding.region.words,
        "status": finding.status,
        "support": finding.support,
        "coverage": finding.coverage,
        "error_coverage": finding.error_coverage,
        "target": finding.target,
        **_estimate(finding.metrics[finding.target]),
        "found_at": found.value if found else None,
        "lift": finding.lift,
        **_gap(finding.gap),
        "p_adjusted": finding.p_adjusted,
        "measured_on": finding.measured_on,
        "found_by": finding.found_by,
        **{
            column: finding.metrics[name].value
            for column, name in _others(terrain).items()
            if name in finding.metrics
        },
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        name: getattr(estimate, name) for name in ("value", "low", "high", "events", "exposure")
    }


def _gap(gap: Difference | None) -> dict[str, Any]:
    if gap is None:
        return {}
    return {
        "gap": gap.gap,
        "gap_low": gap.low,
        "gap_high": gap.high,
        "ratio": gap.ratio,
        "p_adjusted": gap.p_adjusted,
    }


WORDS = frozenset(
    ("id", "region", "status", "target", "measured_on", "found_by", "under", "parent", "name")
) | {"condition", "feature", "group", "metric"}
WHOLE = frozenset(("support", "depth"))
TRUTH = frozenset(("leaf", "too_few"))


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a data frame whose types depend on the columns alone."""
    frame = pd.DataFrame(rows, columns=list(columns))
    return frame.astype({name: _type(name) for name in columns})


def _type(name: str) -> str:
    if name in WORDS:
        return "object"
    return "int64" if name in WHOLE else "bool" if name in TRUTH else "float64"
