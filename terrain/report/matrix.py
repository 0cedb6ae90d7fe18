"""The gaps of the groups of a breakdown in several metrics at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.document import Group
    from terrain.report.views import Member, MetricTable
    from terrain.statistics.findings import Difference, Estimate, MetricNote

STEPS = 4
"""Steps of the colour scale on either side."""

MOST = 24
"""Groups in the matrix, the largest first."""

Side = Literal["worse", "better", "apart"]
"""To the group's harm, to its favour, or neither."""


@dataclass(frozen=True, kw_only=True)
class GapCell:
    """One group in one metric; `sure` if the gap is confirmed."""

    estimate: Estimate
    gap: Difference | None
    too_few: bool
    side: Side
    step: int
    sure: bool


@dataclass(frozen=True, kw_only=True)
class GapRow:
    """One group in every metric."""

    group: Group
    cells: tuple[GapCell, ...]


@dataclass(frozen=True, kw_only=True)
class GapMatrix:
    """Groups and metrics."""

    notes: tuple[MetricNote, ...]
    rows: tuple[GapRow, ...]


def gap_matrix(tables: Sequence[MetricTable], alpha: float) -> GapMatrix:
    """Return the gaps of the charted metrics; all rates share one scale, any other has its own."""
    charted = [table for table in tables if table.charted]
    rates = _largest([table for table in charted if table.note.kind == "rate"])
    tops = [rates if table.note.kind == "rate" else _largest([table]) for table in charted]
    members = [{member.group.id: member for member in table.members} for table in charted]
    groups = [member.group for member in charted[0].members[:MOST]] if charted else []
    return GapMatrix(
        notes=tuple(table.note for table in charted),
        rows=tuple(
            GapRow(
                group=group,
                cells=tuple(
                    _cell(held[group.id], table.note, top, alpha)
                    for held, table, top in zip(members, charted, tops, strict=True)
                ),
            )
            for group in groups
        ),
    )


def _largest(tables: Sequence[MetricTable]) -> float:
    """Return the size of the largest gap of groups with enough instances."""
    sizes = [
        abs(member.gap.gap)
        for table in tables
        for member in table.members[:MOST]
        if member.gap and member.gap.gap is not None and not member.too_few
    ]
    return max(sizes, default=0.0)


def _cell(member: Member, note: MetricNote, top: float, alpha: float) -> GapCell:
    gap = member.gap
    size = gap.gap if gap and gap.gap is not None else 0.0
    adjusted = gap.p_adjusted if gap else None
    return GapCell(
        estimate=member.estimate,
        gap=gap,
        too_few=member.too_few,
        side=_side(size, note),
        step=min(STEPS, 1 + int(abs(size) / top * STEPS)) if top else 1,
        sure=adjusted is not None and adjusted <= alpha,
    )


def _side(size: float, note: MetricNote) -> Side:
    if note.worse == "none":
        return "apart"
    return "worse" if (size > 0) == (note.worse == "high") else "better"
