"""Holm's correction, against statsmodels; and the region that can be detected, by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from terrain.statistics.corrections import (
    LARGEST_COVERAGE,
    holm,
    holm_of_defined,
    smallest_detectable,
)
from terrain.statistics.tests import fisher_greater

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=20)  # the oracle takes 60 ms
@given(P_VALUES)
def test_holm_is_statsmodels_holm(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected, abs=1e-15)


@given(P_VALUES)
def test_holm_keeps_the_order_and_never_helps(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert np.all(adjusted >= p_values)
    assert np.all(adjusted <= 1.0)
    assert np.all(np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0.0)
    assert adjusted[::-1].tolist() == holm(p_values[::-1]).tolist()


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]).tolist() == []
    assert holm_of_defined([]) == []


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20))
def test_what_is_undefined_is_no_test(p_values: list[float | None]) -> None:
    adjusted = holm_of_defined(p_values)
    assert [p is None for p in adjusted] == [p is None for p in p_values]
    defined = holm([p for p in p_values if p is not None]).tolist()
    assert [p for p in adjusted if p is not None] == defined


def detectable(
    *,
    instances: int = 5000,
    rate: float = 0.15,
    candidates: int = 20,
    margin: float = 1.1,
    lift: float = 2.0,
) -> float | None:
    """Return the smallest coverage in a usual setting, of which a test varies what it is about."""
    return smallest_detectable(
        instances=instances, rate=rate, alpha=0.05, candidates=candidates, margin=margin, lift=lift
    )


@pytest.mark.parametrize(
    ("instances", "rate", "candidates", "margin"),
    [(2500, 0.15, 20, 1.1), (2500, 0.05, 20, 1.1), (1000, 0.3, 5, 1.0), (100_000, 0.01, 20, 1.1)],
)
def test_a_region_of_that_size_is_confirmed_four_times_in_five(
    instances: int, rate: float, candidates: int, margin: float
) -> None:
    coverage = detectable(instances=instances, rate=rate, candidates=candidates, margin=margin)
    assert coverage is not None
    inside = round(coverage * instances)
    outside = instances - inside
    generator = np.random.default_rng(7)
    ours = generator.binomial(inside, 2 * rate, size=600)
    others = generator.binomial(outside, rate * (1 - 2 * coverage) / (1 - coverage), size=600)
    p_values = [
        fisher_greater(int(one), inside, int(other), outside, margin=margin)
        for one, other in zip(ours, others, strict=True)
    ]
    assert np.mean(np.array(p_values) <= 0.05 / candidates) == pytest.approx(0.8, abs=0.06)


def test_more_instances_find_smaller_regions_and_more_candidates_larger_ones() -> None:
    usual = detectable()
    assert usual is not None
    assert 0.0 < usual < LARGEST_COVERAGE
    for easier in (detectable(instances=50_000), detectable(lift=3.0), detectable(candidates=1)):
        assert easier is not None
        assert easier < usual
    harder = detectable(margin=1.5)
    assert harder is not None
    assert harder > usual


def test_a_region_holds_no_more_errors_than_there_are() -> None:
    assert detectable(instances=22, candidates=1, lift=4.0) is None
    largest = detectable(instances=26, candidates=1, lift=4.0)
    assert largest is not None
    assert 0.2 < largest < 0.25


def test_no_candidate_counts_as_one() -> None:
    assert detectable(candidates=0) == detectable(candidates=1)


def test_below_a_quarter_three_times_this_rest_would_be_more_than_all() -> None:
    coverage = detectable(rate=0.5, margin=3.0)
    assert coverage is not None
    assert 0.25 < coverage < 0.3


@pytest.mark.parametrize(
    ("instances", "rate", "margin"),
    [(100, 0.05, 1.1), (5000, 0.0, 1.1), (5000, 0.6, 1.1), (0, 0.1, 1.1)],
)
def test_there_may_be_no_such_region(instances: int, rate: float, margin: float) -> None:
    assert detectable(instances=instances, rate=rate, margin=margin) is None
