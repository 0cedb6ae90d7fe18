"""A table whose every row knows where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from terrain.data.notes import Source, Warned


@dataclass(frozen=True)
class Rows:
    """The rows of one or more files.

    Attributes
    ----------
    table
        The columns, in file order; text is dictionary-encoded, one dictionary per column.
    sources
        The files. After a join those of the metadata follow; no row's `source` points to them.
    source
        Shape (n,), uint32: which of `sources` each row stands in.
    record
        Shape (n,), int64: its position, from 0, among that source's records.
    line
        Shape (n,), int64: the physical line, from 1, on which it starts in the unpacked text; 0
        where the format has no lines.
    warnings
        What appears wrong.
    notes
        Further facts, in words.
    """

    table: pa.Table
    sources: tuple[Source, ...]
    source: np.ndarray
    record: np.ndarray
    line: np.ndarray
    warnings: tuple[Warned, ...]
    notes: tuple[str, ...]
