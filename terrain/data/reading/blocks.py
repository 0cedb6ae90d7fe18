"""Blocks of a text: cut where records end, and parsed one by one as if each were a file."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from terrain.data.reading.delimited import head_of, read_delimited
from terrain.data.reading.json_lines import read_json_lines
from terrain.data.reading.lines import ends_of_lines
from terrain.data.reading.opening import opened
from terrain.data.reading.parsing import parsed as parsed_content
from terrain.data.reading.raw import as_utf8, load, unpacked
from terrain.data.reading.stacking import TEXT
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from terrain.data.reading.part import Part

BLOCK = 1 << 25
"""Bytes of a block."""

HEAD = 1 << 20
"""Bytes in which the header is looked for."""


class Block(NamedTuple):
    """Some records of a text file.

    Attributes
    ----------
    path
        The file.
    start, end
        The bytes in which they stand.
    line
        The physical line, from 1, on which the first of these stands.
    head
        The header, which is put before them; None for JSON Lines.
    """

    path: str
    start: int
    end: int
    line: int
    head: bytes | None

    def read(self, as_text: Collection[str] = ()) -> Part:
        """Return its rows, some columns as they are written.

        Raises
        ------
        DataError
            It is no such text.
        """
        with opened(self.path) as file:
            file.seek(self.start)
            content = file.read(self.end - self.start)
        try:
            part = self._parsed(content, as_text)
        except DataError:  # said once more, with the lines of the file
            missing = self.line - 1 - ends_of_lines(self.head or b"")
            self._parsed(b"\n" * missing + content, as_text)
            raise
        if part.line is not None:
            part.line += self.line - 1 - ends_of_lines(self.head or b"")
        return part

    def _parsed(self, content: bytes, as_text: Collection[str]) -> Part:
        if self.head is None:
            return read_json_lines(self.path, as_utf8(self.path, content), None)
        text = as_utf8(self.path, self.head + content)
        return read_delimited(self.path, text, as_text or None, as_text=as_text)


def blocks_of(path: str, *, json_lines: bool) -> list[Block]:
    """Return a text in UTF-8, cut into blocks of about `BLOCK` bytes; one at least.

    Raises
    ------
    DataError
        It has no header, or a quote that is never closed.
    """
    head, start = None, 0
    with opened(path) as file:
        begin = file.read(HEAD)
        start = len(BOM_UTF8) if begin.startswith(BOM_UTF8) else 0
        if not json_lines:
            head = head_of(path, begin[start:])
            start += len(head)
        line = 1 + ends_of_lines(head or b"")
        found = [
            Block(path, first, end, at, head)
            for first, end, at in _cut(file, start, line, quoted=not json_lines)
        ]
    return found or [Block(path, start, start, line, head)]


def _cut(file: object, start: int, line: int, *, quoted: bool) -> Iterator[tuple[int, int, int]]:
    """Yield where blocks begin and end, and the lines on which they begin."""
    file.seek(start)  # type: ignore[attr-defined]
    rest = b""
    while True:
        more = file.read(BLOCK)  # type: ignore[attr-defined]
        content = rest + more
        if not content:
            return
        end = _last_end(content, quoted=quoted) if more else len(content)
        if end:
            yield start, start + end, line
            line += ends_of_lines(content[:end])
        start, rest = start + end, content[end:]


def _last_end(content: bytes, *, quoted: bool) -> int:
    """Return where the last record that ends here ends; 0 if none does.

    A line end within quotes ends none: before it stands an odd number of quotes.
    """
    place = content.rfind(b"\n")
    quotes = content.count(b'"', 0, place + 1) if quoted else 0
    while quotes % 2 and place >= 0:
        before = content.rfind(b"\n", 0, place)
        quotes -= content.count(b'"', before + 1, place + 1)
        place = before
    return place + 1


@dataclass(frozen=True)
class ParsedBlock:
    """The rows of a block; see `terrain.data.reading.stretches.Stretch`."""

    block: Block | WholeFile
    part: Part

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.part.table.num_rows)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self.part.table.schema

    def read(self, schema: pa.Schema) -> pa.Table:
        """Return some of the columns; what is text in another block, as it is written."""
        table = _with_all(self.part.table, schema.names)
        texts = [field.name for field in schema if field.type == TEXT]
        texts = [name for name in texts if not _says_text(table, name)]
        if texts and self.block.head is not None:
            found = self.block.read(texts).table
            for name in texts:
                table = table.set_column(table.column_names.index(name), name, found[name])
        return table

    def lines(self) -> np.ndarray:
        """Return the (rows,) physical lines on which they start."""
        return np.zeros(self.rows, np.int64) if self.part.line is None else self.part.line


def _with_all(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return columns; those that no line of this block has are missing in every row."""
    held = set(table.column_names)
    none = pa.nulls(table.num_rows)
    return pa.table([table[name] if name in held else none for name in names], list(names))


def _says_text(table: pa.Table, name: str) -> bool:
    column = table[name]
    return bool(column.type == TEXT or column.null_count == len(column))


class WholeFile(NamedTuple):
    """A file that is read at once: compressed, or of a format without blocks."""

    path: str
    head: bytes | None = b""

    def read(self, as_text: Collection[str] = ()) -> Part:
        """Return its rows, some columns as they are written."""
        return parsed_content(self.path, unpacked(load(self.path)), as_text or None, as_text)


def parsed(block: Block | WholeFile) -> ParsedBlock:
    """Return a block, or a whole file, with its rows."""
    return ParsedBlock(block, block.read())
