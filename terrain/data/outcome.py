"""What the model did on every instance: labels, predictions, scores and the user's own errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.arrow import in_order, is_number, is_text, level_name, levels_of, numbers_of
from terrain.errors import DataError, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.notes import Task
    from terrain.data.recognition.roles import Roles

POSITIVE_NAMES = ("1", "true", "yes", "y", "t", "positive", "pos", "+", "+1")
"""Levels that are the positive class of a binary task, first match first."""

OPPOSITE = {"0": "1", "1": "0"}
"""The class that is absent where all labels are alike."""

MOST_CLASSES = 100
"""Whole-number labels with more distinct values than this are a regression."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the model did.

    Attributes
    ----------
    task
        What is predicted.
    classes
        Class names in order (numbers by size, else by name); empty unless a classification.
    positive
        Index of the positive class in `classes`; None unless binary.
    positive_because
        By which rule.
    label, prediction
        (n,) int32 class codes, −1 for missing; (n,) float64 with NaN for a regression; None for
        a table of indicators.
    scores
        (n,) float64 probability of the positive class, or (n, k) of each class; NaN is missing.
    errors
        (n,) float64 for each indicator that the user brings; NaN is missing.
    weight
        (n,) float64 weights; None for unweighted instances.
    notes
        Decisions worth saying.
    """

    task: Task
    classes: tuple[str, ...] = ()
    positive: int | None = None
    positive_because: str = ""
    label: np.ndarray | None = None
    prediction: np.ndarray | None = None
    scores: np.ndarray | None = None
    errors: dict[str, np.ndarray] = field(default_factory=dict)
    weight: np.ndarray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the user wants outcomes read; None: by rule."""

    task: Literal["classification", "regression"] | None = None
    positive: str | None = None
    threshold: float = 0.5


def outcome_of(table: pa.Table, roles: Roles, reading: Reading) -> Outcome:
    """Return what the model did, from the columns that have a role.

    Raises
    ------
    DataError
        A column that cannot play its role, with the first value that does not fit.
    UsageError
        A positive class that no instance has.
    """
    errors = {name: _numeric(table, name, "error") for name in roles.errors}
    weight = _weight(table, roles.weight)
    if roles.label is None:
        return Outcome(task="indicator", errors=errors, weight=weight)
    if (reading.task or _task(table, roles)) == "regression":
        return _regression(table, roles, errors, weight)
    return _classification(table, roles, reading, errors, weight)


def _task(table: pa.Table, roles: Roles) -> Literal["classification", "regression"]:
    label = table[roles.label]
    if not is_number(label.type):
        return "classification"
    distinct = pc.unique(label.combine_chunks())
    values = np.asarray(pc.cast(distinct, pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    present = values[~np.isnan(values)]
    if np.any(present != np.floor(present)) or len(present) > MOST_CLASSES:
        return "regression"
    if len(present) > 2 and roles.prediction is not None:  # noqa: PLR2004 - two classes are binary
        prediction = table[roles.prediction]
        if pa.types.is_floating(prediction.type):
            numbers = numbers_of(prediction)
            numbers = numbers[np.isfinite(numbers)]
            return "regression" if np.any(numbers != np.floor(numbers)) else "classification"
    return "classification"


def _regression(
    table: pa.Table, roles: Roles, errors: dict[str, np.ndarray], weight: np.ndarray | None
) -> Outcome:
    name = roles.prediction or (roles.scores[0] if roles.scores else None)
    if name is None or roles.label is None:
        raise UsageError("a regression needs a prediction: say --prediction COLUMN")
    return Outcome(
        task="regression",
        label=_numeric(table, roles.label, "label"),
        prediction=_numeric(table, name, "prediction"),
        errors=errors,
        weight=weight,
    )


def _classification(
    table: pa.Table,
    roles: Roles,
    reading: Reading,
    errors: dict[str, np.ndarray],
    weight: np.ndarray | None,
) -> Outcome:
    label_names, label_codes = _classes_in(table[roles.label])
    prediction, scores = roles.prediction, roles.scores
    notes: tuple[str, ...] = ()
    if prediction is not None and not scores and _is_probability(table[prediction], label_names):
        notes = (f"`{prediction}` holds probabilities: it is taken for the score",)
        scores, prediction = (prediction,), None
    predicted_names, predicted_codes = (
        ([], np.empty(0, np.int64)) if prediction is None else _classes_in(table[prediction])
    )
    label_names, predicted_names = _same_words(label_names, predicted_names)
    classes = in_order({*label_names, *predicted_names})
    if not label_names:
        raise DataError(f"the label `{roles.label}` is empty in every row: name another column")
    if prediction is not None:
        _refuse_numbers_that_are_no_class(table[prediction], prediction, label_names)
    elif len(classes) == 1:
        classes = in_order({*classes, OPPOSITE.get(classes[0], f"not {classes[0]}")})
    label = _coded(label_names, label_codes, classes)
    positive, because = _positive(classes, reading.positive)
    score_values = _scores(table, scores, classes, positive)
    if prediction is None:
        predicted = _decided(score_values, positive, reading.threshold)
        notes = (*notes, _decided_note(scores, positive, classes, reading.threshold))
    else:
        predicted = _coded(predicted_names, predicted_codes, classes)
    return Outcome(
        task="multiclass" if positive is None else "binary",
        classes=classes,
        positive=positive,
        positive_because=because,
        label=label,
        prediction=predicted,
        scores=score_values,
        errors=errors,
        weight=weight,
        notes=notes,
    )


def _classes_in(column: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    kind = column.type
    if pa.types.is_nested(kind) and not pa.types.is_dictionary(kind):
        raise DataError(f"a column of {kind} cannot be a label or prediction: name a plain column")
    return levels_of(column)


def _same_words(label: list[str], predicted: list[str]) -> tuple[list[str], list[str]]:
    """Let booleans on one side meet 0 and 1 on the other, or True/False written as text."""
    truth = {"true": "1", "false": "0"}
    zero_one = {"0", "1"}

    def booleans(names: list[str]) -> bool:
        return bool(names) and {name.casefold() for name in names} <= set(truth)

    def digits(names: list[str]) -> bool:
        return bool(names) and set(names) <= zero_one

    if booleans(label) and (booleans(predicted) or digits(predicted)):
        to = truth if digits(predicted) else {}
        fold = [to.get(name.casefold(), name.casefold()) for name in label]
        return fold, [to.get(name.casefold(), name.casefold()) for name in predicted]
    if digits(label) and booleans(predicted):
        return label, [truth[name.casefold()] for name in predicted]
    return label, predicted


def _coded(names: Sequence[str], codes: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    position = {name: code for code, name in enumerate(classes)}
    lookup = np.array([*(position[name] for name in names), -1], np.int32)
    return lookup[codes]


def _positive(classes: tuple[str, ...], wanted: str | None) -> tuple[int | None, str]:
    if wanted is not None:
        if wanted not in classes:
            raise UsageError(
                f"no instance has the class `{wanted}`{nearest(wanted, classes) or '.'} "
                f"The classes are: {', '.join(classes[:20])}"
            )
        return (classes.index(wanted), "chosen") if len(classes) <= 2 else (None, "")  # noqa: PLR2004 - binary
    if len(classes) > 2:  # noqa: PLR2004 - binary
        return None, ""
    folded = [name.strip().casefold() for name in classes]
    for name in POSITIVE_NAMES:
        if name in folded:
            return folded.index(name), f"`{classes[folded.index(name)]}` is a usual name for it"
    return len(classes) - 1, "last in order"


def _is_probability(column: pa.ChunkedArray, label_names: list[str]) -> bool:
    if not pa.types.is_floating(column.type) or len(label_names) > 2:  # noqa: PLR2004 - binary
        return False
    numbers = numbers_of(column)
    numbers = numbers[~np.isnan(numbers)]
    inside = bool(np.all((numbers >= 0) & (numbers <= 1))) and len(numbers) > 0
    return inside and bool(np.any(numbers != np.floor(numbers)))


def _refuse_numbers_that_are_no_class(
    column: pa.ChunkedArray, name: str, label_names: list[str]
) -> None:
    if not pa.types.is_floating(column.type):
        return
    numbers = np.unique(numbers_of(column))
    fractions = numbers[np.isfinite(numbers) & (numbers != np.floor(numbers))].tolist()
    foreign = [number for number in fractions if level_name(number) not in label_names]
    if foreign:
        raise UsageError(
            f"the prediction `{name}` holds {foreign[0]:g}, which is no class: if these are "
            f"scores, say --score {name}; if they are quantities, --task regression"
        )


def _scores(
    table: pa.Table, names: Sequence[str], classes: tuple[str, ...], positive: int | None
) -> np.ndarray | None:
    if not names:
        return None
    columns = [_numeric(table, name, "score") for name in names]
    if len(columns) == 1:  # a confidence of the predicted class says nothing of several others
        return None if positive is None else columns[0]
    if len(columns) != len(classes):
        raise UsageError(
            f"{len(columns)} score columns for {len(classes)} classes: give one --score for each "
            f"class, named after it ({', '.join(classes[:8])})"
        )
    ordered = [columns[place] for place in _place(names, classes)]
    return np.column_stack(ordered) if positive is None else ordered[positive]


def _place(names: Sequence[str], classes: tuple[str, ...]) -> list[int]:
    """Return for each class the position of the score column whose name ends with it."""
    places = []
    for position, name in enumerate(classes):
        matches = [
            i for i, column in enumerate(names) if column.casefold().endswith(name.casefold())
        ]
        exact = [i for i in matches if names[i].casefold().endswith(f"_{name.casefold()}")]
        chosen = exact or matches
        places.append(chosen[0] if chosen else position)
    return places if len(set(places)) == len(classes) else list(range(len(classes)))


def _decided(scores: np.ndarray | None, positive: int | None, threshold: float) -> np.ndarray:
    if scores is None:
        raise UsageError(
            "there is no prediction column, and one score for several classes decides nothing: "
            "say --prediction COLUMN, or one --score for each class"
        )
    if positive is None:
        decided = np.argmax(np.nan_to_num(scores, nan=-np.inf), axis=1).astype(np.int32)
        return np.where(np.isnan(scores).any(axis=1), np.int32(-1), decided)
    chosen = np.where(scores >= threshold, positive, 1 - positive).astype(np.int32)
    return np.where(np.isnan(scores), np.int32(-1), chosen)


def _decided_note(
    names: Sequence[str], positive: int | None, classes: tuple[str, ...], threshold: float
) -> str:
    if positive is None:
        return "the prediction is the class with the highest score"
    name = names[_place(names, classes)[positive]] if len(names) > 1 else names[0]
    return (
        f"the prediction is `{classes[positive]}` where `{name}` is at least {threshold:g} "
        "(--threshold)"
    )


def _numeric(table: pa.Table, name: str, role: str) -> np.ndarray:
    column = table[name]
    if pa.types.is_boolean(column.type):
        return numbers_of(column.cast(pa.int8()))
    if is_text(column.type):
        return _numeric_text(column, name, role)
    if not is_number(column.type):
        raise DataError(
            f"the {role} `{name}` holds {column.type}, not numbers: name another column"
        )
    return numbers_of(column)


def _numeric_text(column: pa.ChunkedArray, name: str, role: str) -> np.ndarray:
    texts, codes = levels_of(column)
    names = {text.casefold() for text in texts}
    if names and names <= {"true", "false", "yes", "no"}:
        values = np.array([float(text.casefold() in {"true", "yes"}) for text in texts] + [np.nan])
        return values[codes]
    numbers = numbers_of(column)
    wrong = np.flatnonzero(np.isnan(numbers) & (codes < len(texts)))
    if len(wrong):
        example = level_name(texts[codes[wrong[0]]])
        raise DataError(
            f"the {role} `{name}` must hold numbers, but {len(wrong):,} of {len(codes):,} values "
            f"do not: the first is {example!r}, in row {wrong[0] + 1:,}. Correct them, or name "
            "another column"
        )
    return numbers


def _weight(table: pa.Table, name: str | None) -> np.ndarray | None:
    if name is None:
        return None
    weight = _numeric(table, name, "weight")
    bad = np.flatnonzero(~(weight >= 0) | np.isinf(weight))
    if len(bad):
        raise DataError(
            f"the weight `{name}` must be a number of at least 0 in every row; row "
            f"{bad[0] + 1:,} has {weight[bad[0]]:g} ({len(bad):,} rows in all)"
        )
    if not weight.any():
        raise DataError(f"the weight `{name}` is 0 in every row: nothing would count")
    return weight
