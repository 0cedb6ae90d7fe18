"""The best boxes of two or three conditions: joint histograms times matrices of choices."""

from __future__ import annotations

from bisect import insort
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.analyses.slices.counting import joint_histograms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terrain.analyses.slices.choices import Choices
    from terrain.analyses.slices.scores import Score
    from terrain.data.features import Selection
    from terrain.statistics.batch import Part

SLABS_AT_ONCE = 2**8
"""Slabs that are looked into at a time, each with every choice of one more feature."""

ROUNDING = 1 + 1e-9
"""A bound may come out this much too low."""


class Box(NamedTuple):
    """A slice and its score in the part that was searched."""

    score: float
    selection: Selection


class _Leader(NamedTuple):
    """A best box of some features, in the order of leaders: by score, then by their places."""

    loss: float
    places: tuple[int, ...]
    box: Box
    histogram: np.ndarray


def best_boxes(
    part: Part,
    choices: Mapping[str, Choices],
    depth: int,
    score: Score,
    min_rows: int,
    most: int,
    step: Callable[[], None] = lambda: None,
) -> list[Box]:
    """Return the best boxes of any `depth` features, at most two of the same features.

    The second of two is the best one once the first is taken out. The search is exhaustive: of
    every combination of choices it knows the score, or that it is too low to be among the best.

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
    step
        Told after each combination of features.
    """
    choices = {name: choice for name, choice in choices.items() if len(choice.members)}
    place = {name: number for number, name in enumerate(choices)}
    leaders: list[_Leader] = []

    def least() -> float:
        """Return the score below which a box is not among the best."""
        return leaders[-1].box.score if len(leaders) == most else 0.0

    for features, histogram in joint_histograms(part, choices, depth):
        box = best_of(histogram, [choices[f] for f in features], score, min_rows, least())
        if box is not None:
            insort(leaders, _Leader(-box.score, tuple(place[f] for f in features), box, histogram))
            del leaders[most:]
        step()
    second = [
        best_of(
            _without(leader.histogram, leader.box.selection, choices),
            [choices[feature] for feature, _ in leader.box.selection],
            score,
            min_rows,
            least(),
        )
        for leader in leaders
    ]
    first = [leader.box for leader in leaders]
    found = [box for box in chain(first, second) if box is not None]
    return sorted(found, key=lambda box: -box.score)[:most]


def best_of(
    histogram: np.ndarray,
    choices: Sequence[Choices],
    score: Score,
    min_rows: int,
    least: float,
) -> Box | None:
    """Return the best box of a joint histogram; None where none has the least score, or above 0.

    The first features' choices are slabs, made of the last one's cells. Only slabs whose ceiling
    reaches what is sure to be found are looked into.
    """
    if (histogram[0] == histogram[1]).all():  # all are exposed: two layers say it
        histogram = histogram[1:]
    *first, last = choices
    slabs = _slabs(histogram, first, score, min_rows, least)
    if not len(slabs.ceiling):
        return None
    place = slabs.ceiling.argmax()
    top = float(_scores(slabs.sums[..., [place]], last, score, min_rows).max())
    # where nothing stands out, both are 0 but for rounding, and either may be the larger one
    slabs.ceiling[place] = max(slabs.ceiling[place], top)
    least = max(least, top)
    likely = np.flatnonzero(slabs.ceiling >= least)
    best, slab, choice = -np.inf, likely[0], 0
    for start in range(0, len(likely), SLABS_AT_ONCE):
        some = likely[start : start + SLABS_AT_ONCE]
        scored = _scores(slabs.sums[..., some], last, score, min_rows, max(least, best))
        if (highest := float(scored.max())) > best:
            number, choice = divmod(int(scored.argmax()), scored.shape[1])
            best, slab = highest, some[number]
    if best < least or best <= 0:
        return None
    held = (*(places[slab] for places in slabs.held), choice)
    selection = (
        (each.feature, each.codes(int(place))) for each, place in zip(choices, held, strict=True)
    )
    return Box(best, tuple(selection))


class _Slabs(NamedTuple):
    """Combinations of choices of some features.

    Attributes
    ----------
    sums
        (layers, cells, …, k) of the features that are left.
    ceiling
        (k,) what no box of these cells can exceed.
    held
        For each feature the (k,) choices.
    """

    sums: np.ndarray
    ceiling: np.ndarray
    held: list[np.ndarray]


def _slabs(
    histogram: np.ndarray, choices: Sequence[Choices], score: Score, min_rows: int, least: float
) -> _Slabs:
    """Return the combinations of choices that may hold a box of the least score.

    One matrix product a feature: the first axis of cells becomes choices, for each of the slabs
    so far; those that cannot reach the least score go no further.
    """

    def reaching(sums: np.ndarray, held: Sequence[np.ndarray]) -> _Slabs:
        cells = sums.reshape(len(sums), -1, sums.shape[-1])
        ceiling = ROUNDING * score.ceiling(cells[-2], cells[-1])
        ceiling[cells[0].sum(axis=0) < min_rows] = -np.inf
        likely = np.flatnonzero(ceiling >= least)
        return _Slabs(sums[..., likely], ceiling[likely], [places[likely] for places in held])

    sums = histogram[..., None].astype(np.float64)
    slabs = _Slabs(sums, np.full(1, np.inf), []) if choices else reaching(sums, [])
    for choice in choices:
        if not len(slabs.ceiling):
            break
        layers, cells, *left, count = slabs.sums.shape
        flat = slabs.sums.reshape(layers, cells, -1).transpose(0, 2, 1) @ choice.members.T
        kinds = len(choice.members)
        held = [*(places.repeat(kinds) for places in slabs.held), np.tile(np.arange(kinds), count)]
        slabs = reaching(flat.reshape(layers, *left, count * kinds), held)
    return slabs


def _scores(
    slabs: np.ndarray, last: Choices, score: Score, min_rows: int, least: float = -np.inf
) -> np.ndarray:
    """Return the (slabs, choices) scores of the last feature's choices within slabs.

    Those that cannot have the least score or have too few rows score −inf.
    """
    sums = slabs.transpose(0, 2, 1) @ last.members.T
    rows, exposure, events = sums[0], sums[-2], sums[-1]
    likely = (rows >= min_rows) & (ROUNDING * score.bound(exposure, events) >= least)
    scored = np.full(rows.shape, -np.inf)
    scored[likely] = score(exposure[likely], events[likely])
    return scored


def _without(
    histogram: np.ndarray, selection: Selection, choices: Mapping[str, Choices]
) -> np.ndarray:
    """Return a joint histogram with the cells of a box emptied."""
    left = histogram.copy()
    cells = [np.unique(choices[feature].lookup[list(codes)]) for feature, codes in selection]
    for layer in left:
        layer[np.ix_(*cells)] = 0
    return left
