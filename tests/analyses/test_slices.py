"""The slice search finds the best box of all, whatever its bounds prune, and refines it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slice_oracle import every_box, inside, sliceline_score
from slice_parts import part_of_codes

from terrain.analyses.slices import Bounds, search
from terrain.analyses.slices.boxes import best_boxes, best_of
from terrain.analyses.slices.choices import Choices, choices_of
from terrain.analyses.slices.refine import refine
from terrain.analyses.slices.scores import Score
from terrain.data.features import Encoding

if TYPE_CHECKING:
    from terrain.analyses.slices.scores import Kind

ORDERED = Encoding(feature="x", kind="range", cuts=(1.0, 2.0, 3.0), has_missing=True)
FINE = Encoding(feature="y", kind="range", cuts=tuple(float(i) for i in range(1, 12)))
LEVELS = Encoding(feature="c", kind="levels", levels=("a", "b", "d"), has_missing=True)
ENCODINGS = {e.feature: e for e in (ORDERED, FINE, LEVELS)}


Find = Literal["failing", "best"]
KINDS = st.sampled_from(["evidence", "divergence", "sliceline"])
FINDS = st.sampled_from(["failing", "best"])


def score_of(events: np.ndarray, exposure: np.ndarray, kind: Kind, find: Find = "failing") -> Score:
    binomial = bool(np.isin(np.concatenate([events, exposure]), (0.0, 1.0)).all())
    return Score(
        kind=kind,
        alpha=0.95,
        find=find,
        exposure=float(exposure.sum()),
        events=float(events.sum()),
        variance=None if binomial else float(events.var()) + 1e-6,
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    n = draw(st.integers(6, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = {
        name: random.integers(0, e.size - (not e.has_missing), n).astype(np.uint8)
        for name, e in ENCODINGS.items()
    }
    if draw(st.booleans()):
        events = (random.random(n) < draw(st.floats(0.05, 0.95))).astype(float)
    else:
        events = random.integers(0, 50, n).astype(float)
    exposed = np.ones(n, bool) if draw(st.booleans()) else (events > 0) | (random.random(n) < 0.7)
    weight = random.integers(1, 6, n) if draw(st.booleans()) else np.ones(n)
    return codes, events * weight, exposed * weight.astype(float)


@patch("terrain.analyses.slices.boxes.SLABS_AT_ONCE", 3)
@given(tables(), KINDS, FINDS, st.integers(1, 3))
def test_the_best_box_is_the_best_of_all(
    table: tuple[dict[str, np.ndarray], np.ndarray, np.ndarray], kind: Kind, find: Find, depth: int
) -> None:
    codes, events, exposure = table
    if not events.sum() > 0 or not exposure.sum():
        return
    score = score_of(events, exposure, kind, find)
    if score.variance is None and (score.overall >= 1 or (events > exposure).any()):
        return
    choices = {
        name: choices_of(e, _histogram(codes[name], e, events, exposure), 4)
        for name, e in ENCODINGS.items()
    }
    found = best_boxes(part_of_codes(codes, events, exposure, 2), choices, depth, score, 2, 9)
    conditions = {
        name: [choice.codes(i) for i in range(len(choice.members))]
        for name, choice in choices.items()
    }
    frame = pd.DataFrame(codes)
    scores = [
        float(score(np.array([box.exposure]), np.array([box.events]))[0])
        for box in every_box(frame, pd.Series(events), pd.Series(exposure), conditions, depth)
        if box.support >= 2 and len(box.selection) == depth
    ]
    best = max(scores, default=-np.inf)
    if best <= 1e-9:
        assert not found or found[0].score <= 1e-9
        return
    assert found[0].score == pytest.approx(best)
    rows = inside(frame, found[0].selection)
    again = score(np.array([exposure[rows].sum()]), np.array([events[rows].sum()]))
    assert float(again[0]) == pytest.approx(best)


@given(tables(), KINDS, FINDS, st.integers(1, 3))
def test_asking_for_fewer_boxes_only_leaves_out_the_last(
    table: tuple[dict[str, np.ndarray], np.ndarray, np.ndarray], kind: Kind, find: Find, depth: int
) -> None:
    codes, events, exposure = table
    if not events.sum() > 0 or not exposure.sum():
        return
    score = score_of(events, exposure, kind, find)
    if score.variance is None and (score.overall >= 1 or (events > exposure).any()):
        return
    choices = {
        name: choices_of(e, _histogram(codes[name], e, events, exposure), 4)
        for name, e in ENCODINGS.items()
    }
    part = part_of_codes(codes, events, exposure)
    # with room for all, nothing is left out because a leader's score is out of reach
    every = best_boxes(part, choices, depth, score, 2, 1000)
    few = best_boxes(part, choices, depth, score, 2, 2)
    assert few == every[:2]


def test_two_failures_of_the_same_features_are_both_found() -> None:
    random = np.random.default_rng(7)
    codes = {"y": random.integers(0, 12, 20_000).astype(np.uint8)}
    rates = np.full(12, 0.1)
    rates[[1, 2]], rates[[8, 9]] = 0.5, 0.3
    events = (random.random(20_000) < rates[codes["y"]]).astype(float)
    exposure = np.ones(20_000)
    histogram = _histogram(codes["y"], FINE, events, exposure)
    found = best_boxes(
        part_of_codes(codes, events, exposure), {"y": choices_of(FINE, histogram, 12)}, 1,
        score_of(events, exposure, "evidence"), 20, 40,
    )  # fmt: skip
    assert [box.selection for box in found] == [(("y", (1, 2)),), (("y", (8, 9)),)]


@given(KINDS, FINDS, st.sampled_from(["errors", "losses"]), st.integers(0, 2**32 - 1))
def test_no_union_of_cells_exceeds_their_ceiling(
    kind: Kind, find: Find, target: str, seed: int
) -> None:
    random = np.random.default_rng(seed)
    exposure = random.integers(0, random.choice([1, 2, 30]), (6, 5)).astype(float)
    events = np.floor(exposure * random.random((6, 5)) * (5 if target == "losses" else 1))
    score = Score(
        kind=kind, alpha=0.9, find=find, exposure=400.0, events=400.0 * random.uniform(0.05, 0.95),
        variance=2.0 if target == "losses" else None,
    )  # fmt: skip
    ceilings = score.ceiling(exposure, events)
    assert not np.isnan(ceilings).any()
    unions = (random.random((64, 6)) < 0.5).astype(float)
    best = score(unions @ exposure, unions @ events).max(axis=0)
    # lower ones are never looked for
    assert (np.maximum(best, 0.0) <= np.maximum(ceilings, 0.0) * (1 + 1e-9)).all()


def _histogram(
    codes: np.ndarray, encoding: Encoding, events: np.ndarray, exposure: np.ndarray
) -> np.ndarray:
    return np.stack(
        [np.bincount(codes, w, minlength=encoding.size) for w in (None, exposure, events)]
    ).astype(float)


@given(st.integers(1, 400), st.floats(0.01, 0.99), st.floats(0, 1))
def test_a_bound_is_never_below_the_score(size: int, overall: float, rate: float) -> None:
    score = Score(
        kind="evidence", alpha=1, find="failing", exposure=1000.0, events=1000 * overall,
        variance=None,
    )  # fmt: skip
    events, exposure = np.array([float(round(size * rate))]), np.array([float(size)])
    best = max(score(exposure, events)[0], 0.0)  # lower ones are never looked for
    assert max(score.bound(exposure, events)[0], 0.0) >= best - 1e-9


@pytest.mark.parametrize(
    ("alpha", "events", "size", "published"),
    [
        (0.96, 993.0, 2_756.0, 0.8753603400072594),
        (0.99, 701.0, 1_858.0, 1.2938073290192469),
        (0.68, 4_054.0, 14_439.0, 0.1702100909914827),
    ],
)
def test_sliceline_s_formula(alpha: float, events: float, size: float, published: float) -> None:
    score = Score(
        kind="sliceline", alpha=alpha, find="failing", exposure=32561.0, events=4966.0,
        variance=None,
    )  # fmt: skip
    value = float(score(np.array([size]), np.array([events]))[0])
    assert value == pytest.approx(published, rel=0, abs=1e-12)
    assert value == pytest.approx(sliceline_score(events, size, 4966, 32561, alpha), rel=1e-12)


def planted(seed: int, n: int = 20_000) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return codes of 0 to 99 of three features, events, and the rows of a box in two of them."""
    random = np.random.default_rng(seed)
    codes = {name: random.integers(0, 100, n).astype(np.uint8) for name in "xyz"}
    box = (codes["x"] >= 37) & (codes["x"] < 59) & (codes["y"] >= 81)
    events = (random.random(n) < np.where(box, 0.45, 0.15)).astype(float)
    return codes, events, box


@pytest.mark.parametrize("seed", range(3))
def test_bounds_are_refined_beyond_the_grid(seed: int) -> None:
    codes, events, box = planted(seed)
    encodings = {
        name: Encoding(feature=name, kind="range", cuts=tuple(float(i) for i in range(1, 100)))
        for name in "xyz"
    }
    part = part_of_codes(codes, events, np.ones(len(events)), 3)
    found = search(part, encodings, Bounds(depth=3, min_rows=20))[0]
    rows = inside(pd.DataFrame(codes), found)
    assert (rows & box).sum() / (rows | box).sum() > 0.8


def test_refining_never_costs_more_than_rounding() -> None:
    codes, events, _ = planted(5)
    exposure = np.ones(len(events))
    encodings = {
        name: Encoding(feature=name, kind="range", cuts=tuple(float(i) for i in range(1, 100)))
        for name in "xyz"
    }
    part = part_of_codes(codes, events, exposure)
    score = score_of(events, exposure, "divergence")
    choices = {
        name: choices_of(e, _histogram(codes[name], e, events, exposure), 8)
        for name, e in encodings.items()
    }
    before = best_boxes(part, choices, 2, score, 20, 5)
    after = refine(part, before, encodings, score, 20)
    assert after[0].score > before[0].score


def test_low_rates_can_be_looked_for() -> None:
    codes, events, box = planted(1)
    encodings = {
        name: Encoding(feature=name, kind="range", cuts=tuple(float(i) for i in range(1, 100)))
        for name in "xyz"
    }
    part = part_of_codes(codes, 1 - events, np.ones(len(events)))
    found = search(part, encodings, Bounds(depth=2, min_rows=20, find="best"))[0]
    rows = inside(pd.DataFrame(codes), found)
    assert (rows & box).sum() / (rows | box).sum() > 0.7


@pytest.mark.parametrize("overall", [0.14, 0.15, 0.5])
def test_where_nothing_stands_out_rounding_does_no_harm(overall: float) -> None:
    cells = [Choices(name, np.arange(5), np.tri(4, 5, 0)) for name in ("x", "y")]
    for seed in range(200):
        exposure = np.random.default_rng(seed).integers(1, 9, (5, 5)) * 100.0
        events = np.round(overall * exposure)  # in every cell the overall rate
        score = Score(kind="evidence", alpha=1, find="failing", exposure=exposure.sum(),
                      events=events.sum(), variance=None)  # fmt: skip
        found = best_of(np.stack([exposure, exposure, events]), cells, score, 10, 0.0)
        assert found is None or found.score < 1e-9


def test_nothing_to_search() -> None:
    part = part_of_codes({}, np.ones(5), np.ones(5))
    assert search(part, {}, Bounds(depth=3, min_rows=2)) == []


def test_against_zero_a_small_gain_beats_a_large_region_without_loss() -> None:
    generator = np.random.default_rng(4)
    codes = {"x": generator.integers(0, 4, 4_000).astype(np.uint8)}
    mean = np.array([-3.0, 0.0, 0.0, 0.6])[codes["x"]] + generator.normal(0, 0.1, 4_000)
    part = part_of_codes(codes, mean, np.ones(4_000))
    encodings = {"x": Encoding(feature="x", kind="range", cuts=(1.0, 2.0, 3.0))}
    first = [
        search(part, encodings, Bounds(depth=1, min_rows=20, baseline=baseline))[0]
        for baseline in (0.0, None)
    ]
    assert first == [(("x", (3,)),), (("x", (1, 2, 3)),)]
    below = part_of_codes(codes, -np.abs(mean) - 0.1, np.ones(4_000))
    assert search(below, encodings, Bounds(depth=1, min_rows=20, baseline=0.0)) == []
    nothing = part_of_codes(codes, np.zeros(4_000), np.ones(4_000))
    assert search(nothing, encodings, Bounds(depth=1, min_rows=20, baseline=0.0)) == []
