"""How the target of each benchmark went from report to report, and where the benchmark changed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from terrain.announce.trend import change_in_words
from terrain.report.overview_page import Change, Trend
from terrain.statistics.drift import drift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.overview.reports import Found
    from terrain.report.overview_page import Entry


def trends_of(found: Sequence[Found], entries: Sequence[Entry]) -> tuple[Trend, ...]:
    """Return the trend of every benchmark and target that has two reports or more.

    Parameters
    ----------
    found, entries
        The reports, the newest first, and the same as the page shows them.
    """
    series: dict[tuple[str, str], list[tuple[Found, Entry]]] = {}
    for one, entry in zip(found, entries, strict=True):
        series.setdefault((one.report.benchmark.name, one.report.target), []).append((one, entry))
    return tuple(
        Trend(
            benchmark=benchmark,
            entries=tuple(entry for _, entry in pairs[::-1]),
            changes=tuple(_changes(pairs[::-1])),
        )
        for (benchmark, _), pairs in series.items()
        if len(pairs) > 1
    )


def _changes(pairs: Sequence[tuple[Found, Entry]]) -> list[Change]:
    """Return where a benchmark was made otherwise than in the report before; the oldest first.

    Nothing is known of documents that do not say what their benchmark is made of.
    """
    changes = []
    for (before, earlier), (now, later) in pairwise(pairs):
        old, new = before.report, now.report
        if not (old.compositions and new.compositions) or old.compositions == new.compositions:
            continue
        found = drift(old.compositions, new.compositions)
        if found.found:
            words = change_in_words(
                found,
                f"the report of {earlier.day}",
                instances=(old.benchmark.instances, new.benchmark.instances),
            )
            changes.append(Change(entry=later, words=words))
    return changes
