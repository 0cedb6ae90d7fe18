"""From a piece of the table to encoded instances: pure, so that it can run wherever pieces are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.outcome import read_outcome
from terrain.data.split import half_by_place, keys_of
from terrain.statistics.batch import sums_of
from terrain.statistics.held import laid_out
from terrain.statistics.measuring import measured_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from terrain.data.deciding import Decided
    from terrain.data.features import Encoding
    from terrain.data.outcome import Outcome
    from terrain.data.pieces import Piece
    from terrain.data.recognition.roles import Roles
    from terrain.engines import Engine
    from terrain.statistics.held import Encoded
    from terrain.statistics.measures import Layout
    from terrain.statistics.measuring import Common
    from terrain.statistics.metrics import Indicator


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """What turns a piece into encoded instances.

    Attributes
    ----------
    encodings
        By feature (sensitive ones included): how it becomes codes.
    roles, decided
        Which column is what, and how outcomes are read.
    common, layout, target
        How measures are made, where their sums stand, and the metric that is searched.
    clusters
        (k,) sorted keys of the groups of rows; None where rows are independent.
    seed
        Of the split.
    columns
        Of the table, but for hidden ones.
    halves
        The bits of the (n,) discovery half, where they were told with a look at all rows; None
        where each piece tells its own (see `Halves`).
    """

    encodings: Mapping[str, Encoding]
    roles: Roles
    decided: Decided
    common: Common
    layout: Layout
    target: Indicator
    clusters: np.ndarray | None
    seed: int
    columns: tuple[str, ...]
    halves: np.ndarray | None

    def __call__(self, piece: Piece, half: np.ndarray | None = None) -> Encoded:
        """Return the instances of a piece.

        `half` has the bits of its discovery half (see `Halves`), where `halves` is None.
        """
        table = piece.table(self._columns())
        outcome = read_outcome(table, self.roles, self.decided, piece.first)
        measures = measured_by(outcome, len(table), self.layout, self.common, piece.first)
        _, exposure = sums_of(self.target, measures)
        return laid_out(
            piece.first,
            {name: encoding.encode(table[name]) for name, encoding in self.encodings.items()},
            measures,
            self.cluster(table),
            labels_of(outcome),
            discovery=self.discovery(table, _places(piece))
            if half is None
            else np.unpackbits(half, count=len(table)).astype(bool),
            exposed=exposure > 0,
        )

    def discovery(self, table: pa.Table, at: np.ndarray) -> np.ndarray:
        """Return which rows, given with their places, are in the discovery half, as (n,) bool."""
        if self.halves is not None:
            return (self.halves[at >> 3] >> (7 - (at & 7)).astype(np.uint8) & 1).astype(bool)
        return half_by_place(
            table, group=self.roles.group, instance_id=self.roles.id, seed=self.seed, at=at
        )

    def cluster(self, table: pa.Table) -> np.ndarray | None:
        """Return the (n,) group of each row; None where rows are independent."""
        if self.clusters is None or self.roles.group is None:
            return None
        return np.searchsorted(self.clusters, keys_of(table[self.roles.group]))

    def _columns(self) -> list[str]:
        """Return the columns that encoding reads."""
        roles = self.roles
        single = (roles.label, self.decided.prediction, roles.group, roles.weight)
        names = (*self.encodings, *single, *self.decided.scores, *roles.errors)
        return list(dict.fromkeys(name for name in names if name is not None))


@dataclass(frozen=True, kw_only=True)
class Halves:
    """What tells the bits of the discovery half in a piece; see `Encoder` for the attributes."""

    roles: Roles
    seed: int
    columns: tuple[str, ...]

    def __call__(self, piece: Piece) -> np.ndarray:
        """Return the bits of a piece."""
        group, instance_id = self.roles.group, self.roles.id
        by = group or instance_id
        return np.packbits(
            half_by_place(
                piece.table(self.columns if by is None else [by]),
                group=group,
                instance_id=instance_id,
                seed=self.seed,
                at=_places(piece),
            )
        )


def _places(piece: Piece) -> np.ndarray:
    """Return the (n,) places of the rows of a piece in the whole benchmark."""
    return np.arange(piece.first, piece.first + piece.rows)


def labels_of(outcome: Outcome) -> np.ndarray:
    """Return how many instances have which label, the last none; empty unless there are classes."""
    if outcome.label is None or not outcome.classes:
        return np.zeros(0, np.int64)
    k = len(outcome.classes)
    return np.bincount(np.where(outcome.label < 0, k, outcome.label), minlength=k + 1)


def finer(
    encoded: Engine[Encoded], pieces: Engine[Piece], encodings: Mapping[str, Encoding]
) -> Engine[Encoded]:
    """Return encoded instances with the codes of some features made anew from their pieces."""
    return encoded.bind(partial(_finer, encodings=encodings), pieces)


def _finer(encoded: Encoded, piece: Piece, encodings: Mapping[str, Encoding]) -> Encoded:
    table = piece.table(list(encodings))
    fresh = {
        name: encoding.encode(table[name])[encoded.order] for name, encoding in encodings.items()
    }
    return replace(encoded, codes={**encoded.codes, **fresh})
