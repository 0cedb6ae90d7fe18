"""Tests of rates, losses, pairs and spreads: against scipy and statsmodels, and their level."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import (
    binom,
    chi2_contingency,
    fisher_exact,
    hypergeom,
    nchypergeom_fisher,
    ttest_ind,
)
from statsmodels.stats.contingency_tables import mcnemar

from terrain.statistics.tests import (
    chi_square,
    difference_z,
    fisher_greater,
    fisher_two_sided,
    mcnemar_mid_p,
    permutation_greater,
    spread_by_permutation,
    two_rates,
    welch_greater,
    welch_two_sided,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Table = tuple[int, int, int, int]
MARGINS = st.sampled_from([0.8, 1.0, 1.1, 1.5])


@st.composite
def tables(draw: st.DrawFn, most: int = 150) -> Table:
    """Draw events and exposure of two regions."""
    exposure_1, exposure_2 = draw(st.integers(1, most)), draw(st.integers(1, most))
    events_1, events_2 = draw(st.integers(0, exposure_1)), draw(st.integers(0, exposure_2))
    return events_1, exposure_1, events_2, exposure_2


def square(table: Table) -> np.ndarray:
    events_1, exposure_1, events_2, exposure_2 = table
    return np.array([[events_1, exposure_1 - events_1], [events_2, exposure_2 - events_2]])


@given(tables())
def test_without_a_margin_it_is_fishers_exact_test(table: Table) -> None:
    # at a rest of nothing but events no rate exceeds it, and both are 1
    expected = fisher_exact(square(table), alternative="greater")[1]
    assert fisher_greater(*table) == pytest.approx(expected, rel=1e-9)


@given(tables(), MARGINS)
def test_with_a_margin_it_is_the_noncentral_tail(table: Table, margin: float) -> None:
    events_1, exposure_1, events_2, exposure_2 = table
    rest = events_2 / exposure_2
    assume(max(margin, 1.0) * rest < 1)
    odds_ratio = margin * (1 - rest) / (1 - margin * rest)
    total, events = exposure_1 + exposure_2, events_1 + events_2
    oracle = nchypergeom_fisher(total, events, exposure_1, odds_ratio)
    expected = oracle.pmf(np.arange(events_1, min(exposure_1, events) + 1)).sum()
    assert fisher_greater(*table, margin=margin) == pytest.approx(expected, rel=1e-6, abs=1e-14)


@pytest.mark.parametrize("events_1", [100_000, 189_000, 190_500, 192_000, 200_000])
def test_ten_million_instances_lose_no_digit_that_matters(events_1: int) -> None:
    expected = hypergeom.sf(events_1 - 1, 10_000_000, 1_900_000, 1_000_000)
    found = fisher_greater(events_1, 1_000_000, 1_900_000 - events_1, 9_000_000)
    assert found == pytest.approx(expected, rel=1e-4)


@given(tables(2000), MARGINS)
def test_more_events_are_more_evidence_and_a_margin_asks_for_more(
    table: Table, margin: float
) -> None:
    events_1, exposure_1, events_2, exposure_2 = table
    found = fisher_greater(*table, margin=margin)
    assert 0.0 <= found <= 1.0
    assert fisher_greater(*table, margin=margin + 0.2) >= found - 1e-12
    if events_1 < exposure_1:
        more = fisher_greater(events_1 + 1, exposure_1, events_2, exposure_2, margin=margin)
        assert more <= found + 1e-12


def test_a_rest_without_events_can_be_exceeded_and_a_full_one_cannot() -> None:
    expected = 1.1**3 / (161_700 + 1.1 * 3 * 4950 + 1.1**2 * 3 * 100 + 1.1**3)
    assert fisher_greater(3, 3, 0, 100, margin=1.1) == pytest.approx(expected)
    assert fisher_greater(50, 50, 95, 100, margin=1.1) == 1.0
    assert fisher_greater(50, 50, 100, 100) == 1.0
    assert fisher_greater(50, 50, 100, 100, margin=0.8) == 1.0


@pytest.mark.parametrize(("n_1", "n_2", "rest"), [(50, 2000, 0.15), (300, 2000, 0.3)])
def test_at_the_margin_it_is_wrong_at_most_as_often_as_it_says(
    n_1: int, n_2: int, rest: float
) -> None:
    generator = np.random.default_rng(2)
    ours = generator.binomial(n_1, 1.1 * rest, size=1500)
    others = generator.binomial(n_2, rest, size=1500)
    p_values = [
        fisher_greater(int(one), n_1, int(other), n_2, margin=1.1)
        for one, other in zip(ours, others, strict=True)
    ]
    assert 0.02 < np.mean(np.array(p_values) <= 0.05) < 0.065


@given(tables())
def test_two_sided_it_is_fishers_exact_test(table: Table) -> None:
    assert fisher_two_sided(*table) == pytest.approx(fisher_exact(square(table))[1], rel=1e-6)


@given(tables(5000))
def test_chi_square_is_scipys_with_yates(table: Table) -> None:
    events_1, exposure_1, events_2, exposure_2 = table
    assume(0 < events_1 + events_2 < exposure_1 + exposure_2)
    expected = chi2_contingency(square(table), correction=True)[1]
    assert chi_square(*table) == pytest.approx(expected, rel=1e-6, abs=1e-300)


@pytest.mark.parametrize(
    ("table", "words"),
    [((805, 1795, 349, 1488), "3.4e-37"), ((288, 897, 994, 3066), "8.9e-01")],
)
def test_the_false_positive_rates_of_compas(table: Table, words: str) -> None:
    assert f"{two_rates(*table):.1e}" == words


@pytest.mark.parametrize("table", [(20, 900, 8, 1099), (7, 100, 2, 1_000_000)])
def test_small_tables_are_compared_exactly(table: Table) -> None:
    assert two_rates(*table) == fisher_two_sided(*table)
    assert two_rates(*table) != chi_square(*table)


def test_large_tables_are_compared_by_chi_square() -> None:
    table = (50, 1000, 80, 1000)
    assert two_rates(*table) == chi_square(*table)
    assert two_rates(*table) == pytest.approx(fisher_two_sided(*table), rel=0.03)


@given(tables(3000))
def test_two_rates_turned_around_are_as_different(table: Table) -> None:
    found = two_rates(*table)
    assert 0.0 <= found <= 1.0
    assert two_rates(*table[2:], *table[:2]) == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("test", [fisher_greater, fisher_two_sided, chi_square, two_rates])
@pytest.mark.parametrize("table", [(0, 0, 1, 5), (1, 5, 0, 0), (0, 0, 0, 0), (0, 9, 0, 9)])
def test_nothing_to_compare_is_no_evidence(test: Callable[..., float], table: Table) -> None:
    assert test(*table) == 1.0


def losses(seed: int, n_1: int, n_2: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.gamma(2.0, 1.3, n_1), generator.gamma(1.5, 1.0, n_2)


def summary(values: np.ndarray) -> tuple[float, float, int]:
    return float(values.mean()), float(values.var(ddof=1)), values.size


@pytest.mark.parametrize("margin", [1.0, 1.2])
def test_welch_is_scipys(margin: float) -> None:
    ours, others = losses(1, 14, 60)
    expected = ttest_ind(ours, margin * others, equal_var=False, alternative="greater").pvalue
    found = welch_greater(*summary(ours), *summary(others), margin=margin)
    assert found == pytest.approx(expected)
    expected = ttest_ind(ours, others, equal_var=False).pvalue
    assert welch_two_sided(*summary(ours), *summary(others)) == pytest.approx(expected)


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0)])
def test_a_mean_of_nothing_is_no_evidence(sizes: tuple[int, int]) -> None:
    assert welch_greater(1.0, 0.1, sizes[0], 0.0, 0.1, sizes[1]) == 1.0
    assert welch_two_sided(1.0, 0.1, sizes[0], 0.0, 0.1, sizes[1]) == 1.0


def test_a_few_clusters_that_agree_are_not_taken_for_certain() -> None:
    rest = (0.15, 0.36**2 / 500, 500)
    three = difference_z(1.0, 0.0, 3, *rest)
    assert 0.01 < three < 0.05
    assert difference_z(1.0, None, 1, *rest) > three
    assert difference_z(1.0, 0.0, 30, *rest) < 1e-10


def test_without_any_spread_the_dealing_decides() -> None:
    assert difference_z(1.0, 0.0, 3, 0.0, 0.0, 5) == pytest.approx(1 / 56)
    assert difference_z(1.0, 0.0, 3, 0.0, 0.0, 5, two_sided=True) == pytest.approx(2 / 56)
    assert difference_z(0.0, 0.0, 3, 1.0, 0.0, 5) == 1.0
    assert difference_z(0.5, 0.0, 3, 0.5, 0.0, 5, two_sided=True) == 1.0


@given(
    st.floats(-5, 5), st.floats(1e-4, 5), st.integers(2, 50), st.floats(-5, 5), st.floats(1e-4, 5)
)
def test_one_side_and_the_other_add_to_one(
    value_1: float, variance_1: float, units: int, value_2: float, variance_2: float
) -> None:
    up = difference_z(value_1, variance_1, units, value_2, variance_2, 20)
    down = difference_z(value_2, variance_2, 20, value_1, variance_1, units)
    both = difference_z(value_1, variance_1, units, value_2, variance_2, 20, two_sided=True)
    assert up + down == pytest.approx(1.0)
    assert both == pytest.approx(2 * min(up, down))


def test_permuting_comes_near_to_every_way_of_dealing() -> None:
    ours, others = losses(4, 4, 6)
    pooled = np.concatenate([ours, others])

    def welch(chosen: tuple[int, ...]) -> float:
        inside, outside = pooled[list(chosen)], np.delete(pooled, chosen)
        return float(
            (inside.mean() - outside.mean()) / np.sqrt(inside.var() / 4 + outside.var() / 6)
        )

    dealt = [welch(chosen) for chosen in combinations(range(10), 4)]
    expected = np.mean(np.array(dealt) >= welch((0, 1, 2, 3)) - 1e-9)
    assert permutation_greater(ours, others) == pytest.approx(expected, abs=0.015)


def test_permuting_comes_near_to_welch_and_minds_the_margin() -> None:
    ours, others = losses(1, 40, 200)
    for margin in (1.0, 1.5):
        expected = welch_greater(*summary(ours), *summary(others), margin=margin)
        found = permutation_greater(ours, others, margin=margin, draws=1999)
        assert found == pytest.approx(expected, abs=0.05)
    assert permutation_greater(ours, others, margin=3.0, draws=199) > 0.9


def test_a_region_that_only_varies_more_is_no_failure() -> None:
    generator = np.random.default_rng(8)
    false_alarms = [
        permutation_greater(
            5 + generator.normal(0, 1.5, 20), 5 + generator.normal(0, 0.5, 200), draws=199
        )
        <= 0.05
        for _ in range(200)
    ]
    assert np.mean(false_alarms) < 0.11


def test_permuting_is_seeded_and_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, others = losses(6, 8, 30)
    found = permutation_greater(ours, others, draws=499, seed=3)
    assert permutation_greater(ours, others, draws=499, seed=3) == found
    monkeypatch.setattr("terrain.statistics.tests.PERMUTED_AT_ONCE", 100)
    assert permutation_greater(ours, others, draws=499, seed=3) == found


def test_permuting_separated_or_equal_losses() -> None:
    assert permutation_greater([1.0] * 4, [0.0] * 6, draws=4999) == pytest.approx(
        1 / 210, abs=0.004
    )
    assert permutation_greater([1.0] * 30, [0.0] * 30, draws=99) == 0.01
    assert permutation_greater([0.3] * 4, [0.3] * 6) == 1.0
    assert permutation_greater([], [1.0, 2.0]) == 1.0
    assert permutation_greater([1.0, 2.0], []) == 1.0
    assert permutation_greater([], []) == 1.0


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_mid_p_is_the_exact_one_less_half_its_last_term(b: int, c: int) -> None:
    found = mcnemar_mid_p(b, c)
    assert 0.0 < found <= 1.0
    assert mcnemar_mid_p(c, b) == found
    if b == c:
        assert found == 1.0
        return
    exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
    assert found == pytest.approx(exact - binom.pmf(min(b, c), b + c, 0.5), abs=1e-12)


def test_a_spread_of_chance_is_expected_and_a_real_one_surprises() -> None:
    exposure = np.array([40, 55, 60, 300, 25, 0])
    generator = np.random.default_rng(9)
    p_value, expected = spread_by_permutation(generator.binomial(exposure, 0.2), exposure)
    simulated = generator.binomial(exposure[:5], 0.2, size=(4000, 5)) / exposure[:5]
    assert p_value > 0.05
    assert expected == pytest.approx(np.ptp(simulated, axis=1).mean(), abs=0.03)
    p_value, _ = spread_by_permutation([24, 8, 9, 60, 4, 0], exposure)
    assert p_value == 1e-4


def test_a_spread_over_two_groups_is_the_exact_test() -> None:
    found, _ = spread_by_permutation([12, 5], [30, 30], draws=20_000)
    assert found == pytest.approx(fisher_two_sided(12, 30, 5, 30), abs=0.01)


def test_a_spread_is_no_surprise_more_often_than_it_says() -> None:
    generator = np.random.default_rng(10)
    exposure = np.array([15, 30, 80, 200])
    p_values = [
        spread_by_permutation(generator.binomial(exposure, 0.25), exposure, draws=199, seed=k)[0]
        for k in range(300)
    ]
    assert np.mean(np.array(p_values) <= 0.05) < 0.09


def test_a_spread_over_millions() -> None:
    p_value, expected = spread_by_permutation([1_000_000, 101_000], [10**7, 10**6], draws=999)
    assert p_value < 0.01
    assert 0.0 < expected < 0.001


@pytest.mark.parametrize(("events", "exposure"), [([], []), ([3], [9]), ([3, 0], [9, 0])])
def test_a_spread_needs_two_groups(events: list[int], exposure: list[int]) -> None:
    assert spread_by_permutation(events, exposure) == (1.0, 0.0)
