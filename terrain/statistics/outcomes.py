"""What became of each instance, as one small code, and which codes each rate counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.metrics import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.statistics.measures import Measures
    from terrain.statistics.metrics import Metric

MOST = 1_024
"""More different outcomes (pairs of label and prediction) are not told apart."""


class Outcomes(NamedTuple):
    """The outcomes of (n,) instances.

    Attributes
    ----------
    codes
        (n,) uint8 or uint16: instances with the same code have the same label and prediction.
    rates
        By metric the codes of its events and those of its exposure.
    """

    codes: np.ndarray
    rates: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]


def outcomes_of(measures: Measures, metrics: Mapping[str, Metric]) -> Outcomes | None:
    """Return the outcomes; None where no metric is a rate of them, or where they are too many."""
    rates = {name: metric for name, metric in metrics.items() if isinstance(metric, Rate)}
    sizes = [axis.size for axis in measures.layout.axes]
    if not rates or np.prod(sizes, dtype=float) > MOST**2:
        return None
    combined = np.zeros(len(measures), np.int64)
    for codes, size in zip(measures.axes, sizes, strict=True):
        combined = combined * size + codes
    counts = np.bincount(combined, minlength=int(np.prod(sizes)))
    present = np.flatnonzero(counts)
    if len(present) > MOST:
        return None
    number = np.zeros(
        len(counts), np.uint8 if len(present) <= np.iinfo(np.uint8).max else np.uint16
    )
    number[present] = np.arange(len(present))
    starts = np.cumsum([0, *sizes])[:-1]
    cells = np.stack(np.unravel_index(present, sizes), axis=1) + starts
    return Outcomes(
        codes=number[combined],
        rates={
            name: (_counted(rate.events, cells), _counted(rate.exposure, cells))
            for name, rate in rates.items()
        },
    )


def _counted(coefficients: np.ndarray, cells: np.ndarray) -> tuple[int, ...]:
    """Return which combinations of cells a rate counts."""
    return tuple(np.flatnonzero(coefficients[cells].sum(axis=1)).tolist())
