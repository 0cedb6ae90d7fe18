"""A rival for the model under test: a small model of the label that a person can read.

It sees the same features as coarse conditions ("age >= 40", "region = north"). At most a dozen
of them, picked along the path of the lasso, make a regression; or a tree three levels deep is
used, whichever does better. It predicts each half of the instances twice: learned from the other
half, and learned within the half, quarter by quarter. So a search for regions where it wins can
look at one half without having seen any label of the other, on which they are measured. Where so
simple a model beats the one under test, the latter has something to learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.analyses.rival.models import KINDS, Data, Kind, Term, conditions_of, fit
from terrain.data.split import discovery_part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from terrain.data.features import Encoding
    from terrain.data.outcome import Outcome

__all__ = ["Kind", "Rival", "Term", "folds_of", "rival"]

MOST_ROWS = 20_000
"""Instances that one fit sees: a dozen terms need no more."""

LEAST_ROWS = 20
"""With fewer labelled instances in a quarter there is too little to learn from."""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A small model and what it predicts.

    Attributes
    ----------
    predictions
        For each half an array (n,) of class codes as int32, or of float64: made from the labels
        of that half alone, and for none of its own instances by a model that has seen it.
    kind
        ``linear`` or ``tree``: what does better, and is described.
    terms
        That model, fitted on both halves, in words: the strongest term first.
    rows
        How many instances it was fitted on.
    """

    predictions: tuple[np.ndarray, np.ndarray]
    kind: Kind
    terms: tuple[Term, ...]
    rows: int


def folds_of(
    table: pa.Table,
    discovery: np.ndarray,
    *,
    group: str | None,
    instance_id: str | None,
    seed: int,
) -> np.ndarray:
    """Return the quarter of each instance as (n,): 0 and 1 halve discovery, 2 and 3 the others.

    Parameters
    ----------
    table
        (n,) instances.
    discovery
        (n,) bool: the half that is searched first.
    group, instance_id
        Columns, or None: what stays together, see `terrain.data.split.discovery_part`.
    seed
        The one that led to `discovery`; another is made from it.
    """
    second, _ = discovery_part(table, group=group, instance_id=instance_id, seed=seed + 1)
    return 2 * ~discovery + second


def rival(
    codes: Mapping[str, np.ndarray],
    encodings: Mapping[str, Encoding],
    outcome: Outcome,
    fold: np.ndarray,
    seed: int,
) -> Rival | None:
    """Return a small model of the label, with predictions for every instance.

    Which kind of model predicts is decided within each half. Weights of instances do not enter
    the fits.

    Parameters
    ----------
    codes
        By feature, (n,) codes.
    encodings
        Of the features that it may use.
    outcome
        Only its label and classes are looked at.
    fold
        (n,) quarter of each instance: 0 and 1 are one half, 2 and 3 the other.
    seed
        Of the samples that are drawn where there are more than `MOST_ROWS` instances.

    Returns
    -------
    None where there is nothing to learn or to learn from: a quarter with fewer than `LEAST_ROWS`
    labels, one class, features that never vary.
    """
    label, conditions = outcome.label, conditions_of(codes, encodings)
    if label is None or not conditions:
        return None
    regression = outcome.task == "regression"
    labelled = np.flatnonzero(~np.isnan(label) if regression else label >= 0)
    quarters = [labelled[fold[labelled] == number] for number in range(4)]
    if min(map(len, quarters)) < LEAST_ROWS or len(np.unique(label[labelled])) == 1:
        return None
    data = Data(codes, conditions, label, regression)
    sampled = [_sample(rows, MOST_ROWS // 2, seed) for rows in quarters]
    with _one_thread():
        halves = [_learned(data, sampled, fold, half) for half in (0, 1)]
        kind = min(KINDS, key=lambda each: sum(half.losses[each] for half in halves))
        rows = _sample(labelled, MOST_ROWS, seed)
        terms = fit(data, kind, rows).terms(outcome.classes, encodings)
    first, second = (half.predictions for half in halves)
    return Rival(predictions=(first, second), kind=kind, terms=terms, rows=len(rows))


def _one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra to one thread: on tables as narrow as these, more only get in the way."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - where scikit-learn is needed

    return threadpool_limits(limits=1)


class _Learned(NamedTuple):
    """What the labels of one half lead to: (n,) predictions, and each kind's loss within it."""

    predictions: np.ndarray
    losses: dict[Kind, float]


def _learned(data: Data, quarters: list[np.ndarray], fold: np.ndarray, half: int) -> _Learned:
    own = quarters[2 * half], quarters[2 * half + 1]
    predicted = {kind: np.empty_like(data.label) for kind in KINDS}
    for number, learned_from in zip((2 * half, 2 * half + 1), reversed(own), strict=True):
        held_out = np.flatnonzero(fold == number)
        for kind in KINDS:
            predicted[kind][held_out] = fit(data, kind, learned_from).predict(held_out)
    both = np.concatenate(own)
    losses = {kind: data.loss(both, predicted[kind][both]) for kind in KINDS}
    kind = min(KINDS, key=lambda each: losses[each])
    predictions, others = predicted[kind], np.flatnonzero(fold // 2 != half)
    predictions[others] = fit(data, kind, both).predict(others)
    return _Learned(predictions, losses)


def _sample(rows: np.ndarray, most: int, seed: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
