"""What the model did on every instance: labels, predictions, scores and the user's own errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from terrain.data.arrow import is_number, is_text, level_name, levels_of, numbers_of
from terrain.data.deciding import place_of_scores
from terrain.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.data.deciding import Decided
    from terrain.data.notes import Task
    from terrain.data.recognition.roles import Roles


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


def outcome_of(table: pa.Table, roles: Roles, decided: Decided) -> Outcome:
    """Return what the model did in a whole table; see `read_outcome`.

    Raises
    ------
    DataError
        As there; also, that all weights are 0.
    """
    outcome = read_outcome(table, roles, decided)
    if outcome.weight is not None and not outcome.weight.any():
        raise DataError(no_weight(roles.weight))
    return outcome


def no_weight(name: str | None) -> str:
    """Return what is said of weights that are all 0."""
    return f"the weight `{name}` is 0 in every row: nothing would count"


def read_outcome(table: pa.Table, roles: Roles, decided: Decided, first: int = 0) -> Outcome:
    """Return what the model did in a piece of a table, from the columns that have a role.

    Parameters
    ----------
    table
        (n,) instances.
    roles, decided
        Which column is what, and how outcomes are read.
    first
        The row with which the piece begins, for messages.

    Raises
    ------
    DataError
        A column that cannot play its role, with the first value that does not fit.
    """
    errors = {name: _numeric(table, name, "error", first) for name in roles.errors}
    weight = _weight(table, roles.weight, first)
    if decided.task == "indicator" or roles.label is None:
        return Outcome(task="indicator", errors=errors, weight=weight)
    if decided.task == "regression":
        return Outcome(
            task="regression",
            label=_numeric(table, roles.label, "label", first),
            prediction=_numeric(table, str(decided.prediction), "prediction", first),
            errors=errors,
            weight=weight,
        )
    scores = _scores(table, decided, first)
    return Outcome(
        task=decided.task,
        classes=decided.classes,
        positive=decided.positive,
        positive_because=decided.positive_because,
        label=_coded(table[roles.label], decided.label_places),
        prediction=(
            _decided(scores, decided.positive, decided.threshold)
            if decided.prediction is None
            else _coded(table[decided.prediction], decided.prediction_places)
        ),
        scores=scores,
        errors=errors,
        weight=weight,
        notes=decided.notes,
    )


def _coded(column: pa.ChunkedArray, places: Mapping[str, int]) -> np.ndarray:
    """Return the (n,) place of each value's class, −1 for a missing value."""
    levels, codes = levels_of(column)
    return np.array([*(places[level] for level in levels), -1], np.int32)[codes]


def _scores(table: pa.Table, decided: Decided, first: int) -> np.ndarray | None:
    if not decided.scores:
        return None
    columns = [_numeric(table, name, "score", first) for name in decided.scores]
    if len(columns) == 1:  # a confidence of the predicted class says nothing of several others
        return None if decided.positive is None else columns[0]
    ordered = [columns[place] for place in place_of_scores(decided.scores, decided.classes)]
    return np.column_stack(ordered) if decided.positive is None else ordered[decided.positive]


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


def _numeric(table: pa.Table, name: str, role: str, first: int) -> np.ndarray:
    column = table[name]
    if pa.types.is_boolean(column.type):
        return numbers_of(column.cast(pa.int8()))
    if is_text(column.type):
        return _numeric_text(column, name, role, first)
    if not is_number(column.type):
        raise DataError(
            f"the {role} `{name}` holds {column.type}, not numbers: name another column"
        )
    return numbers_of(column)


def _numeric_text(column: pa.ChunkedArray, name: str, role: str, first: int) -> np.ndarray:
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
            f"do not: the first is {example!r}, in row {first + wrong[0] + 1:,}. Correct them, or "
            "name another column"
        )
    return numbers


def _weight(table: pa.Table, name: str | None, first: int) -> np.ndarray | None:
    if name is None:
        return None
    weight = _numeric(table, name, "weight", first)
    bad = np.flatnonzero(~(weight >= 0) | np.isinf(weight))
    if len(bad):
        raise DataError(
            f"the weight `{name}` must be a number of at least 0 in every row; row "
            f"{first + bad[0] + 1:,} has {weight[bad[0]]:g} ({len(bad):,} rows in all)"
        )
    return weight
