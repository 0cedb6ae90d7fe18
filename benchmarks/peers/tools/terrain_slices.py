"""terrain's slice search alone, on all instances, as the peers search them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from shared import MIN_SUPPORT, MOST, TARGET, Region, Search, run

from terrain.analyses import slices
from terrain.app import read
from terrain.config import Plan
from terrain.data.features import region_of
from terrain.statistics.batch import part_of
from terrain.study import study_of

if TYPE_CHECKING:
    import pandas as pd


def prepare(_: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the slices with the most evidence; terrain reads the table itself."""
    plan = Plan(inputs=(sys.argv[1],), error=(TARGET,))
    study = study_of(read(plan), plan)
    part = part_of(np.arange(len(study)), study.codes, study.measures, study.target, None)
    bounds = slices.Bounds(depth=3, min_rows=int(MIN_SUPPORT * len(wrong)))

    def search() -> list[Region]:
        found = slices.search(part, study.searchable, bounds)[:MOST]
        regions = [region_of(selection, study.searchable) for selection in found]
        return [msgspec.to_builtins(region.conditions) for region in regions]

    return search


if __name__ == "__main__":
    run(prepare)
