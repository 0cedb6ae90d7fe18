"""pysubgroup's beam search, given every range of quantile bins as a selector."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pysubgroup
from pysubgroup_regions import regions_of, task_of, with_target
from shared import TARGET, Search, run

if TYPE_CHECKING:
    import pandas as pd

BINS = 16
WIDTH = 20


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the subgroups of highest quality that the beam meets."""
    table = with_target(table, wrong)
    selectors = pysubgroup.create_nominal_selectors(table, ignore=[TARGET])
    for name in table.select_dtypes("float"):
        inner = np.quantile(table[name], np.arange(1, BINS) / BINS)
        ends = combinations([-np.inf, *inner, np.inf], 2)
        selectors += [pysubgroup.IntervalSelector(name, *pair) for pair in ends]
    return lambda: regions_of(pysubgroup.BeamSearch(WIDTH).execute(task_of(table, selectors)))


if __name__ == "__main__":
    run(prepare)
