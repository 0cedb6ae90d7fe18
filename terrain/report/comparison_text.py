"""The answer of a comparison for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from terrain.data.wording import counted
from terrain.report.format import amount, clean, gap, gap_interval, interval, percent, value
from terrain.report.text import MOST_REGIONS, MOST_WARNINGS, equals, more_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from terrain.comparison import Compared, Comparison, Standing
    from terrain.statistics.changes import Change
    from terrain.statistics.findings import MetricNote

TITLES = {
    "worse": "Got worse",
    "better": "Got better",
    "suspected": "Suspected, but perhaps by chance",
}
"""By status of a region."""

SHOWN_METRICS = 12
MOST_PLACES = 12
"""Metrics and groups that are shown; the page has all."""


def summary(comparison: Comparison) -> RenderableType:
    """Return what a reader at a terminal wants to know, for `rich` to print."""
    parts: list[list[RenderableType]] = [
        [Text(clean(comparison.pairing.said))],
        _warnings(comparison),
        [Text(clean(comparison.headline), style="bold")],
        _metrics(comparison),
        *(_regions(comparison, status) for status in TITLES),
        _places(comparison, "Your cohorts", comparison.cohorts),
        _places(comparison, "Groups", [g for each in comparison.groups for g in each.groups]),
        _board(comparison),
    ]
    return Group(*(line for part in parts if part for line in (*part, Text(""))))


def _warnings(comparison: Comparison) -> list[RenderableType]:
    table = Table.grid(padding=(0, 1))
    for warned in comparison.warnings[:MOST_WARNINGS]:
        table.add_row(Text("!", style="yellow"), Text(clean(f"{warned.seen} {warned.advice}")))
    more = len(comparison.warnings) - MOST_WARNINGS
    return [table, *more_of(more, "warning")] if comparison.warnings else []


def _metrics(comparison: Comparison) -> list[RenderableType]:
    if comparison.overall is None:
        return []
    table = Table.grid(padding=(0, 2))
    table.add_row(
        "", *(Text(clean(model.name), style="dim") for model in comparison.models), "", ""
    )
    shown = list(comparison.overall.metrics.items())
    for name, change in shown[:SHOWN_METRICS]:
        note, difference = comparison.metrics[name], change.difference
        table.add_row(
            Text(clean(note.title)),
            amount(change.old.value, note),
            amount(change.new.value, note),
            gap(difference.gap, note),
            Text(f"{gap_interval(difference, note)}; p {equals(difference.p_value)}", style="dim"),
        )
    lines: list[RenderableType] = [table, *more_of(len(shown) - SHOWN_METRICS, "metric")]
    if comparison.overall.flips:
        said = (
            f"{note.title} {value(comparison.overall.flips[name], note)}"
            for name, note in comparison.flip_notes.items()
        )
        lines.append(Text(f"Flips: {', '.join(said)}."))
    return lines


def _regions(comparison: Comparison, status: str) -> list[RenderableType]:
    found = [region for region in comparison.regions if region.status == status]
    if not found:
        return []
    how = (
        "" if status == "suspected" else " (measured on unseen instances; 95% interval, adjusted p)"
    )
    most = 3 if status == "suspected" else MOST_REGIONS
    table = Table.grid(padding=(0, 1))
    for number, region in enumerate(found[:most], 1):
        words = f"{region.words}\n{_evidence(comparison, region)}"
        table.add_row(
            Text(f"{number:>2}."), Text(clean(words), style="dim" if status == "suspected" else "")
        )
    return [Text(f"{TITLES[status]}{how}:"), table, *more_of(len(found) - most, "region")]


def _evidence(comparison: Comparison, region: Compared) -> str:
    note = comparison.metrics[comparison.target]
    change = region.metrics[comparison.target]
    said = _changed(change, note)
    flips = [
        f"{region.flips[name].events:,.0f} {comparison.flip_notes[name].events}"
        for name in ("newly_wrong", "newly_right", "risen", "fallen")
        if name in region.flips
    ]
    chance = "" if region.p_adjusted is None else f"; p {equals(region.p_adjusted)}"
    size = f"{counted(region.support, 'instance')} ({percent(region.coverage)})"
    return f"{note.title} {said}; {', '.join(flips)}; {size} in all{chance}"


def _changed(change: Change, note: MetricNote) -> str:
    difference = change.difference
    return (
        f"{amount(change.old.value, note)} → {amount(change.new.value, note)}, "
        f"{gap(difference.gap, note)} ({gap_interval(difference, note)})"
    )


def _places(comparison: Comparison, title: str, places: Sequence[Compared]) -> list[RenderableType]:
    if not places:
        return []
    note, table = comparison.metrics[comparison.target], Table.grid(padding=(0, 2))
    for place in places[:MOST_PLACES]:
        change = place.metrics[comparison.target]
        p = change.difference.p_adjusted
        table.add_row(
            Text(clean(place.words)),
            Text(f"{note.title} {_changed(change, note)}; p {equals(p)}"),
        )
    more = more_of(len(places) - MOST_PLACES, "place")
    return [Text(f"{title} ({note.title}, old → new; adjusted p):"), table, *more]


def _board(comparison: Comparison) -> list[RenderableType]:
    if not comparison.leaderboard:
        return []
    note, table = comparison.metrics[comparison.target], Table.grid(padding=(0, 2))
    table.add_row("", *(Text(clean(model.name), style="dim") for model in comparison.models))
    for place in comparison.leaderboard[:MOST_PLACES]:
        cells = (_cell(place, model.name, note) for model in comparison.models)
        table.add_row(Text(clean(place.words)), *cells)
    more = more_of(len(comparison.leaderboard) - MOST_PLACES, "place")
    return [Text(f"{note.title} (* lowest, ~ not to be told from it):"), table, *more]


def _cell(place: Standing, model: str, note: MetricNote) -> Text:
    found = place.target[model]
    mark = "*" if model == place.best else "~" if model in place.level_with else " "
    style = "bold" if mark != " " else ""
    return Text(f"{mark}{amount(found.value, note)} ({interval(found, note)})", style=style)
