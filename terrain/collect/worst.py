"""Which instances of a large benchmark are worth a look: of every region the worst, and others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.data.split import shuffled
from terrain.statistics.held import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.features import Selection
    from terrain.statistics.held import Encoded
    from terrain.study import Study


class _Pool(NamedTuple):
    """Rows of a region: the worst of them, and those that a draw by their places put first.

    Attributes
    ----------
    worst, drawn
        (2, k) float64 or uint64: what rows are ordered by, least first, and the rows.
    """

    worst: np.ndarray
    drawn: np.ndarray

    def with_(self, other: _Pool, most: int) -> _Pool:
        """Return the first of both."""
        return _Pool(
            _first(np.concatenate([self.worst, other.worst], axis=1), 2 * most),
            _first(np.concatenate([self.drawn, other.drawn], axis=1), most),
        )


def worst_of(study: Study, regions: Sequence[Selection], most: int) -> np.ndarray:
    """Return rows of all regions, ascending, counted through the whole benchmark.

    Of each region two parts are those of the largest target, one is a random sample.

    Parameters
    ----------
    study
        A study that an engine holds.
    regions
        Each gets as much of the space as the others.
    most
        Rows at most.
    """
    if study.held is None:
        raise ValueError("the instances of this study lie in its arrays")
    quota = max(1, most // (3 * max(1, len(regions))))
    views = [View(target=study.target, half=half, lookups=study.held.lookups) for half in (0, 1)]
    pools = study.held.encoded.reduce(
        partial(_pools, views=views, regions=regions, most=quota), partial(_merged, most=quota)
    )
    rows = [side[1] for pool in pools for side in pool]
    return np.unique(np.concatenate(rows).astype(np.int64))


def _pools(
    piece: Encoded, views: Sequence[View], regions: Sequence[Selection], most: int
) -> list[_Pool]:
    first, second = (_pools_of_half(piece, view, regions, most) for view in views)
    return _merged(first, second, most)


def _pools_of_half(
    piece: Encoded, view: View, regions: Sequence[Selection], most: int
) -> list[_Pool]:
    batch = view.of(piece)
    exposure = batch.exposure
    loss = np.divide(batch.events, exposure, out=np.full(len(batch), -np.inf), where=exposure > 0)
    rows = piece.first + piece.order[view.rows(piece)].astype(np.int64)
    drawn = shuffled(rows)
    pools = []
    for region in regions:
        inside = np.flatnonzero(batch.mask(region))
        order = np.stack([-loss[inside], rows[inside].astype(float)])
        pools.append(
            _Pool(
                _first(order, 2 * most),
                _first(np.stack([drawn[inside], rows[inside].astype(np.uint64)]), most),
            )
        )
    return pools


def _merged(one: list[_Pool], other: list[_Pool], most: int) -> list[_Pool]:
    return [mine.with_(theirs, most) for mine, theirs in zip(one, other, strict=True)]


def _first(rows: np.ndarray, most: int) -> np.ndarray:
    """Return the `most` columns that come first, ties by row."""
    if rows.shape[1] <= most:
        return rows
    limit = np.partition(rows[0], most - 1)[most - 1]
    rows = rows[:, rows[0] <= limit]
    return rows[:, np.lexsort((rows[1], rows[0]))[:most]]
