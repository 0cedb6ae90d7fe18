"""The error tree: splits on codes that separate high from low rates of the target.

Grown level by level from histograms (one fold a level). An ordered feature is cut into two
ranges, a feature with levels into two sets of levels, ordered by their rate inside the node: for
0/1 events and for losses the best of all sets is a prefix of that order (Fisher, 1958; Breiman et
al., 1984). A missing value goes to either side or stands alone, whichever separates best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.analyses.tree.counting import histograms
from terrain.analyses.tree.growing import Branching, Grown, Limits, Split, child_selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part

ROWS, EXPOSURE, EVENTS = range(3)
"""What a histogram holds of each code."""


def grow(part: Part, encodings: Mapping[str, Encoding], limits: Limits) -> tuple[Grown, ...]:
    """Return a tree grown on a part, root first, each level after the one above.

    Parameters
    ----------
    part
        The instances that the search may see.
    encodings
        Of the features that may be split on; earlier ones win ties.
    limits
        How far to grow.
    """
    whole = part.reduce(_totals, np.add)
    nodes = [_Node(selection=(), parent=-1, totals=whole)]
    level = [0]
    for _ in range(limits.max_depth):
        splits = _best_splits(part, nodes, level, encodings, limits.min_rows)
        level = [
            child
            for place, chosen in zip(level, splits, strict=True)
            if chosen is not None
            for child in _split(nodes, place, chosen)
        ]
        if not level:
            break
    return _grown(nodes, limits.max_leaves)


@dataclass(kw_only=True)
class _Node:
    """A node while the tree grows; `totals` are rows, exposure and events."""

    selection: Selection
    parent: int
    totals: np.ndarray
    split: Split | None = None
    children: tuple[int, ...] = ()


class _Chosen(NamedTuple):
    """A split and the totals of its two sides."""

    split: Split
    worse: np.ndarray
    better: np.ndarray


class _Cut(NamedTuple):
    """The best cut of each of a level's nodes by one feature."""

    gain: np.ndarray
    left: list[tuple[int, ...]]


def _totals(batch: Batch) -> np.ndarray:
    events, exposure = batch.totals()
    return np.array([len(batch), exposure, events])


def _split(nodes: list[_Node], place: int, chosen: _Chosen) -> tuple[int, int]:
    """Append the two children of a node and return their places."""
    parent, split = nodes[place], chosen.split
    children = (len(nodes), len(nodes) + 1)
    parent.split, parent.children = split, children
    for codes, totals in ((split.worse, chosen.worse), (split.better, chosen.better)):
        selection = child_selection(parent.selection, split.feature, codes)
        nodes.append(_Node(selection=selection, parent=place, totals=totals))
    return children


def _routing(nodes: Sequence[_Node]) -> list[Branching]:
    return [
        Branching(place, node.split.feature, node.split.worse, *node.children)
        for place, node in enumerate(nodes)
        if node.split is not None
    ]


def _best_splits(
    part: Part,
    nodes: list[_Node],
    level: list[int],
    encodings: Mapping[str, Encoding],
    min_rows: int,
) -> list[_Chosen | None]:
    """Return the best split of each node of a level; None where none gains."""
    encodings = {feature: e for feature, e in encodings.items() if e.size > 1}
    count = partial(histograms, routing=_routing(nodes), level=level, encodings=encodings)
    counted = part.reduce(count, _add)
    best: list[_Chosen | None] = [None] * len(level)
    for feature, histogram in counted.items():
        cut = _cut(histogram, encodings[feature], min_rows)
        for i, found in enumerate(best):
            # rounding of the last digits must not decide between features that tie
            if cut.gain[i] > (0.0 if found is None else found.split.gain * (1 + 1e-12)):
                best[i] = _sides(cut.gain[i], cut.left[i], histogram[i], encodings[feature])
    return best


def _add(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {feature: a[feature] + b[feature] for feature in a}


def _cut(histogram: np.ndarray, encoding: Encoding, min_rows: int) -> _Cut:
    """Return the best cut of each node from (nodes, 3, codes) sums."""
    if encoding.ordered:
        return _cut_range(histogram, encoding, min_rows)
    return _cut_levels(histogram, min_rows)


def _cut_range(histogram: np.ndarray, encoding: Encoding, min_rows: int) -> _Cut:
    values, missing = histogram[:, :, :-1], histogram[:, :, -1:]
    below = np.cumsum(values, axis=2)
    places = list(encoding.coarse or range(len(encoding.cuts)))
    # each cut with missing on the right, then on the left; last, missing alone on the right
    left = np.concatenate(
        [below[:, :, places], below[:, :, places] + missing, below[:, :, -1:]], axis=2
    )
    gain = _gain(left, histogram.sum(axis=2, keepdims=True), min_rows)
    best = np.argmax(gain, axis=1)
    codes = []
    for choice in best.tolist():
        if choice == 2 * len(places):
            codes.append(tuple(range(encoding.missing_code)))
        else:
            or_missing = (encoding.missing_code,) if choice >= len(places) else ()
            codes.append((*range(places[choice % len(places)] + 1), *or_missing))
    return _Cut(np.take_along_axis(gain, best[:, None], axis=1)[:, 0], codes)


def _cut_levels(histogram: np.ndarray, min_rows: int) -> _Cut:
    rows, exposure, events = histogram.transpose(1, 0, 2)
    overall = events.sum(axis=1, keepdims=True) / np.maximum(
        exposure.sum(axis=1, keepdims=True), np.finfo(float).tiny
    )
    rate = np.divide(events, exposure, out=np.broadcast_to(overall, rows.shape).copy(),
                     where=exposure > 0)  # fmt: skip
    order = np.argsort(np.where(rows > 0, -rate, np.inf), axis=1, kind="stable")
    left = np.cumsum(np.take_along_axis(histogram, order[:, None, :], axis=2), axis=2)[:, :, :-1]
    gain = _gain(left, histogram.sum(axis=2, keepdims=True), min_rows)
    best = np.argmax(gain, axis=1)
    codes = [tuple(sorted(order[i, : best[i] + 1].tolist())) for i in range(len(best))]
    return _Cut(np.take_along_axis(gain, best[:, None], axis=1)[:, 0], codes)


def _gain(left: np.ndarray, total: np.ndarray, min_rows: int) -> np.ndarray:
    """Return by how much a cut lowers the sum of squares; −inf where a side is too small.

    For 0/1 events this is half the decrease of the Gini impurity, times the exposure.

    Parameters
    ----------
    left
        (nodes, 3, cuts) sums of the left side.
    total
        (nodes, 3, 1) sums of the node.
    """
    right = total - left
    allowed = (left[:, ROWS] >= min_rows) & (right[:, ROWS] >= min_rows)
    allowed &= (left[:, EXPOSURE] > 0) & (right[:, EXPOSURE] > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = sum(side[:, EVENTS] ** 2 / side[:, EXPOSURE] for side in (left, right))
        gain = explained - total[:, EVENTS] ** 2 / total[:, EXPOSURE]
    # a gain within rounding of the sums is none
    noise = 1e-12 * np.abs(explained)
    return np.where(allowed & (gain > noise), gain, -np.inf)


def _sides(
    gain: float, first: tuple[int, ...], histogram: np.ndarray, encoding: Encoding
) -> _Chosen:
    """Return a cut as a split; codes that the part never shows go to the larger side."""
    left, right = set(first), set(range(encoding.size)) - set(first)
    absent = {code for code in range(encoding.size) if histogram[ROWS, code] == 0}
    if encoding.ordered:  # the others keep their place in the order
        absent &= {encoding.missing_code}
    left, right = left - absent, right - absent
    larger = max(right, left, key=lambda side: histogram[ROWS, sorted(side)].sum())
    larger |= absent
    sides = [tuple(sorted(side)) for side in (left, right)]
    totals = [histogram[:, list(side)].sum(axis=1) for side in sides]
    worse = 0 if _rate(totals[0]) >= _rate(totals[1]) else 1
    split = Split(float(gain), encoding.feature, sides[worse], sides[1 - worse])
    return _Chosen(split, totals[worse], totals[1 - worse])


def _rate(totals: np.ndarray) -> float:
    return float(totals[EVENTS] / totals[EXPOSURE]) if totals[EXPOSURE] else math.nan


def _grown(nodes: Sequence[_Node], max_leaves: int | None) -> tuple[Grown, ...]:
    """Return the nodes that best-first growth up to `max_leaves` reaches."""
    kept = _best_first(nodes, max_leaves)
    places = {place: i for i, place in enumerate(sorted({0, *kept}))}
    return tuple(
        Grown(
            selection=node.selection,
            parent=places.get(node.parent, -1),
            split=node.split if node.children and node.children[0] in places else None,
            children=tuple(places[c] for c in node.children if c in places),
            rows=int(node.totals[ROWS]),
            rate=_rate(node.totals),
        )
        for place, node in enumerate(nodes)
        if place in places
    )


def _best_first(nodes: Sequence[_Node], max_leaves: int | None) -> set[int]:
    frontier, kept, leaves = [0], set[int](), 1
    while frontier and (max_leaves is None or leaves < max_leaves):
        open_nodes = [place for place in frontier if nodes[place].split is not None]
        if not open_nodes:
            break
        best = max(open_nodes, key=lambda place: (nodes[place].split.gain, -place))  # type: ignore[union-attr]
        frontier.remove(best)
        frontier += nodes[best].children
        kept |= set(nodes[best].children)
        leaves += 1
    return kept
