"""With groups of rows, moments are those of whole groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import study_from

from terrain.statistics import batch
from terrain.statistics.clusters import clustered_moments

if TYPE_CHECKING:
    from terrain.study import Study

METRICS = ("cost", "error_rate", "fpr", "selection_rate")


def grouped(seed: int, *, weighted: bool) -> Study:
    generator = np.random.default_rng(seed)
    n = 120
    label = generator.integers(0, 2, n)
    data = {
        "label": label,
        "prediction": np.where(generator.random(n) < 0.3, 1 - label, label),
        "cost": np.where(generator.random(n) < 0.1, np.nan, generator.exponential(size=n)),
        "user": [f"u{i}" for i in generator.integers(0, 17, n)],
        "x": generator.integers(0, 3, n),
        "mass": np.round(generator.exponential(size=n), 2),
    }
    return study_from(
        pa.table(data), features=("x",), id=None, group="user", error=("cost",),
        weight="mass" if weighted else None, label="label", prediction="prediction",
    )  # fmt: skip


@settings(max_examples=30)
@given(st.integers(0, 99), st.booleans(), st.integers(5, 200))
def test_moments_are_sums_over_whole_groups(seed: int, weighted: bool, size: int) -> None:  # noqa: FBT001 - drawn
    study = grouped(seed, weighted=weighted)
    frame = study.benchmark.table.to_pandas()[~study.discovery]
    wrong = (frame.label != frame.prediction).astype(float)
    weight = frame.mass if weighted else 1.0 + 0 * frame.mass
    values = {
        "cost": (frame.cost, frame.cost.notna()),
        "error_rate": (wrong, wrong >= 0),
        "fpr": (frame.prediction, frame.label == 0),
        "selection_rate": (frame.prediction, wrong >= 0),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "BATCH", size)
        part = study.halves()[1]
    metrics = study.instrument.metrics
    found = clustered_moments(part, lambda b: b.codes["x"], 4, study.instrument.clusters, metrics)
    for code, x in enumerate(sorted(frame.x.unique())):
        inside = frame.x == x
        for name in METRICS:
            value, defined = values[name]
            rows = inside & defined
            users = frame.user[rows]
            e = (value * weight)[rows].groupby(users).sum().to_numpy(dtype=float)
            d = weight[rows].groupby(users).sum().to_numpy(dtype=float)
            e, d = e[d > 0], d[d > 0]
            expected = (e.sum(), d.sum(), e @ e, e @ d, d @ d, len(d))
            np.testing.assert_allclose(found[code][name][:6], expected, rtol=1e-6, atol=1e-9)
            assert not found[code][name].counted


def test_roots_have_moments_and_scores_have_none() -> None:
    generator = np.random.default_rng(0)
    data: dict[str, Any] = {
        "label": generator.normal(size=60),
        "user": [f"u{i // 3}" for i in range(60)],
    }
    data["prediction"] = data["label"] + generator.normal(size=60)
    study = study_from(
        pa.table(data | {"x": np.arange(60) % 3}), features=("x",), id=None, group="user"
    )
    whole = study.instrument.whole(study.halves()[0])
    assert set(whole.clustered) == {"mae", "rmse", "mean_error", "mse"}
    assert whole.clustered["rmse"] == whole.clustered["mse"]
    root = whole.estimates(study.instrument.metrics)["rmse"]
    assert root.low is not None
    assert root.value is not None
    assert root.low < root.value


def test_dependent_rows_widen_the_interval() -> None:
    generator = np.random.default_rng(1)
    user = np.repeat(np.arange(40), 25)
    wrong = (generator.random(1_000) < np.repeat(generator.beta(0.5, 2, 40), 25)).astype(int)
    table = pa.table({"wrong": wrong, "user": [f"u{u}" for u in user], "x": np.arange(1000) % 2})

    def width(group: str | None) -> float:
        study = study_from(table, features=("x",), id=None, group=group, error=("wrong",),
                           label=None, prediction=None)  # fmt: skip
        estimate = study.instrument.whole(study.halves()[0]).estimate(study.target)
        assert estimate.low is not None
        assert estimate.high is not None
        return estimate.high - estimate.low

    assert width("user") > 2 * width(None)
