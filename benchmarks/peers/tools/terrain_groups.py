"""terrain's groups alone: all of one feature and of two, with intervals, gaps and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import GROUPS, count
from terrain_study import plan_of_table, study_of_table

from terrain.collect.breakdowns import breakdowns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd


def prepare(_: pd.DataFrame, wrong: np.ndarray) -> Callable[[], int]:  # noqa: ARG001 - terrain reads the table itself
    """Return what measures the groups and counts them."""
    plan = plan_of_table(sensitive=GROUPS)
    study = study_of_table(sensitive=GROUPS)

    def work() -> int:
        found, _ = breakdowns_of(study, plan, study.halves())
        return sum(len(breakdown.groups) for breakdown in found)

    return work


if __name__ == "__main__":
    count(prepare)
