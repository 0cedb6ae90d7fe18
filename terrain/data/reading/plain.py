"""Delimited text without quotes, in one pass: what a block needs is done while it is in the cache.

Most large tables are such texts, of which each line is a record. They are hashed, looked through
and parsed block by block, each block as if it were a file; the file is never held as a whole.
"""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from terrain.data.reading.delimited import how_to_parse, is_binary, layout_of, passes_int64
from terrain.data.reading.opening import opened
from terrain.data.reading.part import Part, chosen, column_names
from terrain.data.reading.raw import COMPRESSIONS, UTF16, format_of
from terrain.engines.threads import each_ahead
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import BinaryIO

HEAD = 1 << 20
"""Bytes in which the header must end, and which tell most other texts."""

BLOCK = 1 << 22
"""Bytes that one thread parses."""

AT_ONCE = 1 << 20
"""Bytes of a block that are split into fields before these are converted."""

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
    mark = len(BOM_UTF8) if head.startswith(BOM_UTF8) else 0
    layout = layout_of(path, head[mark:])
    body = mark + layout.header.end
    if not head[body:].strip(b"\r\n"):  # no row, or the header may go on
        return None
    names, warnings, notes = column_names(layout.names, path)
    wanted = chosen(names, columns, path)
    how = how_to_parse(layout._replace(names=names), wanted, quoted=False, block=AT_ONCE)
    how[0].use_threads = False  # a block has one

    def parsed(block: bytes) -> pa.Table:
        table = arrow_csv.read_csv(pa.BufferReader(block), *how)
        if any(is_binary(column.type) or passes_int64(column) for column in table.columns):
            raise _OddError
        return table

    text = _Text(file, head, body)
    table = _together(list(each_ahead(parsed, text.blocks())))
    if text.lines != table.num_rows:
        return None
    first = layout.header.next_line
    lines = np.arange(first, first + table.num_rows, dtype=np.int64)
    return Plain(Part(table, lines, warnings, notes), text.digest.hexdigest(), text.size)


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of all blocks, in the types that the whole text would have.

    Raises
    ------
    _OddError
        Blocks differ by more than missing values and fractions.
    """
    for column in zip(*(table.schema.types for table in tables), strict=True):
        kinds = set(column) - {pa.null()}
        if len(kinds) > 1 and kinds != {pa.int64(), pa.float64()}:
            raise _OddError
    return pa.concat_tables(tables, promote_options="permissive")


class _OddError(Exception):
    """The text has what it takes the general reader to read."""


class _Text:
    """A text that is looked through while it is read.

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
        self._file = file
        self._head = head[body:]
        self.digest = hashlib.sha256(head[:body])
        self.size = body
        self.lines = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield the body in blocks of whole lines.

        Raises
        ------
        _OddError
            A line may be no record, or the file no text.
        """
        block = self._head + self._file.readline()
        while block:
            if any(block.find(byte) >= 0 for byte in ODD):
                raise _OddError
            self.digest.update(block)
            self.size += len(block)
            self.lines += block.count(b"\n") + (not block.endswith(b"\n"))
            yield block
            more, end = self._file.read(BLOCK), self._file.readline()
            block = more + end if end else more
