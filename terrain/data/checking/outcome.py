"""What appears wrong with labels, predictions and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.data.notes import Warned
from terrain.data.wording import counted, listed, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.data.outcome import Outcome
    from terrain.data.recognition.roles import Roles

FEW_ERRORS = 20
"""Fewer wrong instances than this show no region."""

FAR = 3.0
"""Standard errors below one half from which an accuracy is no accident."""

STRAIGHT = 0.5
"""Share of the variance from which predictions follow the labels on another scale."""


def check_outcome(roles: Roles, outcome: Outcome) -> Iterator[Warned]:
    """Yield what appears wrong with what the model did."""
    yield from _missing(roles, outcome)
    if outcome.label is not None and outcome.prediction is not None:
        if outcome.task == "regression":
            yield from _scale(outcome.label, outcome.prediction)
        else:
            yield from _classes(outcome, outcome.label, outcome.prediction)
            yield from _accuracy(outcome, outcome.label, outcome.prediction)
        yield from _constant(outcome, outcome.label, outcome.prediction)
    for name, error in instance_errors(outcome).items():
        yield from _amount(name, error)


def instance_errors(outcome: Outcome) -> dict[str, np.ndarray]:
    """Return every error of each instance, by what it is called; NaN is undefined.

    Returns
    -------
    (n,) float64 each: 1 for a wrong class and 0 for the right one; the absolute residual of a
    regression; and the user's own errors as they are.
    """
    label, prediction = outcome.label, outcome.prediction
    if label is None or prediction is None:
        return outcome.errors
    if outcome.task == "regression":
        return {"the absolute error": np.abs(prediction - label), **outcome.errors}
    wrong = np.where((label >= 0) & (prediction >= 0), label != prediction, np.nan)
    return {"the error": wrong, **outcome.errors}


def _missing(roles: Roles, outcome: Outcome) -> Iterator[Warned]:
    predicted = roles.prediction or next(iter(roles.scores), None)
    columns = [
        ("missing-labels", roles.label, outcome.label),
        ("missing-predictions", predicted, outcome.prediction),
        *(("missing-errors", name, error) for name, error in outcome.errors.items()),
    ]
    for code, name, values in columns:
        if values is None:
            continue
        missing = int(np.sum(np.isnan(values) if values.dtype.kind == "f" else values < 0))
        if missing:
            yield Warned(
                code=code,
                seen=f"`{name}` is missing in {counted(missing, 'row')} "
                f"({share(missing, len(values))}); they are counted, and left out of every metric.",
                advice="Find out whether these rows are missing at random: if not, every rate "
                "speaks of the others only.",
                rows=missing,
                column=name,
            )


def _classes(outcome: Outcome, label: np.ndarray, prediction: np.ndarray) -> Iterator[Warned]:
    labelled, predicted = (
        np.bincount(codes[codes >= 0], minlength=len(outcome.classes))
        for codes in (label, prediction)
    )
    only = np.flatnonzero((predicted > 0) & (labelled == 0))
    if not len(only) or not labelled.any():
        return
    names = [outcome.classes[code] for code in only]
    known = {
        _plain(name): name for name, count in zip(outcome.classes, labelled, strict=True) if count
    }
    twins = [(name, known[_plain(name)]) for name in names if _plain(name) in known]
    advice = "Check that the labels are complete and name classes as the predictions do."
    if twins:
        advice = (
            f"`{twins[0][0]}` and the label `{twins[0][1]}` look like one class: name it alike."
        )
    rows = int(predicted[only].sum())
    yield Warned(
        code="classes-only-predicted",
        seen=f"The predictions hold {listed(names, 5)} in {counted(rows, 'row')}, which no label "
        "is: every such row is wrong.",
        advice=advice,
        rows=rows,
    )


def _plain(name: str) -> str:
    """Return a class name as a person would compare it; 1.0 is 1."""
    return name.strip().casefold().removesuffix(".0")


def _accuracy(outcome: Outcome, label: np.ndarray, prediction: np.ndarray) -> Iterator[Warned]:
    measured = (label >= 0) & (prediction >= 0)
    n = int(measured.sum())
    counts = np.bincount(label[measured], minlength=len(outcome.classes))
    if n == 0 or np.count_nonzero(counts) < 2:  # noqa: PLR2004 - of one class, nothing is guessed
        return
    right = int(np.sum(label[measured] == prediction[measured]))
    often = int(counts.max())
    by_accident = right / n + FAR * np.sqrt(0.25 / n) >= 0.5  # noqa: PLR2004 - a coin's accuracy
    if outcome.task == "binary" and n - right > often and not by_accident:
        yield Warned(
            code="inverted",
            seen=f"The accuracy is {share(right, n)}; calling every positive negative and every "
            f"negative positive would make it {share(n - right, n)}.",
            advice="Check which class the predictions mean by positive; they appear inverted.",
            rows=n - right,
        )
    elif right < often:
        most = outcome.classes[int(counts.argmax())]
        yield Warned(
            code="below-constant",
            seen=f"The accuracy is {share(right, n)}, below the {share(often, n)} of always "
            f"guessing `{most}`.",
            advice="Check that labels and predictions belong to the same rows and mean the same "
            "classes; if they do, the model trades accuracy for its rarer classes.",
            rows=n - right,
        )


def _constant(outcome: Outcome, label: np.ndarray, prediction: np.ndarray) -> Iterator[Warned]:
    labels, predictions = _values(label), _values(prediction)
    if len(labels) == 1:
        yield Warned(
            code="constant-label",
            seen=f"Every label is {_said(outcome, labels[0])}.",
            advice="Rates of the other class are undefined; check that no rows were filtered away.",
        )
    elif len(labels) and len(predictions) == 1:
        yield Warned(
            code="constant-prediction",
            seen=f"Every prediction is {_said(outcome, predictions[0])}, whatever the instance.",
            advice="Check that this is the model's output: what is found is where that class is "
            "rare, not where the model is weak.",
        )


def _values(values: np.ndarray) -> np.ndarray:
    return np.unique(values[~np.isnan(values)] if values.dtype.kind == "f" else values[values >= 0])


def _said(outcome: Outcome, value: float) -> str:
    return f"`{outcome.classes[int(value)]}`" if outcome.classes else f"{value:g}"


def _scale(label: np.ndarray, prediction: np.ndarray) -> Iterator[Warned]:
    measured = np.isfinite(label) & np.isfinite(prediction)
    truth, guess = label[measured], prediction[measured]
    n = len(truth)
    if n < 3 or np.ptp(truth) == 0:  # noqa: PLR2004 - a line through two points explains nothing
        return
    error, spread = np.sum((truth - guess) ** 2), np.sum((truth - truth.mean()) ** 2)
    if error <= spread:
        return
    explained = np.corrcoef(truth, guess)[0, 1] ** 2 if np.ptp(guess) > 0 else 0.0
    advice = "Check that labels and predictions belong to the same rows and the same quantity."
    if explained >= STRAIGHT:
        advice = (
            f"A straight line through the predictions explains {share(explained, 1)} of the "
            "labels' variance: check units, offset and transformation (a logarithm?)."
        )
    yield Warned(
        code="regression-offset",
        seen=f"The predictions are worse than always guessing the mean label: R² is "
        f"{1 - error / spread:.3g} (mean label {truth.mean():.4g}, mean prediction "
        f"{guess.mean():.4g}).",
        advice=advice,
        rows=n,
    )


def _amount(name: str, error: np.ndarray) -> Iterator[Warned]:
    values = error[~np.isnan(error)]
    n, wrong = len(values), int(np.count_nonzero(values))
    said = name if name.startswith("the ") else f"`{name}`"
    if n == 0:
        return
    if wrong == 0:
        yield Warned(
            code="no-errors",
            seen=f"No error at all: {said} is 0 in {counted(n, 'row')}.",
            advice="Nothing can be explained; check that the predictions are not a copy of the "
            "labels.",
            rows=n,
        )
    elif np.all(values == 1):
        yield Warned(
            code="all-wrong",
            seen=f"Nothing but errors: {said} is 1 in {counted(n, 'row')}.",
            advice="No region can be worse than the rest; check that labels and predictions "
            "belong to the same rows and name classes alike.",
            rows=n,
        )
    elif wrong < FEW_ERRORS and np.all(values[values != 0] == 1):
        yield Warned(
            code="few-errors",
            seen=f"{said[0].upper()}{said[1:]} is 1 in only {wrong:,} of {counted(n, 'row')}.",
            advice="So few show no region with confidence; a larger benchmark would.",
            rows=wrong,
        )
