"""scikit-learn's tree behind the same protocol: the reference, and an alternative.

It sees an ordered feature as its codes and a feature with levels as the place of each level in
the order of their rates, fitted once on all instances (our own grower refits it in every node).
Missing values of ordered features are NaN, which scikit-learn sends to the better side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from terrain.analyses.tree import histogram
from terrain.analyses.tree.growing import Grown, Split, child_selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.analyses.tree.growing import Limits
    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part


def grow(part: Part, encodings: Mapping[str, Encoding], limits: Limits) -> tuple[Grown, ...]:
    """Return a tree grown on a part by scikit-learn; see `terrain.analyses.tree.grow`."""
    from sklearn.tree import DecisionTreeRegressor  # noqa: PLC0415 - a second to import

    events, exposure = (np.concatenate(arrays) for arrays in zip(
        *part.map(lambda batch: (batch.events, batch.exposure)), strict=True))  # fmt: skip
    defined = exposure > 0
    if not encodings or not defined.any():  # nothing that scikit-learn would fit
        return histogram.grow(part, {}, limits)
    codes = {
        feature: np.concatenate(part.map(partial(_codes_of, feature=feature)))
        for feature in encodings
    }
    places = {
        feature: _places(encoding, codes[feature][defined], events[defined], exposure[defined])
        for feature, encoding in encodings.items()
    }
    # the variance of 0/1 values is half their Gini impurity: one criterion for both
    model = DecisionTreeRegressor(
        max_depth=limits.max_depth,
        min_samples_leaf=limits.min_rows,
        max_leaf_nodes=limits.max_leaves,
        random_state=0,
    )
    table = np.column_stack([places[f][codes[f][defined]] for f in encodings])
    model.fit(table, events[defined] / exposure[defined], sample_weight=exposure[defined])
    return _converted(model.tree_, list(encodings.values()), list(places.values()))


def _codes_of(batch: Batch, feature: str) -> np.ndarray:
    return batch.codes[feature]


def _places(
    encoding: Encoding, codes: np.ndarray, events: np.ndarray, exposure: np.ndarray
) -> np.ndarray:
    """Return the (codes,) number that scikit-learn sees for each code."""
    if encoding.ordered:
        edges = encoding.coarse or range(len(encoding.cuts))
        place = np.searchsorted(list(edges), np.arange(encoding.missing_code), side="left")
        return np.append(place.astype(float), np.nan)
    happened = np.bincount(codes, events, minlength=encoding.size)
    exposed = np.bincount(codes, exposure, minlength=encoding.size)
    rate = np.divide(happened, exposed, out=np.full(encoding.size, np.inf), where=exposed > 0)
    places = np.empty(encoding.size)
    places[np.argsort(rate, kind="stable")] = np.arange(encoding.size)
    return places


def _converted(
    tree: Any,  # noqa: ANN401 - scikit-learn's own Tree is not typed
    encodings: list[Encoding],
    places: list[np.ndarray],
) -> tuple[Grown, ...]:
    rates = tree.value[:, 0, 0].tolist()
    nodes = [_Found(selection=(), parent=-1) for _ in rates]
    for place in range(len(rates)):
        left, right = int(tree.children_left[place]), int(tree.children_right[place])
        if left < 0:
            continue
        number = int(tree.feature[place])
        encoding, seen = encodings[number], places[number]
        goes_left = seen <= tree.threshold[place]
        goes_left[np.isnan(seen)] = bool(tree.missing_go_to_left[place])
        sides = {left: np.flatnonzero(goes_left), right: np.flatnonzero(~goes_left)}
        worse, better = sorted(sides, key=lambda child: -rates[child])
        for child, codes in sides.items():
            nodes[child].parent = place
            nodes[child].selection = child_selection(
                nodes[place].selection, encoding.feature, codes.tolist()
            )
        mass = tree.weighted_n_node_samples * tree.impurity
        nodes[place].children = (worse, better)
        nodes[place].split = Split(
            float(mass[place] - mass[left] - mass[right]),
            encoding.feature,
            tuple(sides[worse].tolist()),
            tuple(sides[better].tolist()),
        )
    return tuple(
        Grown(
            selection=node.selection,
            parent=node.parent,
            split=node.split,
            children=node.children,
            rows=int(rows),
            rate=rate,
        )
        for node, rows, rate in zip(nodes, tree.n_node_samples, rates, strict=True)
    )


@dataclass(kw_only=True)
class _Found:
    """A node while scikit-learn's arrays are read."""

    selection: Selection
    parent: int
    split: Split | None = None
    children: tuple[int, ...] = ()
