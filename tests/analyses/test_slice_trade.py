"""Boxes that are as small as they may be: every bound moves, none of them by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from slice_oracle import inside
from slice_parts import part_of_codes

from terrain.analyses.slices.boxes import Box
from terrain.analyses.slices.scores import Score
from terrain.analyses.slices.trade import trade
from terrain.data.features import Encoding

ENCODINGS = {
    name: Encoding(feature=name, kind="range", cuts=tuple(float(i) for i in range(1, 100)))
    for name in "xyz"
} | {"c": Encoding(feature="c", kind="levels", levels=("a", "b"))}
MIN_ROWS = 1_000


def peak() -> tuple[dict[str, np.ndarray], np.ndarray, Score]:
    """Return codes, events that are dense round the middle of x and y, and the rate as a score."""
    random = np.random.default_rng(4)
    codes = {name: random.integers(0, 100, 40_000).astype(np.uint8) for name in "xyz"}
    codes["c"] = random.integers(0, 2, 40_000).astype(np.uint8)
    far = (codes["x"] - 50.0) ** 2 + (codes["y"] - 50.0) ** 2
    events = (random.random(40_000) < np.exp(-far / 200)).astype(float)
    score = Score(
        kind="sliceline", alpha=1.0, find="failing", exposure=40_000.0, events=events.sum(),
        variance=None,
    )  # fmt: skip
    return codes, events, score


def box_of(
    codes: dict[str, np.ndarray], events: np.ndarray, score: Score, **bounds: tuple[int, int]
) -> tuple[Box, int]:
    """Return the box of level a and some ranges, and how many instances it has."""
    ranges = ((name, tuple(range(*pair))) for name, pair in bounds.items())
    selection = (*ranges, ("c", (0,)))
    rows = inside(pd.DataFrame(codes), selection)
    scored = score(np.array([rows.sum() * 1.0]), np.array([events[rows].sum()]))
    return Box(float(scored[0]), selection), int(rows.sum())


@pytest.mark.parametrize("batches", [1, 3])
def test_a_long_box_at_the_floor_becomes_a_square_one(batches: int) -> None:
    codes, events, score = peak()
    start, rows = box_of(codes, events, score, x=(34, 66), y=(43, 60))
    assert MIN_ROWS <= rows <= 1.1 * MIN_ROWS
    part = part_of_codes(codes, events, np.ones(len(events)), batches)
    (found,) = trade(part, [start], ENCODINGS, score, MIN_ROWS)
    kept = inside(pd.DataFrame(codes), found.selection)
    assert kept.sum() >= MIN_ROWS
    rate = events[kept].mean()
    assert found.score == pytest.approx(rate / events.mean() - 1)
    square, _ = box_of(codes, events, score, x=(38, 62), y=(38, 62))
    assert found.score > max(square.score, start.score)
    lengths = {name: len(held) for name, held in found.selection}
    assert lengths["x"] == pytest.approx(lengths["y"], abs=6)
    assert dict(found.selection)["c"] == (0,)


def test_a_box_with_instances_to_spare_stays_as_it_is() -> None:
    codes, events, score = peak()
    start, rows = box_of(codes, events, score, x=(30, 70), y=(40, 64))
    assert rows > 1.1 * MIN_ROWS
    part = part_of_codes(codes, events, np.ones(len(events)))
    assert trade(part, [start], ENCODINGS, score, MIN_ROWS) == [start]


def test_rounder_bounds_are_not_given_up_for_little() -> None:
    codes, events, score = peak()
    start, rows = box_of(codes, events, score, x=(38, 62), y=(38, 62))
    part = part_of_codes(codes, events, np.ones(len(events)))
    (best,) = trade(part, [start], ENCODINGS, score, rows)
    # what is the best nearby is not left for another that is hardly better
    assert trade(part, [best], ENCODINGS, score, rows) == [best]
    little = Box(best.score * 0.995, start.selection)
    assert trade(part, [little], ENCODINGS, score, rows) == [little]
