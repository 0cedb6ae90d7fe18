"""Arrow columns as numpy arrays: numbers with NaN for missing, levels with a code for missing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Stored = Literal["number", "narrow", "text", "truth", "date", "duration", "other"]
"""What a column's values are before they are read as numbers or levels; ``narrow`` are floats of
less than 64 bits, and decimals."""


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text, dictionary-encoded or not."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_number(kind: pa.DataType) -> bool:
    """Whether a column holds integers, floats or decimals."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def is_date(kind: pa.DataType) -> bool:
    """Whether a column holds moments: dates or timestamps."""
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def stored_as(kind: pa.DataType) -> Stored:
    """Return what the values of a type are.

    Examples
    --------
    >>> stored_as(pa.int8()), stored_as(pa.float32()), stored_as(pa.time32("s"))
    ('number', 'narrow', 'other')
    """
    if pa.types.is_dictionary(kind):
        return stored_as(kind.value_type)
    return next((stored for matches, stored in STORED if matches(kind)), "other")


def _is_narrow(kind: pa.DataType) -> bool:
    return bool(is_number(kind) and not pa.types.is_integer(kind) and kind != pa.float64())


STORED: tuple[tuple[Callable[[pa.DataType], bool], Stored], ...] = (
    (is_text, "text"),
    (pa.types.is_boolean, "truth"),
    (_is_narrow, "narrow"),
    (is_number, "number"),
    (is_date, "date"),
    (pa.types.is_duration, "duration"),
)
"""Which Arrow types are which: the first that matches."""


def numbers_of(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column as (n,) float64; missing is NaN, dates are seconds since 1970, −0 is 0.

    Text is parsed; what is no number becomes NaN (`roles` warns of it). What is returned may be
    the column's own memory, which cannot be written.
    """
    if is_text(column.type):
        texts, codes = levels_of(column)
        values = np.array([_parsed(text) for text in texts] + [np.nan])
        return values[codes]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_date(column.type):
        micro = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        return _float(micro) / 1e6
    if pa.types.is_duration(column.type):
        return _float(column.cast(pa.duration("us"), safe=False).cast(pa.int64())) / 1e6
    with np.errstate(invalid="ignore"):  # NaN is NaN, also one that would signal
        values = _float(column)
        return values + 0.0 if (values == 0).any() else values


def _float(column: pa.ChunkedArray) -> np.ndarray:
    if column.type == pa.float64() and not column.null_count:
        return np.asarray(column.to_numpy(), dtype=np.float64)
    # pyarrow's safe cast refuses integers past 2^53; as bins they only need their magnitude
    numbers = pc.cast(column, pa.float64(), safe=False)
    return np.asarray(pc.fill_null(numbers, np.nan).to_numpy(), dtype=np.float64)


def _parsed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def levels_of(column: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    """Return the distinct values as text, and the (n,) position of each row's value among them.

    Missing values (null and NaN) have the position ``len(levels)``. Numbers are written without
    a needless fraction ("1", not "1.0"), booleans as "true" and "false".
    """
    distinct, places, indices = levels_by_index(column)
    return distinct, places.take(indices)


def levels_by_index(column: pa.ChunkedArray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return levels as `levels_of` does, but with one more step between a row and its level.

    Returns
    -------
    The distinct values as text; the (m,) position among them of each value as it is stored, the
    last a missing one; the (n,) place of each row's value among those m.
    """
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    whole = encoded.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        if whole.num_chunks == 0:
            return [], np.zeros(1, np.int64), np.zeros(0, np.int64)
        whole = whole.chunk(0)
    names = [level_name(value) for value in whole.dictionary.to_pylist()] + [None]
    distinct = list(dict.fromkeys(name for name in names if name is not None))
    position = {name: place for place, name in enumerate(distinct)}
    places = np.array([len(distinct) if name is None else position[name] for name in names])
    indices = whole.indices
    if indices.null_count:
        indices = pc.fill_null(indices.cast(pa.int64()), len(names) - 1)
    return distinct, places, np.asarray(indices.to_numpy(zero_copy_only=False))


def level_name(value: object) -> str | None:
    """Return a value as a level's name; None for a missing value.

    Examples
    --------
    >>> level_name(1.0), level_name(True), level_name("x"), level_name(None), level_name(0.5)
    ('1', 'true', 'x', None, '0.5')
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - past it, doubles skip integers
        return str(int(value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return distinct names in order: by size if all are numbers, else by name.

    Examples
    --------
    >>> in_order({"10", "9"}), in_order({"10", "9", "x"})
    (('9', '10'), ('10', '9', 'x'))
    """
    distinct = set(names)
    try:
        return tuple(sorted(distinct, key=lambda name: (float(name), name)))
    except ValueError:
        return tuple(sorted(distinct))
