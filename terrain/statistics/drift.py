"""Whether two benchmarks are made alike: by column, how much their compositions differ."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import chdtrc

from terrain.data.regions import Condition
from terrain.statistics.corrections import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.composition import Composition

NOTEWORTHY = 0.1
"""Stability index from which a shift is called one; below, Siddiqi (2006) sees no real change."""

FEWEST = 10
"""Instances of a level, in both benchmarks together, that it needs to be counted by itself."""


class Shift(NamedTuple):
    """A column whose composition differs by more than chance explains.

    Attributes
    ----------
    column
        Its name.
    stability
        The population stability index.
    p_adjusted
        Of the chi-square test of homogeneity; Holm over all columns compared.
    part, before, now
        The part that changed most, in words, and its share of the instances then and now.
    """

    column: str
    stability: float
    p_adjusted: float
    part: str
    before: float
    now: float


class Drift(NamedTuple):
    """How the composition of a benchmark differs from an earlier one's.

    Attributes
    ----------
    compared
        How many columns were compared.
    shifts
        Columns that shifted, the most shifted first.
    gained, lost
        Columns that only one of the benchmarks has.
    incomparable
        Columns of both that share no way of dividing the values.
    """

    compared: int
    shifts: tuple[Shift, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    incomparable: tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether anything differs."""
        return bool(self.shifts or self.gained or self.lost or self.incomparable)


class _Parts(NamedTuple):
    """One column, divided in the same way in both: words of each part, and (2, k) instances."""

    words: list[str]
    support: np.ndarray


def drift(before: Sequence[Composition], now: Sequence[Composition], alpha: float = 0.05) -> Drift:
    """Return how a benchmark's composition differs from an earlier one's.

    A column has shifted if its stability index is noteworthy *and* chance does not explain it: in
    a small benchmark the index is large by chance, in a large one nothing is explained by chance.

    Parameters
    ----------
    before, now
        The compositions of their columns.
    alpha
        The chance that any shift is reported where both are samples of one population; instances
        are taken for independent.
    """
    then = {each.column: each for each in before}
    today = {each.column: each for each in now}
    divided = {name: _divided(then[name], today[name]) for name in today if name in then}
    parts = {name: each for name, each in divided.items() if each is not None}
    p_values = holm([homogeneity(each.support) for each in parts.values()]).tolist()
    shifts = [
        _shift(name, each, p)
        for (name, each), p in zip(parts.items(), p_values, strict=True)
        if p <= alpha and stability_index(each.support) >= NOTEWORTHY
    ]
    return Drift(
        compared=len(parts),
        shifts=tuple(sorted(shifts, key=lambda shift: -shift.stability)),
        gained=tuple(name for name in today if name not in then),
        lost=tuple(name for name in then if name not in today),
        incomparable=tuple(name for name, each in divided.items() if each is None),
    )


def stability_index(support: np.ndarray) -> float:
    """Return the population stability index of two compositions.

    Sum over parts of ``(q - p) * ln(q / p)``, the symmetric Kullback-Leibler divergence; every
    part has half an instance more, lest an empty one make it infinite. Source: Siddiqi (2006).

    Parameters
    ----------
    support
        (2, k) instances of each part, then and now.

    Examples
    --------
    >>> float(stability_index(np.array([[50, 50], [500, 500]])))
    0.0
    >>> round(float(stability_index(np.array([[5000, 5000], [7000, 3000]]))), 3)
    0.169
    """
    filled = support + 0.5
    then, now = filled / filled.sum(axis=1, keepdims=True)
    index: float = ((now - then) * np.log(now / then)).sum()
    return index


def homogeneity(support: np.ndarray) -> float:
    """Return the p-value of Pearson's chi-square test that two compositions are one.

    Parameters
    ----------
    support
        (2, k) instances of each part, each part having some; 1 is returned where one of the two
        is empty or there is only one part.

    Examples
    --------
    >>> round(float(homogeneity(np.array([[10, 10, 20], [20, 20, 20]]))), 4)
    0.2494
    """
    totals = support.sum(axis=1, keepdims=True)
    if support.shape[1] < 2 or not totals.all():  # noqa: PLR2004 - two parts can differ
        return 1.0
    expected = totals * support.sum(axis=0) / support.sum()
    statistic = ((support - expected) ** 2 / expected).sum()
    p: float = chdtrc(support.shape[1] - 1, statistic)
    return p


def _shift(name: str, parts: _Parts, p: float) -> Shift:
    then, now = parts.support / parts.support.sum(axis=1, keepdims=True)
    most = int(np.argmax(np.abs(now - then)))
    return Shift(
        column=name,
        stability=float(stability_index(parts.support)),
        p_adjusted=p,
        part=parts.words[most],
        before=float(then[most]),
        now=float(now[most]),
    )


def _divided(before: Composition, now: Composition) -> _Parts | None:
    """Return a column divided in the same way in both; None where there is no such way."""
    if (before.levels is None) != (now.levels is None):
        return None
    found = _by_range(before, now) if now.levels is None else _by_level(before, now)
    if found is None:
        return None
    missing = np.array([[each.support[-1]] for each in (before, now)])
    words = [*found.words, Condition(feature=now.column, kind="missing").words()]
    support = np.hstack([found.support, missing])
    used = support.sum(axis=0) > 0
    return _Parts([each for each, kept in zip(words, used, strict=True) if kept], support[:, used])


def _by_level(before: Composition, now: Composition) -> _Parts:
    counted = [dict(zip(each.levels or (), each.support, strict=False)) for each in (before, now)]
    levels = dict.fromkeys((*counted[0], *counted[1]))
    support = {name: [each.get(name, 0) for each in counted] for name in levels}
    often = [name for name, pair in support.items() if sum(pair) >= FEWEST]
    rare = [pair for name, pair in support.items() if sum(pair) < FEWEST]
    words = [Condition(feature=now.column, kind="levels", levels=(name,)).words() for name in often]
    columns = [support[name] for name in often]
    if rare:
        words.append(f"a rare level of {now.column}")
        columns.append(np.sum(rare, axis=0).tolist())
    return _Parts(words, np.array(columns, dtype=np.int64).reshape(-1, 2).T)


def _by_range(before: Composition, now: Composition) -> _Parts | None:
    cuts = sorted(set(before.cuts) & set(now.cuts))
    if not cuts and (before.cuts or now.cuts):
        return None
    support = np.array(
        [
            np.diff([0, *(sum(each.support[: each.cuts.index(cut) + 1]) for cut in cuts),
                     sum(each.support[:-1])])
            for each in (before, now)
        ]
    )  # fmt: skip
    bounds = [None, *cuts, None]
    words = [
        Condition(feature=now.column, kind="range", low=low, high=high, scale=now.scale).words()
        for low, high in pairwise(bounds)
    ]
    return _Parts(words, support)
