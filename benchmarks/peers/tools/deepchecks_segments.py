"""Deepchecks' weak segments: a tree for each pair of ten features, on 10,000 sampled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from deepchecks.core.errors import DeepchecksProcessError
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import WeakSegmentsPerformance
from shared import count

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:
    """Return what runs the check with its defaults and counts the segments."""
    named = list(table.select_dtypes("category"))
    # the label decides nothing but the order of levels
    data = Dataset(table.astype(dict.fromkeys(named, str)), label=wrong, cat_features=named)
    check = WeakSegmentsPerformance(score_per_sample=pd.Series(1 - wrong, name="score"))

    def work() -> int:
        try:
            found = check.run(data, y_pred=wrong, with_display=False)
        except DeepchecksProcessError:  # what it raises at the end where no pair has one
            return 0
        return len(found.value["weak_segments_list"])

    return work


if __name__ == "__main__":
    count(prepare)
