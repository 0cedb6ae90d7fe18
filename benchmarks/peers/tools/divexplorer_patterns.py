"""DivExplorer's frequent patterns of quantile bins, by the t value of their divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from divexplorer import DivergenceExplorer
from shared import MOST, TARGET, Region, Search, binned, run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 6
MIN_SUPPORT = 0.02
"""Nothing else bounds the patterns here: at .01 they are too many for the time there is."""


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the patterns whose error rate lies above the whole's."""
    codes, meaning = binned(table, BINS)
    explorer = DivergenceExplorer(codes.assign(**{TARGET: wrong}))

    def search() -> list[Region]:
        patterns = explorer.get_pattern_divergence(MIN_SUPPORT, boolean_outcomes=[TARGET])
        worse = patterns[patterns[f"{TARGET}_div"] > 0].nlargest(MOST, f"{TARGET}_t")
        items = [[item.split("=") for item in itemset] for itemset in worse["itemset"]]
        return [[meaning[name][int(code)] for name, code in itemset] for itemset in items]

    return search


if __name__ == "__main__":
    run(prepare)
