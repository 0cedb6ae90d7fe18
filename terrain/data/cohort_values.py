"""What a value in a cohort means on its column's scale, and conditions on one column together."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from terrain.data.regions import Condition

if TYPE_CHECKING:
    from terrain.data.regions import Scale

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
DATE = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?"

MICRO = 1_000_000
"""Microseconds in a second: the finest that a moment is kept."""

LENGTHS = (86_400 * MICRO, 60 * MICRO, MICRO)
"""Microseconds that a moment stands for which is given to the day, the minute or the second."""

FIRST_MOMENT = datetime.min.replace(tzinfo=UTC).timestamp()
LAST_MOMENT = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp()
"""The ends of what has a name as a date."""


def interval(text: str, scale: Scale) -> tuple[float, float]:
    """Return the first value that a literal stands for, and the first one beyond it.

    A number is itself, and beyond it lies the next double (on the scale ``integer`` the next
    whole number); a date is as long as it is precise, in UTC unless it says otherwise. Beyond the
    last number and the last day there is nothing: infinity.

    Raises
    ------
    ValueError
        It is no value of this scale.

    Examples
    --------
    >>> interval("30", "integer"), interval("30.5", "integer")
    ((30.0, 31.0), (31.0, 31.0))
    >>> interval("0.5", "number")
    (0.5, 0.5000000000000001)
    >>> interval("1970-01-02", "date")
    (86400.0, 172800.0)
    """
    if scale == "date":
        moment = datetime.fromisoformat(text)
        first = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if not FIRST_MOMENT <= first <= LAST_MOMENT:
            raise ValueError(text)
        # through whole microseconds, as a column of moments is read
        beyond = (round(first * MICRO) + _length(text)) / MICRO
        return first, beyond if beyond <= LAST_MOMENT else math.inf
    value = float(text) + 0.0
    if not math.isfinite(value):
        raise ValueError(text)
    next_double = math.nextafter(value, math.inf)
    if scale == "integer":
        return float(math.ceil(value)), max(math.floor(value) + 1.0, next_double)
    return value, next_double


def _length(text: str) -> int:
    """Return how long a moment lasts, in microseconds, by how precisely it is given."""
    clock = re.sub(r"(?:Z|[+-]\d\d:\d\d)$", "", text)[len("2024-01-31") :]
    return 1 if "." in clock else LENGTHS[clock.count(":")]


def both(one: Condition, other: Condition) -> Condition:
    """Return the condition that holds where two conditions on one column hold.

    Examples
    --------
    >>> old = Condition(feature="age", kind="range", low=30.0)
    >>> both(old, Condition(feature="age", kind="range", high=40.0)).words()
    '30 <= age < 40'
    """
    if other.kind == "missing":
        one, other = other, one
    if one.kind == "missing":
        return _with_missing(one, other)
    or_missing = one.or_missing and other.or_missing
    joined = _ranges(one, other) if one.kind == "range" else _sets(one, other)
    if is_empty(joined) and or_missing:
        return Condition(feature=one.feature, kind="missing")
    return msgspec.structs.replace(joined, or_missing=or_missing)


def is_empty(condition: Condition) -> bool:
    """Whether no value, not even a missing one, satisfies a condition."""
    if condition.or_missing or condition.kind == "missing":
        return False
    if condition.kind == "levels":
        return not condition.levels and not condition.negated
    return None not in (condition.low, condition.high) and condition.low >= condition.high  # type: ignore[operator]


def _with_missing(missing: Condition, other: Condition) -> Condition:
    if missing.negated and other.kind == "missing":
        return missing if other.negated else _nothing(other)
    if missing.negated:
        return msgspec.structs.replace(other, or_missing=False)
    also = other.or_missing or (other.kind == "missing" and not other.negated)
    return missing if also else _nothing(missing)


def _nothing(condition: Condition) -> Condition:
    return Condition(feature=condition.feature, kind="levels")


def _ranges(one: Condition, other: Condition) -> Condition:
    lows = [each.low for each in (one, other) if each.low is not None]
    highs = [each.high for each in (one, other) if each.high is not None]
    return msgspec.structs.replace(
        one, low=max(lows, default=None), high=min(highs, default=None), or_missing=False
    )


def _sets(one: Condition, other: Condition) -> Condition:
    if one.negated and other.negated:
        levels = tuple(dict.fromkeys((*one.levels, *other.levels)))
        return msgspec.structs.replace(one, levels=levels, or_missing=False)
    if one.negated:
        one, other = other, one
    levels = tuple(level for level in one.levels if (level in other.levels) != other.negated)
    return msgspec.structs.replace(one, levels=levels, or_missing=False)
