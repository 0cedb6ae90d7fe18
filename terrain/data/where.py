"""Where the instances of a benchmark are kept, and which of them are looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from terrain.data.notes import is_table
from terrain.data.pieces import Taken, pieces_of, together
from terrain.data.reading.places import STDIN, ending, single_files
from terrain.data.reading.rows import Rows
from terrain.data.reading.spread import spread, spread_table
from terrain.data.split import chosen, half_by_place
from terrain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.deciding import Reading
    from terrain.data.hidden import Hidden
    from terrain.data.pieces import Piece
    from terrain.data.reading.spread import Spread
    from terrain.engines import Engine, Home

UNPACKED = {".parquet": 8, ".pq": 8}
"""How many times its size on the disk a file takes while it is read; others `PLAIN` times."""

PLAIN = 3


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All instances of a benchmark, of which some are looked at.

    Attributes
    ----------
    pieces
        The table, wherever it lies.
    total
        How many instances there are.
    places
        (n,) the rows that are looked at, counted through the whole benchmark.
    reading
        How the user wants outcomes read.
    halves
        The bits of the discovery half in each piece, if what rows hold decides; None where not all
        instances were read for the look, or all are looked at.
    """

    pieces: Engine[Piece]
    total: int
    places: np.ndarray
    reading: Reading
    halves: Engine[np.ndarray] | None = None

    @property
    def sampled(self) -> bool:
        """Whether not all instances are looked at."""
        return len(self.places) < self.total


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where the instances of a benchmark are kept, and how many are looked at.

    Attributes
    ----------
    home
        Where engines keep them.
    most
        Instances that are looked at: a random sample of a larger benchmark.
    memory
        Bytes that may be taken in this process; None for no limit.
    seed
        Of the split into halves.
    """

    home: Home
    most: int
    memory: int | None
    seed: int

    def in_one_place(self, inputs: Sequence[str], *, joined: bool) -> bool:
        """Return whether the table is read at once into this process.

        Raises
        ------
        UsageError
            It would have to be, and is to be kept elsewhere.
        """
        here = self.home.name == "memory"
        if any(map(is_table, inputs)):
            if joined:
                raise UsageError("--metadata and --count need files, not a table, as input")
            return False
        if joined or STDIN in inputs:
            if not here:
                raise UsageError(
                    f"--engine {self.home.name} reads files where they lie: standard input, "
                    "--metadata and --count need --engine memory"
                )
            return True
        return here and (self.memory is None or taken_by(inputs) <= self.memory)

    def _found(self, inputs: Sequence[str]) -> Spread:
        tables = [name for name in inputs if is_table(name)]
        if not tables:
            return spread(single_files(list(inputs)), self.home)
        if len(inputs) > 1:
            raise UsageError(f"{tables[0]} is a table: it is analyzed alone, without other inputs")
        return spread_table(tables[0], self.home)

    def looked_at(self, rows: Rows, reading: Reading) -> tuple[Rows, Whole | None]:
        """Return the rows to look at of a table that is here; all of it, if it is not large."""
        total = rows.table.num_rows
        if total <= self.most:
            return rows, None
        places = np.flatnonzero(chosen(np.arange(total), self.most / total))
        pieces: Engine[Piece] = self.home.hold(pieces_of(rows))
        looked_at = replace(
            rows,
            table=rows.table.take(pa.array(places)),
            source=rows.source[places],
            record=rows.record[places],
            line=rows.line[places],
        )
        return looked_at, Whole(pieces=pieces, total=total, places=places, reading=reading)

    def spread(self, inputs: Sequence[str], reading: Reading, hidden: Hidden) -> tuple[Rows, Whole]:
        """Return the rows to look at of files that are read piece by piece."""
        found = self._found(inputs)
        share = min(1.0, self.most / found.total)
        halves = None
        if share < 1:
            # what halves hang on is read now, and need not be read again
            look = partial(_look, share=share, hidden=hidden, seed=self.seed)
            looks = found.pieces.bind(look)
            sampled, halves = looks.map(_sampled), looks.bind(_half)
        else:
            sampled = found.pieces.map(_everything)
        places, taken = zip(*sampled, strict=True)
        table, source, record, line = together(taken)
        rows = Rows(
            table=table,
            sources=found.sources,
            source=source,
            record=record,
            line=line,
            warnings=found.warnings,
            notes=found.notes,
        )
        whole = Whole(
            pieces=found.pieces,
            total=found.total,
            places=np.concatenate(places),
            reading=reading,
            halves=halves,
        )
        hidden.refuse_unknown(table.column_names)
        return hidden.noted(hidden.left_out(rows)), whole


class _Look(NamedTuple):
    """Rows of a piece that are looked at, with their places; the bits of its discovery half."""

    places: np.ndarray
    taken: Taken
    half: np.ndarray


def _look(piece: Piece, share: float, hidden: Hidden, seed: int) -> _Look:
    """Return a random sample of a piece, and which half each row is in by what it holds."""
    table, at = piece.table(), piece.first + np.arange(piece.rows)
    rows = np.flatnonzero(chosen(at, share))
    seen = table.select([name for name in table.column_names if not hidden.hides(name)])
    half = half_by_place(seen, group=None, instance_id=None, seed=seed, at=at)
    return _Look(at[rows], piece.taken(rows, table), np.packbits(half))


def _sampled(look: _Look) -> tuple[np.ndarray, Taken]:
    return look.places, look.taken


def _half(look: _Look) -> np.ndarray:
    return look.half


def _everything(piece: Piece) -> tuple[np.ndarray, Taken]:
    """Return all rows of a piece, with their places in the whole benchmark."""
    rows = np.arange(piece.rows)
    return piece.first + rows, piece.taken(rows)


def taken_by(inputs: Sequence[str]) -> int:
    """Return about how many bytes reading files at once takes; none of those not on a disk."""
    paths = [path for path in map(Path, single_files(list(inputs))) if path.is_file()]
    return sum(path.stat().st_size * UNPACKED.get(ending(str(path)), PLAIN) for path in paths)
