"""Tables that an engine knows by name: their rows come as Arrow streams, from where they lie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from terrain.data.notes import TABLE
from terrain.data.reading.part import column_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROWS = 1 << 16
"""Rows of a stream: it is sent as one value."""


class Size(NamedTuple):
    """The SHA-256 of a stream, and how many bytes its rows take."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class TableStretch:
    """Some rows of a table; see `terrain.data.reading.stretches.Stretch`.

    Attributes
    ----------
    content
        They, as an Arrow stream.
    number
        Its place among the streams of the table.
    """

    content: bytes
    number: int

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self._table().num_rows)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self._table().schema

    def read(self, schema: pa.Schema) -> pa.Table:
        """Return some of the columns."""
        return self._table().select(schema.names)

    def lines(self) -> np.ndarray:
        """Return zeros: a table has no lines."""
        return np.zeros(self.rows, np.int64)

    def size(self) -> Size:
        """Return what is said of the source."""
        return Size(hashlib.sha256(self.content).hexdigest(), self._table().nbytes)

    def _table(self) -> pa.Table:
        with pa.ipc.open_stream(self.content) as stream:
            table = stream.read_all()
        names, _, _ = column_names(table.column_names, TABLE)
        return table.rename_columns(names)


def stretch_of(numbered: tuple[bytes, int]) -> TableStretch:
    """Return a stream with its number as a stretch."""
    return TableStretch(*numbered)


def streams_of(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield the rows of batches as streams of at least `ROWS` rows, but for the last."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= ROWS:
            yield _stream(held)
            held = []
    if any(each.num_rows for each in held):
        yield _stream(held)


def _stream(batches: Sequence[pa.RecordBatch]) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, batches[0].schema, options=options) as stream:
        for batch in batches:
            stream.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def digest_of(sizes: Iterable[Size]) -> Size:
    """Return the size of a table: the digest is that of its streams' digests, in their order."""
    each = list(sizes)
    digest = hashlib.sha256("".join(one.sha256 for one in each).encode())
    return Size(digest.hexdigest(), sum(one.bytes for one in each))
