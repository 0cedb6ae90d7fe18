"""Shrunken rates: nearer the truth by simulation, and exact at the two extremes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from terrain.statistics.shrinkage import shrink_to_additive


def root_mean_square_errors(
    shape: tuple[int, int], *, sizes: tuple[int, int], interaction: float
) -> tuple[float, float]:
    """Return the errors of raw and of shrunken rates, over 200 tables with main effects of .3."""
    generator = np.random.default_rng(5)
    raw, shrunken = [], []
    for _ in range(200):
        rows, columns = (generator.normal(0, 0.3, n) for n in shape)
        cells = generator.normal(0, interaction, shape)
        truth = expit(-1.7 + rows[:, None] + columns[None, :] + cells)
        exposure = generator.integers(*sizes, shape)
        events = generator.binomial(exposure, truth)
        raw.append(events / exposure - truth)
        shrunken.append(shrink_to_additive(events, exposure) - truth)
    return float(np.std(raw)), float(np.std(shrunken))


def test_eighty_small_groups_come_much_nearer_to_the_truth() -> None:
    raw, shrunken = root_mean_square_errors((8, 10), sizes=(1, 12), interaction=0.1)
    assert raw > 0.15
    assert shrunken < 0.45 * raw


def test_groups_that_differ_beyond_main_effects_come_nearer_too() -> None:
    raw, shrunken = root_mean_square_errors((8, 10), sizes=(1, 12), interaction=1.0)
    assert shrunken < 0.75 * raw


def test_a_fit_that_follows_a_few_groups_closely_does_not_hide_how_they_differ() -> None:
    raw, shrunken = root_mean_square_errors((2, 3), sizes=(50, 200), interaction=0.5)
    assert shrunken < 1.02 * raw


def test_large_groups_that_differ_stay_where_they_are() -> None:
    raw, shrunken = root_mean_square_errors((8, 10), sizes=(2000, 3000), interaction=1.0)
    assert shrunken < 1.02 * raw


def test_one_feature_is_shrunk_to_the_overall_rate() -> None:
    generator = np.random.default_rng(3)
    exposure = generator.integers(1, 12, 79)
    events = generator.binomial(exposure, 0.15)
    overall = events.sum() / exposure.sum()
    shrunken = shrink_to_additive(events, exposure)
    assert np.abs(shrunken - 0.15).max() < 0.4 * np.abs(events / exposure - 0.15).max()
    raw = events / exposure
    assert np.all((shrunken - overall) * (raw - overall) >= -1e-12)
    assert np.all(np.abs(shrunken - overall) <= np.abs(raw - overall) + 1e-12)


def test_an_axis_with_one_level_says_nothing() -> None:
    events, exposure = np.array([1, 0, 6, 9, 2]), np.array([2, 5, 20, 20, 3])
    expected = shrink_to_additive(events, exposure)
    assert shrink_to_additive(events[None, :], exposure[None, :])[0] == pytest.approx(expected)
    assert shrink_to_additive(events[:, None], exposure[:, None])[:, 0] == pytest.approx(expected)


def test_an_additive_table_is_kept_and_its_empty_cell_filled() -> None:
    truth = 0.2 + np.array([[0.0], [0.1], [0.3]]) + np.array([[0.0, 0.05, 0.2]])
    exposure = np.full((3, 3), 1000.0)
    exposure[1, 2] = 0.0
    assert shrink_to_additive(truth * exposure, exposure) == pytest.approx(truth, abs=1e-9)


def test_a_level_without_instances_gets_the_other_features_effect() -> None:
    exposure = np.array([[400, 400], [400, 400], [0, 0]])
    shrunken = shrink_to_additive([[40, 120], [44, 124], [0, 0]], exposure)
    assert np.isfinite(shrunken).all()
    assert shrunken[2] == pytest.approx([0.105, 0.305], abs=0.02)


def test_no_instances_at_all_have_no_rates() -> None:
    assert np.isnan(shrink_to_additive(np.zeros((2, 3)), np.zeros((2, 3)))).all()


@given(st.data())
def test_rates_stay_between_0_and_1(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([(1,), (4,), (1, 3), (3, 4), (2, 2, 3)]))
    cells = int(np.prod(shape))
    sizes = data.draw(st.lists(st.integers(0, 30), min_size=cells, max_size=cells))
    hits = [data.draw(st.integers(0, size)) for size in sizes]
    shrunken = shrink_to_additive(np.reshape(hits, shape), np.reshape(sizes, shape))
    assert shrunken.shape == shape
    if sum(sizes):
        assert np.all((shrunken >= 0.0) & (shrunken <= 1.0))


@given(st.permutations(range(4)))
def test_levels_have_no_order(order: list[int]) -> None:
    events = np.array([[1, 0, 3], [5, 2, 2], [0, 7, 1], [3, 3, 0]])
    exposure = np.array([[4, 2, 9], [11, 2, 7], [5, 20, 3], [4, 3, 0]])
    expected = shrink_to_additive(events, exposure)[order]
    assert shrink_to_additive(events[order], exposure[order]) == pytest.approx(expected, abs=1e-9)
