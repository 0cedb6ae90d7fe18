"""The area under the ROC curve and its variance, from histograms of scores that merge by adding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MINIMUM = 10
"""Positives, and negatives, below which an area is shown without a variance."""


def auc(positives: ArrayLike, negatives: ArrayLike) -> tuple[float | None, float | None]:
    """Return the area under the ROC curve and its variance; ties count one half.

    Exact where every distinct score has a bin of its own; otherwise scores that share a bin are
    ties. Source: DeLong, DeLong and Clarke-Pearson (1988).

    Parameters
    ----------
    positives, negatives
        Counts of either class, shape (bins,), over the same bins of rising score.

    Returns
    -------
    value
        None where there is no positive or no negative.
    variance
        None below `MINIMUM` positives or negatives.

    Examples
    --------
    >>> auc([0, 1, 1], [1, 1, 0])
    (0.875, None)
    >>> auc([0, 3], [0, 0])
    (None, None)
    """
    hits, misses = np.asarray(positives, dtype=np.int64), np.asarray(negatives, dtype=np.int64)
    n_hits, n_misses = int(hits.sum()), int(misses.sum())
    if n_hits == 0 or n_misses == 0:
        return None, None
    won = _share_below(misses)
    value = float(hits @ won) / n_hits
    if min(n_hits, n_misses) < MINIMUM:
        return value, None
    lost = 1.0 - _share_below(hits)
    variance = _variance(hits, won, value) / n_hits + _variance(misses, lost, value) / n_misses
    return value, variance


def _share_below(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return, for each bin, the share of `counts` in lower bins plus half the share in it."""
    share: NDArray[np.float64] = (np.cumsum(counts) - counts / 2.0) / counts.sum()
    return share


def _variance(counts: NDArray[np.int64], values: NDArray[np.float64], centre: float) -> float:
    return float(counts @ (values - centre) ** 2) / (int(counts.sum()) - 1)
