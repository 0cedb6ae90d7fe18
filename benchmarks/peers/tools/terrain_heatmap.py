"""terrain's heatmap alone: two features in their coarse ranges, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import PAIR, count
from terrain_study import study_of_table

from terrain.analyses.heatmap import Axis, crossed
from terrain.analyses.ranking import profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd


def prepare(_: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:  # noqa: ARG001 - terrain reads the table itself
    """Return what makes the cells and counts them."""
    study = study_of_table().compacted(())
    encodings = {name: study.encodings[name] for name in PAIR}

    def work() -> int:
        halves = study.searched_halves()
        found = profiles(halves, encodings, study.instrument, study.target)
        down, across = (Axis(name, [each.codes for each in found[name]]) for name in PAIR)
        cells = crossed(halves, down, across, study.instrument, study.target)
        return sum(map(len, cells))

    return work


if __name__ == "__main__":
    count(prepare)
