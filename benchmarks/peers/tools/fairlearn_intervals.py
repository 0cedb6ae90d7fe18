"""fairlearn's error rate in the groups of two features, with bootstrapped intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from fairlearn.metrics import MetricFrame
from shared import GROUPS, count
from sklearn.metrics import zero_one_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

DRAWS = 100


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:
    """Return what measures the groups and counts those with an interval."""

    def work() -> int:
        frame = MetricFrame(
            metrics=zero_one_loss,
            y_true=np.zeros_like(wrong),
            y_pred=wrong,
            sensitive_features=table[list(GROUPS)],
            n_boot=DRAWS,
            ci_quantiles=[0.025, 0.975],
            random_state=0,
        )
        low, high = frame.by_group_ci
        return int((low < high).sum())

    return work


if __name__ == "__main__":
    count(prepare)
