"""A bound goes to the best of all places, to a round one where that costs nothing, or stays."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.analyses.slices import Near, better_bound
from terrain.analyses.slices.scores import Score
from terrain.data.cuts import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.analyses.slices.scores import Kind
    from terrain.data.regions import Scale

NOTHING = np.zeros(3)
MIN_ROWS = 5


def score_of(
    kind: Kind = "evidence",
    find: Literal["failing", "best"] = "failing",
    rate: float = 0.2,
    variance: float | None = None,
) -> Score:
    return Score(
        kind=kind, alpha=0.95, find=find, exposure=1000.0, events=1000 * rate, variance=variance
    )


def near_of(values: np.ndarray, events: np.ndarray, *, lower: bool) -> Near:
    ones = np.ones(len(values))
    return Near(values, np.stack([ones, ones, events]), NOTHING, lower)


def frame_of(near: Near) -> pd.DataFrame:
    exposed, exposure, events = near.layers
    return pd.DataFrame(
        {"value": near.numbers, "exposed": exposed, "exposure": exposure, "events": events}
    )


def places(near: Near, score: Score, min_rows: int) -> Iterator[tuple[float, float, float]]:
    """Yield two neighbouring values, and the score of a bound between them, counted slowly."""
    rows = frame_of(near)
    distinct = sorted(rows["value"].unique())
    for below, above in pairwise(distinct):
        yield float(below), float(above), scored(rows, near, above, score, min_rows)


def scored(rows: pd.DataFrame, near: Near, bound: float, score: Score, min_rows: int) -> float:
    held = rows[rows["value"] >= bound] if near.lower else rows[rows["value"] < bound]
    exposed, exposure, events = held[["exposed", "exposure", "events"]].sum() + near.beyond
    if exposed < min_rows:
        return -math.inf
    return float(score(np.array([exposure]), np.array([events]))[0])


@st.composite
def windows(draw: st.DrawFn) -> tuple[Near, float, Score]:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 120))
    values = np.round(random.normal(size=n) * 10, draw(st.integers(0, 3)))
    if draw(st.booleans()):
        values[random.integers(0, n)] = draw(st.sampled_from([np.inf, -np.inf, 0.0]))
    lower = draw(st.booleans())
    find: Literal["failing", "best"] = draw(st.sampled_from(["failing", "best"]))
    edge = float(random.normal() * 5)
    bad = (values >= edge) == (lower == (find == "failing"))
    exposed = random.random(n) < draw(st.sampled_from([1.0, 0.7]))
    events = (random.random(n) < np.where(bad, 0.7, 0.1)) & exposed
    size = random.integers(1, 50, n) if draw(st.booleans()) else np.ones(n)
    beyond = np.array(draw(st.sampled_from([(0, 0, 0), (9, 9, 4), (3, 60, 30)])), float)
    layers = np.stack([exposed, exposed * size, events * size]).astype(float)
    kind: Kind = draw(st.sampled_from(["evidence", "divergence", "sliceline"]))
    variance = None if size.max() == 1 else 5.0
    score = score_of(kind, find, draw(st.sampled_from([0.1, 0.3])), variance)
    return Near(values, layers, beyond, lower), draw(st.floats(-12, 12)), score


@given(windows())
def test_the_best_of_all_places_is_found(case: tuple[Near, float, Score]) -> None:
    near, bound, score = case
    found = better_bound(near, bound, (), score, MIN_ROWS, "number")
    tried = list(places(near, score, MIN_ROWS))
    rows = frame_of(near)
    now = scored(rows, near, bound, score, MIN_ROWS)
    best = max((each for *_, each in tried), default=-math.inf)
    if found is None:
        assert (
            not best > 0 or now >= score.indistinct(best) - 1e-9 or math.isinf(rows["value"].max())
        )
        return
    assert math.isfinite(found)
    after = scored(rows, near, found, score, MIN_ROWS)
    assert after > now
    assert after >= score.indistinct(best) - 1e-9
    assert any(low < found <= high for low, high, _ in tried)


def step(n: int, edge: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    values = random.uniform(2.25, 3.0, n)
    return values, (random.random(n) < np.where(values >= edge, 0.6, 0.15)).astype(float)


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("kind", ["evidence", "divergence"])
@pytest.mark.parametrize("find", ["failing", "best"])
def test_an_edge_between_cut_points_is_found(
    kind: Kind, find: Literal["failing", "best"], *, lower: bool
) -> None:
    values, events = step(2_000, 2.63)
    turned = lower != (find == "failing")
    near = near_of(values, 1 - events if turned else events, lower=lower)
    score = score_of(kind, find, 0.65 if turned else 0.35)
    found = better_bound(near, 2.5, (), score, MIN_ROWS, "number")
    assert found is not None
    assert found == pytest.approx(2.63, abs=0.012)
    assert digits(found, "number") <= 3


def test_a_round_bound_stays_where_a_crooked_one_gains_nothing() -> None:
    moved = 0
    for seed in range(100):
        values, events = step(600, 2.5, seed)
        near = near_of(values, events, lower=True)
        moved += better_bound(near, 2.5, (), score_of(), MIN_ROWS, "number") is not None
    # a walk against a drift climbs to the log of ten with a chance of a tenth, on either side
    assert 0 < moved <= 20


def test_a_better_bound_is_one_that_another_slice_has() -> None:
    values, events = step(2_000, 2.63)
    near = near_of(values, events, lower=True)
    own = better_bound(near, 2.5, (), score_of(), MIN_ROWS, "number")
    assert own is not None
    other = math.nextafter(own, 3)
    assert better_bound(near, 2.5, (2.4, other), score_of(), MIN_ROWS, "number") == other
    assert better_bound(near, 2.5, (2.4, 2.9), score_of(), MIN_ROWS, "number") == own


def test_the_fewest_are_exposed_instances() -> None:
    values = np.repeat(np.arange(20.0), 20)
    exposed = np.tile([True, False], 200)
    events = exposed & (values >= 18)
    near = Near(values, np.stack([exposed, exposed, events]).astype(float), NOTHING, lower=True)
    for fewest in (1, 40):
        found = better_bound(near, 5.0, (), score_of(), fewest, "integer")
        assert found is not None
        assert (exposed & (values >= found)).sum() == max(fewest, 20)


@pytest.mark.parametrize(
    ("scale", "values", "expected"),
    [
        ("integer", [3, 18, 37, 52], 20.0),
        ("number", [0.113, 0.2117, 0.2391, 0.4], 0.22),
        ("date", [86400.0 * day for day in (3, 12, 43, 60)], 86400.0 * 31),
    ],
)
def test_a_bound_is_round_in_the_manner_of_its_scale(
    scale: Scale, values: list[float], expected: float
) -> None:
    repeated = np.repeat(np.array(values, float), 40)
    events = (repeated >= values[2]).astype(float)
    near = near_of(repeated, events, lower=True)
    found = better_bound(near, values[0] - 1, (), score_of(), MIN_ROWS, scale)
    assert found == pytest.approx(expected)


def test_where_all_values_are_equal_a_bound_stays() -> None:
    near = near_of(np.full(30, 2.0), np.ones(30), lower=True)
    assert better_bound(near, 1.5, (), score_of(), MIN_ROWS, "number") is None
