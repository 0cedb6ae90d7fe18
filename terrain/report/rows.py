"""Rows that leave a table: as CSV, as JSON Lines or as Parquet, piece by piece."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa
from pyarrow import csv, parquet

from terrain.report.cells import column_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Format = Literal["csv", "parquet", "jsonl"]

ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}

PIECE = 10_000
"""Rows that are written at once."""


def format_of(path: Path | None) -> Format:
    """Return the format that a file's ending asks for; CSV where it asks for none."""
    return "csv" if path is None else ENDINGS.get(path.suffix.lower(), "csv")


def encoded(table: pa.Table, kind: Format) -> Iterator[bytes]:
    """Yield the bytes of a table in a format.

    A missing value and an empty text differ in all of them. What a format does not know (bytes in
    CSV, infinities in JSON) is written as text.
    """
    if kind == "parquet":
        yield _parquet(table)
        return
    piece: Callable[[pa.Table], bytes] = _csv if kind == "csv" else _json_lines
    if kind == "csv":
        yield _csv(table.slice(0, 0), header=True)
    for start in range(0, table.num_rows, PIECE):
        yield piece(table.slice(start, PIECE))


def _parquet(table: pa.Table) -> bytes:
    written = io.BytesIO()
    parquet.write_table(table, written)
    return written.getvalue()


def _csv(table: pa.Table, *, header: bool = False) -> bytes:
    written = io.BytesIO()
    plain = pa.table([_plain(column) for column in table.columns], names=table.column_names)
    csv.write_csv(plain, written, csv.WriteOptions(include_header=header))
    return written.getvalue()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of a type that CSV knows; another one as the page shows it."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    known = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_date,
        pa.types.is_timestamp,
    )
    if any(is_kind(kind) for is_kind in known):
        return column
    return pa.chunked_array([pa.array(_values(column), pa.string())])


def _json_lines(table: pa.Table) -> bytes:
    columns = [
        column.to_pylist() if pa.types.is_integer(column.type) else _values(column)
        for column in table.columns
    ]
    rows = [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]
    return msgspec.json.Encoder().encode_lines(rows)


def _values(column: pa.ChunkedArray) -> list[Any]:
    values = column_values(column)
    return [value[0] if isinstance(value, list) else value for value in values]
