"""Every metric is what scikit-learn says, weighted or not; what is undefined is None."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn import metrics as sk

from terrain.data.outcome import Outcome
from terrain.errors import UsageError
from terrain.statistics.catalogue import catalogue, searched
from terrain.statistics.measured import Measured
from terrain.statistics.measuring import measures_of
from terrain.statistics.metrics import Mean, Metric, Moments, Rate, is_indicator
from terrain.statistics.tally import Tally, count, tallies

if TYPE_CHECKING:
    from terrain.statistics.findings import Estimate

N = 400
GENERATOR = np.random.default_rng(7)
WEIGHTS = {
    "none": None,
    "weighted": np.round(GENERATOR.exponential(size=N), 3) * (GENERATOR.random(N) < 0.9),
}


def whole(outcome: Outcome) -> tuple[dict[str, Metric], Tally]:
    """Return the metrics of an outcome and the tally of all its instances."""
    values = [outcome.label, outcome.weight, *outcome.errors.values()]
    n = len(next(value for value in values if value is not None))
    measures = measures_of(outcome, n)
    (tally,) = tallies(measures.layout, count(measures, np.zeros(n, np.int64), 1))
    return catalogue(outcome, measures.layout), tally


def estimates(outcome: Outcome) -> dict[str, Estimate]:
    metrics, tally = whole(outcome)
    return {name: metric.estimate(tally) for name, metric in metrics.items()}


def binary(label: Any, prediction: Any, **more: Any) -> Outcome:
    return Outcome(
        task="binary", classes=("0", "1"), positive=1, label=np.asarray(label, np.int32),
        prediction=np.asarray(prediction, np.int32), **more,
    )  # fmt: skip


@pytest.mark.parametrize("weight", WEIGHTS)
def test_binary(weight: str) -> None:
    w = WEIGHTS[weight]
    y, p = GENERATOR.integers(0, 2, N), GENERATOR.integers(0, 2, N)
    score = np.round(np.clip(0.3 * y + 0.7 * GENERATOR.random(N), 0, 1), 2)
    found = estimates(binary(y, p, scores=score, weight=w))
    tn, fp, fn, tp = sk.confusion_matrix(y, p, sample_weight=w).ravel()
    expected = {
        "error_rate": sk.zero_one_loss(y, p, sample_weight=w),
        "accuracy": sk.accuracy_score(y, p, sample_weight=w),
        "fpr": fp / (fp + tn),
        "fnr": fn / (fn + tp),
        "tpr": sk.recall_score(y, p, sample_weight=w),
        "tnr": tn / (tn + fp),
        "precision": sk.precision_score(y, p, sample_weight=w),
        "npv": tn / (tn + fn),
        "f1": sk.f1_score(y, p, sample_weight=w),
        "selection_rate": np.average(p, weights=w),
        "prevalence": np.average(y, weights=w),
        "log_loss": sk.log_loss(y, score, sample_weight=w),
        "brier": sk.brier_score_loss(y, score, sample_weight=w),
        "auc": sk.roc_auc_score(y, score, sample_weight=w),
    }
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, rel=1e-9), name
    assert found["fpr"].events == pytest.approx(fp)
    assert found["fpr"].exposure == pytest.approx(fp + tn)
    assert (found["auc"].low is None) == (w is not None)
    for name in set(expected) - {"auc"}:
        low, high = found[name].low, found[name].high
        assert low is not None
        assert high is not None
        assert low < expected[name] < high


@pytest.mark.parametrize("weight", WEIGHTS)
def test_multiclass(weight: str) -> None:
    w = WEIGHTS[weight]
    y, p = GENERATOR.integers(0, 4, N), GENERATOR.integers(0, 4, N)
    scores = GENERATOR.random((N, 4)) + np.eye(4)[y]
    likelihood = scores / scores.sum(axis=1, keepdims=True)
    outcome = Outcome(
        task="multiclass", classes=tuple("abcd"), label=y.astype(np.int32),
        prediction=p.astype(np.int32), scores=likelihood, weight=w,
    )  # fmt: skip
    found = {name: estimate.value for name, estimate in estimates(outcome).items()}
    precision, recall, f1, _ = sk.precision_recall_fscore_support(y, p, sample_weight=w)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(y, p, sample_weight=w))
    assert found["error_rate"] == pytest.approx(sk.zero_one_loss(y, p, sample_weight=w))
    for i, name in enumerate("abcd"):
        assert found[f"precision:{name}"] == pytest.approx(precision[i])
        assert found[f"recall:{name}"] == pytest.approx(recall[i])
        assert found[f"f1:{name}"] == pytest.approx(f1[i])
    assert found["macro_precision"] == pytest.approx(np.mean(precision))
    assert found["macro_recall"] == pytest.approx(np.mean(recall))
    assert found["macro_f1"] == pytest.approx(np.mean(f1))
    assert found["log_loss"] == pytest.approx(sk.log_loss(y, likelihood, sample_weight=w))
    squares = ((likelihood - np.eye(4)[y]) ** 2).sum(axis=1)
    assert found["brier"] == pytest.approx(np.average(squares, weights=w))


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("centre", [0.0, 1e6])
def test_regression(weight: str, centre: float) -> None:
    w = WEIGHTS[weight]
    y = GENERATOR.normal(centre, 3, N)
    p = y + GENERATOR.normal(0.5, 1, N)
    outcome = Outcome(task="regression", label=y, prediction=p, weight=w)
    found = {name: estimate.value for name, estimate in estimates(outcome).items()}
    assert found == {
        "mae": pytest.approx(sk.mean_absolute_error(y, p, sample_weight=w)),
        "rmse": pytest.approx(sk.root_mean_squared_error(y, p, sample_weight=w)),
        "mean_error": pytest.approx(np.average(p - y, weights=w)),
        "r2": pytest.approx(sk.r2_score(y, p, sample_weight=w)),
        "mse": pytest.approx(sk.mean_squared_error(y, p, sample_weight=w)),
    }


def test_auc_of_more_scores_than_bins_is_nearly_exact() -> None:
    y = GENERATOR.integers(0, 2, 20_000)
    score = GENERATOR.normal(size=20_000) + y
    found = estimates(binary(y, score > 0, scores=score))["auc"]
    assert found.value == pytest.approx(sk.roc_auc_score(y, score), abs=2e-3)


def test_missing_labels_predictions_and_scores_are_left_out() -> None:
    outcome = binary(
        [0, 1, -1, 1, 1], [1, 1, 0, -1, 0], scores=np.array([0.6, 0.9, 0.1, 0.5, np.nan])
    )
    found = estimates(outcome)
    assert (found["error_rate"].events, found["error_rate"].exposure) == (2, 3)
    assert (found["log_loss"].exposure, found["auc"].value) == (2, 1.0)


@pytest.mark.parametrize(
    ("label", "prediction", "undefined"),
    [
        ([0, 0, 0], [0, 1, 0], {"fnr": 0, "tpr": 0, "auc": 0}),
        ([1, 1, 1], [0, 1, 0], {"fpr": 0, "tnr": 0, "auc": 3}),
        ([0, 1, 1], [0, 0, 0], {"precision": 0}),
        ([0, 1, 1], [1, 1, 1], {"npv": 0}),
        ([0, 0, 0], [0, 0, 0], {"precision": 0, "fnr": 0, "tpr": 0, "f1": 0, "auc": 0}),
    ],
)
def test_the_undefined_is_none_with_its_denominator(
    label: list[int], prediction: list[int], undefined: dict[str, int]
) -> None:
    found = estimates(binary(label, prediction, scores=np.array([0.1, 0.5, 0.7])))
    assert {name for name, e in found.items() if e.value is None} == set(undefined)
    for name, denominator in undefined.items():
        estimate = found[name]
        shown = estimate.events if name == "auc" else estimate.exposure
        assert (estimate.low, estimate.high, shown) == (None, None, denominator)


def test_a_class_without_instances_is_left_out_of_macro_means() -> None:
    outcome = Outcome(
        task="multiclass", classes=("a", "b", "c"), label=np.array([0, 0, 1]),
        prediction=np.array([0, 1, 1]),
    )  # fmt: skip
    found = estimates(outcome)
    assert found["recall:c"].value is None
    assert found["precision:c"].value is None
    assert found["macro_recall"].value == pytest.approx((0.5 + 1) / 2)
    assert found["macro_precision"].value == pytest.approx((1 + 0.5) / 2)


def test_labels_that_do_not_vary_have_no_r2() -> None:
    label, prediction = np.full(5, 1.1), np.arange(5.0)
    found = estimates(Outcome(task="regression", label=label, prediction=prediction))
    assert found["r2"].value is None


@pytest.mark.parametrize("scale", [1e-12, 0.37, 3e9])
def test_equal_weights_of_any_size_give_the_rates_of_none(scale: float) -> None:
    y, p = GENERATOR.integers(0, 2, N), GENERATOR.integers(0, 2, N)
    score = GENERATOR.random(N)
    cost = GENERATOR.normal(size=N)
    more = {"scores": score, "errors": {"cost": cost}}
    plain = estimates(binary(y, p, **more))
    weighted = estimates(binary(y, p, weight=np.full(N, scale), **more))
    for name, estimate in plain.items():
        assert weighted[name].value == pytest.approx(estimate.value, rel=1e-9), name
        assert weighted[name].exposure == pytest.approx(estimate.exposure * scale), name
        if name != "auc":
            assert weighted[name].low == pytest.approx(estimate.low, abs=0.005), name


def test_whole_weights_weigh_like_repeated_rows() -> None:
    y, p, times = (GENERATOR.integers(0, high, N) for high in (2, 2, 4))
    score, cost = GENERATOR.random(N), GENERATOR.normal(size=N)
    weighted = estimates(
        binary(y, p, scores=score, errors={"cost": cost}, weight=times.astype(float))
    )
    rows = np.repeat(np.arange(N), times)
    repeated = binary(y[rows], p[rows], scores=score[rows], errors={"cost": cost[rows]})
    for name, estimate in estimates(repeated).items():
        assert weighted[name].value == pytest.approx(estimate.value, rel=1e-9), name
        assert weighted[name].exposure == pytest.approx(estimate.exposure), name


@pytest.mark.parametrize("weight", WEIGHTS)
def test_an_indicator_sums_what_it_gives_each_instance(weight: str) -> None:
    w = WEIGHTS[weight]
    y, p = GENERATOR.integers(-1, 2, N), GENERATOR.integers(0, 2, N)
    cost = np.where(GENERATOR.random(N) < 0.2, np.nan, GENERATOR.normal(size=N))
    outcome = binary(y, p, weight=w, errors={"cost": cost})
    metrics, tally = whole(outcome)
    measures = measures_of(outcome, N)
    unit = 1.0 if measures.layout.weight_scales is None else measures.layout.weight_scales[0]
    searchable = [metric for metric in metrics.values() if is_indicator(metric)]
    assert len(searchable) == 11
    for metric in searchable:
        assert isinstance(metric, Rate | Mean)
        events, exposure = metric.per_instance(measures)
        moments, scale = metric.moments(tally), metric.scale(measures.layout)
        assert events.sum() / scale == pytest.approx(moments.events)
        assert exposure.sum() / unit == pytest.approx(moments.exposure)
        assert ((events / scale) ** 2).sum() == pytest.approx(moments.events_squared)
        assert (events / scale * exposure / unit).sum() == pytest.approx(moments.cross)
        assert (exposure == np.rint(exposure)).all()
        assert (events == np.rint(events)).all()


def test_the_searched_metric_is_the_first_or_the_one_that_is_named() -> None:
    metrics, _ = whole(binary([0, 1], [1, 1], errors={"cost": np.array([1.0, 2.0])}))
    assert searched(metrics, None).name == "cost"
    assert searched(metrics, "fpr").name == "fpr"
    for wrong in ("accuracy", "f1", "prevalence", "fprr"):
        with pytest.raises(
            UsageError, match=rf"`{wrong}`.*--target takes one of: cost, error_rate"
        ):
            searched(metrics, wrong)
    metrics, _ = whole(Outcome(task="regression", label=np.zeros(2), prediction=np.ones(2)))
    assert searched(metrics, None).name == "mae"


def test_errors_of_zero_and_one_are_a_rate() -> None:
    outcome = Outcome(task="indicator", errors={"late": np.array([1.0, 0, np.nan, 0])})
    metrics, tally = whole(outcome)
    found = metrics["late"].estimate(tally)
    assert metrics["late"].note.kind == "rate"
    assert found.value == pytest.approx(1 / 3)
    assert (found.events, found.exposure) == (1, 3)
    assert found.low == pytest.approx(0.0615, abs=1e-4)  # Wilson's interval of 1 in 3


def test_without_a_variance_over_groups_there_is_no_interval() -> None:
    metrics, tally = whole(binary([0, 1] * 20, [0, 1, 1, 1] * 10, scores=np.tile([0.2, 0.7], 20)))
    moments = Moments(10.0, 40.0, 30.0, 40.0, 160.0, 10.0, counted=False)
    found = Measured(tally, {"error_rate": moments}).estimates(metrics)
    assert found["error_rate"].low is not None
    assert found["f1"].value is not None
    assert {found[name].low for name in ("f1", "auc", "precision")} == {None}


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_standard_errors_are_those_of_resampling(task: str, weight: str) -> None:
    generator = np.random.default_rng(3)
    w = WEIGHTS[weight]
    y = generator.integers(0, 3 if task == "multiclass" else 2, N)
    p = np.where(generator.random(N) < 0.3, (y + 1) % (y.max() + 1), y)
    score = np.clip(0.3 * y + 0.7 * generator.random(N), 0, 1).round(2)

    def drawn(rows: np.ndarray) -> dict[str, Estimate]:
        weights = None if w is None else w[rows]
        if task == "binary":
            return estimates(binary(y[rows], p[rows], scores=score[rows], weight=weights))
        if task == "multiclass":
            return estimates(
                Outcome(
                    task="multiclass", classes=("a", "b", "c"), weight=weights,
                    label=y[rows].astype(np.int32), prediction=p[rows].astype(np.int32),
                )
            )  # fmt: skip
        return estimates(Outcome(task="regression", label=score[rows] * 9, weight=weights,
                                 prediction=y[rows] * 5.0))  # fmt: skip

    found = drawn(np.arange(N))
    resampled = [drawn(generator.integers(0, N, N)) for _ in range(200)]
    known = {name for name, each in found.items() if each.deviation is not None}
    for name in known:
        spread = np.std([each[name].value or 0.0 for each in resampled])
        assert found[name].deviation == pytest.approx(spread, rel=0.25), name
        assert (found[name].units or 0) > 1
    counted = {name for name, each in found.items() if each.counted}
    without = {"r2", "macro_f1"} | ({"auc"} if w is not None else set())
    assert set(found) - known - counted <= without
    assert bool(counted) == (w is None and task != "regression")
