"""Significance of what a whole search finds: Westfall and Young's max-T by permutation.

What a search finds is the largest of very many statistics. Here the same search runs again on
tables in which features and target have nothing to do with each other; a candidate counts as
much as it stands out among the largest statistics of those tables. That needs no correction for
how many regions were looked at, and loses nothing where they overlap. It detects, but does not
estimate: the rate of a candidate still has to come from instances that the search did not see.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from terrain.engines.memory import Memory
from terrain.engines.threads import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terrain.statistics.batch import Batch, Part


def adjusted_by_permutation(
    part: Part,
    search: Callable[[Part], float],
    statistics: Sequence[float],
    *,
    permutations: int = 199,
    seed: int = 0,
) -> list[float]:
    """Return p-values that hold for everything that a search may find, in the order given.

    The target stays where it is and the features of all instances with a defined target are
    dealt out anew among them. Where rows belong to groups, whole groups exchange their features,
    each with one of about its size, so that rows of a group stay as alike as they are.
    Source: Westfall and Young (1993), single-step max-T; the p-value counts the table itself as
    one permutation and is never 0 (Phipson and Smyth, 2010).

    Parameters
    ----------
    part
        What was searched.
    search
        Returns the largest standardised statistic (mean 0 and variance 1 without a region, more
        is worse) of a part. Called from several threads at once.
    statistics
        The same statistic of each candidate that the search found on `part`.
    permutations
        How often the search is repeated; no p-value is below ``1 / (permutations + 1)``.
    seed
        Of the permutations; the result does not hang on the number of threads.
    """
    batches = part.map(_itself)
    dealer = _Dealer(batches)

    def largest(number: int) -> float:
        return search(dealer.dealt(np.random.default_rng([seed, number])))

    with ThreadPoolExecutor(THREADS) as pool:
        maxima = np.sort(list(pool.map(largest, range(permutations))))
    reached = permutations - np.searchsorted(maxima, statistics, side="left")
    return ((1 + reached) / (1 + permutations)).tolist()


def _itself(batch: Batch) -> Batch:
    return batch


class _Dealer:
    """Deals the features of instances out anew.

    Parameters
    ----------
    batches
        Of a part; the dealt parts are cut into batches at the same places.
    """

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches
        self._ends = np.cumsum([len(batch) for batch in batches])
        self._codes = {
            feature: np.concatenate([batch.codes[feature] for batch in batches])
            for feature in batches[0].codes
        }
        self._rows = np.flatnonzero(np.concatenate([b.exposure for b in batches]) > 0)
        clusters = [batch.cluster for batch in batches if batch.cluster is not None]
        if clusters:
            cluster = np.concatenate(clusters)[self._rows]
            self._rows = self._rows[np.argsort(cluster, kind="stable")]
            self._sizes = np.unique(cluster, return_counts=True)[1]
        else:
            self._sizes = np.ones(len(self._rows), np.int64)

    def dealt(self, generator: np.random.Generator) -> Part:
        """Return the part with its features dealt out."""
        source = np.arange(self._ends[-1])
        source[self._rows] = self._rows[self._exchanged(generator)]
        pieces = np.split(source, self._ends[:-1])
        return Memory(
            [
                replace(batch, codes={f: codes[piece] for f, codes in self._codes.items()})
                for batch, piece in zip(self._batches, pieces, strict=True)
            ]
        )

    def _exchanged(self, generator: np.random.Generator) -> np.ndarray:
        """Return for each row (groups lie together) the row whose features it is dealt.

        Groups within a factor of two in size exchange; a longer one repeats the rows of a
        shorter one. (Laying all rows of shuffled groups end to end lets groups straddle, and was
        a false alarm 17% of the time where sizes differ, against 5% so.)
        """
        sizes = self._sizes
        giver = np.arange(len(sizes))
        magnitude = np.frexp(sizes)[1]
        for alike in np.unique(magnitude):
            groups = np.flatnonzero(magnitude == alike)
            giver[groups] = generator.permutation(groups)
        start = np.cumsum(sizes) - sizes
        within = np.arange(sizes.sum()) - np.repeat(start, sizes)
        return np.repeat(start[giver], sizes) + within % np.repeat(sizes[giver], sizes)
