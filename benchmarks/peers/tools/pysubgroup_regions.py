"""pysubgroup's task and subgroups as this comparison has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pysubgroup
from shared import MIN_SUPPORT, MOST, TARGET, Condition, Region, between, level

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DEPTH = 3


def with_target(table: pd.DataFrame, wrong: np.ndarray) -> pd.DataFrame:
    """Return the table with levels as text and the errors as a column of truth values."""
    as_text = table.astype(dict.fromkeys(table.select_dtypes("category"), str))
    return as_text.assign(**{TARGET: wrong == 1})


def task_of(
    table: pd.DataFrame, selectors: list[pysubgroup.SelectorBase]
) -> pysubgroup.SubgroupDiscoveryTask:
    """Return the task: the binomial quality, and the same bounds on depth and support for all."""
    return pysubgroup.SubgroupDiscoveryTask(
        table,
        pysubgroup.BinaryTarget(TARGET, target_value=True),
        selectors,
        result_set_size=MOST,
        depth=DEPTH,
        qf=pysubgroup.SimpleBinomialQF(),
        constraints=[pysubgroup.MinSupportConstraint(MIN_SUPPORT * len(table))],
    )


def regions_of(found: pysubgroup.SubgroupDiscoveryResult) -> list[Region]:
    """Return the subgroups found, best first."""
    return [[_condition(each) for each in subgroup.selectors] for _, subgroup, _ in found.results]


def _condition(selector: pysubgroup.SelectorBase) -> Condition:
    if isinstance(selector, pysubgroup.EqualitySelector):
        return level(selector.attribute_name, selector.attribute_value)
    bounds = (selector.lower_bound, selector.upper_bound)
    low, high = (float(bound) if math.isfinite(bound) else None for bound in bounds)
    return between(selector.attribute_name, low, high)
