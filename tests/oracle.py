"""What pandas and plain Python say, however slowly."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import numpy as np

    from terrain.data.regions import Condition, Region


def satisfies(condition: Condition, values: pd.Series) -> np.ndarray:
    """Return which values satisfy a condition, as (n,) bool, as a reader would understand it.

    Parameters
    ----------
    condition
        On numbers (dates as seconds since 1970) or on text.
    values
        Of dtype float64, or object with None for missing.
    """
    missing = values.isna()
    if condition.kind == "missing":
        held = ~missing if condition.negated else missing
    elif condition.kind == "levels":
        among = values.isin(condition.levels)
        held = (~among if condition.negated else among) & ~missing
    else:
        held = ~missing
        if condition.low is not None:
            held &= values >= condition.low
        if condition.high is not None:
            held &= values < condition.high
    return (held | (missing & condition.or_missing)).to_numpy(dtype=bool)


def inside(region: Region, table: pd.DataFrame) -> np.ndarray:
    """Return which rows lie in a region, as (n,) bool."""
    everywhere = pd.Series(data=True, index=table.index).to_numpy()
    masks = (satisfies(c, table[c.feature]) for c in region.conditions)
    return reduce(and_, masks, everywhere)
