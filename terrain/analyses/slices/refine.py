"""From a box of coarse cells to the best bounds that the data's own resolution allows."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from terrain.analyses.slices.boxes import Box
from terrain.analyses.slices.counting import add, histograms_within
from terrain.data.features import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.analyses.slices.scores import Score
    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Part

    Best = tuple[float, tuple[int, ...]]
    Slot = tuple[str, Selection]

SWEEPS = 4
"""Most rounds over the conditions; few boxes move after the second."""

COST = 0.01
"""Share of its score that a slice may lose for rounder bounds."""


def refine(
    part: Part,
    boxes: Sequence[Box],
    encodings: Mapping[str, Encoding],
    score: Score,
    min_rows: int,
) -> list[Box]:
    """Return boxes whose every condition is the best one, the others being as they are.

    Conditions are taken in turn until none moves: coordinate ascent, one fold a step for all
    boxes together. What is best depends on the other conditions only, so it is found once.
    """
    current = list(boxes)
    sizes = {feature: encoding.size for feature, encoding in encodings.items()}
    best: dict[Slot, Best | None] = {}
    for _ in range(SWEEPS):
        before = current
        for place in range(len(current[0].selection) if current else 0):
            fresh = {_slot(box, place) for box in current} - best.keys()
            if fresh:
                counted = part.reduce(partial(histograms_within, slots=fresh, sizes=sizes), add)
                for slot, histogram in counted.items():
                    best[slot] = _best_condition(histogram, encodings[slot[0]], score, min_rows)
            current = [_moved(box, place, best[_slot(box, place)], encodings) for box in current]
        if current == before:
            break
    return sorted(current, key=lambda box: -box.score)


def _slot(box: Box, place: int) -> Slot:
    """Return the feature of one condition, and the other conditions."""
    return box.selection[place][0], box.selection[:place] + box.selection[place + 1 :]


def _moved(box: Box, place: int, best: Best | None, encodings: Mapping[str, Encoding]) -> Box:
    feature, codes = box.selection[place]
    encoding = encodings[feature]
    # missingness has no bounds to move
    if best is None or (encoding.ordered and encoding.missing_code in codes):
        return box
    selection = (*box.selection[:place], (feature, best[1]), *box.selection[place + 1 :])
    return Box(best[0], selection)


def _best_condition(
    histogram: np.ndarray, encoding: Encoding, score: Score, min_rows: int
) -> Best | None:
    find = _best_range if encoding.ordered else _best_levels
    return find(histogram, encoding, score, min_rows)


def _best_range(
    histogram: np.ndarray, encoding: Encoding, score: Score, min_rows: int
) -> Best | None:
    """Return the best range; rounder bounds win where they cost little."""
    missing = encoding.missing_code
    sums = np.concatenate([np.zeros((3, 1)), np.cumsum(histogram[:, :missing], axis=1)], axis=1)
    low, high = _ranges(missing)
    enough = np.flatnonzero(sums[0].take(high) - sums[0].take(low) >= min_rows)
    if not len(enough):
        return None
    low, high = low.take(enough), high.take(enough)
    exposure, events = (each.take(high) - each.take(low) for each in sums[1:])
    scored = score(exposure, events)
    bounds = (low > 0) * 1.0 + (high < missing)
    worth = scored - score.price * math.log(BOUNDS) * bounds
    if not np.isfinite(worth.max()):
        return None
    roundness = np.array(roundness_of(encoding))
    near = np.flatnonzero(worth >= worth.max() - COST * abs(float(scored.max())))
    digits = roundness[low[near]] + roundness[high[near]]
    roundest = near[digits == digits.min()]
    best = roundest[worth[roundest].argmax()]
    return float(scored[best]), tuple(range(low[best], high[best]))


@cache
def _ranges(values: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of every range of some values, a range of all of them included."""
    low, high = np.triu_indices(values + 1, 1)
    small = np.min_scalar_type(values)
    return low.astype(small), high.astype(small)


@cache
def roundness_of(encoding: Encoding) -> tuple[int, ...]:
    """Return `Encoding.roundness`, once for each encoding."""
    return encoding.roundness()


def _best_levels(
    histogram: np.ndarray, encoding: Encoding, score: Score, min_rows: int
) -> Best | None:
    """Return the best set of levels: the best prefix of their order by rate."""
    rows, exposure, events = histogram
    rate = np.divide(events, exposure, out=np.full(len(rows), -np.inf), where=exposure > 0)
    order = np.argsort(rate if score.find == "best" else -rate, kind="stable")
    order = order[exposure[order] > 0]
    sums = np.cumsum(histogram[:, order], axis=1)
    scored = np.where(sums[0] >= min_rows, score(sums[1], sums[2]), -np.inf)
    if not len(scored) or not np.isfinite(scored.max()):
        return None
    prices = [encoding.price(range(size)) for size in range(1, len(order) + 1)]
    best = int(np.argmax(scored - score.price * np.array(prices)))
    return float(scored[best]), tuple(sorted(order[: best + 1].tolist()))
