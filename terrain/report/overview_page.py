"""The overview of a folder of reports: one HTML file with a table of them, and their trends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrain.report.page import filled
from terrain.report.trend_chart import MOST, trend_chart

if TYPE_CHECKING:
    from datetime import datetime

    from terrain.statistics.findings import Difference, Estimate, MetricNote

SCRIPTS = ("report.js", "sorting.js")

SHOWN = 200
"""Files that were passed over and are named."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The largest gap of a report that chance does not explain."""

    group: str
    note: MetricNote
    difference: Difference


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A report.

    Attributes
    ----------
    number
        1 for the newest; part of its address.
    time
        In UTC.
    benchmark, model
        What they are called; a model need not have a name.
    path, link
        The document, relative to the folder; the page's address, None where there is no page.
    note, estimate
        The target, on all instances.
    instances, confirmed
        How many there are; regions that were confirmed.
    grouped, gap
        Whether groups were compared, and the largest gap among them that is confirmed.
    """

    number: int
    time: datetime
    benchmark: str
    model: str | None
    path: str
    link: str | None
    note: MetricNote
    estimate: Estimate
    instances: int
    confirmed: int
    grouped: bool
    gap: Gap | None

    @property
    def anchor(self) -> str:
        """Return the part of the address behind `#`, which is the row's id too."""
        return f"report={self.number}"

    @property
    def day(self) -> str:
        """Return its time as a person reads it."""
        return f"{self.time:%Y-%m-%d %H:%M}"

    @property
    def name(self) -> str:
        """Return what it is called where there is little room."""
        return self.model or self.path


@dataclass(frozen=True, kw_only=True)
class Change:
    """That a benchmark is made otherwise than in the report before."""

    entry: Entry
    words: str


@dataclass(frozen=True, kw_only=True)
class Trend:
    """The reports of one benchmark and target, the oldest first."""

    benchmark: str
    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]

    @property
    def drawn(self) -> tuple[Entry, ...]:
        """Return those that the chart shows."""
        return self.entries[-MOST:]


@dataclass(frozen=True)
class Passed:
    """A file that is no report, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything on the page."""

    folder: str
    entries: tuple[Entry, ...]
    trends: tuple[Trend, ...]
    skipped: tuple[Passed, ...]

    @property
    def benchmarks(self) -> int:
        """Return how many benchmarks there are."""
        return len({entry.benchmark for entry in self.entries})


def render_overview(view: Overview) -> str:
    """Return the page as HTML text; the same reports give the same text."""
    return filled("overview.html.j2", SCRIPTS, view=view, trend_chart=trend_chart, shown=SHOWN)
