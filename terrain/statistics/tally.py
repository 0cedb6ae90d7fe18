"""Tallies: exact sums over regions; tallies of disjoint regions add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.statistics.measures import Layout, Measures

CHUNK = 65_536
"""Instances counted at once, so that what is counted stays in the processor's cache."""

UNWEIGHTED_SUMS = 3
"""Sums kept of a loss: defined instances, values, squares."""

WEIGHTED_SUMS = 6
"""With weights also: weights and squared weights of the defined instances, cross products."""


@dataclass(frozen=True)
class Tally:
    """The sums of one region.

    Attributes
    ----------
    layout
        Where each sum stands.
    sums
        (s,) int64: the instances; one block of cells of all axes (with weights three: counts,
        weights, squared weights); the sums of each loss; the score histogram.
    """

    layout: Layout
    sums: np.ndarray

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of two disjoint regions together."""
        return Tally(self.layout, self.sums + other.sums)

    def __sub__(self, other: Tally) -> Tally:
        """Return the tally of what is left of a region when a part of it is taken away."""
        return Tally(self.layout, self.sums - other.sums)

    @property
    def instances(self) -> int:
        """Instances in the region, whether their measures are defined or not."""
        return int(self.sums[0])

    def counts(self) -> np.ndarray:
        """Return the (cells,) unweighted counts."""
        return self.sums[1 : 1 + self.layout.cells]

    def weights(self) -> np.ndarray:
        """Return the (cells,) sums of weights; the counts, where there are no weights."""
        return self._block(1)

    def squared_weights(self) -> np.ndarray:
        """Return the (cells,) sums of squared weights; the counts without weights."""
        return self._block(2)

    def _block(self, place: int) -> np.ndarray:
        if self.layout.weight_scales is None:
            return self.counts().astype(float)
        start = 1 + place * self.layout.cells
        scale = self.layout.weight_scales[place - 1]
        return self.sums[start : start + self.layout.cells] / scale

    def loss(self, name: str) -> tuple[float, float, float, float, float, float]:
        """Return of a loss: instances, events, exposure, their squares and their product.

        Returns
        -------
        (instances, Σe, Σx, Σe², Σex, Σx²), where e is the weighted loss and x the weight (1
        without weights) of each instance that has it.
        """
        names = list(self.layout.losses)
        scales = self.layout.losses[name]
        width = _loss_sums(self.layout)
        start = _losses_start(self.layout) + names.index(name) * width
        sums = self.sums[start : start + width]
        n, value, square, *weighted = sums.astype(np.float64).tolist()
        value, square = value / scales.value, square / scales.square
        if self.layout.weight_scales is None:
            return n, value, n, square, value, n
        weight_scale, squared_scale = self.layout.weight_scales
        weights, squared_weights, cross = weighted
        exposure = weights / weight_scale
        return n, value, exposure, square, cross / scales.cross, squared_weights / squared_scale

    def score_histogram(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the (b,) sums of whole weights of negatives and of positives in each score bin."""
        bins = len(self.layout.score_edges)
        start = _losses_start(self.layout) + len(self.layout.losses) * _loss_sums(self.layout)
        return self.sums[start : start + bins], self.sums[start + bins : start + 2 * bins]


def _loss_sums(layout: Layout) -> int:
    return UNWEIGHTED_SUMS if layout.weight_scales is None else WEIGHTED_SUMS


def _losses_start(layout: Layout) -> int:
    return 1 + layout.cells * (1 if layout.weight_scales is None else 3)


def columns_of(layout: Layout, loss: str | None) -> np.ndarray:
    """Return where the sums stand that are kept if one loss, or none, is looked at and no score."""
    start, width = _losses_start(layout), _loss_sums(layout)
    place = start + width * (list(layout.losses).index(loss) if loss is not None else 0)
    return np.append(np.arange(start), np.arange(place, place + (width if loss is not None else 0)))


def count(measures: Measures, assignment: np.ndarray, regions: int) -> np.ndarray:
    """Return the sums of a batch over disjoint regions.

    Parameters
    ----------
    measures
        Of (n,) instances.
    assignment
        (n,) integer: the region of each instance, below `regions`.
    regions
        How many regions.

    Returns
    -------
    (regions, s) int64; row i makes the tally of region i. Sums of batches add.
    """
    if measures.kinds is not None:
        code, _, sums = measures.kinds
        return _cells(assignment, code, len(sums), regions, None) @ sums
    assignment = assignment.astype(np.int64, copy=False)
    blocks = [_added(assignment, None, regions)]
    for weight in (None, measures.weight, measures.weight_squared):
        if weight is None and len(blocks) > 1:
            continue
        for axis, codes in zip(measures.layout.axes, measures.axes, strict=True):
            blocks.append(_cells(assignment, codes, axis.size, regions, weight))
    blocks += _loss_blocks(measures, assignment, regions)
    if measures.score is not None:
        size = 2 * len(measures.layout.score_edges) + 1
        blocks.append(_cells(assignment, measures.score, size, regions, measures.weight)[:, :-1])
    return np.concatenate(blocks, axis=1)


def crossed(first: np.ndarray, second: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return how many instances have which pair of codes, as int64 of a shape."""
    counts = np.zeros(shape[0] * shape[1], np.int64)
    narrow = np.min_scalar_type(len(counts))  # less to move than eight bytes each
    step = max(CHUNK, len(counts))
    for start in range(0, len(first), step):
        place = first[start : start + step].astype(narrow)
        place *= narrow.type(shape[1])
        place += second[start : start + step].astype(narrow, copy=False)
        counts += np.bincount(place, minlength=len(counts))
    return counts.reshape(shape)


def _cells(
    assignment: np.ndarray, codes: np.ndarray, size: int, regions: int, weight: np.ndarray | None
) -> np.ndarray:
    if weight is None and regions > 1:
        return crossed(assignment, codes, (regions, size))
    place = codes if regions == 1 else assignment * size + codes
    sums = np.bincount(place, weights=weight, minlength=regions * size)
    return sums.reshape(regions, size).astype(np.int64)


def _added(assignment: np.ndarray, values: np.ndarray | None, regions: int) -> np.ndarray:
    """Return the (regions, 1) sums of whole numbers; None counts the instances."""
    if regions == 1:  # nothing to look up: a tenth of the time
        sums = np.array([len(assignment) if values is None else values.sum()])
    else:
        sums = np.bincount(assignment, weights=values, minlength=regions)
    return sums.astype(np.int64)[:, None]


def _loss_blocks(measures: Measures, assignment: np.ndarray, regions: int) -> Iterator[np.ndarray]:
    for loss in measures.losses:
        defined = ~np.isnan(loss.value)
        whole = bool(defined.all())
        region = assignment if whole else assignment[defined]
        columns = [None, loss.value, loss.square]
        if loss.cross is not None:
            columns += [measures.weight, measures.weight_squared, loss.cross]
        for column in columns:
            values = column if whole or column is None else column[defined]
            yield _added(region, values, regions)


def tallies(layout: Layout, sums: np.ndarray) -> list[Tally]:
    """Return the (regions, s) sums as one tally a region."""
    return [Tally(layout, row) for row in sums]
