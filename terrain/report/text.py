"""The answer for a terminal: a headline, four tables at most, and what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from terrain.report.format import clean, count, denominator, interval, p_value, percent, value
from terrain.report.format import gap as gap_words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from terrain.document import Breakdown, Terrain
    from terrain.statistics.findings import Finding

REGIONS = 10
"""Regions that are listed; the page has all."""

GROUPS = 12
"""Groups of a breakdown that are listed, the largest first."""


def summary(terrain: Terrain) -> RenderableType:
    """Return the findings for `rich` to print; on anything but a terminal they are plain text."""
    parts: list[RenderableType] = [Text(clean(terrain.headline), style="bold"), _overall(terrain)]
    if terrain.regions:
        parts.append(_regions(terrain))
    parts += [_breakdown(terrain, breakdown) for breakdown in terrain.breakdowns]
    parts += [
        Text.assemble(("! ", "yellow"), clean(f"{warned.seen} {warned.advice}"))
        for warned in terrain.warnings
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _table(title: str) -> Table:
    return Table(
        title=Text(clean(title), style="bold"),
        title_justify="left",
        box=box.SIMPLE,
        pad_edge=False,
    )


def _overall(terrain: Terrain) -> Table:
    table = _table("All instances")
    table.add_column("metric")
    for title in ("value", "95% interval", "counted"):
        table.add_column(title, justify="right")
    for key, note in terrain.metrics.items():
        if key in terrain.overall:
            estimate = terrain.overall[key]
            shown = "n/a" if estimate.value is None else value(estimate, note)
            table.add_row(
                Text(clean(note.title)),
                shown,
                interval(estimate, note),
                Text(clean(denominator(estimate, note))),
            )
    return table


def _regions(terrain: Terrain) -> Table:
    table = _table(f"Regions by {terrain.metrics[terrain.target].title}")
    table.add_column("")
    table.add_column("region", overflow="fold")
    for title in (
        "found at",
        "measured at",
        "95% interval",
        "instances",
        "of errors",
        "adjusted p",
    ):
        table.add_column(title, justify="right")
    for finding in terrain.regions[:REGIONS]:
        failing = finding.status == "failing"
        table.add_row(
            "failing" if failing else "suspected",
            Text(clean(finding.region.words)),
            *_evidence(terrain, finding),
            count(finding.support),
            percent(finding.error_coverage),
            p_value(finding.p_adjusted) if failing else "",
            style="" if failing else "dim",
        )
    if len(terrain.regions) > REGIONS:
        table.caption = f"{len(terrain.regions) - REGIONS} more in the page"
    return table


def _evidence(terrain: Terrain, finding: Finding) -> tuple[str, str, str]:
    note, measured = terrain.metrics[finding.target], finding.metrics[finding.target]
    found = value(finding.discovery, note) if finding.discovery else ""
    return found, value(measured, note), interval(measured, note)


def _breakdown(terrain: Terrain, breakdown: Breakdown) -> Table:
    note = terrain.metrics[terrain.target]
    table = _table(f"{note.title.capitalize()} by {breakdown.feature}")
    table.add_column("group", overflow="fold")
    for title in (note.title, "95% interval", "counted", "gap to others", "adjusted p"):
        table.add_column(Text(clean(title)), justify="right")
    for group in breakdown.groups[:GROUPS]:
        estimate = group.finding.metrics[terrain.target]
        gap = group.gaps.get(terrain.target)
        few = terrain.target in group.too_few
        table.add_row(
            Text(clean(group.value)),
            "too few" if few else value(estimate, note),
            interval(estimate, note),
            Text(clean(denominator(estimate, note))),
            gap_words(gap.gap if gap else None, note),
            p_value(gap.p_adjusted if gap else None),
            style="dim" if few else "",
        )
    if len(breakdown.groups) > GROUPS:
        table.caption = f"{len(breakdown.groups) - GROUPS} more in the page"
    return table
