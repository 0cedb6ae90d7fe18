"""Stretches of files: rows that can be read without those before and after them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from terrain.data.pieces import PIECE, Taken
from terrain.data.reading.columnar import REFUSED, damaged, holds_text, selected
from terrain.data.reading.opening import is_address, opened
from terrain.data.reading.part import column_names
from terrain.data.reading.stacking import conformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terrain.data.notes import Warned


class Stretch(Protocol):
    """Rows of one file; picklable, so that they can be read where they are needed."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        ...

    def read(self, schema: pa.Schema) -> pa.Table:
        """Return some of the columns, in types that can become those of a schema.

        Raises
        ------
        DataError
            They cannot be read any more.
        """
        ...

    def lines(self) -> np.ndarray:
        """Return the (rows,) physical lines on which they start; 0 where there are none."""
        ...


class Slot(NamedTuple):
    """Where a stretch stands in the whole.

    Attributes
    ----------
    first
        The row, counted through the whole benchmark, with which it begins.
    source, record
        Its file, and the place of its first row in that file.
    schema
        Names and types of the whole.
    """

    first: int
    source: int
    record: int
    schema: pa.Schema


@dataclass(frozen=True)
class FilePiece:
    """A stretch in its place; see `terrain.data.pieces.Piece`."""

    stretch: Stretch
    slot: Slot

    @property
    def first(self) -> int:
        """The row, counted through the whole benchmark, with which it begins."""
        return self.slot.first

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.stretch.rows

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its rows, with the given columns or with all, text as dictionaries."""
        schema = self.slot.schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        return conformed(self.stretch.read(schema), schema)

    def taken(self, places: np.ndarray, table: pa.Table | None = None) -> Taken:
        """Return some of its rows, given by their places in it."""
        return Taken(
            (self.table() if table is None else table).take(pa.array(places)),
            np.full(len(places), self.slot.source, np.uint32),
            self.slot.record + places.astype(np.int64),
            self.stretch.lines()[places],
        )


@dataclass(frozen=True)
class Nothing:
    """What a file without rows holds: columns."""

    schema: pa.Schema
    rows: int = 0

    def read(self, schema: pa.Schema) -> pa.Table:
        """Return some of the columns."""
        return self.schema.empty_table().select(schema.names)

    def lines(self) -> np.ndarray:
        """Return none."""
        return np.zeros(0, np.int64)


class FileNote(NamedTuple):
    """What a look at the end of a columnar file tells, without its rows.

    Attributes
    ----------
    schema
        Names and types of its columns.
    stretches
        Its rows.
    warnings, notes
        What appears wrong, and further facts.
    """

    schema: pa.Schema
    stretches: tuple[Stretch, ...]
    warnings: tuple[Warned, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ParquetStretch:
    """Some row groups of a Parquet file; `stored` are its columns as they are called in it."""

    path: str
    schema: pa.Schema
    stored: tuple[str, ...]
    groups: tuple[int, ...]
    rows: int

    def read(self, schema: pa.Schema) -> pa.Table:
        """Return some of the columns, text as the dictionaries in which it is stored."""
        try:
            fields = zip(self.stored, self.schema, strict=True)
            text = [name for name, field in fields if holds_text(field.type)]
            names = list(self.schema.names)
            with _parquet(self.path, text) as file:
                return selected(file, list(self.stored), names, schema.names, self.groups)
        except REFUSED as error:
            raise damaged(self.path, "Parquet", error) from error

    def lines(self) -> np.ndarray:
        """Return zeros: Parquet has no lines."""
        return np.zeros(self.rows, np.int64)


def parquet_note(path: str) -> FileNote:
    """Return what the end of a Parquet file tells.

    Raises
    ------
    DataError
        It is truncated or damaged, or has a name twice.
    """
    try:
        with _parquet(path) as file:
            schema, ends = file.schema_arrow, file.metadata
            rows = [ends.row_group(place).num_rows for place in range(ends.num_row_groups)]
    except REFUSED as error:
        raise damaged(path, "Parquet", error) from error
    names, warnings, notes = column_names(schema.names, path)
    renamed = pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])
    stretches = tuple(
        ParquetStretch(
            path, renamed, tuple(schema.names), groups, sum(rows[group] for group in groups)
        )
        for groups in _side_by_side(rows)
    )
    return FileNote(renamed, stretches, tuple(warnings), tuple(notes))


@dataclass(frozen=True)
class ArrowStretch:
    """Some record batches of an Arrow file."""

    path: str
    schema: pa.Schema
    first: int
    last: int
    rows: int

    def read(self, schema: pa.Schema) -> pa.Table:
        """Return some of the columns."""
        try:
            with _mapped(self.path) as source, pa.ipc.open_file(source) as file:
                batches = [file.get_batch(place) for place in range(self.first, self.last)]
                table = pa.Table.from_batches(batches, file.schema)
        except REFUSED as error:
            raise damaged(self.path, "Arrow", error) from error
        names, _, _ = column_names(table.column_names, self.path)
        return table.rename_columns(names).select(schema.names)

    def lines(self) -> np.ndarray:
        """Return zeros: Arrow has no lines."""
        return np.zeros(self.rows, np.int64)


def arrow_note(path: str) -> FileNote:
    """Return what the end of an Arrow file tells.

    Raises
    ------
    DataError
        It is truncated or damaged, or has a name twice.
    """
    try:
        with _mapped(path) as source, pa.ipc.open_file(source) as file:
            schema = file.schema
            rows = [file.get_batch(place).num_rows for place in range(file.num_record_batches)]
    except REFUSED as error:
        raise damaged(path, "Arrow", error) from error
    names, warnings, notes = column_names(schema.names, path)
    renamed = pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])
    stretches = tuple(
        ArrowStretch(path, renamed, places[0], places[-1] + 1, sum(rows[place] for place in places))
        for places in _side_by_side(rows)
    )
    return FileNote(renamed, stretches, tuple(warnings), tuple(notes))


@contextmanager
def _parquet(path: str, text: Sequence[str] = ()) -> Iterator[parquet.ParquetFile]:
    """Open a Parquet file whose columns of text are read as dictionaries."""
    with _mapped(path) as file, parquet.ParquetFile(file, read_dictionary=list(text)) as found:
        yield found


@contextmanager
def _mapped(path: str) -> Iterator[Any]:
    """Open a file: one of this machine without reading what is not asked for."""
    if is_address(path):
        with opened(path) as file:
            yield file
    else:
        with pa.memory_map(path) as source:
            yield source


def _side_by_side(rows: Sequence[int]) -> list[tuple[int, ...]]:
    """Return neighbouring groups that together have about the rows of a piece."""
    found: list[list[int]] = []
    held = PIECE
    for place, count in enumerate(rows):
        if held + count > PIECE:
            found.append([])
            held = 0
        found[-1].append(place)
        held += count
    return [tuple(groups) for groups in found]
