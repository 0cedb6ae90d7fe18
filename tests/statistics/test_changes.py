"""Paired changes of every metric: against pandas, against a bootstrap, and their laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.outcome import Outcome
from terrain.statistics.catalogue import catalogue
from terrain.statistics.changes import Model, Pair, paired_changes
from terrain.statistics.influence import influence
from terrain.statistics.measures import take_measures
from terrain.statistics.measuring import measures_of
from terrain.statistics.tests import mcnemar_mid_p

N = 800


def model(outcome: Outcome) -> Model:
    n = len(outcome.label) if outcome.label is not None else 0
    measures = measures_of(outcome, n)
    return Model(metrics=catalogue(outcome, measures.layout), measures=measures)


def outcome_drawn(task: str, seed: int, n: int = N, **more: Any) -> Outcome:
    """Return a model of the labels that belong to `n`; the seed is that of its errors."""
    labels, generator = np.random.default_rng(n), np.random.default_rng(seed)
    if task == "regression":
        label = labels.normal(50, 10, n)
        said = label + generator.normal(0, 1 + seed, n)
        return Outcome(task="regression", label=label, prediction=said, **more)
    classes = ("0", "1") if task == "binary" else ("a", "b", "c")
    label = labels.integers(0, len(classes), n).astype(np.int32)
    moved = (label + generator.integers(1, len(classes), n)) % len(classes)
    prediction = np.where(generator.random(n) < 0.2 + 0.02 * seed, moved, label).astype(np.int32)
    scores = None
    if task == "binary":
        scores = np.clip(prediction * 0.4 + generator.random(n) * 0.6, 0, 1).round(2)
    return Outcome(
        task=task,  # type: ignore[arg-type]
        classes=classes,
        positive=1 if task == "binary" else None,
        label=label,
        prediction=prediction,
        scores=scores,
        **more,
    )


def pair(task: str, old: int = 0, new: int = 1, **more: Any) -> Pair:
    return Pair(
        old=model(outcome_drawn(task, old, **more)), new=model(outcome_drawn(task, new, **more))
    )


TASKS = ("binary", "multiclass", "regression")
tasks = pytest.mark.parametrize("task", TASKS)
WEIGHTS = np.random.default_rng(9).integers(1, 5, N).astype(float)


@tasks
@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_the_influences_of_a_metric_belong_to_its_value(
    task: str, weight: np.ndarray | None
) -> None:
    found = model(outcome_drawn(task, 1, weight=weight))
    changes = paired_changes(Pair(old=found, new=found), np.arange(N))
    assert len(changes) == len(found.metrics)
    for name, metric in found.metrics.items():
        seen = influence(metric, found.measures)
        assert seen.value == pytest.approx(changes[name].new.value, rel=1e-9), name
        assert abs(seen.terms.sum()) < 1e-9, name


@tasks
def test_an_influence_is_what_leaving_an_instance_out_takes_away(task: str) -> None:
    found = model(outcome_drawn(task, 1))
    for name, metric in found.metrics.items():
        seen = influence(metric, found.measures)
        for left in (0, 7, 100):
            without = take_measures(found.measures, np.delete(np.arange(N), left))
            moved = (seen.value or 0) - (influence(metric, without).value or 0)
            assert moved == pytest.approx(
                seen.terms[left], abs=2e-3 * max(1, abs(seen.value or 0))
            ), name


@tasks
def test_intervals_are_those_of_a_bootstrap(task: str) -> None:
    both, draws = pair(task), 400
    generator = np.random.default_rng(0)
    changes = paired_changes(both, np.arange(N))
    drawn: dict[str, list[float]] = {name: [] for name in changes}
    for _ in range(draws):
        rows = generator.integers(0, N, N)
        old, new = (take_measures(each.measures, rows) for each in (both.old, both.new))
        for name in changes:
            before = influence(both.old.metrics[name], old).value
            after = influence(both.new.metrics[name], new).value
            drawn[name].append((after or 0.0) - (before or 0.0))
    for name, change in changes.items():
        low, high = change.difference.low, change.difference.high
        assert low is not None
        assert high is not None
        if name == "prevalence":
            continue  # no label differs, so no draw does
        width = 2 * 1.96 * float(np.std(drawn[name]))
        assert high - low == pytest.approx(width, rel=0.2), name


@tasks
def test_groups_of_copies_are_worth_one_instance_each(task: str) -> None:
    once = pair(task, n=400)
    twice = [
        Model(
            metrics=each.metrics,
            measures=take_measures(each.measures, np.repeat(np.arange(400), 2)),
        )
        for each in (once.old, once.new)
    ]
    alone = replace(once, cluster=np.arange(400))
    copied = Pair(old=twice[0], new=twice[1], cluster=np.repeat(np.arange(400), 2))
    one, other = paired_changes(alone, np.arange(400)), paired_changes(copied, np.arange(800))
    for name in one:
        first, second = one[name].difference, other[name].difference
        assert second.gap == pytest.approx(first.gap)
        assert second.low == pytest.approx(first.low)
        assert second.p_value == pytest.approx(first.p_value)


def test_errors_are_compared_by_mcnemar_and_pandas_counts() -> None:
    both = pair("binary")
    old, new = outcome_drawn("binary", 0), outcome_drawn("binary", 1)
    rows = np.flatnonzero(np.arange(N) % 3 == 0)
    before = np.asarray(old.prediction != old.label)[rows]
    after = np.asarray(new.prediction != new.label)[rows]
    change = paired_changes(both, rows)["error_rate"]
    assert change.old.value == before.mean()
    assert change.new.value == after.mean()
    assert change.difference.gap == pytest.approx(after.mean() - before.mean())
    broken, mended = int((after & ~before).sum()), int((before & ~after).sum())
    assert change.difference.p_value == mcnemar_mid_p(broken, mended)
    low, high = change.difference.low, change.difference.high
    assert low is not None
    assert high is not None
    assert low < (change.difference.gap or 0) < high


@tasks
@given(rows=st.lists(st.integers(0, N - 1), unique=True, max_size=80))
def test_swapping_old_and_new_flips_every_sign(task: str, rows: list[int]) -> None:
    both, chosen = pair(task), np.array(sorted(rows), np.int64)
    one = paired_changes(both, chosen)
    other = paired_changes(Pair(old=both.new, new=both.old), chosen)
    for name, change in one.items():
        ours, theirs = change.difference, other[name].difference
        assert change.old == other[name].new
        assert (ours.gap is None) == (theirs.gap is None), name
        if ours.gap is None:
            continue
        assert theirs.gap == pytest.approx(-ours.gap, abs=1e-12), name
        assert theirs.p_value == pytest.approx(ours.p_value), name
        if ours.low is not None:
            assert -(ours.high or 0) == pytest.approx(theirs.low, abs=1e-12), name


@tasks
@given(rows=st.lists(st.integers(0, N - 1), unique=True, max_size=80))
def test_a_model_against_itself_changes_nothing(task: str, rows: list[int]) -> None:
    both = pair(task, new=0)
    for name, change in paired_changes(both, np.array(sorted(rows), np.int64)).items():
        assert change.old == change.new
        if change.difference.gap is not None:
            assert change.difference.gap == 0, name
            assert change.difference.p_value in (1.0, None), name
            if change.difference.low is not None:
                assert change.difference.low <= 0 <= (change.difference.high or 0)


def test_a_wider_level_gives_a_wider_interval_and_only_what_is_wanted() -> None:
    both = pair("binary")
    narrow = paired_changes(both, np.arange(N), wanted=["fpr", "auc"], level=0.8)
    wide = paired_changes(both, np.arange(N), wanted=["fpr", "auc"], level=0.99)
    assert list(narrow) == ["fpr", "auc"]
    for name in narrow:
        assert (wide[name].difference.low or 0) < (narrow[name].difference.low or 0)


def test_few_positives_leave_auc_without_an_interval() -> None:
    both = pair("binary")
    label = outcome_drawn("binary", 0).label
    assert label is not None
    few = np.concatenate([np.flatnonzero(label == 1)[:5], np.flatnonzero(label == 0)])
    difference = paired_changes(both, few)["auc"].difference
    assert difference.gap is not None
    assert difference.low is None
    assert difference.p_value is None
