"""From files, patterns, folders or standard input to one table that knows its rows' sources."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.notes import Source
from terrain.data.reading.joining import join
from terrain.data.reading.opening import modified
from terrain.data.reading.parsing import parsed
from terrain.data.reading.places import STDIN, single_files
from terrain.data.reading.plain import read_plain
from terrain.data.reading.raw import load, unpacked
from terrain.data.reading.rows import Rows
from terrain.data.reading.stacking import stacked
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terrain.data.reading.part import Part

__all__ = ["Rows", "join", "read"]


def read(inputs: Sequence[str], *, columns: Collection[str] | None = None) -> Rows:
    """Read CSV, TSV, JSON Lines, Parquet or Arrow files, compressed or not, as one table.

    Parameters
    ----------
    inputs
        Files, glob patterns, folders, or ``-`` for standard input.
    columns
        The wanted ones; None for all.

    Raises
    ------
    DataError
        When an input is missing, empty, damaged or no table; when files differ in their columns;
        when a wanted column is not there; when there is no row.
    """
    paths = single_files(list(inputs))
    with ThreadPoolExecutor(1) as hashing:
        read_parts = [_read_file(path, columns, hashing) for path in paths]
    parts = [part for part, _ in read_parts]
    sources = tuple(source for _, source in read_parts)
    table, mixed = stacked(parts, paths)
    if table.num_rows == 0:
        these = paths[0] if len(paths) == 1 else f"each of the {len(paths):,} files"
        raise DataError(f"{these} has a header but no rows; give a table with instances in it")
    counts = [source.instances for source in sources]
    empty = [f"{s.path} has a header but no rows" for s in sources if s.instances == 0]
    return Rows(
        table=table,
        sources=sources,
        source=np.repeat(np.arange(len(sources), dtype=np.uint32), counts),
        record=np.concatenate([np.arange(count, dtype=np.int64) for count in counts]),
        line=np.concatenate([_lines(part) for part in parts]),
        warnings=tuple(dict.fromkeys([w for part in parts for w in part.warnings] + mixed)),
        notes=tuple([note for part in parts for note in part.notes] + empty),
    )


def _read_file(
    path: str, columns: Collection[str] | None, hashing: ThreadPoolExecutor
) -> tuple[Part, Source]:
    plain = None if path == STDIN else read_plain(path, columns)
    if plain is not None:
        return plain.part, _source(path, plain.part, plain.sha256, plain.size, modified(path))
    raw = load(path)
    # Hashing releases the interpreter's lock, so it runs beside the parsing.
    digest = hashing.submit(lambda: hashlib.sha256(raw.packed).hexdigest())
    part = parsed(path, unpacked(raw), columns)
    return part, _source(path, part, digest.result(), len(raw.packed), raw.modified)


def _source(path: str, part: Part, sha256: str, size: int, changed: str | None) -> Source:
    return Source(
        path=path, sha256=sha256, bytes=size, modified=changed, instances=part.table.num_rows
    )


def _lines(part: Part) -> np.ndarray:
    return np.zeros(part.table.num_rows, np.int64) if part.line is None else part.line
