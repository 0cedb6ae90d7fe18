"""From a box of coarse cells to the best bounds that the data's own resolution allows."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from terrain.analyses.slices.boxes import Box
from terrain.data.features import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.analyses.slices.scores import Score
    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part

SWEEPS = 4
"""Most rounds over the conditions; few boxes move after the second."""

COST = 0.01
"""Share of its score that a slice may lose for rounder bounds."""


def refine(
    part: Part,
    boxes: Sequence[Box],
    encodings: Mapping[str, Encoding],
    score: Score,
    min_rows: int,
) -> list[Box]:
    """Return boxes whose every condition is the best one, the others being as they are.

    Conditions are taken in turn until none moves: coordinate ascent, one fold a step for all
    boxes together.
    """
    current = list(boxes)
    for _ in range(SWEEPS):
        before = [box.selection for box in current]
        for place in range(max((len(box.selection) for box in current), default=0)):
            histograms = part.reduce(
                partial(_histograms, boxes=[b.selection for b in current], place=place,
                        encodings=encodings), _add)  # fmt: skip
            current = [
                box if histogram is None else _moved(box, place, histogram, encodings, score,
                                                     min_rows)
                for box, histogram in zip(current, histograms, strict=True)
            ]  # fmt: skip
        if [box.selection for box in current] == before:
            break
    return sorted(current, key=lambda box: -box.score)


def _add(a: list[np.ndarray | None], b: list[np.ndarray | None]) -> list[np.ndarray | None]:
    return [None if x is None or y is None else x + y for x, y in zip(a, b, strict=True)]


def _histograms(
    batch: Batch, boxes: Sequence[Selection], place: int, encodings: Mapping[str, Encoding]
) -> list[np.ndarray | None]:
    """Return (3, codes) sums over the feature of one condition, the others holding."""
    found: list[np.ndarray | None] = []
    for selection in boxes:
        if place >= len(selection):
            found.append(None)
            continue
        feature = selection[place][0]
        rows = batch.mask(selection[:place] + selection[place + 1 :])
        codes, size = batch.codes[feature][rows], encodings[feature].size
        found.append(
            np.stack(
                [
                    np.bincount(codes, weights, minlength=size).astype(np.float64)
                    for weights in (None, batch.exposure[rows], batch.events[rows])
                ]
            )
        )
    return found


def _moved(
    box: Box,
    place: int,
    histogram: np.ndarray,
    encodings: Mapping[str, Encoding],
    score: Score,
    min_rows: int,
) -> Box:
    feature, codes = box.selection[place]
    encoding = encodings[feature]
    if encoding.ordered:
        best = _best_range(histogram, encoding, codes, score, min_rows)
    else:
        best = _best_levels(histogram, encoding, score, min_rows)
    if best is None:
        return box
    selection = (*box.selection[:place], (feature, best[1]), *box.selection[place + 1 :])
    return Box(best[0], selection)


def _best_range(
    histogram: np.ndarray,
    encoding: Encoding,
    codes: Sequence[int],
    score: Score,
    min_rows: int,
) -> tuple[float, tuple[int, ...]] | None:
    """Return the best range; rounder bounds win where they cost little."""
    missing = encoding.missing_code
    if missing in codes:  # missingness has no bounds to move
        return None
    sums = np.concatenate([np.zeros((3, 1)), np.cumsum(histogram[:, :missing], axis=1)], axis=1)
    rows, exposure, events = sums[:, None, :] - sums[:, :, None]
    scored = score(exposure, events)
    scored[rows < min_rows] = -np.inf
    inner = np.arange(missing + 1) > 0
    bounds = inner[:, None].astype(float) + inner[::-1][None, :]
    worth = scored - score.price * math.log(BOUNDS) * bounds
    best = float(worth.max())
    if not np.isfinite(best):
        return None
    near = worth >= best - COST * abs(float(scored.max()))
    roundness = np.array(roundness_of(encoding))
    preferred = np.where(near, roundness[:, None] + roundness[None, :], np.inf)
    candidates = np.argwhere(preferred == preferred.min())
    low, high = max(candidates.tolist(), key=lambda pair: worth[tuple(pair)])
    return float(scored[low, high]), tuple(range(low, high))


@cache
def roundness_of(encoding: Encoding) -> tuple[int, ...]:
    """Return `Encoding.roundness`, once for each encoding."""
    return encoding.roundness()


def _best_levels(
    histogram: np.ndarray, encoding: Encoding, score: Score, min_rows: int
) -> tuple[float, tuple[int, ...]] | None:
    """Return the best set of levels: the best prefix of their order by rate."""
    rows, exposure, events = histogram
    rate = np.divide(events, exposure, out=np.full(len(rows), -np.inf), where=exposure > 0)
    order = np.argsort(rate if score.find == "best" else -rate, kind="stable")
    order = order[exposure[order] > 0]
    sums = np.cumsum(histogram[:, order], axis=1)
    scored = np.where(sums[0] >= min_rows, score(sums[1], sums[2]), -np.inf)
    if not len(scored) or not np.isfinite(scored.max()):
        return None
    prices = [encoding.price(range(size)) for size in range(1, len(order) + 1)]
    best = int(np.argmax(scored - score.price * np.array(prices)))
    return float(scored[best]), tuple(sorted(order[: best + 1].tolist()))
