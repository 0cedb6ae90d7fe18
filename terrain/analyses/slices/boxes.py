"""Every box of two or three conditions at once: joint histograms times matrices of choices."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.analyses.slices.choices import Choices
    from terrain.analyses.slices.scores import Score
    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch, Part

CHUNK = 65_536
"""Instances counted at once, so that their cells stay in the processor's cache."""


class Box(NamedTuple):
    """A slice and its score in the part that was searched."""

    score: float
    selection: Selection


def best_boxes(
    part: Part,
    choices: Mapping[str, Choices],
    depth: int,
    score: Score,
    min_rows: int,
    most: int,
) -> list[Box]:
    """Return the best boxes of any `depth` features, at most two of the same features.

    The second of two is the best one once the first is taken out. The search is exhaustive: it
    scores every combination of choices.

    Parameters
    ----------
    part
        The instances that may be seen.
    choices
        The conditions on each feature.
    depth
        Conditions in a slice.
    score
        What is maximised.
    min_rows
        Fewest instances in a slice.
    most
        How many are wanted.
    """
    tuples = list(combinations([name for name, c in choices.items() if len(c.members)], depth))
    if not tuples:
        return []
    histograms = part.reduce(partial(_histograms, tuples=tuples, choices=choices), _add)
    first = [
        _best_of(histogram, [choices[f] for f in features], score, min_rows)
        for features, histogram in zip(tuples, histograms, strict=True)
    ]
    ranked = sorted(
        (place for place, box in enumerate(first) if box is not None),
        key=lambda place: -first[place].score,  # type: ignore[union-attr]
    )[:most]
    second = [
        _best_of(
            _without(histograms[place], first[place].selection, choices),  # type: ignore[union-attr]
            [choices[f] for f in tuples[place]],
            score,
            min_rows,
        )
        for place in ranked
    ]
    found = [box for box in (*(first[place] for place in ranked), *second) if box is not None]
    return sorted(found, key=lambda box: -box.score)[:most]


def _add(a: list[np.ndarray], b: list[np.ndarray]) -> list[np.ndarray]:
    return [x + y for x, y in zip(a, b, strict=True)]


def _best_of(
    histogram: np.ndarray, choices: Sequence[Choices], score: Score, min_rows: int
) -> Box | None:
    """Return the best box of a joint histogram; None where none has a positive score."""
    rows, exposure, events = _every_box(histogram, choices)
    bound = score.bound(exposure, events)
    bound[rows < min_rows] = -np.inf
    # only boxes whose bound reaches the score of the most promising one can be the best
    likely = bound >= score(*_cell(exposure, events, bound.argmax()))
    scored = score(exposure[likely], events[likely])
    if not len(scored) or not scored.max() > 0:
        return None
    best = np.unravel_index(np.flatnonzero(likely)[scored.argmax()], bound.shape)
    codes = (choice.codes(int(place)) for choice, place in zip(choices, best, strict=True))
    features = (choice.feature for choice in choices)
    return Box(float(scored.max()), tuple(zip(features, codes, strict=True)))


def _cell(exposure: np.ndarray, events: np.ndarray, place: np.intp) -> tuple[np.ndarray, ...]:
    return exposure.ravel()[[place]], events.ravel()[[place]]


def _every_box(histogram: np.ndarray, choices: Sequence[Choices]) -> np.ndarray:
    """Return the (3, choices, …) sums over every combination: one matrix product an axis."""
    sums = histogram
    for choice in choices:  # the first axis of cells becomes the last axis of choices
        shape = sums.shape
        flat = sums.reshape(len(sums), shape[1], -1).transpose(0, 2, 1) @ choice.members.T
        sums = flat.reshape(len(sums), *shape[2:], len(choice.members))
    return sums


def _without(
    histogram: np.ndarray, selection: Selection, choices: Mapping[str, Choices]
) -> np.ndarray:
    """Return a joint histogram with the cells of a box emptied."""
    left = histogram.copy()
    cells = [np.unique(choices[feature].lookup[list(codes)]) for feature, codes in selection]
    for layer in left:
        layer[np.ix_(*cells)] = 0.0
    return left


def _histograms(
    batch: Batch, tuples: Sequence[tuple[str, ...]], choices: Mapping[str, Choices]
) -> list[np.ndarray]:
    """Return for each tuple of features the (3, cells, …) sums of a batch."""
    shapes = [tuple(choices[f].cells for f in features) for features in tuples]
    found = [np.zeros((3, int(np.prod(shape)))) for shape in shapes]
    unit = bool((batch.exposure == 1.0).all() and np.isin(batch.events, (0.0, 1.0)).all())
    for start in range(0, len(batch), CHUNK):
        rows = slice(start, start + CHUNK)
        cells = {name: c.lookup[batch.codes[name][rows]] for name, c in choices.items()}
        count = _count_units if unit else _count_sums
        count(found, tuples, shapes, cells, batch.events[rows], batch.exposure[rows])
    return [sums.reshape(3, *shape) for sums, shape in zip(found, shapes, strict=True)]


def _count_units(
    found: list[np.ndarray],
    tuples: Sequence[tuple[str, ...]],
    shapes: Sequence[tuple[int, ...]],
    cells: Mapping[str, np.ndarray],
    events: np.ndarray,
    exposure: np.ndarray,
) -> None:
    """Add a chunk of 0/1 events: the event is one more bit of the cell, so one count does."""
    del exposure
    happened = events.astype(np.int64)
    doubled = {name: values * 2 + happened for name, values in cells.items()}
    head, base = None, np.zeros(len(events), np.int64)
    for sums, features, shape in zip(found, tuples, shapes, strict=True):
        if features[:-1] != head:
            head = features[:-1]
            base = _joint(head, shape, cells) * 2
        place = base * shape[-1] + doubled[features[-1]]
        counted = np.bincount(place, minlength=2 * sums.shape[1]).reshape(-1, 2)
        both = counted.sum(axis=1)
        sums[0] += both
        sums[1] += both
        sums[2] += counted[:, 1]


def _count_sums(
    found: list[np.ndarray],
    tuples: Sequence[tuple[str, ...]],
    shapes: Sequence[tuple[int, ...]],
    cells: Mapping[str, np.ndarray],
    events: np.ndarray,
    exposure: np.ndarray,
) -> None:
    """Add a chunk of losses or weights."""
    for sums, features, shape in zip(found, tuples, shapes, strict=True):
        place = _joint(features, shape, cells)
        for layer, weights in enumerate((None, exposure, events)):
            sums[layer] += np.bincount(place, weights, minlength=sums.shape[1])


def _joint(
    features: Sequence[str], shape: Sequence[int], cells: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Return the joint cell of some features; of none, the same cell for all."""
    place = np.zeros(len(next(iter(cells.values()))), np.int64)
    for feature, size in zip(features, shape, strict=False):
        place = place * size + cells[feature]
    return place
