"""The verdict as Markdown that GitHub and GitLab render; names in it are text, never markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terrain.announce.standing import BREAKING, worst_first
from terrain.data.wording import counted
from terrain.report.format import clean, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terrain.announce.places import Link
    from terrain.announce.standing import Standing
    from terrain.gate.verdict import Judgement, Verdict

MOST_ROWS = 200
"""Judgements that are listed; GitHub refuses a summary beyond 1 MiB."""

LONGEST = 400
"""Letters of a cell; a name may be longer than a page."""

SIGNS: dict[Standing, str] = {
    "failed": "❌ failed",
    "undecided": "❔ undecided",
    "warning": "⚠️ warning",
    "excused": "❔ undecided, let pass",
    "passed": "✅ passed",
}

MARKUP = re.compile(r"([\\`*_\[\]|~$])")
MENTION = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
"""Where a zero-width space keeps a name from notifying a person or becoming a link."""


def escaped(text: str) -> str:
    r"""Return text of which Markdown makes nothing but that text, on one line.

    Examples
    --------
    >>> escaped("a|b `c` <script>\nd & *e*")
    'a\\|b \\`c\\` &lt;script&gt; d &amp; \\*e\\*'
    """
    line = " ".join(clean(text).split())
    plain = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MENTION.sub("&#8203;", MARKUP.sub(r"\\\1", plain))


def markdown(verdict: Verdict, link: Link | None = None, further: Sequence[str] = ()) -> str:
    """Return the verdict as Markdown, what broke the build first.

    Parameters
    ----------
    verdict
        What the gate concluded.
    link
        To the page.
    further
        Blocks of Markdown that follow: the trend, what changed in the benchmark.
    """
    ranked = worst_first(verdict)
    kept = [pair for pair in ranked if pair[0] == "passed"]
    others = [pair for pair in ranked if pair[0] != "passed"]
    blocks = [f"### {_sign(verdict)} {escaped(verdict.headline)}", _about(verdict, link)]
    if others:
        blocks.append(_table(others))
    if kept:
        title = f"{counted(len(kept), 'demand')} kept"
        blocks.append(f"<details><summary>{title}</summary>\n\n{_table(kept)}\n\n</details>")
    return "\n\n".join([*blocks, *further]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sign(verdict: Verdict) -> str:
    broken = verdict.exit_code != 0 or verdict.outcome == "passed"
    return SIGNS[verdict.outcome if broken else "warning"].split()[0]


def _about(verdict: Verdict, link: Link | None) -> str:
    chance = (
        f"every limit exactly kept would fail in {percent(verdict.false_alarm)} of cases"
        if verdict.false_alarm is not None
        else f"chance of any false failure at most {percent(verdict.alpha)}"
    )
    facts = [
        f"{escaped(verdict.benchmark)}, {counted(verdict.instances, 'instance')}",
        f"mode {verdict.mode}: {chance}",
        *([f"compared with {escaped(verdict.baseline)}"] if verdict.baseline else []),
        *([f"[{escaped(link.text)}](<{link.address}>)"] if link else []),
    ]
    return " · ".join(facts)


def _table(ranked: Sequence[tuple[Standing, Judgement]]) -> str:
    rows = [
        (SIGNS[stands], *map(_cell, (_demanded(each), each.where, each.reason)))
        for stands, each in ranked[:MOST_ROWS]
    ]
    shown = table(("", "demand", "where", "why"), rows)
    more = ranked[MOST_ROWS:]
    breaking = sum(stands in BREAKING for stands, _ in more)
    told = f", {breaking:,} of them failed or undecided" if breaking else ""
    return f"{shown}\n\n{len(more):,} more in the page{told}." if more else shown


def _demanded(judgement: Judgement) -> str:
    """Return what is demanded, after the rule's own name where it has one."""
    if judgement.rule == judgement.demand:
        return judgement.demand
    return f"{judgement.rule}: {judgement.demand}"


def _cell(text: str) -> str:
    return escaped(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
