"""What became of an instance, as a code, says every rate again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.outcome import Outcome
from terrain.statistics.catalogue import catalogue
from terrain.statistics.measuring import measures_of
from terrain.statistics.metrics import Rate
from terrain.statistics.outcomes import outcomes_of


def outcome(task: str, label: np.ndarray, prediction: np.ndarray, k: int) -> Outcome:
    return Outcome(
        task=task,  # type: ignore[arg-type]
        classes=tuple(f"c{i}" for i in range(k)),
        positive=1 if task == "binary" else None,
        label=label,
        prediction=prediction,
    )


@given(st.data(), st.sampled_from([2, 3, 7]))
def test_every_rate_is_a_share_of_codes(data: st.DataObject, k: int) -> None:
    n = data.draw(st.integers(1, 60))
    values = st.lists(st.integers(-1, k - 1), min_size=n, max_size=n).map(np.array)
    label, prediction = data.draw(values), data.draw(values)
    measures = measures_of(outcome("binary" if k == 2 else "multiclass", label, prediction, k), n)
    metrics = catalogue(
        outcome("binary" if k == 2 else "multiclass", label, prediction, k),
        measures.layout,
    )
    found = outcomes_of(measures, metrics)
    assert found is not None
    rates = {name: metric for name, metric in metrics.items() if isinstance(metric, Rate)}
    assert list(found.rates) == list(rates)
    for name, (hits, among) in found.rates.items():
        events, exposure = rates[name].per_instance(measures)
        assert np.isin(found.codes, hits).tolist() == (events > 0).tolist()
        assert np.isin(found.codes, among).tolist() == (exposure > 0).tolist()
    # one code, one label and prediction
    pairs = np.where((label < 0) | (prediction < 0), -1, label * k + prediction)
    assert len(set(zip(found.codes.tolist(), pairs.tolist(), strict=True))) == len(set(pairs))


@pytest.mark.parametrize(("k", "told"), [(20, True), (60, False), (2_000, False)])
def test_many_classes_are_not_told_apart(k: int, told: bool) -> None:  # noqa: FBT001 - by size
    label, prediction = np.divmod(np.arange(k * min(k, 60)), min(k, 60))
    measures = measures_of(outcome("multiclass", label, prediction, k), len(label))
    metrics = catalogue(outcome("multiclass", label, prediction, k), measures.layout)
    found = outcomes_of(measures, metrics)
    assert (found is not None) == told
    if found is not None:
        assert found.codes.dtype == np.uint16
