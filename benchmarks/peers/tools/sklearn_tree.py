"""scikit-learn's decision tree on the values themselves; levels are indicator columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from shared import MIN_SUPPORT, MOST, Condition, Region, Search, between, level, run
from sklearn.tree import DecisionTreeClassifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklearn.tree._tree import Tree

DEPTH = 6
"""Enough for both bounds of three features."""


def prepare(table: pd.DataFrame, wrong: np.ndarray) -> Search:
    """Return the search for the leaves with the highest error rates."""
    columns = pd.get_dummies(table, prefix_sep="=")
    model = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=MIN_SUPPORT, random_state=0)

    def search() -> list[Region]:
        tree = model.fit(columns.to_numpy(), wrong).tree_
        leaves = np.flatnonzero(tree.children_left < 0)
        worst = leaves[np.argsort(-tree.value[leaves, 0, 1])][:MOST]
        paths = dict(_paths(tree, list(map(str, columns)), 0, []))
        return [paths[leaf] for leaf in worst]

    return search


def _paths(
    tree: Tree, names: list[str], node: int, path: list[Condition]
) -> Iterator[tuple[int, Region]]:
    """Yield every leaf below a node with the conditions that lead to it."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        yield node, path
        return
    below, above = _sides(names[tree.feature[node]], float(tree.threshold[node]))
    yield from _paths(tree, names, left, [*path, below])
    yield from _paths(tree, names, right, [*path, above])


def _sides(name: str, threshold: float) -> tuple[Condition, Condition]:
    """Return the conditions of the two children: at most the threshold, and above it."""
    feature, _, value = name.partition("=")
    if value:
        return level(feature, value, negated=True), level(feature, value)
    past = float(np.nextafter(threshold, np.inf))
    return between(feature, None, past), between(feature, past, None)


if __name__ == "__main__":
    run(prepare)
