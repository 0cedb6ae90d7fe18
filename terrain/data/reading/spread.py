"""Files as pieces, wherever an engine reads them; never as one table."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from terrain.data.notes import TABLE, Source
from terrain.data.reading.blocks import (
    Block,
    ParsedBlock,
    WholeFile,
    blocks_of,
    parsed,
)
from terrain.data.reading.opening import modified, opened
from terrain.data.reading.raw import COMPRESSIONS, UTF16, format_of
from terrain.data.reading.stacking import common_schema
from terrain.data.reading.stretches import FilePiece, Nothing, Slot, arrow_note, parquet_note
from terrain.data.reading.tables import TableStretch, digest_of, streams_of, stretch_of
from terrain.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.notes import Warned
    from terrain.data.pieces import Piece
    from terrain.data.reading.stretches import Stretch
    from terrain.engines import Engine, Home

HEAD = 4096
"""Bytes that tell a format."""


class Spread(NamedTuple):
    """The rows of files as pieces; see `Rows`."""

    pieces: Engine[Piece]
    total: int
    sources: tuple[Source, ...]
    warnings: tuple[Warned, ...]
    notes: tuple[str, ...]


class _Described(NamedTuple):
    """A stretch without its rows."""

    rows: int
    schema: pa.Schema
    warnings: tuple[Warned, ...] = ()
    notes: tuple[str, ...] = ()


class _Cut(NamedTuple):
    """A file cut into what can be read by itself; `described` where the file itself says so."""

    parts: tuple[Any, ...]
    described: tuple[_Described, ...] | None = None


def spread(paths: Sequence[str], home: Home) -> Spread:
    """Return the rows of files as pieces.

    Parameters
    ----------
    paths
        Of files, each once.
    home
        Where they are read.

    Raises
    ------
    DataError
        A file is missing, empty, damaged or no table; files differ in their columns; there is no
        row.
    """
    files = home.hold(paths)
    with ThreadPoolExecutor(1) as beside:
        told = beside.submit(files.map, _source)
        cuts = files.map(_cut)
        file_of = [number for number, cut in enumerate(cuts) for _ in cut.parts]
        stretches: Engine[Stretch] = home.hold([part for cut in cuts for part in cut.parts])
        if all(cut.described is not None for cut in cuts):
            described = [each for cut in cuts for each in cut.described or ()]
        else:
            stretches = stretches.bind(_read)
            described = stretches.map(_describe)
        rows = _Rows(file_of, described, paths)
        sources = told.result()
    pieces = stretches.bind(FilePiece, home.hold(rows.slots()))
    return rows.spread(pieces, sources)


def spread_table(name: str, home: Home) -> Spread:
    """Return the rows of a table that a home knows, as pieces; see `spread`.

    Parameters
    ----------
    name
        The input: `TABLE`, and what the table is called where it lies.

    Raises
    ------
    UsageError
        The home knows no tables.
    EngineError
        There is no such table.
    DataError
        It has no row.
    """
    if not hasattr(home, "table"):
        raise UsageError(f"{name} is the name of a table, which --engine spark reads")
    streams: Engine[tuple[bytes, int]] = home.table(name.removeprefix(TABLE), streams_of)
    stretches = streams.bind(stretch_of)
    described = stretches.map(_describe)
    if not described:
        raise DataError(f"{name} has no rows; give a table with instances in it")
    rows = _Rows([0] * len(described), described, [name])
    digest, size = digest_of(stretches.map(TableStretch.size))
    source = Source(path=name, sha256=digest, bytes=size, modified=None, instances=0)
    return rows.spread(stretches.bind(partial(_in_its_slot, slots=rows.slots())), [source])


def _in_its_slot(stretch: TableStretch, slots: Sequence[Slot]) -> FilePiece:
    return FilePiece(stretch, slots[stretch.number])


class _Rows:
    """What is known of all rows before they are read.

    Parameters
    ----------
    file_of, described
        By stretch, the number of its file, and what it holds.
    paths
        Of the files.

    Raises
    ------
    DataError
        There is no row, or files differ in their columns.
    """

    def __init__(
        self, file_of: Sequence[int], described: Sequence[_Described], paths: Sequence[str]
    ) -> None:
        self._file_of, self._described, self._paths = file_of, described, paths
        self._schema, self._warnings = _schema(file_of, described, paths)
        counts = np.bincount(file_of, [each.rows for each in described], len(paths))
        self._counts: list[int] = counts.astype(int).tolist()
        if not sum(self._counts):
            these = paths[0] if len(paths) == 1 else f"each of the {len(paths):,} files"
            raise DataError(f"{these} has a header but no rows; give a table with instances in it")

    def slots(self) -> list[Slot]:
        """Return where each stretch stands."""
        return _slots(self._file_of, self._described, self._schema)

    def spread(self, pieces: Engine[Piece], sources: Sequence[Source]) -> Spread:
        """Return the rows as pieces, with what is said of their files."""
        empty = [
            f"{path} has a header but no rows"
            for path, count in zip(self._paths, self._counts, strict=True)
            if not count
        ]
        warned = [warning for each in self._described for warning in each.warnings]
        notes = [note for each in self._described for note in each.notes]
        return Spread(
            pieces=pieces,
            total=sum(self._counts),
            sources=tuple(
                msgspec.structs.replace(source, instances=count)
                for source, count in zip(sources, self._counts, strict=True)
            ),
            warnings=tuple(dict.fromkeys(warned + self._warnings)),
            notes=tuple(dict.fromkeys(notes + empty)),
        )


def _source(path: str) -> Source:
    """Return what is said of a file; its rows are not counted yet."""
    with opened(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        size = file.tell()
    return Source(path=path, sha256=digest, bytes=size, modified=modified(path), instances=0)


def _cut(path: str) -> _Cut:
    """Return a file cut into what can be read by itself."""
    with opened(path) as file:
        head = file.read(HEAD)
    if not head:
        raise DataError(f"{path} is empty (0 bytes); give a file with a header and rows")
    packed = any(head.startswith(magic) for magic in COMPRESSIONS) or head.startswith(UTF16)
    kind = "packed" if packed else format_of(path, head)
    if kind == "parquet" or (kind == "arrow" and head.startswith(b"ARROW1")):
        note = parquet_note(path) if kind == "parquet" else arrow_note(path)
        said = note.warnings, note.notes
        none = _Described(0, note.schema, *said)
        described = tuple(_Described(each.rows, note.schema, *said) for each in note.stretches)
        return _Cut(note.stretches or (Nothing(note.schema),), described or (none,))
    if kind in {"packed", "arrow"}:
        return _Cut((WholeFile(path),))
    return _Cut(tuple(blocks_of(path, json_lines=kind == "json lines")))


def _read(part: Any) -> Stretch:  # noqa: ANN401 - what a file is cut into
    return parsed(part) if isinstance(part, Block | WholeFile) else part


def _describe(stretch: Stretch) -> _Described:
    """Return what a stretch that was read holds; mixed with others, its types may widen."""
    if isinstance(stretch, ParsedBlock):
        part = stretch.part
        return _Described(stretch.rows, part.table.schema, tuple(part.warnings), tuple(part.notes))
    return _Described(stretch.rows, stretch.schema)


def _schema(
    file_of: Sequence[int], described: Sequence[_Described], paths: Sequence[str]
) -> tuple[pa.Schema, list[Warned]]:
    """Return names and types of all files together, and what appears wrong with them."""
    schemas = []
    for number, group in groupby(zip(file_of, described, strict=True), itemgetter(0)):
        own = [each.schema for _, each in group]
        names = list(dict.fromkeys(name for schema in own for name in schema.names))
        complete = [_with_all(schema, names) for schema in own]
        schemas.append(common_schema(complete, [paths[number]] * len(complete))[0])
    return common_schema(schemas, paths)


def _with_all(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    """Return a schema with all names; what no line of a block has may become anything."""
    held = set(schema.names)
    return pa.schema(
        [schema.field(name) if name in held else pa.field(name, pa.null()) for name in names]
    )


def _slots(
    file_of: Sequence[int], described: Sequence[_Described], schema: pa.Schema
) -> list[Slot]:
    slots: list[Slot] = []
    first = record = 0
    for place, (number, each) in enumerate(zip(file_of, described, strict=True)):
        record = 0 if not place or file_of[place - 1] != number else record
        slots.append(Slot(first, number, record, schema))
        first, record = first + each.rows, record + each.rows
    return slots
