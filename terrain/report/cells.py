"""Values of an Arrow column as JSON that loses nothing.

A missing value is null, an empty text is "". What JSON or a browser's numbers cannot hold (NaN,
infinities, integers past 2^53, bytes) is a list with one text: shown as it stands.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["number", "truth", "text"]

EXACT = 2**53
"""A browser's numbers skip integers beyond this."""


def shown_as(kind: pa.DataType) -> Kind:
    """Return how the page aligns and sorts a column of this Arrow type."""
    if pa.types.is_dictionary(kind):
        return shown_as(kind.value_type)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    return "truth" if pa.types.is_boolean(kind) else "text"


def column_values(column: pa.ChunkedArray) -> list[Any]:
    r"""Return a column's values, ready for JSON.

    Examples
    --------
    >>> column_values(pa.chunked_array([[1.5, float("nan"), None]]))
    [1.5, ['NaN'], None]
    >>> column_values(pa.chunked_array([[2**60, 1]]))
    [['1152921504606846976'], 1]
    >>> column_values(pa.chunked_array([pa.array([b"\xff", b""])]))
    [['0xff'], ['0x']]
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    for belongs, convert in CONVERSIONS:
        if belongs(kind):
            return convert(column)
    return _each(column, lambda value: [str(value)])


def _each(column: pa.ChunkedArray, convert: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else convert(value) for value in column.to_pylist()]


def _as_they_are(column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return values


def _floats(column: pa.ChunkedArray) -> list[Any]:
    if column.type != pa.float64():
        # the shortest text of a narrow float is what the file said: 0.1, not 0.10000000149
        narrow = column.type.to_pandas_dtype()
        return _each(column, lambda value: _finite(float(str(narrow(value)))))
    values = _as_they_are(column)
    present = column.drop_null()
    if pc.all(pc.is_finite(present), min_count=0).as_py():
        return values
    return [None if value is None else _finite(value) for value in values]


def _finite(value: float) -> float | list[str]:
    if math.isfinite(value):
        return value
    return ["NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"]


def _integers(column: pa.ChunkedArray) -> list[Any]:
    bounds = pc.min_max(column).as_py()
    largest = max(abs(bounds["min"] or 0), abs(bounds["max"] or 0))
    if largest <= EXACT:
        return _as_they_are(column)
    return _each(column, lambda value: value if abs(value) <= EXACT else [str(value)])


def _moments(column: pa.ChunkedArray) -> list[Any]:
    return _as_they_are(column.cast(pa.string()))


def _bytes(column: pa.ChunkedArray) -> list[Any]:
    return _each(column, lambda value: ["0x" + value.hex()])


def _texts(kind: pa.DataType) -> bool:
    return any(belongs(kind) for belongs in (pa.types.is_string, pa.types.is_large_string))


def _dated(kind: pa.DataType) -> bool:
    return any(
        belongs(kind) for belongs in (pa.types.is_date, pa.types.is_timestamp, pa.types.is_time)
    )


def _binaries(kind: pa.DataType) -> bool:
    return any(
        belongs(kind)
        for belongs in (
            pa.types.is_binary,
            pa.types.is_large_binary,
            pa.types.is_fixed_size_binary,
        )
    )


CONVERSIONS: tuple[
    tuple[Callable[[pa.DataType], bool], Callable[[pa.ChunkedArray], list[Any]]], ...
] = (
    (_texts, _as_they_are),
    (pa.types.is_boolean, _as_they_are),
    (pa.types.is_integer, _integers),
    (pa.types.is_floating, _floats),
    (_dated, _moments),
    (_binaries, _bytes),
)
