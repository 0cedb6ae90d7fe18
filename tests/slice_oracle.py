"""The slice search written out slowly: every box of a small table, counted with pandas.

A box is a conjunction of conditions, one a feature, each a set of codes. The search under test
must find the best of these boxes and count them alike; nothing here is clever.
"""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from terrain.data.features import Selection

CodeSet = tuple[int, ...]
"""Codes that satisfy a condition, ascending."""


class Box(NamedTuple):
    """A box and what lies in it.

    Attributes
    ----------
    selection
        Its conditions as (feature, codes); features in the order of the table's columns.
    support
        Number of instances.
    events, exposure
        Sums of the target's numerator and denominator.
    """

    selection: Selection
    support: int
    events: float
    exposure: float


def ranges(codes: Sequence[int]) -> list[CodeSet]:
    """Return every run of neighbours in a sequence of codes, each ascending by code.

    Examples
    --------
    >>> ranges([0, 1, 2])
    [(0,), (0, 1), (0, 1, 2), (1,), (1, 2), (2,)]
    """
    stops = range(1, len(codes) + 1)
    return [tuple(sorted(codes[i:stop])) for i in range(len(codes)) for stop in stops if stop > i]


def rate_order(codes: pd.Series, events: pd.Series, exposure: pd.Series) -> list[int]:
    """Return the codes that occur, lowest rate first, ties by code, those without exposure last.

    Parameters
    ----------
    codes, events, exposure
        (n,) one feature's codes, a missing value being one like others, and the target.
    """
    sums = {
        int(code): (events[codes == code].sum(), exposure[codes == code].sum()) for code in codes
    }
    rates = {code: hit / total if total else math.inf for code, (hit, total) in sums.items()}
    return sorted(rates, key=lambda code: (rates[code], code))


def ordered_conditions(size: int, missing_code: int | None = None) -> list[CodeSet]:
    """Return the conditions on an ordered feature: every range of its codes, and missingness.

    Parameters
    ----------
    size
        How many codes hold values: 0, 1, … `size` - 1.
    missing_code
        The code of a missing value; None where none is missing. Then the range of all codes is no
        condition, as every instance satisfies it.

    Examples
    --------
    >>> ordered_conditions(2)
    [(0,), (1,)]
    >>> ordered_conditions(2, missing_code=2)
    [(0,), (0, 1), (1,), (2,)]
    """
    if missing_code is None:
        return [held for held in ranges(range(size)) if len(held) < size]
    return [*ranges(range(size)), (missing_code,)]


def level_conditions(order: Sequence[int]) -> list[CodeSet]:
    """Return the conditions on a feature with levels, missing values being a level like others.

    They are the ranges of the order of rates, single levels and prefixes among them, and the
    complement of each level.

    Parameters
    ----------
    order
        The codes by `rate_order`.

    Examples
    --------
    >>> level_conditions([2, 0, 1])
    [(0,), (0, 1), (0, 2), (1,), (1, 2), (2,)]
    """
    everything = tuple(sorted(order))
    others = {tuple(code for code in everything if code != left_out) for left_out in order}
    return sorted({*ranges(order), *others} - {everything, ()})


def every_box(
    codes: pd.DataFrame,
    events: pd.Series,
    exposure: pd.Series,
    conditions: Mapping[str, Iterable[CodeSet]],
    depth: int,
) -> Iterator[Box]:
    """Yield every conjunction of 1 to `depth` conditions on different features, empty ones too.

    Parameters
    ----------
    codes
        (n, features) one column of codes for each key of `conditions`.
    events, exposure
        (n,) the target.
    conditions
        The conditions on each feature.
    depth
        Most conditions of a box.
    """
    sets = {feature: list(conditions[feature]) for feature in codes.columns}
    for length in range(1, depth + 1):
        for features in combinations(codes.columns, length):
            for chosen in product(*(sets[feature] for feature in features)):
                selection = tuple(zip(features, chosen, strict=True))
                held = inside(codes, selection)
                yield Box(
                    selection,
                    int(held.sum()),
                    float(events[held].sum()),
                    float(exposure[held].sum()),
                )


def inside(codes: pd.DataFrame, selection: Selection) -> np.ndarray:
    """Return (n,) bool: which instances satisfy every condition."""
    held = np.ones(len(codes), bool)
    for feature, allowed in selection:
        held &= codes[feature].isin(allowed).to_numpy()
    return held


def frequent_patterns(
    codes: pd.DataFrame, events: pd.Series, exposure: pd.Series, min_support: int
) -> list[Box]:
    """Return every conjunction of equalities, of any length, with at least `min_support` rows."""
    everywhere = Box((), len(codes), float(events.sum()), float(exposure.sum()))
    return _extended(everywhere, codes, events, exposure, min_support)


def _extended(
    box: Box, codes: pd.DataFrame, events: pd.Series, exposure: pd.Series, min_support: int
) -> list[Box]:
    """Return the patterns that add later features to a box whose rows these are."""
    found = []
    for place, feature in enumerate(codes.columns):
        later = codes.columns[place + 1 :]
        for code, support in zip(*np.unique(codes[feature], return_counts=True), strict=True):
            if support < min_support:
                continue
            held = codes[feature] == code
            rows = codes.loc[held, later], events[held], exposure[held]
            longer = (*box.selection, (feature, (int(code),)))
            part = Box(longer, int(support), float(rows[1].sum()), float(rows[2].sum()))
            found += [part, *_extended(part, *rows, min_support)]
    return found


def sliceline_score(
    events: float, exposure: float, all_events: float, all_exposure: float, alpha: float = 0.95
) -> float:
    """Return SliceLine's score of a slice.

    Source: Sagadeeva and Boehm, SliceLine, SIGMOD 2021, equation 2: ``alpha (e_S/e - 1) -
    (1 - alpha) (n/|S| - 1)`` with the mean errors e_S and e. The size is the target's exposure.

    Examples
    --------
    >>> sliceline_score(15.9, 100, 15.9, 100)
    0.0
    """
    relative_rate = (events / exposure) / (all_events / all_exposure)
    relative_size = all_exposure / exposure
    return alpha * (relative_rate - 1) - (1 - alpha) * (relative_size - 1)


def standardized_divergence(
    events: float, exposure: float, all_events: float, all_exposure: float
) -> float:
    """Return by how many standard errors a slice's rate differs from the overall rate.

    Source: Pastor, de Alfaro and Baralis, DivExplorer, SIGMOD 2021: ``|m1 - m0| / sqrt(v1 + v0)``
    with mean m and variance v of the Beta distribution that a uniform prior becomes.
    """
    mean, variance = _beta(events, exposure)
    all_mean, all_variance = _beta(all_events, all_exposure)
    return abs(mean - all_mean) / math.sqrt(variance + all_variance)


def _beta(events: float, exposure: float) -> tuple[float, float]:
    hits, misses = events + 1, exposure - events + 1
    total = hits + misses
    return hits / total, hits * misses / (total**2 * (total + 1))
