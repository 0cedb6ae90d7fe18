"""The verdict for a terminal: every judgement with its reason, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from terrain.report.format import clean, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from terrain.gate.verdict import Judgement, Verdict

STYLES = {"failed": "bold red", "warned": "yellow", "undecided": "yellow", "passed": "green"}
"""What became of a demand, worst first, and how it looks."""


def summary(verdict: Verdict) -> RenderableType:
    """Return all judgements and the verdict, for `rich` to print."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("", "demand", "where", "reason"):
        table.add_column(title, overflow="fold")
    for each in worst_first(verdict.judgements):
        word = _word(each)
        cells = (each.demand if each.rule == each.demand else f"{each.rule}: {each.demand}",
                 each.where, each.reason)  # fmt: skip
        table.add_row(Text(word, style=STYLES[word]), *(Text(clean(cell)) for cell in cells))
    parts: list[RenderableType] = [table, *_notes(verdict)]
    parts.append(Text(clean(verdict.headline), style=STYLES[verdict.outcome]))
    return Group(*parts)


def worst_first(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Return judgements by what became of them; those alike stay in their order."""
    order = list(STYLES)
    return sorted(judgements, key=lambda each: order.index(_word(each)))


def _word(judgement: Judgement) -> str:
    return "warned" if judgement.warning and judgement.outcome == "failed" else judgement.outcome


def _notes(verdict: Verdict) -> list[Text]:
    """Return how it was judged."""
    notes = []
    if verdict.baseline is not None:
        notes.append(f"Changes are since {verdict.baseline}.")
    if verdict.false_alarm is not None:
        notes.append(
            "Estimates were compared with limits, blind to chance: at these sizes about "
            f"{percent(verdict.false_alarm)} of benchmarks that just keep every limit, with "
            "groups alike, would fail."
        )
    return [Text(clean(note), style="dim") for note in notes]
