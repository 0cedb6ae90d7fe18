"""The documents of a folder and the pages beside them; what is neither is said to be none."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terrain.data.composition import Composition
from terrain.data.notes import Source
from terrain.errors import DataError
from terrain.files import read_bytes
from terrain.publish import ENDING
from terrain.report import json
from terrain.statistics.findings import Difference, Estimate, MetricNote, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = re.compile(rb'<meta name="generator" content="terrain">')
"""What stands near the beginning of a page that `terrain` wrote of one or several models."""

LOOK = 4096
"""Bytes of a page in which that stands."""


class Folded(msgspec.Struct, frozen=True):
    """Of a further description: the region that stands for it."""

    under: str


class Region(msgspec.Struct, frozen=True):
    """Of a region: whether it was confirmed, and whether it is a further description."""

    status: Status
    folded: Folded | None = None


class Parts(msgspec.Struct, frozen=True):
    """Of a group: what it is called, and its gaps."""

    feature: str
    value: str
    gaps: dict[str, Difference]
    too_few: tuple[str, ...]


class Groups(msgspec.Struct, frozen=True):
    """Of a breakdown: its groups."""

    groups: tuple[Parts, ...]


class Benchmark(msgspec.Struct, frozen=True):
    """Of the benchmark: its name, its size and its files."""

    name: str
    instances: int
    sources: tuple[Source, ...]


class Method(msgspec.Struct, frozen=True):
    """Of the method: the chance of a false finding."""

    alpha: float


class Settings(msgspec.Struct, frozen=True):
    """Of the settings: what the model is called."""

    model: str | None = None


class Provenance(msgspec.Struct, frozen=True):
    """Of where the document comes from: the settings."""

    settings: Settings


class Report(msgspec.Struct, frozen=True):
    """What an overview reads of a document; all else is passed over, which is quick.

    The fields are those of `terrain.document.Terrain`.
    """

    schema_version: int
    target: str
    benchmark: Benchmark
    metrics: dict[str, MetricNote]
    overall: dict[str, Estimate]
    regions: tuple[Region, ...]
    breakdowns: tuple[Groups, ...]
    method: Method
    provenance: Provenance
    compositions: tuple[Composition, ...] = ()

    @property
    def confirmed(self) -> int:
        """How many regions were confirmed, those beneath another one not counted."""
        return sum(one.status in {"failing", "best"} and one.folded is None for one in self.regions)

    @property
    def groups(self) -> list[Parts]:
        """All groups."""
        return [group for breakdown in self.breakdowns for group in breakdown.groups]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A report.

    Attributes
    ----------
    document, page
        Its files; None where there is no page beside the document.
    report
        What is read of it.
    time
        In UTC: when its data last changed or, where these were no files, when the document did.
    """

    document: Path
    page: Path | None
    report: Report
    time: datetime


class Skipped(NamedTuple):
    """A file that is no report, and why."""

    path: Path
    reason: str


def reports_in(folder: Path) -> tuple[list[Found], list[Skipped]]:
    """Return the reports in a folder and in those below it, the newest first, and what is none.

    Folders and files whose name begins with a dot are not looked into.

    Raises
    ------
    DataError
        The folder is none, or cannot be listed.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}: name the one that the reports lie in")
    found: list[Found] = []
    skipped: list[Skipped] = []
    for documents, pages in _files(folder, skipped):
        read = [(path, _read(path, skipped)) for path in documents]
        reports = {path: report for path, report in read if report is not None}
        paired = pages_of(list(reports), pages)
        found += [
            Found(document=path, page=paired.get(path), report=report, time=_time(report, path))
            for path, report in reports.items()
        ]
        alone = [page for page in pages if page not in paired.values()]
        skipped += [Skipped(page, "it is a page without its document beside it") for page in alone]
    found.sort(key=lambda each: (each.time, str(each.document)), reverse=True)
    return found, sorted(skipped)


def pages_of(documents: list[Path], pages: list[Path]) -> dict[Path, Path]:
    """Return the page of each document of a folder that has one.

    It is called like the document; a folder's only page belongs to its only document, whatever
    they are called.

    Examples
    --------
    >>> pages = [Path("a.html"), Path("b.terrain.html")]
    >>> found = pages_of([Path("a.json"), Path("b.json"), Path("c.json")], pages)
    >>> [page.name for page in found.values()]
    ['a.html', 'b.terrain.html']
    """
    if len(documents) == len(pages) == 1:
        return {documents[0]: pages[0]}
    found = {}
    for document in documents:
        names = (f"{document.stem}.html", f"{document.stem}{ENDING}")
        page = next((page for name in names for page in pages if page.name == name), None)
        if page is not None:
            found[document] = page
    return found


def _files(folder: Path, skipped: list[Skipped]) -> Iterator[tuple[list[Path], list[Path]]]:
    """Yield the JSON files and the pages of each folder, in the order of their names."""

    def unreadable(error: OSError) -> None:
        path = Path(error.filename)
        if path == folder:
            raise DataError(f"cannot look into the folder {folder}: {error.strerror}") from error
        skipped.append(Skipped(path, f"cannot look into this folder: {error.strerror}"))

    for here, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = [Path(here, name) for name in sorted(names) if not name.startswith(".")]
        documents = [path for path in paths if path.suffix == ".json"]
        pages = [path for path in paths if path.suffix == ".html" and is_ours(path, PAGE)]
        yield documents, pages


def is_ours(path: Path, mark: re.Pattern[bytes]) -> bool:
    """Whether a file begins as a page of a kind that `terrain` writes."""
    try:
        with path.open("rb") as file:
            return mark.search(file.read(LOOK)) is not None
    except OSError:
        return False


def _read(path: Path, skipped: list[Skipped]) -> Report | None:
    try:
        return json.decode_as(Report, read_bytes(path))
    except DataError as error:
        skipped.append(Skipped(path, str(error).partition("; ")[0]))
        return None


def _time(report: Report, document: Path) -> datetime:
    """Return when what a report speaks of last changed."""
    try:
        times = [datetime.fromisoformat(each.modified or "") for each in report.benchmark.sources]
        return max(time if time.tzinfo else time.replace(tzinfo=UTC) for time in times)
    except ValueError:  # no file, or a document that somebody has changed
        return datetime.fromtimestamp(document.stat().st_mtime, UTC)
