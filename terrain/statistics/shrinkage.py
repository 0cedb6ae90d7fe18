"""Rates of many small groups, drawn towards what their main effects predict.

Shrunken rates rank and inform; they never decide whether a group is failing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

NEGLIGIBLE = 1e-9
"""A share that is rounding, where every cell is fitted exactly; and how far from 1 to stay."""


def shrink_to_additive(events: ArrayLike, exposure: ArrayLike) -> NDArray[np.float64]:
    """Return the shrunken rate of every cell of a table of groups.

    Empirical Bayes: the cells' true rates are taken as beta distributed around an additive fit
    of the table's axes (around the overall rate, for a table with one axis). The intra-class
    correlation, which says how much cells differ from the fit beyond chance, is estimated by the
    method of moments; it decides how far each cell moves: small cells further than large ones,
    all of them fully where nothing but chance is seen. Sources: Kleinman (1973) for the model;
    Ridout, Demétrio and Firth (1999) for the moments, which are those of pairs.

    Parameters
    ----------
    events, exposure
        Shape (r, c) for an intersection of two features, (r,) for one; any more axes likewise.
        Events lie between 0 and the exposure, cell by cell.

    Returns
    -------
    rates
        The same shape, between 0 and 1. A cell without exposure gets the fit; all are NaN where
        no cell has any.

    Examples
    --------
    >>> shrink_to_additive([2, 10, 30, 50], [2, 100, 100, 100]).round(2).tolist()
    [0.53, 0.11, 0.3, 0.49]
    """
    hits, sizes = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if sizes.sum() <= 0.0:
        return np.full(sizes.shape, np.nan)
    fit, leverage = _additive_fit(hits, sizes)
    correlation = _intraclass_correlation(hits, sizes, fit, leverage)
    # (hits + s fit) / (sizes + s) with the prior strength s = (1 - correlation) / correlation,
    # written so that no correlation, an infinite strength, needs no case of its own
    return (correlation * hits + (1.0 - correlation) * fit) / (
        correlation * sizes + 1.0 - correlation
    )


def _additive_fit(
    hits: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the fitted rate and the leverage of each cell, by weighted least squares."""
    total = sizes.sum()
    overall = hits.sum() / total
    design = _main_effects(sizes.shape)
    weights = np.sqrt(sizes).ravel()
    rates = np.divide(hits, sizes, out=np.full(sizes.shape, overall), where=sizes > 0.0)
    # Departures from the overall rate, of least norm: a level that nobody has departs by nothing
    weighted = design * weights[:, None]
    left, singular, right = np.linalg.svd(weighted, full_matrices=False)
    kept = singular > singular.max() * max(weighted.shape) * np.finfo(float).eps
    left, singular, right = left[:, kept], singular[kept], right[kept]
    effects = right.T @ (left.T @ (weights * (rates - overall).ravel()) / singular)
    edge = 1.0 / (total + 2.0)
    fit = np.clip(overall + design @ effects, edge, 1.0 - edge)
    return fit.reshape(sizes.shape), (left**2).sum(axis=1).reshape(sizes.shape)


def _main_effects(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return one indicator column per level of each axis; a constant where one axis is all."""
    axes = [axis for axis, levels in enumerate(shape) if levels > 1]
    if len(axes) < 2:  # noqa: PLR2004 - the levels of a single axis would fit every cell exactly
        return np.ones((int(np.prod(shape)), 1))
    place = np.indices(shape).reshape(len(shape), -1)
    return np.hstack([place[axis][:, None] == np.arange(shape[axis]) for axis in axes]).astype(
        float
    )


def _intraclass_correlation(
    hits: NDArray[np.float64],
    sizes: NDArray[np.float64],
    fit: NDArray[np.float64],
    leverage: NDArray[np.float64],
) -> float:
    """Return the correlation of two instances of a cell given the fit, between 0 and 1.

    The products of the residuals of all pairs of instances of a cell, over what they would be if
    a cell's instances were all alike; both corrected for how far the fit follows the cell.
    """
    cells = sizes > 1.0
    hits, sizes, fit, leverage = hits[cells], sizes[cells], fit[cells], leverage[cells]
    of_pairs = (hits - sizes * fit) ** 2 - hits * (1.0 - fit) ** 2 - (sizes - hits) * fit**2
    others = sizes - 1.0
    seen = of_pairs / (fit * (1.0 - fit) * sizes) + leverage * others / sizes
    possible = float(((1.0 - leverage) * others).sum())
    if possible <= NEGLIGIBLE * others.sum():
        return 0.0
    return float(np.clip(seen.sum() / possible, 0.0, 1.0 - NEGLIGIBLE))
