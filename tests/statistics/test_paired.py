"""Paired differences: the tests and intervals of others, and coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from terrain.statistics import paired
from terrain.statistics.metrics import Moments
from terrain.statistics.tests import mcnemar_mid_p


def moments_of(values: np.ndarray, weight: np.ndarray | None = None) -> Moments:
    weight = np.ones(len(values)) if weight is None else weight
    events = values * weight
    return Moments(
        events=float(events.sum()),
        exposure=float(weight.sum()),
        events_squared=float(events @ events),
        cross=float(events @ weight),
        exposure_squared=float(weight @ weight),
        units=float(len(values)),
        counted=False,
    )


def signs(first: int, second: int, alike: int) -> Moments:
    return moments_of(np.repeat([1.0, -1.0, 0.0], [first, second, alike]))


@pytest.mark.parametrize(("first", "second"), [(9, 1), (1, 9), (5, 5), (0, 3), (3, 0), (400, 320)])
def test_signs_are_tested_exactly(first: int, second: int) -> None:
    found = signs(first, second, 40)
    exact = stats.binomtest(first, first + second, alternative="greater").pvalue
    assert paired.greater(found, signs=True) == pytest.approx(exact)
    assert paired.differ(found, signs=True) == mcnemar_mid_p(first, second)


def test_real_differences_are_tested_by_student() -> None:
    values = np.random.default_rng(0).normal(0.2, 1, 60)
    found = moments_of(values)
    greater = stats.ttest_1samp(values, 0, alternative="greater").pvalue
    assert paired.greater(found, signs=False) == pytest.approx(greater)
    assert paired.differ(found, signs=False) == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    turned = moments_of(-values)
    assert paired.greater(turned, signs=False) == pytest.approx(1 - greater)
    assert paired.differ(turned, signs=False) == pytest.approx(paired.differ(found, signs=False))
    low, high = paired.interval(found, signs=False)
    assert (low, high) == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval())


def test_weights_that_are_all_alike_change_nothing() -> None:
    values = np.random.default_rng(1).normal(0.3, 1, 50)
    plain, heavy = moments_of(values), moments_of(values, np.full(50, 3.0))
    assert paired.greater(heavy, signs=False) == pytest.approx(paired.greater(plain, signs=False))
    assert paired.interval(heavy, signs=False) == pytest.approx(paired.interval(plain, signs=False))


def test_where_there_is_nothing_to_go_by_there_is_no_evidence() -> None:
    for found in (moments_of(np.empty(0)), moments_of(np.zeros(40))):
        for exact in (True, False):
            assert paired.greater(found, signs=exact) == 1.0
            assert paired.differ(found, signs=exact) == 1.0
    few = moments_of(np.random.default_rng(2).normal(9, 1, paired.FEWEST - 1))
    assert paired.greater(few, signs=False) == paired.differ(few, signs=False) == 1.0
    assert paired.interval(moments_of(np.empty(0)), signs=True) == (None, None)


def test_differences_that_are_all_alike_are_no_certainty() -> None:
    one = moments_of(np.ones(40))
    assert paired.greater(one, signs=False) == pytest.approx(0.5**40)
    assert paired.greater(moments_of(-np.ones(40)), signs=False) == 1.0
    low, high = paired.interval(signs(0, 0, 30), signs=True)
    assert low is not None
    assert high is not None
    assert low < 0 < high


@pytest.mark.parametrize(("first", "second"), [(0.02, 0.02), (0.1, 0.02), (0.3, 0.1)])
def test_the_interval_of_signs_holds_the_truth(first: float, second: float) -> None:
    generator = np.random.default_rng(3)
    drawn = generator.multinomial(80, [first, second, 1 - first - second], size=2_000)
    ends = [paired.interval(signs(*each), signs=True) for each in drawn.tolist()]
    holds = [(low or 0) <= first - second <= (high or 0) for low, high in ends]
    assert 0.935 < np.mean(holds) <= 1
