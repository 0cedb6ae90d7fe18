"""One bound of a slice at the full resolution of the data: every place that it could have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.data.cuts import roundest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.analyses.slices.scores import Score
    from terrain.data.regions import Scale


class Near(NamedTuple):
    """What lies near a bound, and satisfies all that the slice demands beside it.

    Attributes
    ----------
    numbers
        (m,) of the instances among which the bound may move.
    layers
        (3, m) of these: whether they are exposed, their exposure and events.
    beyond
        (3,) sums over the instances that lie inside wherever it moves.
    lower
        Whether it bounds the slice from below.
    """

    numbers: np.ndarray
    layers: np.ndarray
    beyond: np.ndarray
    lower: bool


def better_bound(
    near: Near, bound: float, known: Sequence[float], score: Score, min_rows: int, scale: Scale
) -> float | None:
    """Return a better place for a bound; None where none is better by more than chance would be.

    Of the places that are as good as the best one, the first of the `known` bounds, so that slices
    that overlap end alike; else the roundest number.

    Parameters
    ----------
    near
        What the bound divides.
    bound
        Where it is.
    known
        Bounds of better slices on the same feature.
    score
        What is maximised.
    min_rows
        Fewest exposed instances in the slice.
    scale
        Decides what is round.
    """
    order = np.argsort(near.numbers, kind="stable")
    numbers = near.numbers[order]
    places = np.flatnonzero(numbers[1:] > numbers[:-1]) + 1
    if not len(places):
        return None
    now = np.searchsorted(numbers, bound)
    scored = _scores(near, order, np.append(places, now), score, min_rows)
    best = int(scored[:-1].argmax())
    enough = score.indistinct(float(scored[best]))
    if not scored[best] > 0 or scored[-1] >= enough:
        return None
    first, last = _around(scored[:-1] >= enough, best)
    below, above = float(numbers[places[first] - 1]), float(numbers[places[last]])
    alike = next((cut for cut in known if below < cut <= above), None)
    found = roundest(below, above, scale) if alike is None else alike
    return found if math.isfinite(found) else None


def _scores(
    near: Near, order: np.ndarray, places: np.ndarray, score: Score, min_rows: int
) -> np.ndarray:
    """Return the score of the slice with its bound at each place in the order of values."""
    below = np.pad(np.cumsum(near.layers[:, order], axis=1), ((0, 0), (1, 0)))
    inside = below[:, -1:] - below[:, places] if near.lower else below[:, places]
    rows, exposure, events = near.beyond[:, None] + inside
    return np.where(rows >= min_rows, score(exposure, events), -np.inf)


def _around(good: np.ndarray, place: int) -> tuple[int, int]:
    """Return the first and the last place of the run of good ones round a place."""
    bad = np.flatnonzero(~good)
    following = int(np.searchsorted(bad, place))
    first = int(bad[following - 1]) + 1 if following else 0
    last = int(bad[following]) - 1 if following < len(bad) else len(good) - 1
    return first, last
