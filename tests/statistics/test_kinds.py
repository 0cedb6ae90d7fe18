"""Counting kinds of instances gives the same sums as summing their measures."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from given import Given, plain
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.outcome import Outcome
from terrain.engines.memory import Memory
from terrain.statistics import counting
from terrain.statistics.batch import Batch
from terrain.statistics.counting import tally_selections
from terrain.statistics.kinds import MOST_VALUES, kinds_of, of_few_values
from terrain.statistics.measures import Measures, narrowed, take_measures
from terrain.statistics.measuring import measures_of
from terrain.statistics.tally import count

FEW = st.sampled_from([0.0, 1.0, np.nan, -2.5, 0.1])


@st.composite
def measures(draw: st.DrawFn) -> Measures:
    """Draw measures that have few different rows, of any task, with weights or without."""
    n = draw(st.integers(2, 60))

    def column(values: st.SearchStrategy[Any]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["errors"] = {"cost": column(FEW), "wrong": column(st.sampled_from([0.0, 1.0]))}
    if draw(st.booleans()):
        more["weight"] = column(st.sampled_from([0.5, 1.0, 3.0]))
    if not draw(st.booleans()):
        more.setdefault("errors", {"cost": column(FEW)})
        return measures_of(Outcome(task="indicator", **more), n)
    classes = draw(st.sampled_from([("0", "1"), ("a", "b", "c")]))
    binary = len(classes) == 2
    label, predicted = (column(st.integers(-1, len(classes) - 1)) for _ in range(2))
    if binary and draw(st.booleans()):
        more["scores"] = column(st.sampled_from([0.1, 0.5, 0.9]))
    outcome = Outcome(
        task="binary" if binary else "multiclass",
        label=label,
        prediction=predicted,
        classes=classes,
        positive=1 if binary else None,
        **more,
    )
    return measures_of(outcome, n)


def summed(measures: Measures, assignment: np.ndarray, regions: int) -> list[list[int]]:
    """Return what summing without kinds gives."""
    return count(plain(measures), assignment, regions).tolist()


@given(measures(), st.integers(1, 4), st.data())
def test_counts_of_kinds_are_the_sums(
    measures: Measures, regions: int, data: st.DataObject
) -> None:
    assert measures.kinds is not None
    region = st.lists(st.integers(0, regions - 1), min_size=len(measures), max_size=len(measures))
    assignment = np.array(data.draw(region))
    assert count(measures, assignment, regions).tolist() == summed(measures, assignment, regions)
    rows = np.flatnonzero(assignment == 0)
    taken = take_measures(measures, rows)
    assert count(taken, rows * 0, 1).tolist() == summed(taken, rows * 0, 1)


@given(measures(), st.data())
def test_narrowing_keeps_the_kinds(measures: Measures, data: st.DataObject) -> None:
    loss = data.draw(st.sampled_from([None, *measures.layout.losses]))
    for held in (measures, plain(measures)):
        narrow = narrowed(held, loss)
        assert narrow.kinds is not None
        everything = np.zeros(len(narrow), np.int64)
        assert count(narrow, everything, 1).tolist() == summed(narrow, everything, 1)


@pytest.mark.parametrize("bitmaps", [0, 16])
@given(measures=measures(), data=st.data())
def test_sums_inside_regions_are_the_sums_of_their_instances(
    bitmaps: int, measures: Measures, data: st.DataObject
) -> None:
    n = len(measures)
    codes = {
        name: np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), np.uint8)
        for name in ("x", "y")
    }
    target = Given(np.zeros(n), np.ones(n))
    selections = [(), (("x", (1, 2)),), (("x", (0, 3)), ("y", (1,))), (("y", (0, 1, 2, 3)),)]

    def part(held: Measures) -> Memory[Batch]:
        return Memory([Batch(codes=codes, measures=held, target=target, cluster=None)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "MOST_BITMAPS", bitmaps)
        found = tally_selections(part(measures), selections)
    slowly = tally_selections(part(plain(measures)), selections)
    assert [[side.sums.tolist() for side in pair] for pair in found] == [
        [side.sums.tolist() for side in pair] for pair in slowly
    ]


@given(measures())
def test_measures_by_kind_survive_a_journey(measures: Measures) -> None:
    sent = pickle.loads(pickle.dumps(measures))  # noqa: S301 - pickled here
    assert len(sent) == len(measures)
    for one, other in zip(sent.axes, measures.axes, strict=True):
        np.testing.assert_array_equal(one, other)


def test_many_different_values_have_no_kinds() -> None:
    loss = np.arange(MOST_VALUES + 1.0)
    assert of_few_values(loss) is None
    assert of_few_values(loss[:-1]) is not None
    assert measures_of(Outcome(task="indicator", errors={"loss": loss}), len(loss)).kinds is None


def test_a_value_that_a_look_does_not_meet_is_a_value() -> None:
    loss = np.zeros(100_000)
    loss[[7, 77_777]] = np.nan, 5.0
    found = of_few_values(loss)
    assert found is not None
    np.testing.assert_array_equal(found.values[found.places], loss)


def test_no_instance_has_no_kind() -> None:
    empty = take_measures(
        measures_of(Outcome(task="indicator", errors={"x": np.ones(2)}), 2), slice(0, 0)
    )
    assert kinds_of(empty) is None
