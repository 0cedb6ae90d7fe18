"""The heatmap of Microsoft's Error Analysis: two features in eight quantile bins each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erroranalysis_analyzer import analyzer_of
from shared import PAIR, count

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

BINS = 8


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:
    """Return what makes the cells and counts them."""
    analyzer = analyzer_of(table, wrong)

    def work() -> int:
        made = analyzer.compute_matrix(list(PAIR), None, None, quantile_binning=True, num_bins=BINS)
        return sum(len(row) for row in made["matrix"])

    return work


if __name__ == "__main__":
    count(prepare)
