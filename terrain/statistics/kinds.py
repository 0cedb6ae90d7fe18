"""Instances alike in everything that is summed, so that counting kinds is summing.

Where errors are right or wrong, only a handful of rows of measures are different. Then each
instance is one of a few kinds, and the sums of a region follow from how many of each lie in it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.tally import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terrain.statistics.measures import Loss, Measures

MOST = 256
"""Kinds that a byte tells apart."""

MOST_COMBINATIONS = 65_536
"""Combinations of values, most of which may be nobody's."""

MOST_VALUES = 16
"""Different values of one real measure: each costs a comparison of all instances."""

LOOK = 256
"""Instances that tell whether a real measure has few values."""


class Kinds(NamedTuple):
    """Which kind each instance is.

    Attributes
    ----------
    code
        (n,) uint8.
    examples
        The measures of one instance of each of the k kinds.
    sums
        (k, s) int64: what one instance of each kind adds to a tally.
    """

    code: np.ndarray
    examples: Measures
    sums: np.ndarray


class Column(NamedTuple):
    """A measure of few values: the (n,) place of each instance's among its (k,) values."""

    places: np.ndarray
    values: np.ndarray


def kinds_of(measures: Measures) -> Kinds | None:
    """Return which kind each of (n,) instances is; None if there are more than `MOST`."""
    columns = []
    for column in _columns(measures):
        if column is None:
            return None
        columns.append(column)
    if not len(measures):
        return None
    found = combined(columns)
    if found is None:
        return None
    code, values = found
    held = iter(values)
    examples = replace(
        measures,
        axes=tuple(next(held) for _ in measures.axes),
        losses=tuple(
            loss._replace(**{name: next(held) for name, each in _held(loss)})
            for loss in measures.losses
        ),
        weight=None if measures.weight is None else next(held),
        weight_squared=None if measures.weight_squared is None else next(held),
        score=None if measures.score is None else next(held),
        kinds=None,
    )
    k = len(examples)
    return Kinds(code, examples, count(examples, np.arange(k), k))


def _columns(measures: Measures) -> Iterator[Column | None]:
    """Yield every measure, in the order in which `kinds_of` takes them again."""
    for axis, cells in zip(measures.layout.axes, measures.axes, strict=True):
        yield Column(cells, np.arange(axis.size, dtype=cells.dtype))
    for loss in measures.losses:
        yield from (of_few_values(each) for _, each in _held(loss))
    for weight in (measures.weight, measures.weight_squared):
        if weight is not None:
            yield of_few_values(weight)
    if measures.score is not None:
        size = 2 * len(measures.layout.score_edges) + 1
        yield Column(measures.score, np.arange(size, dtype=measures.score.dtype))


def _held(loss: Loss) -> list[tuple[str, np.ndarray]]:
    return [(name, each) for name, each in loss._asdict().items() if each is not None]


def of_few_values(measure: np.ndarray) -> Column | None:
    """Return (n,) float64 as places among its values, bit for bit; None if they are many."""
    bits = np.ascontiguousarray(measure).view(np.int64)
    places = np.full(len(bits), MOST_VALUES, np.uint8)
    values = np.unique(bits[:: len(bits) // LOOK + 1])
    for begin in (0, len(values)):
        if begin:
            values = np.append(values, np.unique(bits[places == MOST_VALUES]))
        if len(values) > MOST_VALUES:
            return None
        for place, value in enumerate(values[begin:].tolist(), begin):
            places[bits == value] = place
    return Column(places, values.view(np.float64))


def combined(columns: Sequence[Column]) -> tuple[np.ndarray, list[np.ndarray]] | None:
    """Return which combination of values each instance has, and those combinations.

    Returns
    -------
    (n,) uint8, and for each column the (k,) values of the combinations; None if they are many.
    """
    joint, values = columns[0].places, [columns[0].values]
    for column in columns[1:]:
        if len(values[0]) > MOST:
            joint, values = _used(joint, values)
        size = len(values[0]) * len(column.values)
        if size > MOST_COMBINATIONS:
            return None
        joint = joint.astype(np.min_scalar_type(size)) * len(column.values) + column.places
        values = [np.repeat(each, len(column.values)) for each in values]
        values.append(np.tile(column.values, size // len(column.values)))
    joint, values = _used(joint, values)
    return (joint.astype(np.uint8), values) if len(values[0]) <= MOST else None


def _used(joint: np.ndarray, values: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Drop the combinations that are nobody's, as most are: a square goes with its root."""
    used = np.flatnonzero(np.bincount(joint, minlength=len(values[0])))
    renumbered = np.zeros(len(values[0]), np.min_scalar_type(len(used)))
    renumbered[used] = np.arange(len(used))
    return renumbered.take(joint), [each[used] for each in values]
