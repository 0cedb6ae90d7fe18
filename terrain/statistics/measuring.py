"""From what the model did to what is summed: whole numbers, scaled alike in every piece."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from terrain.data.wording import counted
from terrain.errors import DataError
from terrain.statistics.measures import Axis, Layout, Loss, Measures, Scales, with_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.data.outcome import Outcome

SCORE_BINS = 2_048
"""Most bins of the score histogram; AUC is exact up to as many distinct scores."""

Real = tuple[str | None, Literal["value", "square", "cross"]]
"""A real measure: a loss by name (None: the weight), its square, its product with the weight."""


class Size(NamedTuple):
    """How large the values of a real measure are, weighted, and whether all are whole numbers.

    `zero_one` says whether all are 0 and 1 without their weights.
    """

    largest: float
    whole: bool
    zero_one: bool

    def __or__(self, other: Size) -> Size:
        """Return the size of the values of two pieces together."""
        return Size(
            max(self.largest, other.largest),
            self.whole and other.whole,
            self.zero_one and other.zero_one,
        )


@dataclass(frozen=True, kw_only=True)
class Common:
    """What the measures of all pieces of a benchmark share, whatever one of them holds.

    Attributes
    ----------
    n
        Instances of the whole benchmark.
    centre
        Taken from the labels of a regression, so that R² keeps its digits where they are far
        from zero.
    probable
        Whether the scores are probabilities.
    score_edges
        See `Layout`.
    """

    n: int
    centre: float
    probable: bool
    score_edges: np.ndarray


def common_of(outcome: Outcome, n: int) -> Common:
    """Return what the pieces of a benchmark share, from those of its `n` instances in `outcome`."""
    centre, probable = 0.0, False
    if outcome.task == "regression" and outcome.label is not None:
        known = outcome.label[np.isfinite(outcome.label)]
        centre = float(np.round(known.mean())) if len(known) else 0.0
    if outcome.scores is not None:
        present = outcome.scores[~np.isnan(outcome.scores)]
        probable = bool(len(present) and present.min() >= 0 and present.max() <= 1)
    return Common(n=n, centre=centre, probable=probable, score_edges=_score_edges(outcome))


def measures_of(outcome: Outcome, n: int) -> Measures:
    """Return the measures of `n` instances that are a whole benchmark.

    Raises
    ------
    DataError
        A value from which no error can be computed, with its row.
    """
    common = common_of(outcome, n)
    return measured_by(outcome, n, layout_for(outcome, common, sizes_of(outcome, common)), common)


@np.errstate(over="ignore", invalid="ignore")  # what overflows is refused as infinite
def sizes_of(outcome: Outcome, common: Common, first: int = 0) -> dict[Real, Size]:
    """Return how large every real measure of a piece is; those of two pieces merge by ``|``.

    Parameters
    ----------
    outcome
        Of the piece.
    common
        What all pieces share.
    first
        The row with which it begins, for messages.

    Raises
    ------
    DataError
        A value from which no error can be computed, with its row.
    """
    sizes = {}
    for name, (values, role) in _reals(outcome, common, first).items():
        _refuse_infinite(values, role, first)
        present = values[~np.isnan(values)]
        # an error of 0 or 1 stays one, however heavy the instance is
        plain = outcome.errors.get(name[0] or "", values)
        sizes[name] = Size(
            largest=float(np.abs(present).max()) if len(present) else 0.0,
            whole=np.array_equal(present, np.rint(present)),
            zero_one=bool(((plain == 0) | (plain == 1) | np.isnan(plain)).all()),
        )
    return sizes


def layout_for(outcome: Outcome, common: Common, sizes: Mapping[Real, Size]) -> Layout:
    """Return where sums stand, by how large the measures of the whole benchmark are."""
    scales = {name: _scale(size, common.n) for name, size in sizes.items()}
    losses = [name for name, kind in sizes if name is not None and kind == "value"]
    return Layout(
        axes=_axes(outcome),
        losses={
            name: Scales(
                value := scales[name, "value"],
                scales[name, "square"],
                scales.get((name, "cross"), value),
            )
            for name in losses
        },
        weight_scales=(
            (scales[None, "value"], scales[None, "square"]) if (None, "value") in scales else None
        ),
        score_edges=common.score_edges,
    )


@np.errstate(over="ignore", invalid="ignore")  # what overflows was refused with the sizes
def measured_by(
    outcome: Outcome, n: int, layout: Layout, common: Common, first: int = 0
) -> Measures:
    """Return the measures of a piece of `n` instances, by a layout that is known.

    See `sizes_of`.
    """
    reals = {name: values for name, (values, _) in _reals(outcome, common, first).items()}

    def whole(real: Real, scale: float) -> np.ndarray:
        return np.rint(reals[real] * scale)

    weighted = layout.weight_scales
    measures = Measures(
        layout=layout,
        axes=_cells(outcome, n),
        losses=tuple(
            Loss(
                whole((name, "value"), scales.value),
                whole((name, "square"), scales.square),
                whole((name, "cross"), scales.cross) if weighted else None,
            )
            for name, scales in layout.losses.items()
        ),
        weight=whole((None, "value"), weighted[0]) if weighted else None,
        weight_squared=whole((None, "square"), weighted[1]) if weighted else None,
        score=_score_codes(outcome, layout.score_edges),
    )
    return with_kinds(measures)


def _axes(outcome: Outcome) -> tuple[Axis, ...]:
    if outcome.task not in ("binary", "multiclass"):
        return (Axis("rows", 1),)
    if outcome.task == "binary":
        return (Axis("outcome", 5),)
    return tuple(Axis(name, len(outcome.classes) + 1) for name in ("label", "predicted", "correct"))


def _cells(outcome: Outcome, n: int) -> tuple[np.ndarray, ...]:
    """Return the (n,) cell of each instance on each axis."""
    if outcome.task not in ("binary", "multiclass"):
        return (np.zeros(n, np.uint8),)
    label, predicted = outcome.label, outcome.prediction
    if label is None or predicted is None:
        raise DataError("a classification needs a label and a prediction")
    undefined = (label < 0) | (predicted < 0)
    if outcome.task == "binary":
        code = 2 * (label == outcome.positive) + (predicted == outcome.positive)
        return (np.where(undefined, 4, code).astype(np.uint8),)
    k = len(outcome.classes)
    dtype = np.min_scalar_type(k)
    return (
        np.where(undefined, k, label).astype(dtype),
        np.where(undefined, k, predicted).astype(dtype),
        np.where(undefined | (label != predicted), k, label).astype(dtype),
    )


def _reals(outcome: Outcome, common: Common, first: int) -> dict[Real, tuple[np.ndarray, str]]:
    """Return every real measure by name, and what it is called in a message."""
    weight = outcome.weight
    found: dict[Real, tuple[np.ndarray, str]] = {}
    for name, values in _losses(outcome, common, first).items():
        weighted = values if weight is None else values * weight
        found[name, "value"] = weighted, "error"
        found[name, "square"] = weighted**2, "squared error"
        if weight is not None:
            found[name, "cross"] = weighted * weight, "error times its squared weight"
    if weight is not None:
        found[None, "value"] = weight, "weight"
        found[None, "square"] = weight**2, "squared weight"
    return found


def _losses(outcome: Outcome, common: Common, first: int) -> dict[str, np.ndarray]:
    found = dict(outcome.errors)
    if outcome.label is None or outcome.prediction is None:
        return found
    if outcome.task == "regression":
        _refuse_infinite(outcome.label, "label", first)
        _refuse_infinite(outcome.prediction, "prediction", first)
        residual = outcome.prediction - outcome.label
        target = np.where(np.isnan(residual), np.nan, outcome.label - common.centre)
        found |= {"absolute_error": np.abs(residual), "squared_error": residual**2}
        found |= {"mean_error": residual, "target": target, "target_squared": target**2}
    elif outcome.scores is not None:
        _refuse_infinite(outcome.scores, "score", first)
        if common.probable:
            found |= _score_losses(outcome)
    return found


def _score_losses(outcome: Outcome) -> dict[str, np.ndarray]:
    """Return log loss and Brier score of scores that are probabilities.

    Log loss clips at machine epsilon, as scikit-learn does.
    """
    scores, label, predicted = outcome.scores, outcome.label, outcome.prediction
    if scores is None or label is None or predicted is None:
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


def _refuse_infinite(values: np.ndarray, role: str, first: int) -> None:
    rows = np.flatnonzero(np.isinf(values).reshape(len(values), -1).any(axis=1))
    if len(rows):
        raise DataError(
            f"the {role} is infinite in {counted(len(rows), 'row')} (first in row "
            f"{first + rows[0] + 1:,}): no error can be computed from it. Correct or remove these "
            "rows"
        )


def _scale(size: Size, n: int) -> float:
    """Return the power of two by which `n` values of a size sum, as whole numbers, below 2**53."""
    if size.largest == 0:
        return 1.0
    exponent = math.floor(52 - math.log2(size.largest) - math.log2(max(n, 2)))
    scale = 2.0 ** min(exponent, sys.float_info.max_exp - 1)
    return 1.0 if scale >= 1.0 and size.whole else scale  # counts stay counts


def _score_edges(outcome: Outcome) -> np.ndarray:
    scores, label = outcome.scores, outcome.label
    if outcome.task != "binary" or scores is None or label is None or outcome.prediction is None:
        return np.empty(0)
    present = np.unique(scores[~np.isnan(scores)])
    if len(present) > SCORE_BINS:
        return present[np.linspace(0, len(present) - 1, SCORE_BINS).astype(np.int64)]
    return present


def _score_codes(outcome: Outcome, edges: np.ndarray) -> np.ndarray | None:
    scores, label, predicted = outcome.scores, outcome.label, outcome.prediction
    if not len(edges) or scores is None or label is None or predicted is None:
        return None
    bins = len(edges)
    place = np.maximum(np.searchsorted(edges, np.nan_to_num(scores), side="right") - 1, 0)
    code = place + bins * (label == outcome.positive)
    undefined = np.isnan(scores) | (label < 0) | (predicted < 0)
    return np.where(undefined, 2 * bins, code).astype(np.uint16)
