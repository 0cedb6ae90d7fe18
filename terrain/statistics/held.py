"""Instances wherever they live: encoded piece by piece, seen as parts without being copied."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from terrain.statistics.batch import Batch, Codes
from terrain.statistics.measures import narrowed, narrowed_layout, take_measures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from terrain.engines import Engine
    from terrain.statistics.measures import Layout, Measures
    from terrain.statistics.metrics import Indicator

State = TypeVar("State")


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """The instances of a piece of the table, those of one half and alike exposed side by side.

    Attributes
    ----------
    first
        The row, counted through the whole benchmark, with which the piece begins.
    order
        (n,) uint32: which row of the piece each instance is.
    codes, measures, cluster
        See `Batch`.
    labels
        (classes + 1,) how many instances have which label, the last none at all; empty unless a
        classification.
    starts
        Where the instances begin that are in discovery and exposed, in discovery and not, in
        confirmation and exposed, in confirmation and not; last, where all end.
    """

    first: int
    order: np.ndarray
    codes: Mapping[str, np.ndarray]
    measures: Measures
    cluster: np.ndarray | None
    labels: np.ndarray
    starts: tuple[int, int, int, int, int]

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self.order)


def laid_out(
    first: int,
    codes: Mapping[str, np.ndarray],
    measures: Measures,
    cluster: np.ndarray | None,
    labels: np.ndarray,
    *,
    discovery: np.ndarray,
    exposed: np.ndarray,
) -> Encoded:
    """Return the (n,) instances of a piece laid out side by side; see `Encoded`.

    Parameters
    ----------
    first, codes, measures, cluster, labels
        As in `Encoded`, but in the order of the rows.
    discovery, exposed
        (n,) bool: which instances are in the discovery half, and on which the target is defined.
    """
    kind = 2 * ~discovery + ~exposed
    order = np.argsort(kind.astype(np.uint8), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(kind, minlength=4))]).tolist()
    return Encoded(
        first=first,
        order=order.astype(np.uint32),
        codes={feature: values[order] for feature, values in codes.items()},
        measures=take_measures(measures, order),
        cluster=None if cluster is None else cluster[order],
        labels=labels,
        starts=(starts[0], starts[1], starts[2], starts[3], starts[4]),
    )


@dataclass(frozen=True, kw_only=True)
class View:
    """Which instances of every piece are looked at, and what of them.

    Attributes
    ----------
    target
        What is searched.
    half
        0 for the discovery half, 1 for the other one.
    exposed
        Whether instances on which the target is undefined are left out.
    narrow
        Whether only what the target is made of is looked at.
    loss
        The loss that the target is the mean of, if it is one.
    lookups
        By feature, the code that stands for each of the held codes; others stand for themselves.
    """

    target: Indicator
    half: int
    exposed: bool = False
    narrow: bool = False
    loss: str | None = None
    lookups: Mapping[str, np.ndarray] = field(default_factory=dict)

    def rows(self, piece: Encoded) -> slice:
        """Return where they lie in a piece."""
        start, end = 2 * self.half, 2 * self.half + (1 if self.exposed else 2)
        return slice(piece.starts[start], piece.starts[end])

    def of(self, piece: Encoded) -> Batch:
        """Return the instances of a piece that are looked at; nothing is copied."""
        rows = self.rows(piece)
        measures = narrowed(piece.measures, self.loss) if self.narrow else piece.measures
        return Batch(
            codes=Codes(piece.codes, rows, self.lookups),
            measures=take_measures(measures, rows),
            target=self.target,
            cluster=None if piece.cluster is None else piece.cluster[rows],
        )


class HeldPart:
    """A part of the instances that an engine holds; see `terrain.statistics.batch.Part`."""

    def __init__(self, engine: Engine[Encoded], view: View, layout: Layout) -> None:
        self.engine = engine
        self.view = view
        self.layout = narrowed_layout(layout, view.loss) if view.narrow else layout

    def map(self, step: Callable[[Batch], State]) -> list[State]:
        """Return the state of each batch, in the order of the batches."""
        return self.engine.map(partial(_through, view=self.view, step=step))

    def reduce(
        self, step: Callable[[Batch], State], merge: Callable[[State, State], State]
    ) -> State:
        """Return the merged states of all batches."""
        return self.engine.reduce(partial(_through, view=self.view, step=step), merge)


def _through(piece: Encoded, view: View, step: Callable[[Batch], State]) -> State:
    return step(view.of(piece))
