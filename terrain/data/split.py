"""Which instances a search may see: halves by a hash, stable under the order of rows."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa

from terrain.data.arrow import is_text, levels_of
from terrain.data.columns import encoded

SplitBy = Literal["group", "id", "row"]

CHUNK = 32_768
"""Keys mixed at once, few enough to stay in the processor's cache."""


def discovery_part(
    table: pa.Table, *, group: str | None, instance_id: str | None, seed: int
) -> tuple[np.ndarray, SplitBy]:
    """Return which instances belong to the discovery part, and what was hashed.

    The group decides where there is one (rows of one user, patient or document stay together),
    else the id, else the whole row. Equal rows are told apart by their running number, so that
    a table of few distinct rows is halved too; which of them comes first does not matter.

    Parameters
    ----------
    table
        (n,) instances.
    group, instance_id
        Columns, or None.
    seed
        Another seed is another split.

    Returns
    -------
    (n,) bool, and what was hashed.
    """
    if group is not None:
        return _half(_column_hash(table[group]), seed), "group"
    if instance_id is not None:
        return _half(_column_hash(table[instance_id]), seed), "id"
    content = np.zeros(table.num_rows, np.uint64)
    for name in sorted(table.column_names):
        content = _mixed(content ^ _column_hash(table[name]))
    return _half(content + _running_number(content), seed), "row"


def half_by_place(
    table: pa.Table, *, group: str | None, instance_id: str | None, seed: int, at: np.ndarray
) -> np.ndarray:
    """Return which instances of a piece of a large table belong to the discovery part.

    As `discovery_part`, but nothing has to be known of other pieces: where the whole row is
    hashed, equal rows are told apart by their places.

    Parameters
    ----------
    at
        (n,) the row of each instance, counted through the whole table.
    """
    if group is not None or instance_id is not None:
        return _drawn(_column_hash(table[group or instance_id]), seed) >> np.uint64(63) == 0
    content = at.astype(np.uint64)
    for name in sorted(table.column_names):
        content = _mixed(content ^ _column_hash(table[name]))
    return _drawn(content, seed) >> np.uint64(63) == 0


def keys_of(column: pa.ChunkedArray) -> np.ndarray:
    """Return a (n,) uint64 for each value, the same for equal ones; missing is a value."""
    return _column_hash(column)


def chosen(at: np.ndarray, share: float) -> np.ndarray:
    """Return which rows belong to a random sample: (n,) bool, by their (n,) places alone."""
    return shuffled(at) < share * 2.0**64


def shuffled(at: np.ndarray) -> np.ndarray:
    """Return (n,) uint64 by which the places of rows are put into a random order."""
    return _mixed(at.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))


def _drawn(keys: np.ndarray, seed: int) -> np.ndarray:
    return _mixed(keys + np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) % 2**64))


def _half(keys: np.ndarray, seed: int) -> np.ndarray:
    drawn = _drawn(keys, seed)
    half = drawn >> np.uint64(63) == 0
    if half.all() or not half.any():  # a handful of instances: every other one
        _, place = np.unique(drawn, return_inverse=True)
        half = place % 2 == 0
    return half


def _mixed(keys: np.ndarray) -> np.ndarray:
    """Return the finaliser of splitmix64 (Steele, Lea and Flood, 2014): every bit hangs on all."""
    mixed = np.empty_like(keys)
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        part = (part ^ (part >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        part = (part ^ (part >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed[start : start + CHUNK] = part ^ (part >> np.uint64(31))
    return mixed


def _column_hash(column: pa.ChunkedArray) -> np.ndarray:
    """Return a (n,) uint64 hash of the values: of their text, or of their bits for numbers."""
    from pandas.util import hash_array  # noqa: PLC0415 - pandas takes half a second to import

    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        values = column.to_numpy()
        values = values + 0.0 if values.dtype.kind == "f" else values
        return _mixed(values.view(f"u{values.dtype.itemsize}").astype(np.uint64, copy=False))
    if not is_text(column.type) and not pa.types.is_boolean(column.type):
        column = _written(column)
    levels, codes = levels_of(column)
    hashes = hash_array(np.array([*levels, ""], dtype=object), categorize=False)
    hashes[-1] ^= np.uint64(1)  # a missing value is not the empty string
    return hashes[codes]


def _written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values as Python writes them; each is written once, where Arrow can compare them."""
    if pa.types.is_nested(column.type):
        return pa.chunked_array([pa.array([str(value) for value in column.to_pylist()])])
    values = encoded(column)
    texts = pa.array([str(value) for value in [*values.dictionary.to_pylist(), None]])
    return pa.chunked_array([texts.take(values.indices.fill_null(len(texts) - 1))])


def _running_number(keys: np.ndarray) -> np.ndarray:
    """Return how many equal keys stand before each one."""
    ordered = np.sort(keys)
    if (ordered[1:] != ordered[:-1]).all():
        return np.zeros(len(keys), np.uint64)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    run = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(keys))))
    number = np.empty(len(keys), np.uint64)
    number[order] = np.arange(len(keys)) - starts[run]
    return number
