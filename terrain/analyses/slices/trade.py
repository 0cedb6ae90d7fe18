"""Where the fewest instances bind: all bounds of a box move at once, one inwards, one outwards."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from terrain.analyses.slices.boxes import best_of
from terrain.analyses.slices.choices import Choices
from terrain.analyses.slices.counting import add, grids_of
from terrain.analyses.slices.refine import COST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.analyses.slices.boxes import Box
    from terrain.analyses.slices.scores import Score
    from terrain.data.features import Encoding
    from terrain.statistics.batch import Batch, Part

STEP = 3
"""Codes by which a bound moves in one round, at most."""

ROUNDS = 20
"""Most rounds; they end where no box moves."""

BINDS = 1.1
"""A box with at most this many times the fewest instances cannot be cut on one side."""


def trade(
    part: Part,
    boxes: Sequence[Box],
    encodings: Mapping[str, Encoding],
    score: Score,
    min_rows: int,
) -> list[Box]:
    """Return boxes, those that are as small as they may be with the best bounds nearby.

    A bound of such a box cannot move by itself: inwards there are too few instances, outwards
    the score falls. So every combination of shifts of all its bounds is tried, time and again.
    Rounder bounds are given up for no less of the score than they may cost.
    """
    supports = part.reduce(partial(_supports, boxes=boxes), np.add)
    moving = {
        place: box
        for place, (box, support) in enumerate(zip(boxes, supports, strict=True))
        if support <= BINDS * min_rows
    }
    moved = dict(moving)
    for _ in range(ROUNDS):
        grids = {
            place: [_nearby(encodings[feature], codes) for feature, codes in box.selection]
            for place, box in moving.items()
        }
        if not grids:
            break
        counted = part.reduce(partial(grids_of, grids=grids), add)
        tried = {
            place: best_of(counted[place], grid, score, min_rows, moving[place].score)
            for place, grid in grids.items()
        }
        moving = {p: box for p, box in tried.items() if box and box.score > moving[p].score}
        moved |= moving
    better = {place: box for place, box in moved.items() if _gains(box, boxes[place])}
    return [better.get(place, box) for place, box in enumerate(boxes)]


def _supports(batch: Batch, boxes: Sequence[Box]) -> np.ndarray:
    return np.array([np.count_nonzero(batch.mask(box.selection)) for box in boxes])


def _gains(after: Box, before: Box) -> bool:
    return after.score > before.score + COST * abs(before.score)


def _nearby(encoding: Encoding, codes: Sequence[int]) -> Choices:
    """Return the ranges whose bounds are near those of a range; a set as it is."""
    every, missing = np.arange(encoding.size), encoding.missing_code
    if not encoding.ordered or missing in codes:
        return Choices(encoding.feature, np.isin(every, codes).astype(int), np.array([[0.0, 1.0]]))
    lows, highs = (
        range(max(bound - STEP, 0), min(bound + STEP, missing) + 1)
        for bound in (min(codes), max(codes) + 1)
    )
    edges = np.array(sorted({*lows, *highs}))
    lookup = np.searchsorted(edges, every, side="right")
    ranges = [(low, high) for low, high in product(lows, highs) if low < high]
    # a cell ends at its own edge; those below the first and above the last are in no range
    ends = np.append(edges, missing + 1)
    members = [[low < end <= high for end in ends] for low, high in ranges]
    return Choices(encoding.feature, lookup, np.array(members, float))
