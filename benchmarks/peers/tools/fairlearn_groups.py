"""fairlearn's metrics by group, told which features the planted region lies in.

It searches nothing by itself; going through all 190 pairs of features would take it minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairlearn.metrics import MetricFrame, count, mean_prediction
from shared import MIN_SUPPORT, MOST, Region, binned, run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 6


def search(table: pd.DataFrame, wrong: np.ndarray) -> list[Region]:
    """Return the groups with the highest error rates among those that are large enough."""
    codes, meaning = binned(table[table.attrs["planted"]], BINS)
    frame = MetricFrame(
        metrics={"rate": mean_prediction, "count": count},
        y_true=wrong,
        y_pred=wrong,
        sensitive_features=codes,
    )
    groups = frame.by_group[frame.by_group["count"] >= MIN_SUPPORT * len(wrong)]
    worst = groups["rate"].astype(float).nlargest(MOST)
    return [
        [meaning[name][int(code)] for name, code in zip(codes, values, strict=True)]
        for values in worst.index
    ]


if __name__ == "__main__":
    run(search)
