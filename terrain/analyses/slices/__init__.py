"""Every failing slice: an exhaustive search over ranges and sets, then refined bounds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import partial
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np

from terrain.analyses.slices.bounds import Near, better_bound
from terrain.analyses.slices.boxes import Box, best_boxes
from terrain.analyses.slices.choices import choices_of
from terrain.analyses.slices.counting import add, histograms_within
from terrain.analyses.slices.refine import refine
from terrain.analyses.slices.scores import Score
from terrain.analyses.slices.trade import trade
from terrain.progress import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terrain.analyses.slices.scores import Kind
    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part

__all__ = ["Bounds", "Near", "better_bound", "most_features", "score_of", "search"]

RESOLUTION = {1: 32, 2: 16, 3: 8}
"""Cells of a feature at each depth: what can be searched exhaustively in a second or two."""

REFINED = 40
"""Best boxes whose bounds are refined."""

MOST_COMBINATIONS = {1: 100_000, 2: 20_000, 3: 4_000}
"""Combinations of features looked at; in a wider table, of the features of the best slices."""

STAGES = {1: "searching slices", 2: "searching pairs", 3: "searching triples"}
"""What is being done at each depth."""

STEPS = 2.0**16
"""Steps in which squares are summed: exact up to two billion instances, and fine enough."""

VANISHING = 1e-9
"""Squared coefficient of variation below which losses are all alike: nothing to search."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What slices are looked for.

    Attributes
    ----------
    depth
        Most conditions, up to 3.
    min_rows
        Fewest instances, in the part that is searched.
    score, alpha
        See `Score`.
    find
        ``failing`` or ``best``.
    baseline
        The rate that slices should depart from; None for the overall one.
    """

    depth: int
    min_rows: int
    score: Kind = "evidence"
    alpha: float = 0.95
    find: Literal["failing", "best"] = "failing"
    baseline: float | None = None


def search(
    part: Part,
    encodings: Mapping[str, Encoding],
    bounds: Bounds,
    say: Callable[[str], None] | None = None,
) -> list[Selection]:
    """Return slices, best first, no two of them on the same features and nearly the same.

    Parameters
    ----------
    part
        The instances that the search may see.
    encodings
        Of the features that conditions are made of.
    bounds
        What is looked for.
    say
        Told how far it is.
    """
    histograms = _histograms(part, encodings)
    score = score_of(part, bounds)
    if score is None:
        return []
    found: list[Box] = []
    for depth in range(1, bounds.depth + 1):
        features = _affordable(list(encodings), depth, found)
        choices = {
            name: choices_of(encodings[name], histograms[name], RESOLUTION[depth])
            for name in features
        }
        steps = Steps(say, STAGES[depth], comb(len(features), depth), "combinations of features")
        best = best_boxes(part, choices, depth, score, bounds.min_rows, REFINED, steps.step)
        refined = refine(part, best, encodings, score, bounds.min_rows)
        found += trade(part, refined, encodings, score, bounds.min_rows)
    ranked = sorted(found, key=lambda box: -box.score)
    return list(dict.fromkeys(tuple(sorted(box.selection)) for box in ranked))


def most_features(depth: int) -> int:
    """Return how many features a depth is searched for exhaustively.

    Examples
    --------
    >>> most_features(2), most_features(3)
    (200, 29)
    """
    most = MOST_COMBINATIONS[depth]
    return bisect_right(range(most + depth), most, key=lambda n: comb(n, depth)) - 1


def _affordable(features: Sequence[str], depth: int, found: Sequence[Box]) -> list[str]:
    """Return the features to combine: all, or as many as can be, of the best slices so far."""
    ranked = [f for box in sorted(found, key=lambda b: -b.score) for f, _ in box.selection]
    kept = list(dict.fromkeys([*ranked, *features]))[: most_features(depth)]
    return [feature for feature in features if feature in set(kept)]


def _histograms(part: Part, encodings: Mapping[str, Encoding]) -> dict[str, np.ndarray]:
    """Return the (3, codes) rows, exposure and events of each feature."""
    sizes = {name: encoding.size for name, encoding in encodings.items()}
    slots = [(name, ()) for name in encodings]
    counted = part.reduce(partial(histograms_within, slots=slots, sizes=sizes), add)
    return {name: histogram for (name, _), histogram in counted.items()}


def score_of(part: Part, bounds: Bounds) -> Score | None:
    """Return how slices of a part are scored; None where all its instances are alike."""
    exposure, events = part.reduce(_sums, np.add).tolist()
    if not exposure or (not events and bounds.baseline is None):
        return None
    counted = bounds.baseline is None and all(part.map(_is_binomial))
    if bounds.baseline is not None:
        events = bounds.baseline * exposure
    variance = None if counted else _variance(part, exposure, events)
    alike = (
        events == exposure if variance is None else variance <= VANISHING * (events / exposure) ** 2
    )
    if alike:
        return None
    return Score(
        kind=bounds.score,
        alpha=bounds.alpha,
        find=bounds.find,
        exposure=exposure,
        events=events,
        variance=variance,
    )


def _variance(part: Part, exposure: float, events: float) -> float:
    """Return the variance of one unit of exposure's events."""
    largest = part.reduce(_largest, np.maximum)
    squares = part.reduce(partial(_squares, largest=largest), np.add) * (largest / STEPS) ** 2
    return float(squares[1] - (events / exposure) ** 2 * squares[0]) / exposure


def _sums(batch: Batch) -> np.ndarray:
    events, exposure = batch.totals()
    return np.array([exposure, events])


def _largest(batch: Batch) -> np.ndarray:
    pairs = (batch.exposure, batch.events)
    return np.array([max(np.abs(values).max(initial=0.0), 1e-300) for values in pairs])


def _squares(batch: Batch, largest: np.ndarray) -> np.ndarray:
    """Return Σ exposure² and Σ events² in whole steps, whose sum no order can change."""
    steps = STEPS / largest
    whole = [
        np.rint(values * step).astype(np.int64)
        for values, step in zip((batch.exposure, batch.events), steps, strict=True)
    ]
    return np.array([values @ values for values in whole])


def _is_binomial(batch: Batch) -> bool:
    return batch.outcome is not None
