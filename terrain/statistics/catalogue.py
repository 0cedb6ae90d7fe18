"""The metrics of each task, in the order in which they are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from terrain.errors import UsageError, nearest
from terrain.statistics.findings import MetricNote
from terrain.statistics.measures import (
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    TRUE_NEGATIVE,
    TRUE_POSITIVE,
)
from terrain.statistics.metrics import F1, Auc, Macro, Mean, Rate, Root, RSquared, is_indicator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.data.outcome import Outcome
    from terrain.statistics.measures import Layout
    from terrain.statistics.measuring import Real, Size
    from terrain.statistics.metrics import Indicator, Metric

ALL = (TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_POSITIVE)
NEGATIVE = (TRUE_NEGATIVE, FALSE_POSITIVE)
POSITIVE = (FALSE_NEGATIVE, TRUE_POSITIVE)
CALLED_POSITIVE = (FALSE_POSITIVE, TRUE_POSITIVE)
CALLED_NEGATIVE = (TRUE_NEGATIVE, FALSE_NEGATIVE)

# name: events, exposure, worse, title, meaning, what the events are, what the exposure is
BINARY = {
    "error_rate": ((FALSE_POSITIVE, FALSE_NEGATIVE), ALL, "high", "error rate",
        "share of the instances whose prediction is wrong", "errors", "instances"),
    "accuracy": ((TRUE_NEGATIVE, TRUE_POSITIVE), ALL, "low", "accuracy",
        "share of the instances whose prediction is right", "right predictions", "instances"),
    "fpr": ((FALSE_POSITIVE,), NEGATIVE, "high", "false positive rate",
        "share of the actual negatives that the model calls positive",
        "false positives", "actual negatives"),
    "fnr": ((FALSE_NEGATIVE,), POSITIVE, "high", "false negative rate",
        "share of the actual positives that the model misses",
        "false negatives", "actual positives"),
    "tpr": ((TRUE_POSITIVE,), POSITIVE, "low", "true positive rate",
        "share of the actual positives that the model finds (recall)",
        "true positives", "actual positives"),
    "tnr": ((TRUE_NEGATIVE,), NEGATIVE, "low", "true negative rate",
        "share of the actual negatives that the model calls negative",
        "true negatives", "actual negatives"),
    "precision": ((TRUE_POSITIVE,), CALLED_POSITIVE, "low", "precision",
        "share of the predicted positives that are positive",
        "true positives", "predicted positives"),
    "npv": ((TRUE_NEGATIVE,), CALLED_NEGATIVE, "low", "negative predictive value",
        "share of the predicted negatives that are negative",
        "true negatives", "predicted negatives"),
    "selection_rate": (CALLED_POSITIVE, ALL, "none", "selection rate",
        "share of the instances that the model calls positive",
        "predicted positives", "instances"),
    "prevalence": (POSITIVE, ALL, "none", "prevalence",
        "share of the instances that are positive", "actual positives", "instances"),
}  # fmt: skip


def catalogue(
    outcome: Outcome, layout: Layout, sizes: Mapping[Real, Size] | None = None
) -> dict[str, Metric]:
    """Return every metric of a benchmark by name, in display order.

    The user's own indicators come first: they were asked for by name. With weights, what is
    counted is called weighted.

    Parameters
    ----------
    outcome, layout
        What the model did, and where sums stand.
    sizes
        Of the real measures of the whole benchmark, where `outcome` is not of all of it.
    """
    graded = {
        name
        for (name, kind), size in (sizes or {}).items()
        if kind == "value" and not size.zero_one
    }
    found: list[Metric] = [
        _own(name, values, graded=name in graded) for name, values in outcome.errors.items()
    ]
    if outcome.task == "binary":
        found += _binary()
    elif outcome.task == "multiclass":
        found += _multiclass(outcome.classes)
    elif outcome.task == "regression":
        found += _regression()
    if "log_loss" in layout.losses:
        found += _probabilistic()
    if len(layout.score_edges):
        found.append(Auc("auc", _note(
            "AUC", "chance that a positive is scored above a negative", "score", "low",
            "actual positives", "actual negatives")))  # fmt: skip
    if layout.weight_scales is not None:
        found = [_weighted(metric) for metric in found]
    return {metric.name: metric for metric in found}


def _weighted(metric: Metric) -> Metric:
    note = structs.replace(metric.note, exposure=f"weighted {metric.note.exposure}")
    return replace(metric, note=note)  # type: ignore[type-var]


def searched(metrics: dict[str, Metric], wanted: str | None) -> Indicator:
    """Return the metric that a search explains: the one wanted, else the first.

    Raises
    ------
    UsageError
        There is no such metric, or it is no sum over instances of which more is worse.
    """
    usable = {n: m for n, m in metrics.items() if is_indicator(m) and m.note.worse == "high"}
    if wanted is None:
        return next(iter(usable.values()))  # type: ignore[return-value]
    if wanted not in usable:
        raise UsageError(
            f"cannot search by `{wanted}`{nearest(wanted, usable) or '.'} "
            f"--target takes one of: {', '.join(usable)}"
        )
    return usable[wanted]  # type: ignore[return-value]


def _note(
    title: str, meaning: str, kind: str, worse: str, events: str, exposure: str
) -> MetricNote:
    return MetricNote(
        title=title,
        meaning=meaning,
        kind=kind,  # type: ignore[arg-type]
        worse=worse,  # type: ignore[arg-type]
        events=events,
        exposure=exposure,
    )


def _own(name: str, values: np.ndarray, *, graded: bool) -> Mean:
    present = values[~np.isnan(values)]
    zero_one = not graded and bool(((present == 0) | (present == 1)).all())
    kind, events = ("rate", f"instances with {name}") if zero_one else ("loss", f"sum of {name}")
    meaning = f"share of the instances with {name}" if zero_one else f"mean of the column {name}"
    note = _note(name, meaning, kind, "high", events, "instances that have it")
    return Mean(name, note, name, zero_one=zero_one, signed=bool((present < 0).any()))


def _vector(cells: tuple[int, ...], size: int) -> np.ndarray:
    vector = np.zeros(size)
    vector[list(cells)] = 1.0
    return vector


def _binary() -> list[Metric]:
    size = len(ALL) + 1
    found: list[Metric] = []
    for name, (events, exposure, worse, title, meaning, counted, over) in BINARY.items():
        note = _note(title, meaning, "rate", worse, counted, over)
        found.append(Rate(name, note, _vector(events, size), _vector(exposure, size)))
    note = _note("F1", "harmonic mean of precision and recall: twice the true positives over "
        "actual plus predicted positives", "rate", "low", "twice the true positives",
        "actual and predicted positives")  # fmt: skip
    found.insert(8, F1("f1", note, _vector((TRUE_POSITIVE,), size), _vector(POSITIVE, size),
                       _vector(CALLED_POSITIVE, size)))  # fmt: skip
    return found


def _multiclass(classes: tuple[str, ...]) -> list[Metric]:
    k = len(classes)
    size = 3 * (k + 1)
    label, predicted, correct = (tuple(range(i * (k + 1), i * (k + 1) + k)) for i in range(3))
    right, everyone = _vector(correct, size), _vector(label, size)
    found: list[Metric] = [
        Rate("error_rate", _note("error rate", "share of the instances whose prediction is wrong",
             "rate", "high", "errors", "instances"), everyone - right, everyone),
        Rate("accuracy", _note("accuracy", "share of the instances whose prediction is right",
             "rate", "low", "right predictions", "instances"), right, everyone),
    ]  # fmt: skip
    recall, precision, f1 = [], [], []
    for i, name in enumerate(classes):
        hits, of_class, called = (_vector((axis[i],), size) for axis in (correct, label, predicted))
        recall.append(Rate(f"recall:{name}", _note(f"recall of {name}",
            f"share of the actual {name} that the model finds", "rate", "low",
            f"right {name}", f"actual {name}"), hits, of_class))  # fmt: skip
        precision.append(Rate(f"precision:{name}", _note(f"precision of {name}",
            f"share of the predicted {name} that are {name}", "rate", "low",
            f"right {name}", f"predicted {name}"), hits, called))  # fmt: skip
        f1.append(F1(f"f1:{name}", _note(f"F1 of {name}",
            f"harmonic mean of precision and recall of {name}", "rate", "low",
            f"twice the right {name}", f"actual and predicted {name}"),
            hits, of_class, called))  # fmt: skip
    for name, title, parts in (("recall", "recall", recall), ("precision", "precision", precision),
                               ("f1", "F1", f1)):  # fmt: skip
        meaning = f"mean of the {title} of each class, all classes alike"
        note = _note(f"macro {title}", meaning, "rate", "low", "summed over classes",
                     "instances, summed over classes")  # fmt: skip
        found.append(Macro(f"macro_{name}", note, tuple(parts)))
    return [*found, *recall, *precision, *f1]


def _regression() -> list[Metric]:
    absolute = Mean("mae", _note("mean absolute error", "mean distance of prediction and label",
        "loss", "high", "sum of distances", "instances"), "absolute_error")  # fmt: skip
    squared = Mean("mse", _note("mean squared error", "mean squared distance of prediction and "
        "label", "loss", "high", "sum of squares", "instances"), "squared_error")  # fmt: skip
    signed = Mean("mean_error", _note("mean error", "mean of prediction minus label: the bias, "
        "positive where the model says too much", "loss", "none", "sum of differences",
        "instances"), "mean_error", signed=True)  # fmt: skip
    root = Root("rmse", _note("root mean squared error", "root of the mean squared distance, in "
        "the label's unit", "loss", "high", "sum of squares", "instances"), squared)  # fmt: skip
    parts = (squared, *(Mean(name, signed.note, name) for name in ("target", "target_squared")))
    r2 = RSquared("r2", _note("R²", "share of the labels' variance that the predictions explain",
        "score", "low", "sum of squares", "instances"), *parts)  # fmt: skip
    return [absolute, root, signed, r2, squared]


def _probabilistic() -> list[Metric]:
    return [
        Mean("log_loss", _note("log loss", "mean of minus the log of the probability given to "
             "what was true", "loss", "high", "sum of log losses", "scored instances"),
             "log_loss"),
        Mean("brier", _note("Brier score", "mean squared distance of the probability and what "
             "was true", "loss", "high", "sum of squares", "scored instances"), "brier"),
    ]  # fmt: skip
