"""How the target went over the runs of a history, and whether the benchmark itself changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.announce.markdown import escaped, table
from terrain.data.wording import counted
from terrain.report.format import interval, percent, value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.announce.history import Run
    from terrain.statistics.drift import Drift
    from terrain.statistics.findings import Estimate, MetricNote

BARS = "▁▂▃▄▅▆▇█"
UNDEFINED = "·"

MOST_SHIFTS = 4
"""Columns that are named before the rest is counted."""


def sparkline(estimates: Sequence[Estimate]) -> str:
    """Return a bar for each estimate.

    The scale spans the intervals, not the estimates: what is within chance looks level.

    Examples
    --------
    >>> from terrain.statistics.findings import Estimate
    >>> def rate(value, low, high):
    ...     return Estimate(value=value, low=low, high=high, events=1, exposure=9)
    >>> sparkline([rate(0.10, 0.05, 0.2), rate(0.11, 0.05, 0.2), rate(0.5, 0.4, 0.6)])
    '▁▁▇'
    """
    ends = [
        end for each in estimates for end in (each.low, each.value, each.high) if end is not None
    ]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    step = (high - low) / len(BARS)
    return "".join(
        UNDEFINED
        if each.value is None
        else BARS[min(int((each.value - low) / step), len(BARS) - 1) if step else len(BARS) // 2]
        for each in estimates
    )


def in_words(runs: Sequence[Run], note: MetricNote) -> str:
    """Return the trend of the target in one line; the last run is this one."""
    estimates = [run.overall[run.target] for run in runs]
    said = f"{note.title} over {counted(len(runs), 'run')}: {sparkline(estimates)}  "
    first, last = runs[0], runs[-1]
    return said + " → ".join(
        f"{value(run.overall[run.target], note)} ({run.day})"
        for run in ([first, last] if len(runs) > 1 else [last])
    )


def as_markdown(runs: Sequence[Run], note: MetricNote) -> str:
    """Return the trend as a block of Markdown; the last run is this one."""
    head = ("run (UTC)", escaped(note.title), "95% interval", "instances", "verdict")
    rows = [
        (
            run.day,
            escaped(value(run.overall[run.target], note)),
            interval(run.overall[run.target], note),
            f"{run.instances:,}",
            run.outcome,
        )
        for run in reversed(runs)
    ]
    line = sparkline([run.overall[run.target] for run in runs])
    return f"**Trend** {line}\n\n{table(head, rows)}"


def change_in_words(found: Drift, since: str, *, instances: tuple[int, int]) -> str:
    """Return whether the benchmark changed, and what that means for differences in rates.

    Parameters
    ----------
    found
        What differs.
    since
        What it is compared with, in words: ``the run of 2026-11-01 09:30``.
    instances
        How many there were then, and are now.
    """
    before, now = instances
    if not (found.compared or found.lost or found.incomparable):
        return f"Whether the benchmark changed since {since} is not known: that says nothing of it."
    sizes = f" ({before:,} instances then, {now:,} now)" if before != now else ""
    if not found.found:
        return (
            f"The benchmark is made as in {since}{sizes}: no shift in "
            f"{counted(found.compared, 'column')}. A difference in rates then speaks of "
            "the model, or of chance."
        )
    said = [
        f"{each.column}: PSI {each.stability:.2f} ({each.part} {percent(each.before)} → "
        f"{percent(each.now)})"
        for each in found.shifts[:MOST_SHIFTS]
    ]
    more = len(found.shifts) - MOST_SHIFTS
    said += [f"{counted(more, 'more column')} shifted"] if more > 0 else []
    for words, names in (
        ("not there before", found.gained),
        ("not there any more", found.lost),
        ("divided anew, so not compared", found.incomparable),
    ):
        said += [f"{', '.join(names)}: {words}"] if names else []
    return (
        f"The benchmark changed since {since}{sizes}: {'; '.join(said)}. Differences in rates may "
        "come from that, not from the model."
    )
