"""What is summed over regions: integer cells and fixed-point losses of every instance.

All sums are sums of integers below 2**53, so they are exact whatever the order, the batches or
the engine. Real numbers (losses, weights) become integers by a power of two that depends only on
the largest of them and on how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
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
        Which instances are alike in all of this; None where too many differ, see `ByKind`.
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


class ByKind(Measures):
    """The measures of instances of few kinds: a byte for each, and what it stands for."""

    def __init__(self, kinds: Kinds) -> None:
        # the attributes of a frozen dataclass
        object.__setattr__(self, "layout", kinds.examples.layout)
        object.__setattr__(self, "kinds", kinds)

    def __reduce__(self) -> tuple[type[ByKind], tuple[Kinds | None]]:
        """Return what makes it again, without what was looked up."""
        return ByKind, (self.kinds,)

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self._kinds.code)

    @property
    def _kinds(self) -> Kinds:
        if self.kinds is None:
            raise ValueError("measures by kind have kinds")
        return self.kinds

    def _of_each(self, values: np.ndarray) -> np.ndarray:
        return values.take(self._kinds.code)

    def _of_each_if_any(self, values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else self._of_each(values)

    @cached_property
    def axes(self) -> tuple[np.ndarray, ...]:
        """See `Measures`."""
        return tuple(map(self._of_each, self._kinds.examples.axes))

    @cached_property
    def losses(self) -> tuple[Loss, ...]:
        """See `Measures`."""
        return tuple(
            Loss(self._of_each(a), self._of_each(b), self._of_each_if_any(c))
            for a, b, c in self._kinds.examples.losses
        )

    @cached_property
    def weight(self) -> np.ndarray | None:
        """See `Measures`."""
        return self._of_each_if_any(self._kinds.examples.weight)

    @cached_property
    def weight_squared(self) -> np.ndarray | None:
        """See `Measures`."""
        return self._of_each_if_any(self._kinds.examples.weight_squared)

    @cached_property
    def score(self) -> np.ndarray | None:
        """See `Measures`."""
        return self._of_each_if_any(self._kinds.examples.score)


def take_measures(measures: Measures, rows: np.ndarray | slice) -> Measures:
    """Return the measures of the given rows; of a slice without copying."""
    if measures.kinds is not None:
        return ByKind(measures.kinds._replace(code=measures.kinds.code[rows]))

    def one(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[rows]

    return Measures(
        layout=measures.layout,
        axes=tuple(axis[rows] for axis in measures.axes),
        losses=tuple(Loss(a[rows], b[rows], one(c)) for a, b, c in measures.losses),
        weight=one(measures.weight),
        weight_squared=one(measures.weight_squared),
        score=one(measures.score),
    )


def with_kinds(measures: Measures) -> Measures:
    """Return the measures by the kinds that their instances are of, if these are few."""
    kinds = kinds_of(measures)
    return measures if kinds is None else ByKind(kinds)


def narrowed(measures: Measures, loss: str | None) -> Measures:
    """Return the measures of one target only: a loss, or (for None) what rates are made of.

    A search counts thousands of regions; it should not sum what it does not look at.
    """
    if measures.kinds is None:
        return with_kinds(_narrowed(measures, loss))
    code, examples, sums = measures.kinds
    kept = columns_of(measures.layout, loss)
    return ByKind(Kinds(code, _narrowed(examples, loss), sums[:, kept]))


def _narrowed(measures: Measures, loss: str | None) -> Measures:
    place = list(measures.layout.losses).index(loss) if loss is not None else None
    return replace(
        measures,
        layout=narrowed_layout(measures.layout, loss),
        losses=() if place is None else (measures.losses[place],),
        score=None,
    )


def narrowed_layout(layout: Layout, loss: str | None) -> Layout:
    """Return where sums stand in the tallies of narrowed measures."""
    kept = {name: scales for name, scales in layout.losses.items() if name == loss}
    return replace(layout, losses=kept, score_edges=np.empty(0))
