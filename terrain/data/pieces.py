"""Pieces of a table: some of its rows, wherever they lie, and their place in the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.reading.rows import Rows

PIECE = 250_000
"""Rows of a piece: large enough that two threads gain, small enough to stay in cache."""


class Taken(NamedTuple):
    """Some rows, and where each comes from; see `Rows`."""

    table: pa.Table
    source: np.ndarray
    record: np.ndarray
    line: np.ndarray


class Piece(Protocol):
    """Some rows of a benchmark; picklable, so that they can be read where they are needed.

    Attributes
    ----------
    first
        The row, counted through the whole benchmark, with which it begins.
    rows
        How many rows it has.
    """

    @property
    def first(self) -> int: ...  # noqa: D102 - see above

    @property
    def rows(self) -> int: ...  # noqa: D102 - see above

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its rows, with the given columns or with all, text as dictionaries.

        Raises
        ------
        DataError
            They cannot be read any more.
        """
        ...

    def taken(self, places: np.ndarray, table: pa.Table | None = None) -> Taken:
        """Return some of its rows, given by their places in it.

        `table` has all of them, where they have been read already.
        """
        ...


@dataclass(frozen=True)
class Kept:
    """Rows that lie in memory; see `Piece`."""

    first: int
    kept: Taken

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return int(self.kept.table.num_rows)

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its rows, with the given columns or with all."""
        return self.kept.table if columns is None else self.kept.table.select(list(columns))

    def taken(self, places: np.ndarray, table: pa.Table | None = None) -> Taken:
        """Return some of its rows, given by their places in it."""
        table, *origins = self.kept
        return Taken(table.take(pa.array(places)), *(each[places] for each in origins))


def pieces_of(rows: Rows) -> list[Kept]:
    """Return rows that lie in memory as pieces, one at least."""
    origins = rows.source, rows.record, rows.line
    return [
        Kept(
            start,
            Taken(
                rows.table.slice(start, PIECE),
                *(each[start : start + PIECE] for each in origins),
            ),
        )
        for start in range(0, max(rows.table.num_rows, 1), PIECE)
    ]


def together(taken: Sequence[Taken]) -> Taken:
    """Return rows of several pieces as one, with one dictionary for each column of text."""
    tables, *origins = zip(*taken, strict=True)
    table = pa.concat_tables(tables).unify_dictionaries()
    return Taken(table, *(np.concatenate(each) for each in origins))
