"""Labels, predictions, scores and errors of any type become one outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from terrain.data.deciding import Reading, decide
from terrain.data.outcome import Outcome, outcome_of
from terrain.data.recognition.roles import Wanted, recognise
from terrain.errors import DataError, TerrainError, UsageError

NAN = float("nan")


def outcome(data: dict[str, Any], reading: Reading | None = None, **wanted: Any) -> Outcome:
    """Return the outcome of columns; `y` is the label and `p` the prediction where they are."""
    named = {"label": "y", "prediction": "p"}
    roles = {role: name for role, name in named.items() if name in data} | wanted
    table = pa.table(data)
    found, _ = recognise(table, Wanted(**roles))
    return outcome_of(table, found, decide(table, found, reading or Reading()))


def wrong(found: Outcome) -> list[bool | None]:
    """Return which predictions are wrong; None where that is undefined."""
    assert found.label is not None
    assert found.prediction is not None
    return [
        None if min(label, said) < 0 else bool(label != said)
        for label, said in zip(found.label.tolist(), found.prediction.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("label", "prediction", "classes"),
    [
        (["yes", "no", "no", None], ["yes", "yes", "no", "no"], ("no", "yes")),
        ([1, 0, 0, None], [1.0, 1.0, 0.0, 0.0], ("0", "1")),
        ([True, False, False, None], [1, 1, 0, 0], ("0", "1")),
        ([1, 0, 0, None], ["True", "True", "False", "False"], ("0", "1")),
        (["TRUE", "FALSE", "FALSE", None], [True, True, False, False], ("false", "true")),
        ([1.0, 0.0, 0.0, NAN], ["1", "1", "0", "0"], ("0", "1")),
        ([2, 1, 1, None], ["2", "2", "1", "1"], ("1", "2")),
        (["x", "", "", None], ["x", "x", "", ""], ("", "x")),
    ],
)
def test_labels_and_predictions_of_any_type_meet(
    label: list[Any], prediction: list[Any], classes: tuple[str, ...]
) -> None:
    found = outcome({"y": label, "p": prediction})
    assert (found.task, found.classes) == ("binary", classes)
    assert wrong(found) == [False, True, False, None]


@pytest.mark.parametrize(
    ("label", "positive"),
    [
        ([0, 1], "1"),
        ([-1, 1], "1"),
        (["yes", "no"], "yes"),
        (["Y", "N"], "Y"),
        ([True, False], "true"),
        (["neg", "pos"], "pos"),
        (["ham", "spam"], "spam"),
        ([10, 9], "10"),
        ([1, 2], "1"),
    ],
)
def test_the_positive_class_is_chosen_by_rule(label: list[Any], positive: str) -> None:
    found = outcome({"y": label * 2, "p": label + label[::-1]})
    assert found.positive is not None
    assert found.classes[found.positive] == positive
    assert found.positive_because


def test_the_positive_class_can_be_set() -> None:
    data = {"y": ["spam", "ham"], "p": ["ham", "ham"]}
    found = outcome(data, Reading(positive="ham"))
    assert (found.positive, found.positive_because) == (0, "chosen")
    with pytest.raises(UsageError, match=r"no instance has the class `hamm`; did you mean `ham`"):
        outcome(data, Reading(positive="hamm"))


def test_more_than_two_classes_have_no_positive_one() -> None:
    found = outcome({"y": ["b", "a", "c"], "p": ["b", "c", "c"]})
    assert (found.task, found.classes, found.positive) == ("multiclass", ("a", "b", "c"), None)


def test_whole_numbers_are_classes_in_their_order() -> None:
    assert outcome({"y": [10, 9, 2], "p": [10, 9, 9]}).classes == ("2", "9", "10")


def test_a_score_alone_decides_at_the_threshold() -> None:
    data = {"y": [0, 1, 1, 0], "s": [0.3, 0.3, 0.7, NAN]}
    assert wrong(outcome(data, scores=("s",))) == [False, True, False, None]
    low = outcome(data, Reading(threshold=0.3), scores=("s",))
    assert wrong(low) == [True, False, False, None]
    assert low.notes == ("the prediction is `1` where `s` is at least 0.3 (--threshold)",)


def test_a_prediction_that_holds_probabilities_is_a_score() -> None:
    found = outcome({"y": [0, 1, 1], "p": [0.1, 0.2, 0.8]})
    assert wrong(found) == [False, True, False]
    assert found.scores is not None
    assert found.scores.tolist() == [0.1, 0.2, 0.8]
    assert "taken for the score" in found.notes[0]


@pytest.mark.parametrize("order", [("s_no", "s_yes"), ("s_yes", "s_no")])
def test_of_two_score_columns_the_positive_class_has_its_own(order: tuple[str, str]) -> None:
    data = {"y": ["no", "yes", "yes"], "s_no": [0.9, 0.8, 0.1], "s_yes": [0.1, 0.2, 0.9]}
    found = outcome(data, scores=order)
    assert found.scores is not None
    assert found.scores.tolist() == [0.1, 0.2, 0.9]
    assert wrong(found) == [False, True, False]
    assert "where `s_yes` is at least 0.5" in found.notes[0]


@pytest.mark.parametrize("order", [("s_1", "s_10", "s_0"), ("s_0", "s_1", "s_10")])
def test_scores_of_classes_come_in_any_order(order: tuple[str, ...]) -> None:
    data = {
        "y": [0, 1, 10],
        "s_0": [0.8, 0.5, NAN],
        "s_1": [0.1, 0.2, 0.3],
        "s_10": [0.1, 0.3, 0.7],
    }
    found = outcome(data, scores=order)
    assert found.scores is not None
    assert found.scores[:2].tolist() == [[0.8, 0.1, 0.1], [0.5, 0.2, 0.3]]
    assert wrong(found) == [False, True, None]


def test_scores_without_the_names_of_classes_stand_in_their_order() -> None:
    data = {"y": ["a", "b", "c"], "s0": [0.6, 0.2, 0.2], "s1": [0.2, 0.6, 0.2], "s2": [0.2] * 3}
    assert wrong(outcome(data, scores=("s0", "s1", "s2"))) == [False, False, True]


@pytest.mark.parametrize("classes", [["a", "b"], ["a", "b", "c", "d"]])
def test_three_scores_need_three_classes(classes: list[str]) -> None:
    data = {"y": classes, "s": [0.5] * len(classes), "t": [0.2] * len(classes)}
    with pytest.raises(UsageError, match=f"3 score columns for {len(classes)} classes"):
        outcome(data | {"u": data["t"]}, scores=("s", "t", "u"))


def test_a_confidence_says_nothing_of_the_other_classes() -> None:
    data = {"y": ["a", "b", "c"], "p": ["a", "b", "b"], "s": [0.9, 0.8, 0.7]}
    assert outcome(data, scores=("s",)).scores is None
    with pytest.raises(UsageError, match="--prediction"):
        outcome({"y": data["y"], "s": data["s"]}, scores=("s",))


@pytest.mark.parametrize("only", ["yes", "no", 1, 0, True, False])
def test_labels_of_one_class_have_another_that_is_absent(only: Any) -> None:
    found = outcome({"y": [only] * 3, "s": [0.1, 0.9, 0.8]}, scores=("s",))
    assert found.positive is not None
    assert found.label is not None
    positive = only in ("yes", 1)
    assert [label == found.positive for label in found.label.tolist()] == [positive] * 3


@pytest.mark.parametrize(
    ("label", "prediction", "task"),
    [
        ([1.5, 2.0, 3.0], [1, 2, 3], "regression"),
        ([1, 2, 3], [1.5, 2.0, 3.5], "regression"),
        (list(range(101)), list(range(101)), "regression"),
        (list(range(100)), list(range(100)), "multiclass"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "multiclass"),
        ([1, 2, 3], ["1", "2", "2"], "multiclass"),
        (["1.5", "2", "x"], ["1.5", "2", "x"], "multiclass"),
    ],
)
def test_a_regression_is_recognised(label: list[Any], prediction: list[Any], task: str) -> None:
    assert outcome({"y": label, "p": prediction}).task == task


def test_the_task_can_be_set() -> None:
    data = {"y": [1, 2, 3], "p": [1, 2, 2]}
    found = outcome(data, Reading(task="regression"))
    assert found.task == "regression"
    assert found.label is not None
    assert found.label.tolist() == [1, 2, 3]
    halves = {"y": [1.5, 2.5, 3.0], "p": [1.5, 2.5, 2.5]}
    assert outcome(halves, Reading(task="classification")).classes == ("1.5", "2.5", "3")


def test_errors_of_the_user_stand_alone_or_beside() -> None:
    data = {"x": [1, 2, 1], "late": ["true", "no", None], "cost": [0.5, -1, 2]}
    alone = outcome(data, errors=("late", "cost"))
    assert alone.task == "indicator"
    np.testing.assert_array_equal(alone.errors["late"], [1, 0, NAN])
    beside = outcome(data | {"y": [0, 1, 1], "p": [0, 0, 1]}, errors=("cost",))
    assert (beside.task, list(beside.errors)) == ("binary", ["cost"])


@pytest.mark.parametrize(
    ("data", "roles", "message"),
    [
        ({"e": ["1", "2", "x"]}, {"errors": ("e",)}, r"error `e` must hold numbers.*'x', in row 3"),
        ({"y": [1.5, 2], "p": ["1", "?"]}, {}, r"prediction `p` must hold numbers.*'\?', in row 2"),
        ({"y": [1, 0], "s": ["a", "b"]}, {"scores": ("s",)}, r"score `s` must hold numbers"),
        ({"e": [1, 0], "w": [1, -1]}, {"weight": "w"}, r"weight `w`.*row 2 has -1"),
        ({"e": [1, 0], "w": [None, 1.0]}, {"weight": "w"}, r"weight `w`.*row 1 has nan"),
        ({"e": [1, 0], "w": [1, np.inf]}, {"weight": "w"}, r"weight `w`.*row 2 has inf"),
        ({"e": [1, 0], "w": [0, 0]}, {"weight": "w"}, r"weight `w` is 0 in every row"),
        ({"y": [[1], [2]], "p": [1, 2]}, {}, r"list"),
        ({"y": [None, None], "p": [1, 2]}, {}, r"empty in every row"),
    ],
)
def test_a_column_that_cannot_play_its_role(
    data: dict[str, Any], roles: dict[str, Any], message: str
) -> None:
    if "e" in data:
        roles = roles | {"errors": ("e",)}
    with pytest.raises(DataError, match=message):
        outcome(data, **roles)


def test_scores_that_are_no_class_are_not_taken_for_classes() -> None:
    generator = np.random.default_rng(0)
    data = {"y": generator.integers(0, 2, 500), "p": generator.normal(size=500)}
    with pytest.raises(TerrainError, match=r"`p`.*--score"):
        outcome(data)
