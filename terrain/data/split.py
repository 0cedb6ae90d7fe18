"""Which instances a search may see: halves by a hash, stable under the order of rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from terrain.data.arrow import is_text, levels_by_index
from terrain.data.columns import encoded
from terrain.data.texthash import hashes_of
from terrain.engines.threads import each

if TYPE_CHECKING:
    from collections.abc import Callable

SplitBy = Literal["group", "id", "row"]

MISSING = np.uint64(0xD1B54A32D192ED03)
"""The hash of a missing integer: an arbitrary one."""

_MIDDLE = np.uint64(1 << 63)

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
    content = _content_hash(table, np.zeros(table.num_rows, np.uint64))
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
    content = _content_hash(table, at.astype(np.uint64))
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
    mixed = keys.copy()
    for start in range(0, len(keys), CHUNK):
        _mix(mixed[start : start + CHUNK])
    return mixed


def _mix(keys: np.ndarray) -> None:
    """Mix keys where they stand."""
    shifted = keys >> np.uint64(30)
    for factor, shift in ((0xBF58476D1CE4E5B9, 27), (0x94D049BB133111EB, 31)):
        np.bitwise_xor(keys, shifted, out=keys)
        np.multiply(keys, np.uint64(factor), out=keys)
        np.right_shift(keys, np.uint64(shift), out=shifted)
    np.bitwise_xor(keys, shifted, out=keys)


def _content_hash(table: pa.Table, keys: np.ndarray) -> np.ndarray:
    """Return (n,) uint64 that hang on keys and on all that a row holds, in any order of columns.

    All columns of some rows are mixed before the next rows are, so that keys stay in the cache.
    """
    columns = [_hashed(table[name]) for name in sorted(table.column_names)]

    def content(start: int) -> np.ndarray:
        found = keys[start : start + CHUNK].copy()
        for column in columns:
            found ^= column(start, start + CHUNK)
            _mix(found)
        return found

    return np.concatenate([keys[:0], *each(content, range(0, len(keys), CHUNK))])


def _column_hash(column: pa.ChunkedArray) -> np.ndarray:
    return _hashed(column)(0, len(column))


def _hashed(column: pa.ChunkedArray) -> Callable[[int, int], np.ndarray]:
    """Return what gives a uint64 hash of the values from one row to another.

    It is one of their text, or of their bits for numbers: that of ``pandas.util.hash_array``.
    """
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        if pa.types.is_floating(column.type) or not column.null_count:
            return partial(_hashed_numbers, column.to_numpy())
        # beside a missing value, numpy would turn integers into fractions, of other bits
        present = column.is_valid().to_numpy()
        return partial(_hashed_present, column.fill_null(0).to_numpy(), present)
    if not is_text(column.type) and not pa.types.is_boolean(column.type):
        column = _written(column)
    levels, places, indices = levels_by_index(column)
    hashes = _mixed(hashes_of([*levels, ""]))
    hashes[-1] ^= np.uint64(1)  # a missing value is not the empty string
    return partial(_looked_up, hashes[places], indices)


def _hashed_numbers(values: np.ndarray, start: int, stop: int) -> np.ndarray:
    values = values[start:stop]
    with np.errstate(invalid="ignore"):  # NaN is NaN, also one that would signal
        values = values + 0.0 if values.dtype.kind == "f" else values
    return _mixed(values.view(f"u{values.dtype.itemsize}").astype(np.uint64, copy=False))


def _hashed_present(values: np.ndarray, present: np.ndarray, start: int, stop: int) -> np.ndarray:
    hashes = _hashed_numbers(values, start, stop)
    return np.where(present[start:stop], hashes, MISSING)


def _looked_up(hashes: np.ndarray, indices: np.ndarray, start: int, stop: int) -> np.ndarray:
    return hashes.take(indices[start:stop])


def _written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values as Python writes them; each is written once, where Arrow can compare them."""
    if pa.types.is_nested(column.type):
        return pa.chunked_array([pa.array([str(value) for value in column.to_pylist()])])
    values = encoded(column)
    texts = pa.array([str(value) for value in [*values.dictionary.to_pylist(), None]])
    return pa.chunked_array([texts.take(values.indices.fill_null(len(texts) - 1))])


def _all_differ(keys: np.ndarray) -> bool:
    ordered = np.sort(keys)
    return bool((ordered[1:] != ordered[:-1]).all())


def _running_number(keys: np.ndarray) -> np.ndarray:
    """Return how many equal keys stand before each one."""
    lower = keys < _MIDDLE
    if all(each(_all_differ, [keys.compress(lower), keys.compress(~lower)])):
        return np.zeros(len(keys), np.uint64)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    run = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(keys))))
    number = np.empty(len(keys), np.uint64)
    number[order] = np.arange(len(keys)) - starts[run]
    return number
