"""Outcomes of several models brought to the same classes, the same weights, the same instances."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.arrow import in_order
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.outcome import Outcome

TRUTH = {"true": "1", "false": "0"}
"""How booleans are written where another model's file writes digits."""


def taken(outcome: Outcome, rows: np.ndarray) -> Outcome:
    """Return the outcome of the given rows."""

    def one(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[rows]

    return replace(
        outcome,
        label=one(outcome.label),
        prediction=one(outcome.prediction),
        scores=one(outcome.scores),
        errors={name: values[rows] for name, values in outcome.errors.items()},
        weight=one(outcome.weight),
    )


def with_the_same_classes(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return outcomes whose class codes mean the same; scores stay where the classes do.

    Raises
    ------
    DataError
        The models do not do the same task.
    """
    kinds = {"classification" if o.task in {"binary", "multiclass"} else o.task for o in outcomes}
    if len(kinds) > 1:
        raise DataError(
            f"the models do not do the same task: {' and '.join(sorted(kinds))}; say --task where "
            "that was recognised wrongly"
        )
    if kinds != {"classification"}:
        return list(outcomes)
    names = _same_words([outcome.classes for outcome in outcomes])
    classes = in_order({name for those in names for name in those})
    positive = _positive(outcomes, names) if len(classes) <= 2 else None  # noqa: PLR2004 - binary
    return [
        _coded(outcome, those, classes, positive)
        for outcome, those in zip(outcomes, names, strict=True)
    ]


def _positive(outcomes: Sequence[Outcome], names: Sequence[tuple[str, ...]]) -> str:
    """Return the positive class of the last model that knows both, else of the last one."""
    known_by = max(range(len(names)), key=lambda place: (len(names[place]), place))
    return names[known_by][outcomes[known_by].positive or 0]


def _same_words(names: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Let booleans of one model meet the 0 and 1 of another."""
    booleans = [{name.casefold() for name in those} <= set(TRUTH) for those in names]
    if all(booleans):
        return [tuple(name.casefold() for name in those) for those in names]
    if any(booleans) and any(set(those) <= set(TRUTH.values()) for those in names):
        return [tuple(TRUTH.get(name.casefold(), name) for name in those) for those in names]
    return list(names)


def _coded(
    outcome: Outcome, names: tuple[str, ...], classes: tuple[str, ...], positive: str | None
) -> Outcome:
    """Return an outcome in terms of the given classes; scores stay where these are its own."""
    lookup = np.array([*(classes.index(name) for name in names), -1], np.int32)
    own = None if outcome.positive is None else names[outcome.positive]
    return replace(
        outcome,
        task="multiclass" if positive is None else "binary",
        classes=classes,
        positive=None if positive is None else classes.index(positive),
        label=None if outcome.label is None else lookup[outcome.label],
        prediction=None if outcome.prediction is None else lookup[outcome.prediction],
        scores=outcome.scores if names == classes and own == positive else None,
    )


def differing_labels(outcomes: Sequence[Outcome]) -> np.ndarray:
    """Return (n,) bool: the instances whose label is one thing here and another there."""
    labels = [outcome.label for outcome in outcomes if outcome.label is not None]
    found = np.zeros(len(labels[0]) if labels else 0, dtype=bool)
    for label in labels[1:]:
        found |= (labels[0] != label) & known(labels[0]) & known(label)
    return found


def known(values: np.ndarray) -> np.ndarray:
    """Return (n,) bool: which class codes, or numbers, are no missing value."""
    return ~np.isnan(values) if values.dtype.kind == "f" else values >= 0


def defined(outcomes: Sequence[Outcome], n: int) -> np.ndarray:
    """Return (n,) bool: the instances with label and prediction, or own errors, of every model."""
    found = np.ones(n, dtype=bool)
    for outcome in outcomes:
        for values in (outcome.label, outcome.prediction):
            if values is not None:
                found &= known(values)
        if outcome.label is None and outcome.errors:
            found &= known(next(iter(outcome.errors.values())))
    return found


def in_common(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return outcomes of the same instances: a score or an own error that one lacks, all lack."""
    shared = [o.scores.reshape(len(o.scores), -1) for o in outcomes if o.scores is not None]
    scored = ~np.any([np.isnan(scores).any(axis=1) for scores in shared], axis=0)
    errors = set.intersection(*(set(outcome.errors) for outcome in outcomes))
    missing = {
        name: np.any([np.isnan(o.errors[name]) for o in outcomes], axis=0) for name in errors
    }
    return [
        replace(
            outcome,
            scores=None if outcome.scores is None else _blanked(outcome.scores, ~scored),
            errors={
                name: _blanked(values, missing[name])
                for name, values in outcome.errors.items()
                if name in errors
            },
            weight=outcomes[-1].weight,
        )
        for outcome in outcomes
    ]


def _blanked(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    found = values.copy()
    found[where] = np.nan
    return found
