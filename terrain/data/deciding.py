"""How outcomes are read: which task, which classes, which of them is positive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.arrow import in_order, is_number, level_name, levels_of, numbers_of
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
class Reading:
    """How the user wants outcomes read; None: by rule."""

    task: Literal["classification", "regression"] | None = None
    positive: str | None = None
    threshold: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Decided:
    """How outcomes are read: decided once, so that every piece of a table is read alike.

    Attributes
    ----------
    task, classes, positive, positive_because, notes
        As in `Outcome`.
    prediction, scores
        The columns; None where the scores decide.
    label_places, prediction_places
        For each level of these columns the place of its class.
    threshold
        Score from which a prediction is positive, where there is no prediction.
    """

    task: Task
    prediction: str | None = None
    scores: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    positive: int | None = None
    positive_because: str = ""
    label_places: dict[str, int] = field(default_factory=dict)
    prediction_places: dict[str, int] = field(default_factory=dict)
    threshold: float = 0.5
    notes: tuple[str, ...] = ()


class Levels(NamedTuple):
    """Levels of the label and of the prediction that the looked-at instances may lack."""

    label: frozenset[str] = frozenset()
    prediction: frozenset[str] = frozenset()


def decide(table: pa.Table, roles: Roles, reading: Reading, further: Levels = Levels()) -> Decided:  # noqa: B008 - it never changes
    """Return how outcomes are read, by the instances that are looked at.

    `further` are levels that others have.

    Raises
    ------
    DataError
        A column that cannot be a label or a prediction.
    UsageError
        A positive class that no instance has; a prediction or scores that do not fit the label.
    """
    if roles.label is None:
        return Decided(task="indicator")
    if (reading.task or _task(table, roles)) == "regression":
        name = roles.prediction or (roles.scores[0] if roles.scores else None)
        if name is None:
            raise UsageError("a regression needs a prediction: say --prediction COLUMN")
        return Decided(task="regression", prediction=name)
    return _decide_classes(table, roles, reading, further)


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


def _decide_classes(table: pa.Table, roles: Roles, reading: Reading, further: Levels) -> Decided:
    label_levels = [*dict.fromkeys([*_levels_in(table[roles.label]), *further.label])]
    prediction, scores = roles.prediction, roles.scores
    notes: tuple[str, ...] = ()
    if prediction is not None and not scores and _is_probability(table[prediction], label_levels):
        notes = (f"`{prediction}` holds probabilities: it is taken for the score",)
        scores, prediction = (prediction,), None
    predicted_levels: list[str] = []
    if prediction is not None:
        held = _levels_in(table[prediction])
        predicted_levels = [*dict.fromkeys([*held, *further.prediction])]
    label_names, predicted_names = _same_words(label_levels, predicted_levels)
    classes = in_order({*label_names, *predicted_names})
    if not label_names:
        raise DataError(f"the label `{roles.label}` is empty in every row: name another column")
    if prediction is not None:
        _refuse_numbers_that_are_no_class(table[prediction], prediction, label_names)
    elif len(classes) == 1:
        classes = in_order({*classes, OPPOSITE.get(classes[0], f"not {classes[0]}")})
    positive, because = _positive(classes, reading.positive)
    if len(scores) > 1 and len(scores) != len(classes):
        raise UsageError(
            f"{len(scores)} score columns for {len(classes)} classes: give one --score for each "
            f"class, named after it ({', '.join(classes[:8])})"
        )
    if prediction is None:
        notes = (*notes, _decided_note(scores, positive, classes, reading.threshold))
    place = {name: place for place, name in enumerate(classes)}
    return Decided(
        task="multiclass" if positive is None else "binary",
        prediction=prediction,
        scores=scores,
        classes=classes,
        positive=positive,
        positive_because=because,
        label_places=dict(zip(label_levels, map(place.__getitem__, label_names), strict=True)),
        prediction_places=dict(
            zip(predicted_levels, map(place.__getitem__, predicted_names), strict=True)
        ),
        threshold=reading.threshold,
        notes=notes,
    )


def _levels_in(column: pa.ChunkedArray) -> list[str]:
    kind = column.type
    if pa.types.is_nested(kind) and not pa.types.is_dictionary(kind):
        raise DataError(f"a column of {kind} cannot be a label or prediction: name a plain column")
    return levels_of(column)[0]


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


def place_of_scores(names: Sequence[str], classes: tuple[str, ...]) -> list[int]:
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


def _decided_note(
    names: Sequence[str], positive: int | None, classes: tuple[str, ...], threshold: float
) -> str:
    if positive is None:
        return "the prediction is the class with the highest score"
    name = names[place_of_scores(names, classes)[positive]] if len(names) > 1 else names[0]
    return (
        f"the prediction is `{classes[positive]}` where `{name}` is at least {threshold:g} "
        "(--threshold)"
    )
