"""fairlearn's metrics by group, told which features the planted region lies in.

It searches nothing by itself; going through all 190 pairs of features would take it minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairlearn.metrics import MetricFrame, count, mean_prediction
from shared import MIN_SUPPORT, MOST, Region, Search, binned, run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = {2: 6, 3: 3}
"""By the number of features, so that the groups are about as large as the planted region."""


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the groups with the highest error rates."""
    told = table.attrs["planted"]
    codes, meaning = binned(table[told], BINS[len(told)])

    def search() -> list[Region]:
        frame = MetricFrame(
            metrics={"rate": mean_prediction, "count": count},
            y_true=wrong,
            y_pred=wrong,
            sensitive_features=codes,
        )
        groups = frame.by_group[frame.by_group["count"] >= MIN_SUPPORT * len(wrong)]
        worst = groups["rate"].astype(float).nlargest(MOST).index
        return [
            [meaning[name][int(code)] for name, code in zip(meaning, values, strict=True)]
            for values in worst
        ]

    return search


if __name__ == "__main__":
    run(prepare)
