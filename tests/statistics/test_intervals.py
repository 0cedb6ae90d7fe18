"""Intervals: against statsmodels and scipy, and the laws that any interval keeps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from scipy.stats import t as student
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from terrain.statistics import intervals
from terrain.statistics.intervals import UNKNOWN, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = st.sampled_from([0.8, 0.95, 0.99])


GENERATOR = np.random.default_rng(0)


@st.composite
def rates(draw: st.DrawFn, most: int = 2000) -> tuple[int, int]:
    """Draw events and a positive exposure."""
    exposure = draw(st.integers(1, most))
    return draw(st.integers(0, exposure)), exposure


def ends(interval: Interval) -> tuple[float, float]:
    low, high = interval
    assert low is not None
    assert high is not None
    assert low <= high
    return low, high


def width(interval: Interval) -> float:
    low, high = ends(interval)
    return high - low


@given(rate=rates(), level=LEVELS)
def test_wilson_is_statsmodels_wilson(rate: tuple[int, int], level: float) -> None:
    expected = proportion_confint(*rate, alpha=1 - level, method="wilson")
    assert ends(intervals.wilson(*rate, level=level)) == pytest.approx(expected, abs=1e-12)


@given(rate=rates(), level=LEVELS)
def test_clopper_pearson_is_statsmodels_beta(rate: tuple[int, int], level: float) -> None:
    expected = proportion_confint(*rate, alpha=1 - level, method="beta")
    assert ends(intervals.clopper_pearson(*rate, level=level)) == pytest.approx(expected, abs=1e-9)


@given(rate=rates(300))
def test_clopper_pearson_leaves_half_of_the_error_in_each_tail(rate: tuple[int, int]) -> None:
    events, exposure = rate
    low, high = ends(intervals.clopper_pearson(events, exposure))
    if events > 0:
        assert binom.sf(events - 1, exposure, low) == pytest.approx(0.025, rel=1e-6)
    if events < exposure:
        assert binom.cdf(events, exposure, high) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize("interval", [intervals.wilson, intervals.clopper_pearson])
@given(rate=rates())
def test_a_rate_lies_in_its_interval_which_narrows_with_more_of_the_same(
    interval: Callable[..., Interval], rate: tuple[int, int]
) -> None:
    events, exposure = rate
    low, high = ends(interval(events, exposure))
    assert 0.0 <= low <= events / exposure <= high <= 1.0
    assert (low == 0.0) == (events == 0)
    assert (high == 1.0) == (events == exposure)
    assert width(interval(2 * events, 2 * exposure)) < high - low


@given(
    exposure=st.floats(1e-6, 1e12),
    share=st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0])),
)
def test_wilson_takes_any_real_size(exposure: float, share: float) -> None:
    low, high = ends(intervals.wilson(share * exposure, exposure))
    assert 0.0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1.0
    if share == 0.0:
        assert low == 0.0
    if share == 1.0:
        assert high == 1.0


def test_a_mean_has_the_interval_of_student() -> None:
    values = np.random.default_rng(1).exponential(size=12)
    error = values.std(ddof=1) / np.sqrt(12)
    expected = student.interval(0.9, 11, values.mean(), error)
    found = intervals.mean(float(values.mean()), float(error**2), 12, level=0.9)
    assert ends(found) == pytest.approx(expected)


def moments(events: np.ndarray, exposure: np.ndarray) -> tuple[float, ...]:
    return (
        float(events.sum()),
        float(exposure.sum()),
        float((events**2).sum()),
        float((events * exposure).sum()),
        float((exposure**2).sum()),
        float(events.size),
    )


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 50)), min_size=2, max_size=40))
def test_the_variance_of_a_ratio_is_that_of_its_residuals(units: list[tuple[float, float]]) -> None:
    events, exposure = np.array(units).T
    residuals = events - events.sum() / exposure.sum() * exposure
    expected = (residuals**2).sum() / exposure.sum() ** 2 * len(units) / (len(units) - 1)
    found = intervals.ratio_variance(*moments(events, exposure))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(st.floats(0, 10), st.lists(st.floats(0.1, 50), min_size=2, max_size=40))
def test_units_of_one_ratio_have_no_variance(ratio: float, sizes: list[float]) -> None:
    exposure = np.array(sizes)
    found = intervals.ratio_variance(*moments(ratio * exposure, exposure))
    assert found is not None
    assert 0.0 <= found <= 1e-12 * max(ratio, 1.0) ** 2


def test_a_ratio_over_equal_exposures_is_a_mean() -> None:
    values = np.random.default_rng(2).gamma(2.0, size=30)
    expected = student.interval(0.95, 29, values.mean(), values.std(ddof=1) / np.sqrt(30))
    assert ends(intervals.ratio_of_sums(*moments(values, np.ones(30)))) == pytest.approx(expected)


def test_unequal_weights_widen_and_equal_weights_do_not() -> None:
    equal = intervals.effective_wilson(3.0 * 7, 3.0 * 30, 9.0 * 30)
    assert ends(equal) == pytest.approx(ends(intervals.wilson(7, 30)))
    weights = np.arange(1, 31)
    uneven = intervals.effective_wilson(
        7 / 30 * weights.sum(), float(weights.sum()), float((weights**2).sum())
    )
    assert width(uneven) > width(equal)


def test_clusters_of_one_row_are_nearly_rows() -> None:
    found = intervals.clustered_wilson(0.3, 0.3 * 0.7 / 2000, 2000)
    assert ends(found) == pytest.approx(ends(intervals.wilson(600, 2000)), abs=1e-4)


@pytest.mark.parametrize(("value", "variance"), [(0.0, 0.0), (1.0, 0.0), (0.4, 0.0)])
def test_clusters_that_do_not_differ_count_as_one_row_each(value: float, variance: float) -> None:
    expected = ends(intervals.wilson(value * 25, 25))
    assert ends(intervals.clustered_wilson(value, variance, 25)) == expected


def test_few_clusters_widen_the_interval() -> None:
    few, many = (intervals.clustered_wilson(0.3, 0.001, units) for units in (4, 400))
    assert width(few) > 1.3 * width(many)


def test_the_interval_over_clusters_covers_what_the_interval_over_rows_does_not() -> None:
    generator = np.random.default_rng(3)
    clustered = rows = 0
    for _ in range(400):
        hits = generator.binomial(20, generator.beta(0.6, 2.4, size=30))
        sizes = np.full(30, 20)
        variance = intervals.ratio_variance(*moments(hits, sizes))
        low, high = ends(intervals.clustered_wilson(hits.sum() / 600, variance, 30))
        clustered += low <= 0.2 <= high
        low, high = ends(intervals.wilson(hits.sum(), 600))
        rows += low <= 0.2 <= high
    assert clustered / 400 > 0.92
    assert rows / 400 < 0.7


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_f1_lies_in_its_interval(hits: int, alarms: int, misses: int) -> None:
    found = intervals.f1(hits, alarms, misses)
    if hits + alarms + misses == 0:
        assert found == UNKNOWN
        return
    low, high = ends(found)
    score = 2 * hits / (2 * hits + alarms + misses)
    assert 0.0 <= low <= score + 1e-12
    assert score - 1e-12 <= high <= 1.0
    # the map is undone by F / (2 - F), which leads back to Wilson's interval
    expected = ends(intervals.wilson(hits, hits + alarms + misses))
    assert (low / (2 - low), high / (2 - high)) == pytest.approx(expected)


@given(one=rates(), two=rates(), level=LEVELS)
def test_newcombe_is_statsmodels_newcomb(
    one: tuple[int, int], two: tuple[int, int], level: float
) -> None:
    expected = confint_proportions_2indep(
        *one, *two, method="newcomb", compare="diff", alpha=1 - level
    )
    found = ends(intervals.newcombe(*one, *two, level=level))
    assert found == pytest.approx(expected, abs=1e-9)
    assert -1.0 <= found[0] <= one[0] / one[1] - two[0] / two[1] <= found[1] <= 1.0


@given(one=rates(), two=rates())
def test_a_difference_turned_around_changes_its_sign(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    low, high = ends(intervals.newcombe(*one, *two))
    assert ends(intervals.newcombe(*two, *one)) == pytest.approx((-high, -low))


def test_a_difference_of_means_adds_their_variances() -> None:
    found = intervals.difference(5.0, Interval(2.0, 8.0), 1.0, Interval(-3.0, 5.0))
    assert found == Interval(-1.0, 9.0)


@given(value=st.floats(0.01, 0.99), share=st.floats(1e-3, 0.5))
def test_an_area_lies_in_its_interval_and_mirrors(value: float, share: float) -> None:
    error = share * (value * (1 - value)) ** 0.5
    low, high = ends(intervals.auc(value, error**2))
    assert 0.0 < low < value < high < 1.0
    assert ends(intervals.auc(1 - value, error**2)) == pytest.approx((1 - high, 1 - low))
    assert width(intervals.auc(value, error**2 / 2)) < high - low


def test_an_area_has_nearly_the_plain_interval_where_it_is_sure() -> None:
    expected = (0.7 - 1.959964e-3, 0.7 + 1.959964e-3)
    assert ends(intervals.auc(0.7, 1e-6)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "found",
    [
        intervals.wilson(0, 0),
        intervals.clopper_pearson(0, 0),
        intervals.mean(1.0, 0.1, 1),
        intervals.mean(1.0, None, 5),
        intervals.ratio_of_sums(1, 1, 1, 1, 1, 1),
        intervals.ratio_of_sums(0, 0, 0, 0, 0, 0),
        intervals.effective_wilson(0.0, 0.0, 0.0),
        intervals.clustered_wilson(0.5, None, 1),
        intervals.clustered_wilson(0.0, None, 0),
        intervals.f1(0, 0, 0),
        intervals.newcombe(1, 2, 0, 0),
        intervals.newcombe(0, 0, 1, 2),
        intervals.difference(None, UNKNOWN, 0.5, Interval(0.4, 0.6)),
        intervals.difference(0.5, Interval(0.4, 0.6), 0.5, UNKNOWN),
        intervals.auc(None, None),
        intervals.auc(0.9, None),
        intervals.auc(1.0, 0.0),
    ],
)
def test_undefined_is_unknown(found: Interval) -> None:
    assert found == Interval(None, None)


def test_a_mean_of_amounts_has_an_interval_that_leans_upwards_and_is_never_negative() -> None:
    for values in ([0.0, 3.0], [0.1, 0.2, 5.0], GENERATOR.lognormal(size=40)):
        sums = moments(np.array(values), np.ones(len(values)))
        low, high = ends(intervals.ratio_of_sums(*sums, signed=False))
        mean = float(np.mean(values))
        assert 0 <= low < mean < high
        assert high / mean == pytest.approx(mean / low)


def test_of_many_instances_amounts_have_students_interval() -> None:
    sums = moments(GENERATOR.lognormal(size=100_000), np.ones(100_000))
    expected = ends(intervals.ratio_of_sums(*sums))
    assert ends(intervals.ratio_of_sums(*sums, signed=False)) == pytest.approx(expected, rel=1e-3)


def test_intervals_of_skewed_losses_hold_the_truth_more_often() -> None:
    draws, n, truth = 2_000, 30, math.exp(0.5)
    held = np.zeros(2)
    for values in GENERATOR.lognormal(size=(draws, n)):
        sums = moments(values, np.ones(n))
        both = intervals.ratio_of_sums(*sums), intervals.ratio_of_sums(*sums, signed=False)
        held += [low <= truth <= high for low, high in map(ends, both)]
    assert held[1] > held[0]
    assert held[1] / draws > 0.88


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [2.0, 2.0]])
def test_amounts_without_spread_have_the_interval_of_their_mean(values: list[float]) -> None:
    sums = moments(np.array(values), np.ones(len(values)))
    assert intervals.ratio_of_sums(*sums, signed=False) == intervals.ratio_of_sums(*sums)


def test_an_interval_of_amounts_that_would_say_nothing_is_unknown() -> None:
    assert intervals.ratio_of_sums(1.0, 2.0, 1e6, 1.0, 2.0, 2.0, signed=False) == intervals.UNKNOWN
