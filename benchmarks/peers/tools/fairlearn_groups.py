"""fairlearn's metrics by group, for every pair of features in quantile bins.

It searches nothing by itself: this is the loop that its user writes.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from fairlearn.metrics import MetricFrame, count, mean_prediction
from shared import MIN_SUPPORT, MOST, Region, binned, run

if TYPE_CHECKING:
    import pandas as pd

BINS = 6
METRICS = {"rate": mean_prediction, "count": count}


def search(table: pd.DataFrame, wrong: np.ndarray) -> list[Region]:
    """Return the groups with the highest error rates among those that are large enough."""
    codes, meaning = binned(table, BINS)
    found = []
    for pair in combinations(codes, 2):
        frame = MetricFrame(
            metrics=METRICS, y_true=wrong, y_pred=wrong, sensitive_features=codes[list(pair)]
        )
        groups = frame.by_group[frame.by_group["count"] >= MIN_SUPPORT * len(wrong)]
        found += [(rate, pair, values) for values, rate in groups["rate"].items()]
    found.sort(key=lambda group: -group[0])
    return [
        [meaning[name][code] for name, code in zip(pair, values, strict=True)]
        for _, pair, values in found[:MOST]
    ]


if __name__ == "__main__":
    run(search)
