"""Bounds and p-values against exact oracles, and against the level that they claim."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gate_examples import METRICS, rate
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm, t

from terrain.gate.evidence import LARGEST, SMALLEST, of_change, of_estimate, of_gap, of_ratio
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from terrain.gate.evidence import Evidence

EDGE = 1e-9

ERROR_RATE, TPR, EITHER = (METRICS[name] for name in ("error_rate", "tpr", "selection_rate"))


@given(st.integers(1, 300), st.data(), st.floats(0.01, 0.99))
def test_a_counted_rate_is_tested_exactly(n: int, data: st.DataObject, limit: float) -> None:
    events = data.draw(st.integers(0, n))
    above, below = (binomtest(events, n, limit, side).pvalue for side in ("greater", "less"))
    # at the very edge of what is told apart, the last bit of a float decides
    assume(min(abs(above - LARGEST), abs(below - LARGEST)) > EDGE)
    upper, lower = (
        of_estimate(rate(events, n), ERROR_RATE, limit, at_most=at_most)
        for at_most in (True, False)
    )
    assert upper.harm() == pytest.approx(seen_as(above), rel=1e-6)
    assert lower.harm() == pytest.approx(seen_as(below), rel=1e-6)
    assert upper.compliance() == pytest.approx(seen_as(below), rel=1e-6)
    assert lower.compliance() == pytest.approx(seen_as(above), rel=1e-6)


def seen_as(p_value: float) -> float:
    """Return a p-value as the gate tells it: neither tiny nor without meaning."""
    return 1.0 if p_value > LARGEST else max(p_value, SMALLEST)


def test_a_mean_is_tested_by_student() -> None:
    mean = Estimate(value=12.0, events=120.0, exposure=10.0, deviation=1.5, units=10)
    seen = of_estimate(mean, METRICS["mae"], 9.0, at_most=True)
    assert seen.harm() == pytest.approx(t.sf(2.0, 9))
    assert of_estimate(mean, METRICS["mae"], 15.0, at_most=True).compliance() == pytest.approx(
        t.sf(2.0, 9)
    )


def test_auc_is_tested_on_the_logit() -> None:
    auc = Estimate(value=0.8, events=50, exposure=50, deviation=0.04, units=50)
    seen = of_estimate(auc, METRICS["auc"], 0.9, at_most=False)
    distance = (math.log(9) - math.log(4)) / (0.04 / (0.8 * 0.2))
    assert seen.harm() == pytest.approx(norm.sf(distance), rel=1e-6)


def test_a_weighted_rate_counts_as_many_as_it_is_worth() -> None:
    # as exact as 100 counted instances, and a little less for a variance that is estimated
    weighted = Estimate(value=0.3, events=300, exposure=1000, units=10**6,
                        deviation=math.sqrt(0.3 * 0.7 / 100))  # fmt: skip
    seen = of_estimate(weighted, ERROR_RATE, 0.2, at_most=True)
    counted = of_estimate(rate(30, 100), ERROR_RATE, 0.2, at_most=True)
    assert seen.harm() == pytest.approx(counted.harm(), rel=1e-3)
    few = Estimate(value=0.3, events=300, exposure=1000, units=5, deviation=weighted.deviation)
    assert of_estimate(few, ERROR_RATE, 0.2, at_most=True).harm() > 1.5 * counted.harm()


def test_one_unit_tells_nothing() -> None:
    alone = Estimate(value=0.3, events=3, exposure=10, units=1)
    seen = of_estimate(alone, ERROR_RATE, 0.2, at_most=True)
    assert not seen.bounded
    assert (seen.harm(), seen.compliance(), seen.needed(10, 0.05)) == (1.0, 1.0, None)


SIZES = [(10, 100), (20, 20), (5, 500), (50, 50)]


@pytest.mark.parametrize(("n_1", "n_2"), SIZES)
@pytest.mark.parametrize("kind", ["gap", "ratio", "change"])
def test_two_rates_hold_their_level(n_1: int, n_2: int, kind: str) -> None:
    """Every table that could be drawn: those that fail weigh no more than the error."""
    for rate_2 in (0.05, 0.2, 0.5, 0.8):
        rate_1 = {"gap": rate_2 + 0.1, "ratio": 0.8 * rate_2, "change": rate_2}[kind]
        likely_1 = np.asarray(binom.pmf(range(n_1 + 1), n_1, rate_1))
        likely_2 = np.asarray(binom.pmf(range(n_2 + 1), n_2, rate_2))
        weight = sum(
            likely_1[k_1] * likely_2[k_2]
            for k_1 in np.flatnonzero(likely_1 > 1e-4)
            for k_2 in np.flatnonzero(likely_2 > 1e-4)
            if is_beyond(rate(int(k_1), n_1), rate(int(k_2), n_2), kind)
        )
        assert weight <= ERROR


ERROR = 0.05


def is_beyond(one: Estimate, two: Estimate, kind: str) -> bool:
    """Whether a bound lies beyond the limit that the two rates just keep."""
    if kind == "gap":
        seen: Evidence | None = of_gap(one, two, ERROR_RATE, 0.1)
    elif kind == "ratio":
        seen = of_ratio(one, two, EITHER, 0.8)
    else:
        seen = of_change(one, two, ERROR_RATE, 0.0, rise=True)
    if seen is None:
        return False
    low, high = seen.bounds(ERROR)
    assert low is not None
    assert high is not None
    return low > seen.limit + 1e-12 if seen.at_most else high < seen.limit - 1e-12


counts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts, st.sampled_from([ERROR_RATE, TPR, EITHER]), st.floats(0.0005, 0.2))
def test_bounds_hold_the_estimate_and_close_in(
    one: tuple[int, int], two: tuple[int, int], note: object, error: float
) -> None:
    ours, others = rate(*one), rate(*two)
    for seen in (of_gap(ours, others, note, 0.1), of_ratio(ours, others, note, 0.8)):  # type: ignore[arg-type]
        if seen is None:
            continue
        wide, narrow = seen.bounds(error), seen.bounds(1.5 * error)
        assert wide.low is not None
        assert wide.high is not None
        assert narrow.low is not None
        assert narrow.high is not None
        assert wide.low <= narrow.low + 1e-9
        assert narrow.low - 1e-9 <= seen.value <= narrow.high + 1e-9
        assert narrow.high <= wide.high + 1e-9


@given(counts, counts, st.floats(0.05, 0.95))
def test_a_ratio_is_beyond_where_the_difference_is(
    one: tuple[int, int], two: tuple[int, int], limit: float
) -> None:
    """The bound of a ratio lies below k where that of ours minus k times theirs lies below 0."""
    ours, others = rate(*one), rate(*two)
    seen = of_ratio(ours, others, EITHER, limit)
    assume(seen is not None)
    assert seen is not None
    high = seen.bounds(0.05).high
    assert high is not None
    one_ends = of_estimate(ours, EITHER, 0, at_most=True).bounds(0.05)
    two_ends = of_estimate(others, EITHER, 0, at_most=True).bounds(0.05)
    value_1, value_2 = ours.value or 0, others.value or 0
    contrast = (
        value_1
        - limit * value_2
        + math.hypot((one_ends.high or 0) - value_1, limit * (value_2 - (two_ends.low or 0)))
    )
    assume(abs(contrast) > 1e-9)
    assert (high < limit) == (contrast < 0)


def test_a_gap_either_way_takes_both_sides() -> None:
    ours, others = rate(20, 100), rate(60, 200)
    one_way = of_gap(others, ours, ERROR_RATE, 0.0).harm()
    either = of_gap(ours, others, EITHER, 0.0)
    assert either.value == pytest.approx(0.1)
    assert either.harm() == pytest.approx(2 * one_way, rel=1e-6)


def test_needed_is_what_a_power_formula_says() -> None:
    seen = of_estimate(rate(120, 1000), ERROR_RATE, 0.10, at_most=True)
    expected = 0.12 * 0.88 * ((norm.isf(0.05) + norm.isf(0.2)) / 0.02) ** 2
    assert seen.needed(1000, 0.05) == pytest.approx(expected, rel=0.1)
    assert seen.needed(5000, 0.05) == pytest.approx(5 * expected, rel=0.1)
    assert (seen.needed(1000, 0.001) or 0) > expected
    assert of_estimate(rate(100, 1000), ERROR_RATE, 0.1, at_most=True).needed(1000, 0.05) is None
