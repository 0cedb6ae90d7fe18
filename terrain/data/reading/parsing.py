"""From the content of a file to its rows, whatever its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.data.reading.columnar import read_arrow, read_parquet
from terrain.data.reading.delimited import read_delimited
from terrain.data.reading.json_lines import read_json_lines
from terrain.data.reading.raw import as_utf8, format_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from terrain.data.reading.part import Part


def parsed(
    path: str, content: bytes, columns: Collection[str] | None, as_text: Collection[str] = ()
) -> Part:
    """Return what the content of a file says, in the format that its first bytes tell.

    Parameters
    ----------
    path
        For messages, and for its ending.
    content
        Unpacked.
    columns
        The wanted ones; None for all.
    as_text
        See `read_delimited`.

    Raises
    ------
    DataError
        It is damaged, no table, or lacks a wanted column.
    """
    kind = format_of(path, content)
    if kind == "parquet":
        return read_parquet(path, content, columns)
    if kind == "arrow":
        return read_arrow(path, content, columns)
    text = as_utf8(path, content)
    if kind == "json lines":
        return read_json_lines(path, text, columns)
    return read_delimited(path, text, columns, as_text)
