"""A benchmark that changed is told apart from one that was drawn again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from terrain.data.composition import Composition
from terrain.statistics.drift import drift, homogeneity, stability_index

SUPPORTS = st.integers(2, 8).flatmap(
    lambda k: st.tuples(*[st.lists(st.integers(1, 500), min_size=k, max_size=k)] * 2)
)


def levels(column: str, missing: int = 0, **support: int) -> Composition:
    return Composition(column=column, levels=tuple(support), support=(*support.values(), missing))


def ranges(column: str, values: np.ndarray, *cuts: float) -> Composition:
    bounds = (-np.inf, *cuts, np.inf)
    support = [int(((values >= low) & (values < high)).sum()) for low, high in pairwise(bounds)]
    return Composition(column=column, cuts=cuts, support=(*support, 0))


@given(SUPPORTS)
def test_the_test_is_pearsons(support: tuple[list[int], list[int]]) -> None:
    expected = stats.chi2_contingency(np.array(support), correction=False).pvalue
    assert homogeneity(np.array(support)) == pytest.approx(expected, abs=1e-12)


@given(SUPPORTS)
def test_the_index_is_symmetric_and_zero_between_equals(support: tuple[list[int], ...]) -> None:
    both = np.array(support)
    assert stability_index(both) == pytest.approx(stability_index(both[::-1]))
    assert stability_index(both) >= 0
    assert stability_index(both[[0, 0]]) == 0


def test_a_shift_is_named_with_the_part_that_changed_most() -> None:
    before = [levels("region", north=400, south=500, east=100), levels("sex", f=500, m=500)]
    now = [levels("region", north=220, south=580, east=200), levels("sex", f=510, m=490)]
    found = drift(before, now)
    (shift,) = found.shifts
    assert (shift.column, shift.part) == ("region", "region = north")
    assert (shift.before, shift.now) == (0.4, 0.22)
    assert shift.stability > 0.1
    assert shift.p_adjusted < 1e-6
    assert found.compared == 2


def test_neither_noise_nor_a_trifle_is_a_shift() -> None:
    noisy = drift([levels("a", x=12, y=18)], [levels("a", x=17, y=11)])
    assert stability_index(np.array([[12, 18], [17, 11]])) > 0.1
    assert not noisy.found
    trifle = drift([levels("a", x=500_000, y=500_000)], [levels("a", x=510_000, y=490_000)])
    assert homogeneity(np.array([[500_000, 500_000], [510_000, 490_000]])) < 1e-9
    assert not trifle.found


def test_samples_of_one_population_shift_at_most_as_often_as_alpha_allows() -> None:
    rng = np.random.default_rng(0)

    def sample() -> list[Composition]:
        counts = [rng.multinomial(60, [0.3, 0.3, 0.2, 0.1, 0.1]) for _ in range(5)]
        return [levels(f"f{i}", **dict(zip("abcde", map(int, c), strict=True)))
                for i, c in enumerate(counts)]  # fmt: skip

    alarms = sum(drift(sample(), sample()).found for _ in range(300))
    assert alarms <= stats.binom.isf(0.001, 300, 0.05)


def test_levels_that_are_new_and_values_that_are_missing_count() -> None:
    before = [levels("region", north=500, south=500)]
    assert drift(before, [levels("region", north=400, south=400, moon=200)]).shifts[0].part == (
        "region = moon"
    )
    gone = drift(before, [levels("region", missing=300, north=350, south=350)])
    assert gone.shifts[0].part == "region is missing"


def test_rare_levels_are_counted_together() -> None:
    rare = {f"l{i}": 3 for i in range(100)}
    found = drift([levels("x", a=350, b=350, **rare)], [levels("x", a=500, b=500)])
    assert found.shifts[0].part == "a rare level of x"
    other = {f"m{i}": 3 for i in range(100)}
    assert not drift([levels("x", often=700, **rare)], [levels("x", often=700, **other)]).found


def test_ranges_are_compared_between_the_bounds_they_share() -> None:
    rng = np.random.default_rng(1)
    ages = rng.integers(18, 80, 2000)
    before = ranges("age", ages, 25, 30, 45, 60)
    same = ranges("age", rng.integers(18, 80, 2000), 24, 30, 50, 60)
    assert not drift([before], [same]).found
    older = ranges("age", rng.integers(40, 100, 2000), 50, 60, 80)
    (shift,) = drift([before], [older]).shifts
    assert shift.part == "age < 60"
    assert shift.before == pytest.approx((ages < 60).mean())


def test_what_cannot_be_compared_is_said() -> None:
    values = np.arange(100.0)
    before = [ranges("a", values, 10, 20), ranges("b", values, 50), levels("c", x=1)]
    now = [ranges("a", values, 11, 21), levels("b", x=100), levels("d", x=1)]
    found = drift(before, now)
    assert found.incomparable == ("a", "b")
    assert (found.gained, found.lost, found.compared) == (("d",), ("c",), 0)
    assert found.found


def test_a_constant_column_and_an_empty_one_are_no_shift() -> None:
    values = np.ones(50)
    assert not drift([ranges("a", values)], [ranges("a", values)]).found
    assert not drift([levels("a")], [levels("a", x=3)]).found
