"""Delimited text without quotes, in one pass: what a block needs is done while it is in the cache.

Most large tables are such texts, of which each line is a record. They are hashed, looked through
and parsed block by block; the file is never held as a whole.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from terrain.data.reading.delimited import how_to_parse, is_binary, layout_of, passes_int64
from terrain.data.reading.opening import opened
from terrain.data.reading.part import Part, chosen, column_names
from terrain.data.reading.raw import COMPRESSIONS, UTF16, format_of
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import BinaryIO

HEAD = 1 << 20
"""Bytes in which the header must end, and which tell most other texts."""

MARK = b"\xef\xbb\xbf"
"""With which a text in UTF-8 may begin."""

ODD = b'"\0\r'
"""Bytes with which a line may be no record, or the file no text."""


class Plain(NamedTuple):
    """The rows of a file, the SHA-256 of its bytes, and how many these are."""

    part: Part
    sha256: str
    size: int


def read_plain(path: str, columns: Collection[str] | None) -> Plain | None:
    """Read a file of delimited text in which every line is a record, and no field has a quote.

    Returns
    -------
    As `terrain.data.reading.delimited.read_delimited`; None if it is another file, or has anything
    wrong: then the whole of it tells what it is, or what is wrong where.
    """
    try:
        with opened(path) as file:
            return _read(path, file, columns)
    except (DataError, _OddError, pa.ArrowInvalid):
        return None


def _read(path: str, file: BinaryIO, columns: Collection[str] | None) -> Plain | None:
    head = file.read(HEAD)
    packed = head.startswith((*COMPRESSIONS, *UTF16))
    if packed or b"\0" in head or format_of(path, head) != "text":
        return None
    mark = len(MARK) if head.startswith(MARK) else 0
    layout = layout_of(path, head[mark:])
    body = mark + layout.header.end
    if not head[body:].strip(b"\r\n"):  # no row, or the header may go on
        return None
    names, warnings, notes = column_names(layout.names, path)
    how = how_to_parse(layout._replace(names=names), chosen(names, columns, path), quoted=False)
    passed = _Passed(file, head, body)
    table = arrow_csv.read_csv(pa.PythonFile(passed, mode="r"), *how)
    odd = any(is_binary(column.type) or passes_int64(column) for column in table.columns)
    if odd or passed.lines != table.num_rows:
        return None
    first = layout.header.next_line
    lines = np.arange(first, first + table.num_rows, dtype=np.int64)
    return Plain(Part(table, lines, warnings, notes), passed.digest.hexdigest(), passed.size)


class _OddError(Exception):
    """The text has what it takes the general reader to read."""


class _Passed(io.RawIOBase):
    """A file that is looked through while it is read, from a place in its head on.

    Parameters
    ----------
    file
        Of which the head was read.
    head
        Its first bytes.
    body
        Where the text begins of which every line must be a record.

    Attributes
    ----------
    digest, size
        Of all bytes that were read so far, the head among them.
    lines
        How many lines of the body were, the last of which need not end.
    """

    def __init__(self, file: BinaryIO, head: bytes, body: int) -> None:
        super().__init__()
        self._file = file
        self._left = head[body:]
        self._ends = True
        self.digest = hashlib.sha256(head[:body])
        self.size = body
        self.lines = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, up to so many.

        Raises
        ------
        _OddError
            Not every line is a record.
        """
        found = self._left[:size] if self._left else self._file.read(size)
        self._left = self._left[len(found) :]
        if any(found.find(byte) >= 0 for byte in ODD):
            raise _OddError
        self.digest.update(found)
        self.size += len(found)
        self.lines += found.count(b"\n")
        if found:
            self._ends = found.endswith(b"\n")
        elif not self._ends:
            self.lines, self._ends = self.lines + 1, True
        return found
