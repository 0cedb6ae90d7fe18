"""DivExplorer's frequent patterns of quantile bins, by the t value of their divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from divexplorer import DivergenceExplorer
from shared import MOST, Region, binned, run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 6
MIN_SUPPORT = 0.02
"""Patterns have no bound on their length here, only this one; at .01 it does not end in time."""


def search(table: pd.DataFrame, wrong: np.ndarray) -> list[Region]:
    """Return the patterns whose error rate lies furthest above the whole's."""
    codes, meaning = binned(table, BINS)
    codes["wrong"] = wrong
    explorer = DivergenceExplorer(codes)
    patterns = explorer.get_pattern_divergence(MIN_SUPPORT, boolean_outcomes=["wrong"])
    worse = patterns[patterns["wrong_div"] > 0].nlargest(MOST, "wrong_t")
    items = [[item.split("=") for item in itemset] for itemset in worse["itemset"]]
    return [[meaning[name][int(code)] for name, code in itemset] for itemset in items]


if __name__ == "__main__":
    run(search)
