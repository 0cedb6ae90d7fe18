"""Sums are sums of whole numbers: exact in any order, and true to the values they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from terrain.data.outcome import Outcome
from terrain.errors import DataError
from terrain.statistics.catalogue import catalogue
from terrain.statistics.measures import narrowed, take_measures
from terrain.statistics.measuring import SCORE_BINS, common_of, measures_of, sizes_of

LOSS = st.floats(-1e9, 1e9).map(lambda loss: round(loss, 9))
LOSSES = st.lists(LOSS | st.just(np.nan), min_size=2, max_size=50)


@given(LOSSES)
def test_a_loss_is_whole_numbers_that_sum_below_the_limit(values: list[float]) -> None:
    loss = np.array(values)
    measures = measures_of(Outcome(task="indicator", errors={"loss": loss}), len(loss))
    (found,), scales = measures.losses, measures.layout.losses["loss"]
    assert np.isnan(found.value).tolist() == np.isnan(loss).tolist()
    for whole, scale, true in (
        (found.value, scales.value, loss),
        (found.square, scales.square, loss**2),
    ):
        present = whole[~np.isnan(whole)]
        assert (present == np.rint(present)).all()
        assert np.abs(present).sum() <= 2**53
        largest = np.nanmax(np.abs(true), initial=0)
        np.testing.assert_allclose(whole / scale, true, atol=len(loss) * largest * 2e-15)


def regression(label: list[float], prediction: list[float]) -> Outcome:
    return Outcome(task="regression", label=np.array(label), prediction=np.array(prediction))


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e-9, 1.0, 1e9, 1e100])
def test_losses_of_any_size(size: float) -> None:
    loss = np.array([1.0, 2.0, 4.0]) * size
    measures = measures_of(Outcome(task="indicator", errors={"loss": loss}), 3)
    scale = measures.layout.losses["loss"].value
    assert measures.losses[0].value.sum() / scale == pytest.approx(7 * size)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(task="indicator", errors={"loss": np.array([1.0, np.inf])}),
        Outcome(task="indicator", errors={"loss": np.array([1.0, 1e300])}),
        Outcome(task="indicator", errors={"loss": np.ones(2)}, weight=np.array([1.0, 1e300])),
        regression([1.5, np.inf], [1.0, 2.0]),
        regression([1.5, 2.0], [-np.inf, 2.0]),
        regression([1.5, 2.0], [1e200, 2.0]),
        Outcome(
            task="binary", classes=("0", "1"), positive=1, label=np.array([0, 1]),
            prediction=np.array([0, 1]), scores=np.array([0.5, np.inf]),
        ),
    ],
)  # fmt: skip
def test_what_is_infinite_is_refused(outcome: Outcome) -> None:
    with pytest.raises(DataError, match=r"infinite in 1 row \(first in row [12]\)"):
        measures_of(outcome, 2)


def binary(scores: Any, label: Any, **more: Any) -> Outcome:
    label = np.array(label, np.int32)
    return Outcome(
        task="binary", classes=("0", "1"), positive=1, label=label,
        prediction=(np.array(scores) >= 0.5).astype(np.int32), scores=np.array(scores), **more,
    )  # fmt: skip


def test_undefined_instances_have_a_cell_of_their_own() -> None:
    outcome = binary([0.1, 0.9, 0.9, 0.1, 0.9], [0, 0, 1, 1, -1])
    (cells,) = measures_of(outcome, 5).axes
    assert cells.tolist() == [0, 1, 3, 2, 4]


def test_scores_outside_zero_and_one_are_ranked_but_no_probabilities() -> None:
    outcome = binary([-3.0, 0.9, 7.0], [0, 1, 1])
    measures = measures_of(outcome, 3)
    assert measures.layout.losses == {}
    assert measures.layout.score_edges.tolist() == [-3.0, 0.9, 7.0]


@pytest.mark.parametrize("distinct", [SCORE_BINS, SCORE_BINS * 3])
def test_scores_keep_their_order_in_at_most_so_many_bins(distinct: int) -> None:
    generator = np.random.default_rng(0)
    scores = generator.permutation(np.repeat(np.linspace(0, 1, distinct), 2))
    measures = measures_of(binary(scores, np.zeros(len(scores))), len(scores))
    code = measures.score
    assert code is not None
    assert code.max() < len(measures.layout.score_edges) <= SCORE_BINS
    if distinct == SCORE_BINS:
        assert (code == rankdata(scores, "dense") - 1).all()
    order = np.argsort(scores, kind="stable")
    assert (np.diff(code[order].astype(int)) >= 0).all()
    assert np.bincount(code).max() <= 2 * np.ceil(distinct / SCORE_BINS + 1)


def test_taking_rows_and_narrowing_keep_the_rest() -> None:
    outcome = binary([0.1, 0.9, 0.4], [0, 1, 1], weight=np.array([1.0, 2.0, 4.0]),
                     errors={"cost": np.array([1.0, 2.0, 3.0])})  # fmt: skip
    measures = measures_of(outcome, 3)
    rows = np.array([2, 0])
    taken = take_measures(measures, rows)
    assert taken.weight is not None
    assert measures.weight is not None
    assert taken.weight.tolist() == measures.weight[rows].tolist()
    assert taken.losses[0].value.tolist() == measures.losses[0].value[rows].tolist()
    narrow = narrowed(measures, "brier")
    assert list(narrow.layout.losses) == ["brier"]
    assert narrow.losses[0].value.tolist() == measures.losses[2].value.tolist()
    assert narrow.score is None
    assert len(narrow) == 3
    assert narrowed(measures, None).losses == ()


def test_a_weighted_error_of_0_and_1_is_a_rate() -> None:
    outcome = Outcome(
        task="indicator",
        errors={"wrong": np.array([0.0, 1.0, np.nan]), "cost": np.array([0.0, 2.0, 1.0])},
        weight=np.array([0.3, 2.5, 1.0]),
    )
    sizes = sizes_of(outcome, common_of(outcome, 3))
    metrics = catalogue(outcome, measures_of(outcome, 3).layout, sizes)
    assert {name: metric.note.kind for name, metric in metrics.items()} == {
        "wrong": "rate",
        "cost": "loss",
    }
