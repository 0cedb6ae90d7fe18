"""Which rows of a table lie in a region: its conditions, taken by their word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.data.arrow import levels_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from terrain.data.features import Encoding
    from terrain.data.regions import Condition, Region


def inside(region: Region, table: pa.Table, encodings: Mapping[str, Encoding]) -> np.ndarray:
    """Return (n,) bool: the rows that satisfy every condition.

    Parameters
    ----------
    region
        What was found.
    table
        (n,) rows; not necessarily those in which it was found, so there may be new levels.
    encodings
        By feature, whether its values were read as numbers or as names.
    """
    held = np.ones(table.num_rows, dtype=bool)
    for condition in region.conditions:
        ordered = encodings[condition.feature].ordered
        satisfied = _in_range if ordered else _among_levels
        held &= satisfied(condition, table[condition.feature])
    return held


def _in_range(condition: Condition, column: pa.ChunkedArray) -> np.ndarray:
    numbers = numbers_of(column)
    missing = np.isnan(numbers)
    if condition.kind == "missing":
        return ~missing if condition.negated else missing
    held = ~missing
    if condition.low is not None:
        held &= numbers >= condition.low
    if condition.high is not None:
        held &= numbers < condition.high
    return held | (missing & condition.or_missing)


def _among_levels(condition: Condition, column: pa.ChunkedArray) -> np.ndarray:
    present, places = levels_of(column)
    if condition.kind == "missing":
        chosen = [condition.negated] * len(present)
        return np.array([*chosen, not condition.negated])[places]
    named = frozenset(condition.levels)
    chosen = [(level in named) != condition.negated for level in present]
    return np.array([*chosen, condition.or_missing])[places]
