"""The tree of Microsoft's Error Analysis, with its number of leaves and terrain's depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erroranalysis_analyzer import analyzer_of
from shared import count

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

DEPTH, LEAVES, MIN_ROWS = 4, 31, 20


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:
    """Return what grows the tree and counts its nodes."""
    analyzer = analyzer_of(table, wrong)

    def work() -> int:
        return len(analyzer.compute_error_tree(list(table), None, None, DEPTH, LEAVES, MIN_ROWS))

    return work


if __name__ == "__main__":
    count(prepare)
