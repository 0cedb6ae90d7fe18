"""Features that are the label, the prediction or the error in disguise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.arrow import is_number, numbers_of
from terrain.data.checking.outcome import instance_errors
from terrain.data.columns import as_plain_text, encoded
from terrain.data.notes import Warned
from terrain.data.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.data.outcome import Outcome
    from terrain.data.recognition.roles import Roles

DETERMINED = 0.999
"""Share of the rows that a disguise gets right."""

UNEXPLAINED = 0.05
"""Share of the rarer values that a disguise may miss, lest any feature explain a rare error."""

MOST_ROWS = 50_000
"""Rows looked at."""

RARE = 10
"""Fewer rows than this outside the most frequent value are determined by chance."""

ROWS_EACH = 10
"""A feature with fewer rows than this per value, on average, determines anything."""

MOST_CELLS = 5_000_000
"""Cells of the largest table of feature by target that is counted; 40 MB."""

STRAIGHT = 0.9999
"""Correlation from which one number is another in other units."""


class Target(NamedTuple):
    """What a feature must not give away.

    Attributes
    ----------
    code
        Of the warning.
    words
        What it is: "the label".
    values
        (n,) int64 codes, −1 for undefined; or (n,) float64 quantities, NaN for undefined.
    """

    code: str
    words: str
    values: np.ndarray


class Feature(NamedTuple):
    """A feature, as what may determine a target.

    Attributes
    ----------
    codes
        (n,) int64 below `size`: its levels, the last for missing; or runs of ten neighbouring
        rows, for a number that is too often different.
    levels
        How many levels there are; None for runs.
    numbers
        (n,) float64; None unless a number.
    """

    codes: np.ndarray
    size: int
    levels: int | None
    numbers: np.ndarray | None


def check_leaks(table: pa.Table, roles: Roles, outcome: Outcome) -> Iterator[Warned]:
    """Yield the features that give away label, error or prediction; each at most once.

    Of a large table 50,000 rows are looked at, always the same ones.
    """
    rows = np.arange(len(table))
    if len(table) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(table), MOST_ROWS, replace=False))
    targets = [Target(code, words, values[rows]) for code, words, values in _targets(outcome)]
    for name in roles.features:
        feature = _feature(as_plain_text(table[name]).take(rows))
        leak = next((target for target in targets if _gives_away(feature, target)), None)
        if leak is not None:
            yield _warned(name, leak, len(rows))


def _targets(outcome: Outcome) -> list[Target]:
    found = []
    if outcome.label is not None:
        found.append(Target("leaks-label", "the label", _codes(outcome.label)))
    for name, error in instance_errors(outcome).items():
        words = name if name.startswith("the ") else f"the error `{name}`"
        found.append(Target("leaks-error", words, _codes(error)))
    if outcome.prediction is not None:
        found.append(Target("copies-prediction", "the prediction", _codes(outcome.prediction)))
    if outcome.task == "regression" and outcome.label is not None:
        found.append(Target("leaks-error", "the residual", outcome.prediction - outcome.label))
    return found


def _codes(values: np.ndarray) -> np.ndarray:
    """Return classes and 0/1 errors as codes, and leave quantities as they are."""
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    undefined = np.isnan(values)
    if np.all(undefined | (values == 0) | (values == 1)):
        return np.where(undefined, -1, values).astype(np.int64)
    return values


def _feature(column: pa.ChunkedArray) -> Feature:
    numbers = numbers_of(column) if is_number(column.type) else None
    whole = encoded(column)
    levels = len(whole.dictionary)
    if numbers is not None and levels * ROWS_EACH > len(column):
        return Feature(_runs(numbers), len(column) // ROWS_EACH + 1, None, numbers)
    codes = pc.fill_null(whole.indices.cast(pa.int64()), levels)
    return Feature(codes.to_numpy(zero_copy_only=False), levels + 1, levels, numbers)


def _runs(numbers: np.ndarray) -> np.ndarray:
    """Return the run of ten rows, by size, in which each number begins; equal ones share theirs."""
    known = np.where(np.isnan(numbers), np.inf, numbers)
    order = np.argsort(known)
    ordered = known[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    first = np.repeat(begins, np.diff(np.append(begins, len(numbers))))
    runs = np.empty(len(numbers), np.int64)
    runs[order] = first // ROWS_EACH
    return runs


def _gives_away(feature: Feature, target: Target) -> bool:
    if target.values.dtype.kind == "f":
        return feature.numbers is not None and _is_straight(feature.numbers, target)
    too_many = feature.levels is not None and feature.levels * ROWS_EACH > len(feature.codes)
    return not too_many and _determines(feature, target)


def _is_straight(numbers: np.ndarray, target: Target) -> bool:
    """Whether a number is the quantity itself, or (but for a prediction) a straight line of it."""
    measured = np.isfinite(numbers) & np.isfinite(target.values)
    x, y = numbers[measured], target.values[measured]
    if len(x) < RARE or np.ptp(x) == 0 or np.ptp(y) == 0:
        return False
    if target.code == "copies-prediction":
        return bool(np.mean(np.isclose(x, y)) >= DETERMINED)
    return bool(abs(np.corrcoef(x, y)[0, 1]) >= STRAIGHT)


def _determines(feature: Feature, target: Target) -> bool:
    """Whether guessing each level's most frequent value is nearly always right.

    A run may lie across a threshold, so as many rows as one run has are forgiven.
    """
    defined = target.values >= 0
    codes, values = feature.codes[defined], target.values[defined]
    totals = np.bincount(values)
    rarer = len(values) - int(totals.max(initial=0))
    if rarer < RARE or feature.size * len(totals) > MOST_CELLS:
        return False
    cells = np.bincount(codes * len(totals) + values, minlength=feature.size * len(totals))
    table = cells.reshape(feature.size, len(totals))
    missed = len(values) - int(table.max(axis=1).sum())
    forgiven = ROWS_EACH if feature.levels is None else 0
    few = missed <= max((1 - DETERMINED) * len(values), forgiven) and missed <= UNEXPLAINED * rarer
    if target.code != "copies-prediction":
        return few
    used = int(np.count_nonzero(table.sum(axis=1)))
    return few and feature.levels is not None and used <= int(np.count_nonzero(totals))


def _warned(name: str, target: Target, rows: int) -> Warned:
    tells = "is a copy of" if target.code == "copies-prediction" else "gives away"
    return Warned(
        code=target.code,
        seen=f"`{name}` {tells} {target.words}: knowing it, one knows the other in at least "
        f"{DETERMINED:.1%} of {counted(rows, 'row')} looked at.",
        advice=f"It is probably {target.words} in disguise, and regions on it explain nothing: "
        f"--exclude {name}.",
        column=name,
    )
