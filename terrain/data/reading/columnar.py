"""Parquet and Arrow (Feather) files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from terrain.data.reading.part import Part, chosen, column_names
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

_REFUSED = (pa.ArrowException, OSError, EOFError)


def read_parquet(path: str, content: bytes, columns: Collection[str] | None) -> Part:
    """Read a Parquet file; text comes as the dictionaries in which it is stored.

    Raises
    ------
    DataError
        When it is truncated or damaged, has a name twice, or lacks a wanted column.
    """
    try:
        with parquet.ParquetFile(pa.BufferReader(content)) as file:
            schema = file.schema_arrow
        names, warnings, notes = column_names(schema.names, path)
        wanted = chosen(names, columns, path)
        text = [field.name for field in schema if _is_text(field.type)]
        with parquet.ParquetFile(pa.BufferReader(content), read_dictionary=text) as file:
            table = _selected(file, schema.names, names, wanted)
    except _REFUSED as error:
        raise _damaged(path, "Parquet", error) from error
    return Part(table, None, warnings, notes)


def _selected(
    file: parquet.ParquetFile, stored: list[str], names: list[str], wanted: list[str]
) -> pa.Table:
    """Return the wanted columns, some of whose names may have been invented."""
    if stored.count("") > 1:
        return file.read().rename_columns(names).select(wanted)
    original = dict(zip(names, stored, strict=True))
    selection = [original[name] for name in wanted]
    # Parquet takes `a` for `a.b` too, so the selection is made once more.
    return file.read(columns=selection).select(selection).rename_columns(wanted)


def read_arrow(path: str, content: bytes, columns: Collection[str] | None) -> Part:
    """Read an Arrow file, which is what Feather is, or an Arrow stream.

    Raises
    ------
    DataError
        When it is truncated or damaged, has a name twice, or lacks a wanted column.
    """
    opened = pa.ipc.open_file if content.startswith(b"ARROW1") else pa.ipc.open_stream
    try:
        with opened(pa.BufferReader(content)) as file:
            table = file.read_all()
        table.validate()
    except _REFUSED as error:
        raise _damaged(path, "Arrow", error) from error
    names, warnings, notes = column_names(table.column_names, path)
    table = table.rename_columns(names).select(chosen(names, columns, path))
    return Part(table, None, warnings, notes)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _damaged(path: str, kind: str, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read as {kind}: it is truncated or damaged; copy or create the file "
        f"again ({error})"
    )
