"""Candidates are simplified, distinct, and ranked by what speaks for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from strategies import study_from

from terrain.statistics.candidates import choose, evidence
from terrain.statistics.metrics import Moments

if TYPE_CHECKING:
    from terrain.data.features import Selection
    from terrain.study import Study


def counts(events: float, exposure: float) -> Moments:
    return Moments(events, exposure, events, events, exposure, exposure, counted=True)


def values(loss: np.ndarray) -> Moments:
    n = float(len(loss))
    return Moments(loss.sum(), n, loss @ loss, loss.sum(), n, n, counted=False)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 200), st.integers(1, 199))
def test_evidence_of_counts_is_the_likelihood_ratio(n: int, k: int, m: int, j: int) -> None:
    k, j = min(k, n), min(j, m)
    found = evidence(counts(k, n), counts(j, m))
    overall = (k + j) / (n + m)
    ratio = binom.logpmf(k, n, k / n) - binom.logpmf(k, n, overall)
    assert abs(found) == pytest.approx(ratio, abs=1e-9)
    assert (found >= 0) == (k / n >= overall) or abs(found) < 1e-12


def test_evidence_of_losses_grows_with_distance_and_size() -> None:
    generator = np.random.default_rng(0)
    rest = generator.normal(1, 1, 5_000)
    far, near, few = (generator.normal(m, 1, n) for m, n in ((3, 200), (1.5, 200), (3, 20)))
    strong, weak, small = (evidence(values(x), values(rest)) for x in (far, near, few))
    assert strong > weak > 0
    assert strong > small > 0
    assert strong == pytest.approx(200 * 2**2 / 2, rel=0.3)
    assert evidence(values(generator.normal(0, 1, 200)), values(rest)) < 0


def test_evidence_may_be_asked_against_another_rate_than_the_overall_one() -> None:
    generator = np.random.default_rng(0)
    rest, inside = (values(generator.normal(mean, 1, 2_000)) for mean in (-1, -0.2))
    assert evidence(inside, rest) > 0 > evidence(inside, rest, baseline=0.0)
    above = values(generator.normal(0.5, 1, 200))
    assert evidence(above, rest, baseline=0.0) == pytest.approx(200 * 0.5**2 / 2, rel=0.5)
    assert evidence(above, rest) > evidence(above, rest, baseline=0.0) > 0


def test_a_region_of_equal_losses_is_not_certain_of_itself() -> None:
    generator = np.random.default_rng(0)
    rest = generator.exponential(1, 2_000)
    alike = evidence(values(np.full(30, 3.0)), values(rest))
    assert 30 < alike < 120  # about 30 * (3 - 1)² / 2
    assert alike < evidence(values(np.full(60, 3.0)), values(rest)) < math.inf


def test_there_is_no_evidence_without_exposure() -> None:
    assert evidence(counts(0, 0), counts(3, 9)) == -math.inf
    assert evidence(values(np.ones(3)), values(np.ones(9))) == -math.inf


@pytest.fixture(scope="module")
def study() -> Study:
    generator = np.random.default_rng(0)
    n = 4_000
    a, b, c = (generator.integers(0, 4, n) for _ in range(3))
    wrong = generator.random(n) < np.where((a == 1) & (b == 2), 0.6, 0.1)
    table = pa.table({"a": a, "b": b, "c": c, "wrong": wrong.astype(int)})
    return study_from(table, features=("a", "b", "c"), id=None, error=("wrong",),
                      label=None, prediction=None, slices=0)  # fmt: skip


def chosen(study: Study, *proposed: Selection, limit: int = 20) -> list[Selection]:
    found = choose(
        study.searched_halves()[0],
        [(selection, "tree") for selection in proposed],
        study.target,
        limit,
        study.searchable,
    )
    assert [c.evidence for c in found] == sorted((c.evidence for c in found), reverse=True)
    return [c.selection for c in found]


BOTH: Selection = (("a", (1,)), ("b", (2,)))


def test_a_condition_that_does_not_help_is_dropped(study: Study) -> None:
    assert chosen(study, (*BOTH, ("c", (0, 1, 2, 3)))) == [BOTH]
    assert chosen(study, (*BOTH, ("c", (0, 1, 2)))) == [BOTH]


def test_conditions_that_help_are_kept(study: Study) -> None:
    assert chosen(study, BOTH) == [BOTH]


def test_of_nearly_the_same_regions_the_best_is_kept(study: Study) -> None:
    wide = (("a", (1,)), ("b", (2,)))
    again = (("b", (2,)), ("a", (1,)))
    assert len(chosen(study, wide, again)) == 1


def test_what_lies_below_the_overall_rate_is_no_candidate(study: Study) -> None:
    assert chosen(study, (("a", (0,)), ("b", (0,))), ()) == []


def test_no_more_than_the_limit_the_strongest_first(study: Study) -> None:
    several = [BOTH, (("a", (1,)),), (("b", (2,)),)]
    found = chosen(study, *reversed(several))
    assert found[0] == BOTH
    assert chosen(study, *reversed(several), limit=1) == [BOTH]


def test_nothing_proposed_is_nothing_chosen(study: Study) -> None:
    assert chosen(study) == []
