"""scikit-learn's decision tree on the values themselves; levels are indicator columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from shared import MIN_SUPPORT, MOST, Region, between, level, run
from sklearn.tree import DecisionTreeClassifier

DEPTH = 6
"""Enough for both bounds of three features."""


def search(table: pd.DataFrame, wrong: np.ndarray) -> list[Region]:
    """Return the leaves with the highest error rates."""
    columns = pd.get_dummies(table, prefix_sep="=")
    model = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=MIN_SUPPORT, random_state=0)
    tree = model.fit(columns.to_numpy(), wrong).tree_
    leaves = np.flatnonzero(tree.children_left < 0)
    worst = leaves[np.argsort(-tree.value[leaves, 0, 1])][:MOST]
    paths = dict(_paths(tree, list(columns), 0, []))
    return [paths[leaf] for leaf in worst]


def _paths(tree, names, node, conditions):
    """Yield every leaf with the conditions that lead to it."""
    if tree.children_left[node] < 0:
        yield node, conditions
        return
    name, threshold = names[tree.feature[node]], float(tree.threshold[node])
    feature, _, value = name.partition("=")
    if value:
        below, above = level(feature, value, negated=True), level(feature, value)
    else:
        past = float(np.nextafter(threshold, np.inf))
        below, above = between(feature, None, past), between(feature, past, None)
    yield from _paths(tree, names, tree.children_left[node], [*conditions, below])
    yield from _paths(tree, names, tree.children_right[node], [*conditions, above])


if __name__ == "__main__":
    run(search)
