"""What a level of the tree is chosen from: how often which code comes with an event, by node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.analyses.tree.growing import route
from terrain.statistics.batch import OUTCOMES
from terrain.statistics.tally import crossed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.analyses.tree.growing import Branching
    from terrain.data.features import Encoding
    from terrain.statistics.batch import Batch

MOST_CELLS = 1 << 14
"""Cells of two features together that are counted as fast as those of one."""


def histograms(
    batch: Batch,
    routing: Sequence[Branching],
    level: Sequence[int],
    encodings: Mapping[str, Encoding],
) -> dict[str, np.ndarray]:
    """Return for each feature the (nodes, 3, codes) sums of a batch over a level's nodes."""
    position = np.full(max(level) + 1, -1, np.int64)
    position[list(level)] = np.arange(len(level))
    node = position[route(batch, routing)]
    rows = np.flatnonzero(node >= 0)
    whole = len(rows) == len(batch)
    node = node if whole else node[rows]
    if batch.outcome is not None:
        outcome = batch.outcome if whole else batch.outcome[rows]
        both = (node * OUTCOMES + outcome).astype(np.min_scalar_type(len(level) * OUTCOMES))
        sizes = {feature: encoding.size for feature, encoding in encodings.items()}
        held = {name: batch.codes[name] if whole else batch.codes[name][rows] for name in sizes}
        counts = _counted(held, sizes, both, len(level) * OUTCOMES)
        return {feature: _of_outcomes(counts[feature]) for feature in sizes}
    events = batch.events if whole else batch.events[rows]
    exposure = batch.exposure if whole else batch.exposure[rows]
    unit = bool((exposure == 1.0).all())
    found = {}
    for feature, encoding in encodings.items():
        codes = batch.codes[feature] if whole else batch.codes[feature][rows]
        cell = node * encoding.size + codes
        cells = len(level) * encoding.size
        counted = np.bincount(cell, minlength=cells)
        exposed = counted if unit else np.bincount(cell, exposure, minlength=cells)
        happened = np.bincount(cell, events, minlength=cells)
        found[feature] = np.stack(
            [sums.reshape(len(level), encoding.size) for sums in (counted, exposed, happened)],
            axis=1,
        ).astype(np.float64)
    return found


def _counted(
    codes: Mapping[str, np.ndarray], sizes: Mapping[str, int], both: np.ndarray, width: int
) -> dict[str, np.ndarray]:
    """Return for each feature its (codes, width) counts with what is below a width.

    Two features of few codes are counted together, which takes no longer than one alone.
    """
    found: dict[str, np.ndarray] = {}
    left = sorted(sizes, key=sizes.__getitem__)
    while left:
        one = left.pop()
        if not left or sizes[left[0]] * sizes[one] * width > MOST_CELLS:
            found[one] = crossed(codes[one], both, (sizes[one], width))
            continue
        other = left.pop(0)
        shape = sizes[other], sizes[one]
        joint = codes[other].astype(np.uint16) * np.uint16(shape[1]) + codes[one]
        counts = crossed(joint, both, (shape[0] * shape[1], width)).reshape(*shape, width)
        found[other], found[one] = counts.sum(axis=1), counts.sum(axis=0)
    return found


def _of_outcomes(counts: np.ndarray) -> np.ndarray:
    """Return the (nodes, 3, codes) sums where events are 0 or 1: one count tells all three.

    `counts` is (codes, nodes × outcomes).
    """
    none, events, unexposed = counts.reshape(len(counts), -1, OUTCOMES).transpose(2, 1, 0)
    sums = [none + events + unexposed, none + events, events]
    return np.stack(sums, axis=1).astype(np.float64)
