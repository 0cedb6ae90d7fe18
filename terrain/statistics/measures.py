"""What is summed over regions: integer cells and fixed-point losses of every instance.

All sums are sums of integers below 2**53, so they are exact whatever the order, the batches or
the engine. Real numbers (losses, weights) become integers by a power of two that depends only on
the largest of them and on how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from terrain.statistics.kinds import Kinds, kinds_of
from terrain.statistics.tally import columns_of

TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_POSITIVE = range(4)
"""Cells of the axis ``outcome`` of a binary task."""


@dataclass(frozen=True)
class Axis:
    """A categorical measure: each instance falls into one of `size` cells, the last undefined."""

    name: str
    size: int


class Scales(NamedTuple):
    """Powers of two by which a loss, its square and its product with the weight became whole."""

    value: float
    square: float
    cross: float


class Loss(NamedTuple):
    """A loss of (n,) instances: whole numbers as float64, NaN where undefined.

    With weights, `value` is the weighted loss, `square` its square and `cross` its product with
    the weight; without, `cross` is None (it would equal `value`).
    """

    value: np.ndarray
    square: np.ndarray
    cross: np.ndarray | None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where each sum stands in a tally.

    Attributes
    ----------
    axes
        Categorical measures whose cells are counted (and, with weights, weighed).
    losses
        Real-valued measures by name, with the scales that made their sums integers.
    weight_scales
        Scales of the weights and of their squares; None without weights.
    score_edges
        (b,) lower edges of the score bins; empty without a score.
    """

    axes: tuple[Axis, ...]
    losses: dict[str, Scales]
    weight_scales: tuple[float, float] | None
    score_edges: np.ndarray

    @property
    def cells(self) -> int:
        """Cells of all axes together: the length of one block."""
        return sum(axis.size for axis in self.axes)

    def offset(self, axis: str) -> int:
        """Return where an axis begins within a block."""
        names = [a.name for a in self.axes]
        return sum(a.size for a in self.axes[: names.index(axis)])


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The measures of a batch of instances.

    Attributes
    ----------
    layout
        Shared by all batches.
    axes
        (n,) cell of each instance on each axis.
    losses
        In the order of the layout.
    weight, weight_squared
        (n,) integers as float64; None without weights.
    score
        (n,) code into ``2 * bins + 1`` cells: negatives, positives, undefined; None without.
    kinds
        Which instances are alike in all of this; None where too many differ.
    """

    layout: Layout
    axes: tuple[np.ndarray, ...]
    losses: tuple[Loss, ...]
    weight: np.ndarray | None
    weight_squared: np.ndarray | None
    score: np.ndarray | None
    kinds: Kinds | None = None

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self.axes[0])


def take_measures(measures: Measures, rows: np.ndarray | slice) -> Measures:
    """Return the measures of the given rows; of a slice without copying."""

    def one(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[rows]

    return Measures(
        layout=measures.layout,
        axes=tuple(axis[rows] for axis in measures.axes),
        losses=tuple(Loss(a[rows], b[rows], one(c)) for a, b, c in measures.losses),
        weight=one(measures.weight),
        weight_squared=one(measures.weight_squared),
        score=one(measures.score),
        kinds=measures.kinds and measures.kinds._replace(code=measures.kinds.code[rows]),
    )


def with_kinds(measures: Measures) -> Measures:
    """Return the measures with the kinds that their instances are of."""
    return replace(measures, kinds=kinds_of(measures))


def narrowed(measures: Measures, loss: str | None) -> Measures:
    """Return the measures of one target only: a loss, or (for None) what rates are made of.

    A search counts thousands of regions; it should not sum what it does not look at.
    """
    place = list(measures.layout.losses).index(loss) if loss is not None else None
    narrow = replace(
        measures,
        layout=narrowed_layout(measures.layout, loss),
        losses=() if place is None else (measures.losses[place],),
        score=None,
        kinds=None,
    )
    if measures.kinds is None:
        return with_kinds(narrow)
    kept = columns_of(measures.layout, loss)
    return replace(narrow, kinds=measures.kinds._replace(sums=measures.kinds.sums[:, kept]))


def narrowed_layout(layout: Layout, loss: str | None) -> Layout:
    """Return where sums stand in the tallies of narrowed measures."""
    kept = {name: scales for name, scales in layout.losses.items() if name == loss}
    return replace(layout, losses=kept, score_edges=np.empty(0))
