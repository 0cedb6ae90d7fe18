"""terrain's tree alone, on all instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import count
from terrain_study import part_of_all, study_of_table

from terrain.analyses import tree

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

LIMITS = tree.Limits(max_depth=4, min_rows=20, max_leaves=31)
"""As Error Analysis has them, see erroranalysis_tree.py."""


def prepare(_: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:  # noqa: ARG001 - terrain reads the table itself
    """Return what grows the tree and counts its nodes."""
    study = study_of_table()
    part = part_of_all(study)

    def work() -> int:
        return len(tree.grow(part, study.searchable, LIMITS))

    return work


if __name__ == "__main__":
    count(prepare)
