"""terrain's slice search alone, on all instances, as the peers search them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
from shared import MIN_SUPPORT, MOST, Region, Search, run
from terrain_study import part_of_all, study_of_table

from terrain.analyses import slices
from terrain.data.features import region_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DEPTH = int(sys.argv[3]) if len(sys.argv) > 3 else 3


def prepare(_: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the slices with the most evidence; terrain reads the table itself."""
    study = study_of_table()
    part = part_of_all(study)
    bounds = slices.Bounds(depth=DEPTH, min_rows=int(MIN_SUPPORT * len(wrong)))

    def search() -> list[Region]:
        found = slices.search(part, study.searchable, bounds)[:MOST]
        regions = [region_of(selection, study.searchable) for selection in found]
        return [msgspec.to_builtins(region.conditions) for region in regions]

    return search


if __name__ == "__main__":
    run(prepare)
