"""SliceLine's exact top ten of equality slices, up to three conditions, on quantile bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import MIN_SUPPORT, MOST, Region, Search, binned, run
from sliceline.slicefinder import Slicefinder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 5
"""With 6, the product of the features' levels + 1 passes 2^53: slices then get lost silently."""
ALPHA = 0.99
"""At its usual .95 no slice of two of these bins scores above 0."""


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the slices with the highest scores."""
    codes, meaning = binned(table, BINS)
    least = int(MIN_SUPPORT * len(wrong))
    finder = Slicefinder(alpha=ALPHA, k=MOST, max_l=3, min_sup=least, verbose=False)

    def search() -> list[Region]:
        slices = finder.fit(codes.to_numpy(), wrong).top_slices_
        return [
            [
                meaning[name][code]
                for name, code in zip(meaning, held, strict=True)
                if code is not None
            ]
            for held in slices
        ]

    return search


if __name__ == "__main__":
    run(prepare)
