"""From a folder of reports to its overview."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terrain.data.wording import counted
from terrain.errors import OutputError
from terrain.files import write_atomically
from terrain.overview.reports import is_ours, reports_in
from terrain.overview.trends import trends_of
from terrain.publish import refuse_overwriting
from terrain.report.gaps import worst_gaps
from terrain.report.links import relative
from terrain.report.overview_page import Entry, Gap, Overview, Passed, render_overview

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.overview.reports import Found, Report

OVERVIEW = re.compile(rb'<meta name="generator" content="terrain overview">')
"""What stands near the beginning of an overview."""


def write_overview(folder: Path, output: Path | None = None) -> list[str]:
    """Write the overview of a folder's reports, by default as ``index.html`` in it.

    Returns
    -------
    Lines that say what was written where, and what was passed over.

    Raises
    ------
    DataError
        The folder is none, or cannot be looked into.
    OutputError
        The overview cannot be written, or something else stands in its place.
    """
    page = output or folder / "index.html"
    found, skipped = reports_in(folder)
    refuse_overwriting(
        [path for each in found for path in (each.document, each.page) if path], [page]
    )
    if page.is_file() and not is_ours(page, OVERVIEW):
        raise OutputError(
            f"{page} is there already, and is no overview that terrain wrote: name another file "
            "with --output"
        )
    entries = tuple(
        _entry(number, each, folder, page.parent) for number, each in enumerate(found, 1)
    )
    view = Overview(
        folder=folder.resolve().name,
        entries=entries,
        trends=trends_of(found, entries),
        skipped=tuple(Passed(str(path.relative_to(folder)), why) for path, why in skipped),
    )
    content = render_overview(view).encode("utf-8", "replace")
    write_atomically(page, content)
    passed = f", {counted(len(skipped), 'file')} passed over" if skipped else ""
    return [f"{page}: an overview of {counted(len(found), 'report')}{passed}"]


def _entry(number: int, found: Found, folder: Path, beside: Path) -> Entry:
    report = found.report
    return Entry(
        number=number,
        time=found.time,
        benchmark=report.benchmark.name,
        model=report.provenance.settings.model,
        path=str(found.document.relative_to(folder)),
        link=relative(found.page, beside) if found.page else None,
        note=report.metrics[report.target],
        estimate=report.overall[report.target],
        instances=report.benchmark.instances,
        confirmed=report.confirmed,
        grouped=bool(report.breakdowns),
        gap=_gap(report),
    )


def _gap(report: Report) -> Gap | None:
    gaps = worst_gaps(report.groups, report.metrics, report.target, report.method.alpha)
    if not gaps:
        return None
    group, key, difference = gaps[0]
    return Gap(
        group=f"{group.feature} = {group.value}", note=report.metrics[key], difference=difference
    )
