"""The matrix of gaps: every group in every charted metric, and how sure it is."""

from __future__ import annotations

import re

import pytest
import report_examples

from terrain.report import format as words_of
from terrain.report.arrange import page_view
from terrain.report.matrix import STEPS, GapCell
from terrain.report.page import render


@pytest.fixture(scope="module")
def cells() -> list[tuple[str, GapCell]]:
    """Return every cell of the first breakdown with its metric's title."""
    matrix = page_view(report_examples.compas()[0]).breakdowns[0].matrix
    return [
        (note.title, cell)
        for row in matrix.rows
        for note, cell in zip(matrix.notes, row.cells, strict=True)
    ]


def test_each_group_is_there_with_every_charted_metric() -> None:
    one = page_view(report_examples.compas()[0]).breakdowns[0]
    charted = [table for table in one.tables if table.charted]
    assert [note.title for note in one.matrix.notes] == [table.note.title for table in charted]
    assert [row.group.id for row in one.matrix.rows] == [g.id for g in one.breakdown.groups]
    for row in one.matrix.rows:
        held = [m for table in charted for m in table.members if m.group.id == row.group.id]
        assert [cell.gap for cell in row.cells] == [member.gap for member in held]


def test_colour_is_the_size_and_the_harm(cells: list[tuple[str, GapCell]]) -> None:
    sizes = {}
    for title, cell in cells:
        if cell.gap is None or cell.gap.gap is None or cell.too_few:
            continue
        sizes[abs(cell.gap.gap)] = cell.step
        if title == "selection rate":
            assert cell.side == "apart"
        else:
            harmed = cell.gap.gap > 0 if title != "precision" else cell.gap.gap < 0
            assert cell.side == ("worse" if harmed else "better")
    steps = [sizes[size] for size in sorted(sizes)]
    assert steps == sorted(steps)
    assert steps[-1] == STEPS


def test_only_confirmed_gaps_are_sure_and_small_groups_say_too_few(
    cells: list[tuple[str, GapCell]],
) -> None:
    alpha = report_examples.compas()[0].method.alpha
    for _, cell in cells:
        adjusted = cell.gap.p_adjusted if cell.gap else None
        assert cell.sure == (adjusted is not None and adjusted <= alpha)
    assert {cell.sure for _, cell in cells} == {True, False}
    page = render(report_examples.compas()[0], None)
    table = page.split('class="grid gaps"')[1].split("</table>")[0]
    assert table.count("too few") == sum(cell.too_few for _, cell in cells) > 0
    unsure = [c for _, c in cells if not c.sure and not c.too_few and c.gap and c.gap.gap]
    assert len(re.findall(r'<td class="[a-z]+-\d unsure"', table)) == len(unsure)
    note = page_view(report_examples.compas()[0]).note
    first = cells[0][1].gap
    assert first is not None
    assert words_of.gap(first.gap, note).removesuffix(" points") in table
