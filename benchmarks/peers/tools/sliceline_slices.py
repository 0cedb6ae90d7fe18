"""SliceLine's exact top ten of equality slices, up to three conditions, on quantile bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import MIN_SUPPORT, MOST, Region, binned, run
from sliceline.slicefinder import Slicefinder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 6


def search(table: pd.DataFrame, wrong: np.ndarray) -> list[Region]:
    """Return the slices with the highest scores."""
    codes, meaning = binned(table, BINS)
    finder = Slicefinder(
        alpha=0.95, k=MOST, max_l=3, min_sup=int(MIN_SUPPORT * len(wrong)), verbose=False
    )
    finder.fit(codes.to_numpy(), wrong)
    return [
        [meaning[name][code] for name, code in zip(codes, found, strict=True) if code is not None]
        for found in finder.top_slices_
    ]


if __name__ == "__main__":
    run(search)
