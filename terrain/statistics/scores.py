"""Scores inside and outside a region: how they lie, and how often each range of them is right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from terrain.statistics.tally import Tally

BINS = 10
"""About how many ranges of scores are told apart."""

FEW = 12
"""Up to so many distinct scores each one is a range of its own."""


class ScoreBins(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of some instances, range by range.

    Attributes
    ----------
    instances, positives
        How many have a score in the range and a label and prediction, and how many of these are
        actually positive (sums of weights, where there are weights).
    mean
        Their mean score; None where there are none.
    """

    instances: tuple[float, ...]
    positives: tuple[float, ...]
    mean: tuple[float | None, ...]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a region and of all others, on the part on which the region is measured.

    Attributes
    ----------
    edges
        Range i holds ``edges[i] <= score < edges[i + 1]``, the last one its upper edge too.
    inside, outside
        The two sides.
    """

    edges: tuple[float, ...]
    inside: ScoreBins
    outside: ScoreBins


def scores_of(inside: Tally, outside: Tally) -> Scores | None:
    """Return the scores on the two sides of a region; None for a task without a score.

    They are counted from the tallies' histogram, whose bins are exact up to 2,048 distinct
    scores; past that a score counts as the lower edge of its bin.
    """
    known = inside.layout.score_edges
    if not len(known):
        return None
    edges = edges_of(known)
    place = np.searchsorted(edges[1:-1], known, side="right")
    return Scores(
        edges=edges,
        inside=_bins(inside, place, len(edges) - 1),
        outside=_bins(outside, place, len(edges) - 1),
    )


def edges_of(scores: np.ndarray) -> tuple[float, ...]:
    """Return the edges of about `BINS` ranges of round width; few scores are kept apart.

    Parameters
    ----------
    scores
        (k,) distinct scores, ascending.

    Examples
    --------
    >>> edges_of(np.array([0.02, 0.5, 0.97])), edges_of(np.linspace(0.011, 0.0487, 99))
    ((0.02, 0.5, 0.97, 0.97), (0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05))
    """
    if len(scores) <= FEW:
        return (*scores.tolist(), float(scores[-1]))
    low, high = float(scores[0]), float(scores[-1])
    power = 10.0 ** math.floor(math.log10((high - low) / BINS))
    step = next(s * power for s in (1, 2, 5, 10) if s * power * BINS >= (high - low) * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(float(f"{place * step:.12g}") for place in range(first, last + 1))


def _bins(tally: Tally, place: np.ndarray, bins: int) -> ScoreBins:
    negatives, positives = tally.score_histogram()
    scale = 1.0 if tally.layout.weight_scales is None else tally.layout.weight_scales[0]
    every = (negatives + positives) / scale
    counts = np.bincount(place, every, minlength=bins)
    sums = np.bincount(place, every * tally.layout.score_edges, minlength=bins)
    return ScoreBins(
        instances=tuple(counts.tolist()),
        positives=tuple(np.bincount(place, positives / scale, minlength=bins).tolist()),
        mean=tuple(
            total / count if count else None
            for total, count in zip(sums.tolist(), counts.tolist(), strict=True)
        ),
    )
