"""Parquet and Arrow (Feather) files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from terrain.data.reading.part import Part, chosen, column_names
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REFUSED = (pa.ArrowException, OSError, EOFError)
"""What pyarrow raises where a file is not what it should be."""


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
        text = [field.name for field in schema if holds_text(field.type)]
        with parquet.ParquetFile(pa.BufferReader(content), read_dictionary=text) as file:
            table = selected(file, schema.names, names, wanted)
    except REFUSED as error:
        raise damaged(path, "Parquet", error) from error
    return Part(table, None, warnings, notes)


def selected(
    file: parquet.ParquetFile,
    stored: list[str],
    names: list[str],
    wanted: list[str],
    groups: Sequence[int] | None = None,
) -> pa.Table:
    """Return the wanted columns, some of whose names may have been invented.

    Parameters
    ----------
    file
        An open file.
    stored, names
        Its columns as they are called in it, and here.
    wanted
        Those to read.
    groups
        Its row groups to read; None for all. Several are read by several threads at a time.
    """
    chosen = range(file.num_row_groups) if groups is None else groups
    threads = groups is None
    if stored.count("") > 1:
        whole = file.read_row_groups(list(chosen), use_threads=threads)
        return whole.rename_columns(names).select(wanted)
    original = dict(zip(names, stored, strict=True))
    selection = [original[name] for name in wanted]
    table = file.read_row_groups(list(chosen), columns=selection, use_threads=threads)
    # Parquet takes `a` for `a.b` too, so the selection is made once more.
    return table.select(selection).rename_columns(wanted)


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
    except REFUSED as error:
        raise damaged(path, "Arrow", error) from error
    names, warnings, notes = column_names(table.column_names, path)
    table = table.rename_columns(names).select(chosen(names, columns, path))
    return Part(table, None, warnings, notes)


def holds_text(kind: pa.DataType) -> bool:
    """Whether a column is text that can be read as a dictionary."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def damaged(path: str, kind: str, error: Exception) -> DataError:
    """Return the error that says that a file is not what it should be."""
    return DataError(
        f"{path} cannot be read as {kind}: it is truncated or damaged; copy or create the file "
        f"again ({error})"
    )
