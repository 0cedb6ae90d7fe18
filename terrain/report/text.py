"""The answer for a terminal: what was read, what to beware of, and what to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from terrain.data.wording import counted
from terrain.report.features import LEAST
from terrain.report.format import (
    clean,
    denominator,
    gap_interval,
    interval,
    p_value,
    percent,
    value,
)
from terrain.report.format import gap as gap_words
from terrain.report.gaps import harms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from terrain.document import Breakdown, Cohort, Terrain
    from terrain.statistics.findings import Finding, MetricNote

FEWEST_REGIONS = 3
MOST_REGIONS = 5
"""How many regions are shown, where there are so many; the page has all."""

MOST_TELLING = 3
"""Features that are said to explain most."""

KINDS_OF_RIVAL = {"linear": "regression", "tree": "tree"}

SIDE = {"failing": "worse", "best": "better"}

MOST_NAMES = 8
MOST_REASONS = 4
MOST_WARNINGS = 8
MOST_FEATURES = 8
"""Columns, reasons, warnings and sensitive features that are said before the rest is counted."""


def summary(terrain: Terrain) -> RenderableType:
    """Return what a reader at a terminal wants to know, for `rich` to print."""
    parts: list[list[RenderableType]] = [
        [_read(terrain)],
        _warnings(terrain),
        [Text(clean(terrain.headline), style="bold")],
        _regions(terrain),
        _cohorts(terrain),
        _groups(terrain),
        _telling(terrain),
        _rival(terrain),
    ]
    return Group(*(line for part in parts if part for line in (*part, Text(""))))


def _read(terrain: Terrain) -> RenderableType:
    """Return which rows were read, and which column was taken for what."""
    note = terrain.benchmark
    paths = [source.path for source in note.sources]
    rows = counted(note.instances, "instance")
    table = _pairs()
    table.add_row("read", Text(clean(f"{rows} from {_names(paths)}")))
    for role in note.roles:
        columns = f"{len(role.columns)}: " if len(role.columns) > MOST_NAMES else ""
        table.add_row(
            role.role,
            Text.assemble(clean(columns + _names(role.columns)), (f" ({role.because})", "dim")),
        )
    if left_out := _left_out(terrain):
        table.add_row("left out", Text(clean(left_out)))
    for said in note.notes:
        table.add_row("note", Text(clean(said)))
    return table


def _left_out(terrain: Terrain) -> str:
    """Return the columns that nothing is made of, by reason; those with a role stand above."""
    used = {column for role in terrain.benchmark.roles for column in role.columns}
    reasons: dict[str, list[str]] = {}
    for left in terrain.benchmark.left_out:
        if left.column not in used:
            reasons.setdefault(left.reason, []).append(left.column)
    said = [f"{_names(columns)} ({reason})" for reason, columns in reasons.items()]
    more = [f"{len(said) - MOST_REASONS} more reasons in the page"] if said[MOST_REASONS:] else []
    return "; ".join([*said[:MOST_REASONS], *more])


def _warnings(terrain: Terrain) -> list[RenderableType]:
    if not terrain.warnings:
        return []
    table = Table.grid(padding=(0, 1))
    for warned in terrain.warnings[:MOST_WARNINGS]:
        table.add_row(Text("!", style="yellow"), Text(clean(f"{warned.seen} {warned.advice}")))
    more = len(terrain.warnings) - MOST_WARNINGS
    if more > 0:
        table.add_row(
            Text("!", style="yellow"), Text(f"{counted(more, 'more warning')} in the page.")
        )
    return [table]


def _regions(terrain: Terrain) -> list[RenderableType]:
    shown = _worth_reading(terrain.regions)
    if not shown:
        return []
    confirmed = shown[0].confirmed
    title = "Look at these first" if confirmed else "Suspected, but perhaps by chance"
    how = f"measured on unseen instances; {terrain.method.level:.0%} interval"
    how += ", adjusted p" if confirmed else ""
    table = Table.grid(padding=(0, 1))
    for number, finding in enumerate(shown, 1):
        style = "" if finding.confirmed else "dim"
        words = f"{finding.region.words}\n{_evidence(terrain, finding)}"
        table.add_row(Text(f"{number:>2}."), Text(clean(words), style=style))
    more = len(terrain.regions) - len(shown)
    return [Text(f"{title} ({how}):"), table, *more_of(more, "region")]


def _worth_reading(regions: Sequence[Finding]) -> list[Finding]:
    """Return the short list; where it is shorter than three, the next best of the same standing."""
    first = [finding for finding in regions if finding.headline]
    others = [
        finding
        for finding in regions
        if not finding.headline
        and finding.folded is None
        and finding.confirmed == regions[0].confirmed
    ]
    missing = max(0, FEWEST_REGIONS - len(first))
    return [*first, *others[:missing]][:MOST_REGIONS]


def _evidence(terrain: Terrain, finding: Finding) -> str:
    note, measured = terrain.metrics[finding.target], finding.metrics[finding.target]
    status = "" if finding.confirmed else "suspected, not confirmed: "
    elsewhere = f", elsewhere {value(finding.rest, note)}" if finding.rest else ""
    if finding.contradicted(terrain.method.find):
        elsewhere += f", so not {SIDE[terrain.method.find]} there"
    chance = f"; p {equals(finding.p_adjusted)}" if finding.confirmed else ""
    return (
        f"{status}{note.title} {value(measured, note)} ({interval(measured, note)}; "
        f"{denominator(measured, note)}){elsewhere}{_held(finding, note)}; "
        f"{counted(finding.support, 'instance')} in all{chance}"
    )


def _held(finding: Finding, note: MetricNote) -> str:
    if finding.error_coverage is None:
        return ""
    return f"; {percent(finding.error_coverage)} of the {note.events}"


def _cohorts(terrain: Terrain) -> list[RenderableType]:
    """Return the user's own regions, which nobody searched for, so all of them."""
    if not terrain.cohorts:
        return []
    how = f"measured on all instances; {terrain.method.level:.0%} interval, adjusted p"
    table = _pairs()
    for cohort in terrain.cohorts:
        words = cohort.finding.region.words
        said = f"{words}\n" if words != cohort.name else ""
        table.add_row(
            Text(clean(cohort.name)), Text(clean(said + _against_others(terrain, cohort)))
        )
    return [Text(f"Your cohorts ({how}):"), table]


def _against_others(terrain: Terrain, cohort: Cohort) -> str:
    finding, note = cohort.finding, terrain.metrics[terrain.target]
    measured, gap = finding.metrics[terrain.target], cohort.gaps[terrain.target]
    said = f"{note.title} {value(measured, note)}"
    if measured.value is not None:
        said += f" ({interval(measured, note)}; {denominator(measured, note)})"
    if gap.gap is not None:
        said += f", {gap_words(gap.gap, note)} against all others ({gap_interval(gap, note)})"
    said += _held(finding, note)
    said += f"; {counted(finding.support, 'instance')}"
    return said + (f"; p {equals(finding.p_adjusted)}" if finding.p_adjusted is not None else "")


def _groups(terrain: Terrain) -> list[RenderableType]:
    """Return for each sensitive feature the gap that hurts most, if there is one."""
    single = [breakdown for breakdown in terrain.breakdowns if len(breakdown.features) == 1]
    if not single:
        return []
    table = _pairs()
    for breakdown in single[:MOST_FEATURES]:
        table.add_row(Text(clean(breakdown.feature)), Text(clean(_gap(terrain, breakdown))))
    more = len(terrain.breakdowns) - len(single[:MOST_FEATURES])
    title = Text("Largest gap to a group's disadvantage, against all others:")
    return [title, table, *more_of(more, "breakdown")]


def _telling(terrain: Terrain) -> list[RenderableType]:
    """Return in one line the features that explain most of the errors."""
    if not terrain.features:
        return []
    said = [
        f"{note.feature} {percent(note.explained)}"
        for note in terrain.features[:MOST_TELLING]
        if note.explained >= LEAST
    ]
    title = terrain.metrics[terrain.target].title
    line = (
        f"Most telling features alone (share of the {title} explained on unseen instances): "
        f"{', '.join(said)}."
        if said
        else f"No feature alone explains anything to speak of in the {title} on unseen instances."
    )
    return [Text(clean(line))]


def _gap(terrain: Terrain, breakdown: Breakdown) -> str:
    harm = max(
        harms(breakdown.groups, terrain.metrics, terrain.target, terrain.method.alpha),
        key=lambda harm: (harm.metric == terrain.target, harm.at_least),
        default=None,
    )
    if harm is None:
        return "no gap that chance would not explain"
    note, estimate = terrain.metrics[harm.metric], harm.group.finding.metrics[harm.metric]
    return (
        f"{note.title} of {harm.group.value} {value(estimate, note)}, "
        f"{gap_words(harm.gap.gap, note)} ({gap_interval(harm.gap, note)}); "
        f"{denominator(estimate, note)}; p {equals(harm.gap.p_adjusted)}"
    )


def _rival(terrain: Terrain) -> list[RenderableType]:
    """Return in one line what a simple model would do, and where it would do better."""
    rival = terrain.rival
    if rival is None or rival.difference.gap is None:
        return []
    note, gap = terrain.metrics[rival.metric], rival.difference.gap
    does = "errs on" if note.kind == "rate" else "has a mean absolute error of"
    size = gap_words(abs(gap), note).removeprefix("+")
    said = (
        f"A small {KINDS_OF_RIVAL[rival.kind]} {does} {value(rival.rival, note)}, {size} "
        f"{'less' if gap < 0 else 'more'} than the model ({gap_interval(rival.difference, note)})."
    )
    if rival.wins:
        words = "; ".join(win.finding.region.words for win in rival.wins[:FEWEST_REGIONS])
        said += f" It beats the model in {counted(len(rival.wins), 'region')}: {words}."
    return [Text(clean(said))]


def more_of(more: int, noun: str) -> list[RenderableType]:
    """Return a line that says how many more there are; none where there are none."""
    return [Text(f"{counted(more, f'more {noun}')} in the page.", style="dim")] if more > 0 else []


def equals(probability: float | None) -> str:
    """Return what stands behind `p`: "= 0.013" or "< 0.001"."""
    said = p_value(probability)
    return said if said.startswith("<") else f"= {said}"


def _pairs() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", max_width=20)
    table.add_column()
    return table


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
