"""A rival for the model under test: a small model of the label that a person can read.

It sees the same features as coarse conditions ("age >= 40", "region = north"). At most a dozen
of them, picked along the path of the lasso, make a regression; or a tree three levels deep is
used, whichever does better. No instance is predicted by a model that has seen it. Where so simple
a model beats the one under test, the latter has something to learn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from terrain.analyses.rival.models import KINDS, Data, Kind, Term, conditions_of, fit
from terrain.data.split import discovery_part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from terrain.data.features import Encoding
    from terrain.data.outcome import Outcome

__all__ = ["Rival", "Term", "folds_of", "rival"]

MOST_ROWS = 20_000
"""Instances that one fit sees: a dozen terms need no more."""

LEAST_ROWS = 100
"""With fewer labelled instances there is too little to learn from."""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A small model and what it predicts.

    Attributes
    ----------
    predictions
        (n,) class codes as int32, or float64: each by a model that has seen neither the instance
        nor any other of its group.
    kind
        ``linear`` or ``tree``: what did better in most folds, and is described.
    terms
        That model, fitted on all folds, in words: the strongest term first.
    rows
        How many instances it was fitted on.
    folds
        How many models made the predictions.
    """

    predictions: np.ndarray
    kind: Kind
    terms: tuple[Term, ...]
    rows: int
    folds: int


def folds_of(
    table: pa.Table, *, group: str | None, instance_id: str | None, seed: int
) -> np.ndarray:
    """Return the fold of each instance, below 4, as (n,): two splits in halves, crossed.

    Parameters
    ----------
    table
        (n,) instances.
    group, instance_id
        Columns, or None: what stays together, see `terrain.data.split.discovery_part`.
    seed
        Of the first split: with the study's seed it is the study's.
    """
    first, second = (
        discovery_part(table, group=group, instance_id=instance_id, seed=each)[0]
        for each in (seed, seed + 1)
    )
    return 2 * first + second


def rival(
    codes: Mapping[str, np.ndarray],
    encodings: Mapping[str, Encoding],
    outcome: Outcome,
    fold: np.ndarray,
    seed: int,
) -> Rival | None:
    """Return a small model of the label, with predictions for every instance.

    Which kind of model predicts a fold is decided by cross-validation on the other folds. Weights
    of instances do not enter the fits.

    Parameters
    ----------
    codes
        By feature, (n,) codes.
    encodings
        Of the features that it may use.
    outcome
        Only its label and classes are looked at.
    fold
        (n,) fold of each instance.
    seed
        Of the samples that are drawn where there are more than `MOST_ROWS` instances.

    Returns
    -------
    None where there is nothing to learn or to learn from: fewer than `LEAST_ROWS` labels, one
    class, one fold, features that never vary.
    """
    label, conditions = outcome.label, conditions_of(codes, encodings)
    if label is None or not conditions:
        return None
    regression = outcome.task == "regression"
    labelled = np.flatnonzero(~np.isnan(label) if regression else label >= 0)
    various = all(len(np.unique(each[labelled])) > 1 for each in (label, fold))
    if len(labelled) < LEAST_ROWS or not various:
        return None
    data = Data(codes, conditions, label, regression)
    with _one_thread():
        predictions, won = _predicted(data, labelled, fold, seed)
        kind = max(KINDS, key=lambda each: won[each])
        rows = _sample(labelled, seed)
        terms = fit(data, kind, rows).terms(outcome.classes, encodings)
    return Rival(predictions=predictions, kind=kind, terms=terms, rows=len(rows), folds=won.total())


def _one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra to one thread: on tables as narrow as these, more only get in the way."""
    from threadpoolctl import (  # type: ignore[import-untyped]  # noqa: PLC0415 - with scikit-learn
        threadpool_limits,
    )

    return threadpool_limits(limits=1)


def _predicted(
    data: Data, labelled: np.ndarray, fold: np.ndarray, seed: int
) -> tuple[np.ndarray, Counter[Kind]]:
    """Return out-of-fold predictions, and how many folds each kind of model predicted."""
    predictions, won = np.empty_like(data.label), Counter[Kind]()
    for number in np.unique(fold):
        others = _sample(labelled[fold[labelled] != number], seed)
        kind = _better(data, others, fold)
        won[kind] += 1
        held_out = np.flatnonzero(fold == number)
        predictions[held_out] = fit(data, kind, others).predict(held_out)
    return predictions, won


def _better(data: Data, rows: np.ndarray, fold: np.ndarray) -> Kind:
    """Return the kind of model with the smaller loss, each fold predicted from the others."""
    losses = dict.fromkeys(KINDS, 0.0)
    for number in np.unique(fold[rows]):
        held_out = fold[rows] == number
        if held_out.all():  # one fold is left: any kind will do
            break
        for kind in KINDS:
            predicted = fit(data, kind, rows[~held_out]).predict(rows[held_out])
            losses[kind] += data.loss(rows[held_out], predicted)
    return min(KINDS, key=lambda kind: losses[kind])


def _sample(rows: np.ndarray, seed: int) -> np.ndarray:
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False)
    return np.sort(chosen)
