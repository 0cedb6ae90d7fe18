"""Outcomes of several models in the same classes, and what they lack in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from terrain.data.alike import (
    defined,
    differing_labels,
    in_common,
    taken,
    with_the_same_classes,
)
from terrain.data.outcome import Outcome
from terrain.errors import DataError


def outcome(classes: str, label: list[int], prediction: list[int], **more: Any) -> Outcome:
    names = tuple(classes.split())
    return Outcome(
        task="binary" if len(names) < 3 else "multiclass",
        classes=names,
        positive=len(names) - 1 if len(names) < 3 else None,
        label=np.array(label, np.int32),
        prediction=np.array(prediction, np.int32),
        **more,
    )


def words(found: Outcome, codes: np.ndarray | None) -> list[str]:
    assert codes is not None
    return ["" if code < 0 else found.classes[code] for code in codes]


def test_codes_come_to_mean_the_same_class() -> None:
    one = outcome("a b", [0, 1, -1], [1, 1, 0], scores=np.array([0.1, 0.2, 0.3]))
    other = outcome("a b c", [0, 1, 2], [2, 1, 0])
    first, last = with_the_same_classes([one, other])
    assert first.classes == last.classes == ("a", "b", "c")
    assert (first.task, first.positive, first.scores) == ("multiclass", None, None)
    assert words(first, first.label) == ["a", "b", ""]
    assert words(first, first.prediction) == ["b", "b", "a"]
    assert words(last, last.prediction) == ["c", "b", "a"]


@pytest.mark.parametrize(("there", "here"), [("False True", "0 1"), ("0 1", "FALSE TRUE")])
def test_booleans_meet_digits(there: str, here: str) -> None:
    scores = np.array([0.1, 0.9])
    pair = [outcome(each, [0, 1], [0, 1], scores=scores) for each in (there, here)]
    for found in with_the_same_classes(pair):
        assert (found.classes, found.positive) == (("0", "1"), 1)
        assert found.scores is scores


def test_the_positive_class_is_that_of_a_model_that_knows_both() -> None:
    both, single = outcome("0 1", [0, 0], [1, 0]), outcome("0", [0, 0], [0, 0])
    for found in with_the_same_classes([both, single]):
        assert (found.task, found.positive) == ("binary", 1)


def test_tasks_do_not_mix() -> None:
    regression = Outcome(task="regression", label=np.zeros(2), prediction=np.zeros(2))
    with pytest.raises(DataError, match="classification and regression"):
        with_the_same_classes([outcome("0 1", [0, 1], [0, 1]), regression])


def test_labels_differ_only_where_both_are_known() -> None:
    pair = [outcome("0 1", [0, 1, -1, 1], [0] * 4), outcome("0 1", [0, 0, 1, -1], [0] * 4)]
    assert differing_labels(pair).tolist() == [False, True, False, False]
    assert defined(pair, 4).tolist() == [True, True, False, False]


def test_what_one_lacks_all_lack() -> None:
    nan = np.nan
    old = outcome("0 1", [0, 1, 0], [0, 1, 0], scores=np.array([0.1, nan, 0.3]),
                  errors={"e": np.array([1.0, 2.0, nan]), "own": np.zeros(3)})  # fmt: skip
    new = outcome("0 1", [0, 1, 0], [0, 1, 0], scores=np.array([nan, 0.2, 0.3]),
                  errors={"e": np.array([nan, 5.0, 6.0])}, weight=np.ones(3))  # fmt: skip
    for found in in_common([old, new]):
        assert found.scores is not None
        assert np.isnan(found.scores).tolist() == [True, True, False]
        assert list(found.errors) == ["e"]
        assert np.isnan(found.errors["e"]).tolist() == [True, False, True]
        assert found.weight is not None
    assert taken(new, np.array([2])).errors["e"].tolist() == [6.0]
