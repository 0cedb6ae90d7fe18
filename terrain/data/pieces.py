"""Pieces of a table: some of its rows, and the place in the whole with which they begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

PIECE = 250_000
"""Rows of a piece: large enough that two threads gain, small enough to stay in cache."""


class Piece(Protocol):
    """Some rows of a benchmark; picklable, so that they can be read where they are needed."""

    @property
    def first(self) -> int:
        """The row, counted through the whole benchmark, with which it begins."""
        ...

    @property
    def rows(self) -> int:
        """How many rows it has."""
        ...

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its rows, with the given columns or with all.

        Raises
        ------
        DataError
            They cannot be read.
        """
        ...


@dataclass(frozen=True)
class Kept:
    """Rows that lie in memory."""

    first: int
    kept: pa.Table

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.kept.num_rows)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its rows, with the given columns or with all."""
        return self.kept if columns is None else self.kept.select(list(columns))


def pieces_of(table: pa.Table) -> list[Kept]:
    """Return a table that lies in memory as pieces; an empty one is one piece."""
    return [
        Kept(start, table.slice(start, PIECE)) for start in range(0, max(table.num_rows, 1), PIECE)
    ]
