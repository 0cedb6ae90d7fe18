"""SliceLine's exact top ten of equality slices, up to three conditions, on quantile bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import MIN_SUPPORT, MOST, Region, binned, run
from sliceline.slicefinder import Slicefinder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 5
"""With 6, the product of (levels + 1) over the features passes 2^53: slices then get lost silently."""
ALPHA = 0.99
"""At its usual .95 no slice of these bins scores above 0, and none is returned."""


def search(table: pd.DataFrame, wrong: np.ndarray) -> list[Region]:
    """Return the slices with the highest scores."""
    codes, meaning = binned(table, BINS)
    finder = Slicefinder(
        alpha=ALPHA, k=MOST, max_l=3, min_sup=int(MIN_SUPPORT * len(wrong)), verbose=False
    )
    finder.fit(codes.to_numpy(), wrong)
    return [
        [meaning[name][code] for name, code in zip(codes, found, strict=True) if code is not None]
        for found in finder.top_slices_
    ]


if __name__ == "__main__":
    run(search)
