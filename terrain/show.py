"""The story of `terrain show`: a finding's rows as they are, from the files that were analyzed."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.data.arrow import numbers_of
from terrain.data.benchmark import read_rows
from terrain.data.hidden import Hidden
from terrain.data.membership import inside
from terrain.errors import DataError, UsageError, nearest
from terrain.publish import findings_of, read_document
from terrain.report.redaction import redacted
from terrain.rereading import encodings_again, plan_again, refuse_changed

if TYPE_CHECKING:
    import pyarrow as pa

    from terrain.data.reading.rows import Rows
    from terrain.document import Terrain
    from terrain.statistics.findings import Finding


class Shown(NamedTuple):
    """What is shown of a finding.

    Attributes
    ----------
    table
        Its rows, in the order of the files, as many as were asked for.
    held
        How many rows lie in it.
    said
        A line that says what that is.
    """

    table: pa.Table
    held: int
    said: str


def rows_of(
    document: Path, finding: str, *, limit: int | None = None, changed: bool = False
) -> Shown:
    """Return the rows of a finding, by its conditions.

    Parameters
    ----------
    document
        What `terrain analyze --json` wrote.
    finding
        Its id: ``r3``.
    limit
        Most rows.
    changed
        Whether files may be other than when they were analyzed.

    Raises
    ------
    TerrainError
        There is no such finding, or its rows cannot be had.
    """
    terrain = read_document(document)
    wanted = _finding(terrain, finding)
    rows, count = _rows(terrain, document, changed=changed)
    lacking = [
        c.feature for c in wanted.region.conditions if c.feature not in rows.table.schema.names
    ]
    if lacking:
        raise DataError(f"{_files(rows)} has no column `{lacking[0]}` any more")
    places = np.flatnonzero(inside(wanted.region, rows.table, encodings_again(terrain)))
    table = rows.table.take(places[:limit])
    if terrain.provenance.settings.get("redact"):
        roles = {name: role.role for role in terrain.benchmark.roles for name in role.columns}
        table = redacted(table, {name: role.removesuffix("s") for name, role in roles.items()})
    said = f"{finding} ({wanted.region.words}): {table.num_rows:,} of {len(places):,} rows"
    if count is not None:
        instances = int(numbers_of(rows.table[count])[places].sum())
        said += f", which stand for {instances:,} instances"
    return Shown(table, len(places), said)


def files_of(document: Path) -> list[Path]:
    """Return the files that a document is about."""
    return [Path(source.path) for source in read_document(document).benchmark.sources]


def _rows(terrain: Terrain, document: Path, *, changed: bool) -> tuple[Rows, str | None]:
    """Return the rows of a document's files, each once, and the column that counts them."""
    try:
        plan = plan_again(terrain)
        columns = {*terrain.benchmark.columns, *([plan.count] if plan.count else [])}
        hidden = Hidden(shown=columns if terrain.benchmark.columns else None)
        rows = read_rows(plan.inputs, plan.metadata, plan.on, hidden)
    except DataError as error:
        raise DataError(f"the rows of {document} cannot be had: {error}") from error
    try:
        refuse_changed(terrain, rows.sources)
    except DataError as error:
        if not changed:
            raise DataError(f"{error}; --changed-files takes the files as they are now") from error
    return rows, plan.count


def _finding(terrain: Terrain, name: str) -> Finding:
    known = {finding.id: finding for finding in findings_of(terrain)}
    if name not in known:
        ids = [list(some) for _, some in groupby(known, key=lambda each: each.rstrip("0123456789"))]
        there = ", ".join(some[0] if len(some) == 1 else f"{some[0]} to {some[-1]}" for some in ids)
        raise UsageError(
            f"nothing found is called `{name}`{nearest(name, known) or '.'} There are: {there}"
        )
    return known[name]


def _files(rows: Rows) -> str:
    return ", ".join(source.path for source in rows.sources)
