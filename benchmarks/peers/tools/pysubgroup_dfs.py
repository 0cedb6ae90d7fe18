"""pysubgroup's exhaustive depth-first search, on its own quantile bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysubgroup
from pysubgroup_regions import regions_of, task_of, with_target
from shared import TARGET, Search, run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 6


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the subgroups of highest quality, with pysubgroup's own pruning."""
    table = with_target(table, wrong)
    selectors = pysubgroup.create_selectors(table, nbins=BINS, ignore=[TARGET])
    return lambda: regions_of(pysubgroup.DFS().execute(task_of(table, selectors)))


if __name__ == "__main__":
    run(prepare)
