"""Each test asks the right question of the right sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from strategies import study_from

from terrain.statistics import confirmation
from terrain.statistics.confirmation import differ, difference, finding, worse

if TYPE_CHECKING:
    from terrain.statistics.measured import Measured
    from terrain.study import Study

INSIDE = (("a", (1,)),)
N = 3_000


def study_of(loss: Any, **more: Any) -> Study:
    """Return a study of a loss and of predictions, `a` being 1 in every twentieth row."""
    a = (np.arange(N) % 20 == 0).astype(int)
    table = pa.table({"a": a, "loss": loss, "key": np.arange(N), **more})
    return study_from(table, features=("a",), error=("loss",))


def sides(study: Study) -> tuple[Measured, Measured]:
    ((outside, inside),) = study.instrument.selections(study.halves()[1], [INSIDE])
    return inside, outside


def values(study: Study, name: str = "loss") -> tuple[np.ndarray, np.ndarray]:
    """Return a column inside and outside, on the instances that were not searched."""
    frame = study.benchmark.table.to_pandas()[~study.discovery]
    return frame[name][frame.a == 1].to_numpy(), frame[name][frame.a == 0].to_numpy()


def rate(seed: int = 0, high: float = 0.3) -> np.ndarray:
    generator = np.random.default_rng(seed)
    chance = np.where(np.arange(N) % 20 == 0, high, 0.15)
    return (generator.random(N) < chance).astype(int)


def test_a_rate_is_tested_exactly() -> None:
    study = study_of(rate())
    inside, outside = sides(study)
    ours, others = values(study)
    table = [[ours.sum(), len(ours) - ours.sum()], [others.sum(), len(others) - others.sum()]]
    expected = stats.fisher_exact(np.array(table), alternative="greater").pvalue
    assert worse(inside, outside, study.target) == pytest.approx(expected)
    strict = worse(inside, outside, study.target, margin=1.1)
    assert expected < strict < 1


def test_a_loss_is_tested_by_welch() -> None:
    study = study_of(np.random.default_rng(0).exponential(1 + (np.arange(N) % 20 == 0), N))
    inside, outside = sides(study)
    ours, others = values(study)
    expected = stats.ttest_ind(ours, others, equal_var=False, alternative="greater").pvalue
    assert worse(inside, outside, study.target) == pytest.approx(expected, rel=1e-6)
    both = stats.ttest_ind(ours, others, equal_var=False).pvalue
    assert differ(inside, outside, study.target) == pytest.approx(both, rel=1e-6)
    scaled = stats.ttest_ind(ours, 1.1 * others, equal_var=False, alternative="greater").pvalue
    assert worse(inside, outside, study.target, margin=1.1) == pytest.approx(scaled, rel=1e-6)


def test_a_margin_never_asks_less_than_equality() -> None:
    study = study_of(np.random.default_rng(0).normal(-5, 1, N))
    inside, outside = sides(study)
    assert worse(inside, outside, study.target, margin=1.5) == worse(inside, outside, study.target)


def test_the_loss_of_few_instances_is_tested_by_permutation() -> None:
    loss = np.random.default_rng(0).exponential(1, N)
    few = np.arange(N) % 200 == 0
    loss[few] += 3
    table = pa.table({"a": few.astype(int), "loss": loss, "key": np.arange(N)})
    study = study_from(table, features=("a",), error=("loss",))
    part = study.halves()[1]

    def p_value(seed: int) -> float:
        (found,) = confirmation.test_selections(part, [INSIDE], study.instrument, study.target,
                                   margin=1.1, seed=seed, find="failing")  # fmt: skip
        return found.p_value

    assert 0 < p_value(0) < 0.01
    assert p_value(0) == p_value(0)
    inside, outside = sides(study)
    assert p_value(0) != worse(inside, outside, study.target, margin=1.1)


def test_nothing_to_compare_is_no_evidence() -> None:
    study = study_of(np.where(np.arange(N) % 20 == 0, np.nan, rate()))
    inside, outside = sides(study)
    assert worse(inside, outside, study.target) == 1
    assert differ(inside, outside, study.target) is None
    gap = difference(inside, outside, study.target, "rest")
    assert (gap.gap, gap.low, gap.ratio) == (None, None, None)


def test_a_gap_has_its_sign_ratio_and_newcombe_interval() -> None:
    study = study_of(rate())
    inside, outside = sides(study)
    ours, others = values(study)
    gap = difference(inside, outside, study.target, "rest")
    apart = ours.mean() - others.mean()
    assert gap.gap == pytest.approx(apart)
    assert gap.ratio == pytest.approx(ours.mean() / others.mean())
    wilson = [
        stats.binomtest(int(x.sum()), len(x)).proportion_ci(method="wilson") for x in (ours, others)
    ]
    low = apart - np.hypot(ours.mean() - wilson[0].low, wilson[1].high - others.mean())
    high = apart + np.hypot(wilson[0].high - ours.mean(), others.mean() - wilson[1].low)
    assert gap.low == pytest.approx(low)
    assert gap.high == pytest.approx(high)
    back = difference(outside, inside, study.target, "rest")
    assert back.gap == pytest.approx(-apart)


def test_each_metric_is_tested_on_its_own_denominator() -> None:
    generator = np.random.default_rng(5)
    label, prediction = generator.integers(0, 2, N), generator.integers(0, 2, N)
    study = study_of(rate(), label=label, prediction=prediction)
    study = study_from(study.benchmark.table, features=("a",), error=(), label="label",
                       prediction="prediction")  # fmt: skip
    inside, outside = sides(study)
    frame = study.benchmark.table.to_pandas()[~study.discovery]
    negatives = frame[frame.label == 0]
    table = [
        [int((negatives.prediction[negatives.a == a] == said).sum()) for said in (1, 0)]
        for a in (1, 0)
    ]
    expected = stats.fisher_exact(np.array(table)).pvalue
    metrics = study.instrument.metrics
    assert differ(inside, outside, metrics["fpr"]) == pytest.approx(expected)
    assert differ(inside, outside, metrics["f1"]) is None


def test_a_finding_derives_everything_from_its_two_sides() -> None:
    study = study_of(rate())
    unseen = study.halves()[1]
    (tested,) = confirmation.test_selections(
        unseen, [INSIDE], study.instrument, study.target, margin=1.0, seed=0, find="failing"
    )
    ours, others = values(study)
    region: Any = None
    found = finding("r1", region, tested, study.instrument, study.target, seen=None,
                    status="none", p_adjusted=None, instances=N, measured_on="all")  # fmt: skip
    everything = np.concatenate([ours, others])
    assert found.support == len(ours)
    assert found.coverage == len(ours) / N
    assert found.error_coverage == pytest.approx(ours.sum() / everything.sum())
    assert found.lift == pytest.approx(ours.mean() / everything.mean())
    assert found.rest is not None
    assert found.rest.value == pytest.approx(others.mean())
    assert found.p_value is None
