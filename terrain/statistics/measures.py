"""What is summed over regions: integer cells and fixed-point losses of every instance.

All sums are sums of integers below 2**53, so they are exact whatever the order, the batches or
the engine. Real numbers (losses, weights) become integers by a power of two that depends only on
the largest of them and on how many there are.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from terrain.data.wording import counted
from terrain.errors import DataError

if TYPE_CHECKING:
    from terrain.data.outcome import Outcome

SCORE_BINS = 2_048
"""Most bins of the score histogram; AUC is exact up to as many distinct scores."""

TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_POSITIVE = range(4)
"""Cells of the axis ``outcome`` of a binary task."""


@dataclass(frozen=True)
class Axis:
    """A categorical measure: each instance falls into one of `size` cells, the last undefined."""

    name: str
    size: int


class Scales(NamedTuple):
    """Powers of two by which a loss, its square and its product with the weight became whole."""

    value: float
    square: float
    cross: float


class Loss(NamedTuple):
    """A loss of (n,) instances: whole numbers as float64, NaN where undefined.

    With weights, `value` is the weighted loss, `square` its square and `cross` its product with
    the weight; without, `cross` is None (it would equal `value`).
    """

    value: np.ndarray
    square: np.ndarray
    cross: np.ndarray | None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where each sum stands in a tally.

    Attributes
    ----------
    axes
        Categorical measures whose cells are counted (and, with weights, weighed).
    losses
        Real-valued measures by name, with the scales that made their sums integers.
    weight_scales
        Scales of the weights and of their squares; None without weights.
    score_edges
        (b,) lower edges of the score bins; empty without a score.
    """

    axes: tuple[Axis, ...]
    losses: dict[str, Scales]
    weight_scales: tuple[float, float] | None
    score_edges: np.ndarray

    @property
    def cells(self) -> int:
        """Cells of all axes together: the length of one block."""
        return sum(axis.size for axis in self.axes)

    def offset(self, axis: str) -> int:
        """Return where an axis begins within a block."""
        names = [a.name for a in self.axes]
        return sum(a.size for a in self.axes[: names.index(axis)])


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The measures of a batch of instances.

    Attributes
    ----------
    layout
        Shared by all batches.
    axes
        (n,) cell of each instance on each axis.
    losses
        In the order of the layout.
    weight, weight_squared
        (n,) integers as float64; None without weights.
    score
        (n,) code into ``2 * bins + 1`` cells: negatives, positives, undefined; None without.
    """

    layout: Layout
    axes: tuple[np.ndarray, ...]
    losses: tuple[Loss, ...]
    weight: np.ndarray | None
    weight_squared: np.ndarray | None
    score: np.ndarray | None

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self.axes[0])


@np.errstate(over="ignore", invalid="ignore")  # what overflows is refused as infinite
def measures_of(outcome: Outcome, n: int) -> Measures:
    """Return the measures of `n` instances.

    Raises
    ------
    DataError
        A value from which no error can be computed, with its row.
    """
    axes, codes = _axes(outcome, n)
    losses = {name: _loss(values, outcome.weight, n) for name, values in _losses(outcome).items()}
    score, edges = _score_codes(outcome)
    weight, weight_scale = _whole(outcome.weight, n, "weight")
    squared, squared_scale = _whole(
        None if outcome.weight is None else outcome.weight**2, n, "squared weight"
    )
    return Measures(
        layout=Layout(
            axes=axes,
            losses={name: scales for name, (_, scales) in losses.items()},
            weight_scales=None if weight is None else (weight_scale, squared_scale),
            score_edges=edges,
        ),
        axes=codes,
        losses=tuple(loss for loss, _ in losses.values()),
        weight=weight,
        weight_squared=squared,
        score=score,
    )


def _axes(outcome: Outcome, n: int) -> tuple[tuple[Axis, ...], tuple[np.ndarray, ...]]:
    if outcome.task not in ("binary", "multiclass"):
        return (Axis("rows", 1),), (np.zeros(n, np.uint8),)
    label, predicted = outcome.label, outcome.prediction
    if label is None or predicted is None:
        raise DataError("a classification needs a label and a prediction")
    undefined = (label < 0) | (predicted < 0)
    if outcome.task == "binary":
        code = 2 * (label == outcome.positive) + (predicted == outcome.positive)
        return (Axis("outcome", 5),), (np.where(undefined, 4, code).astype(np.uint8),)
    k = len(outcome.classes)
    dtype = np.min_scalar_type(k)
    return (Axis("label", k + 1), Axis("predicted", k + 1), Axis("correct", k + 1)), (
        np.where(undefined, k, label).astype(dtype),
        np.where(undefined, k, predicted).astype(dtype),
        np.where(undefined | (label != predicted), k, label).astype(dtype),
    )


def _losses(outcome: Outcome) -> dict[str, np.ndarray]:
    found = dict(outcome.errors)
    if outcome.label is None or outcome.prediction is None:
        return found
    if outcome.task == "regression":
        _refuse_infinite(outcome.label, "label")
        _refuse_infinite(outcome.prediction, "prediction")
        residual = outcome.prediction - outcome.label
        # centred, so that R² does not lose its digits when the target is far from zero
        centre = np.round(np.nanmean(outcome.label)) if np.any(~np.isnan(residual)) else 0.0
        target = np.where(np.isnan(residual), np.nan, outcome.label - centre)
        found |= {"absolute_error": np.abs(residual), "squared_error": residual**2}
        found |= {"mean_error": residual, "target": target, "target_squared": target**2}
    elif outcome.scores is not None:
        found |= _score_losses(outcome)
    return found


def _score_losses(outcome: Outcome) -> dict[str, np.ndarray]:
    """Return log loss and Brier score, where the scores are probabilities.

    Log loss clips at machine epsilon, as scikit-learn does.
    """
    scores, label, predicted = outcome.scores, outcome.label, outcome.prediction
    if scores is None or label is None or predicted is None:
        return {}
    _refuse_infinite(scores, "score")
    present = scores[~np.isnan(scores)]
    if len(present) == 0 or present.min() < 0 or present.max() > 1:
        return {}
    undefined = (label < 0) | (predicted < 0)
    if outcome.task == "binary":
        truth = (label == outcome.positive).astype(float)
        likelihood = np.where(truth == 1, scores, 1 - scores)
        brier = (scores - truth) ** 2
    else:
        truth = np.eye(scores.shape[1])[np.maximum(label, 0)]
        whole = scores.sum(axis=1)
        likelihood = np.take_along_axis(scores, np.maximum(label, 0)[:, None], axis=1)[:, 0] / whole
        brier = ((scores - truth) ** 2).sum(axis=1)
    epsilon = np.finfo(np.float64).eps
    log_loss = -np.log(np.clip(likelihood, epsilon, 1 - epsilon))
    return {
        "log_loss": np.where(undefined, np.nan, log_loss),
        "brier": np.where(undefined, np.nan, brier),
    }


def _refuse_infinite(values: np.ndarray, role: str) -> None:
    rows = np.flatnonzero(np.isinf(values).reshape(len(values), -1).any(axis=1))
    if len(rows):
        raise DataError(
            f"the {role} is infinite in {counted(len(rows), 'row')} (first in row "
            f"{rows[0] + 1:,}): no error can be computed from it. Correct or remove these rows"
        )


def _loss(values: np.ndarray, weight: np.ndarray | None, n: int) -> tuple[Loss, Scales]:
    weighted = values if weight is None else values * weight
    value, value_scale = _whole(weighted, n, "error")
    square, square_scale = _whole(weighted**2, n, "squared error")
    cross, cross_scale = _whole(
        None if weight is None else weighted * weight, n, "error times its squared weight"
    )
    scales = Scales(value_scale, square_scale, value_scale if cross is None else cross_scale)
    return Loss(value, square, cross), scales


@overload
def _whole(values: np.ndarray, n: int, role: str) -> tuple[np.ndarray, float]: ...
@overload
def _whole(values: np.ndarray | None, n: int, role: str) -> tuple[np.ndarray | None, float]: ...
def _whole(values: np.ndarray | None, n: int, role: str) -> tuple[np.ndarray | None, float]:
    """Return values as whole numbers (NaN stays), and the power of two that made them whole."""
    if values is None:
        return None, 1.0
    _refuse_infinite(values, role)
    present = values[~np.isnan(values)]
    largest = float(np.abs(present).max()) if len(present) else 0.0
    scale = _scale(largest, n)
    if scale >= 1.0 and np.array_equal(present, np.rint(present)):
        scale = 1.0  # counts stay counts
    return np.rint(values * scale), scale


def _scale(largest: float, n: int) -> float:
    """Return the power of two by which `n` values up to `largest` sum below 2**53."""
    if largest == 0:
        return 1.0
    exponent = math.floor(52 - math.log2(largest) - math.log2(max(n, 2)))
    return 2.0 ** min(exponent, sys.float_info.max_exp - 1)


def _score_codes(outcome: Outcome) -> tuple[np.ndarray | None, np.ndarray]:
    scores, label = outcome.scores, outcome.label
    if outcome.task != "binary" or scores is None or label is None or outcome.prediction is None:
        return None, np.empty(0)
    present = np.unique(scores[~np.isnan(scores)])
    if len(present) == 0:
        return None, np.empty(0)
    if len(present) > SCORE_BINS:
        ranks = np.linspace(0, len(present) - 1, SCORE_BINS).astype(np.int64)
        present = present[ranks]
    bins = len(present)
    place = np.maximum(np.searchsorted(present, np.nan_to_num(scores), side="right") - 1, 0)
    code = place + bins * (label == outcome.positive)
    undefined = np.isnan(scores) | (label < 0) | (outcome.prediction < 0)
    return np.where(undefined, 2 * bins, code).astype(np.uint16), present


def take_measures(measures: Measures, rows: np.ndarray) -> Measures:
    """Return the measures of the given rows."""

    def one(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[rows]

    return Measures(
        layout=measures.layout,
        axes=tuple(axis[rows] for axis in measures.axes),
        losses=tuple(Loss(a[rows], b[rows], one(c)) for a, b, c in measures.losses),
        weight=one(measures.weight),
        weight_squared=one(measures.weight_squared),
        score=one(measures.score),
    )


def narrowed(measures: Measures, loss: str | None) -> Measures:
    """Return the measures of one target only: a loss, or (for None) what rates are made of.

    A search counts thousands of regions; it should not sum what it does not look at.
    """
    kept = {name: scales for name, scales in measures.layout.losses.items() if name == loss}
    place = list(measures.layout.losses).index(loss) if loss is not None else None
    return replace(
        measures,
        layout=replace(measures.layout, losses=kept, score_edges=np.empty(0)),
        losses=() if place is None else (measures.losses[place],),
        score=None,
    )
