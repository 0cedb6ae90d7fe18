"""Tests of a region against what it does not overlap: rates, losses, pairs of models, spreads.

One-sided tests ask whether region 1 exceeds `margin` times region 2; their null hypothesis is
`value_1 <= margin * value_2`. Where there is nothing to compare the p-value is 1: no evidence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr, chdtrc, gammaln, logsumexp, stdtr

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EXACT_TOTAL = 2000
"""Below this many instances two rates are compared exactly."""

EXACT_EXPECTED = 5.0
"""And also where a cell of the table is expected to hold fewer than this."""

PERMUTED_AT_ONCE = 2_000_000
"""Numbers held in memory while permuting."""


def fisher_greater(
    events_1: int, exposure_1: int, events_2: int, exposure_2: int, *, margin: float = 1.0
) -> float:
    """Return the p-value of Fisher's exact test that rate 1 exceeds `margin` times rate 2.

    Conditional on both margins of the table, the events of region 1 follow Fisher's noncentral
    hypergeometric distribution, whose odds ratio is the one that belongs to a rate ratio of
    `margin` at the observed rate 2; where that would ask for a rate of 1 or more, nothing exceeds
    it. With a margin of 1 it is the usual exact test. Takes about as long for ten million
    instances as for a thousand: terms too small to matter are left out.

    Examples
    --------
    >>> f"{fisher_greater(8, 10, 4, 20):.5f}"
    '0.00265'
    >>> f"{fisher_greater(8, 10, 4, 20, margin=1.5):.5f}"
    '0.01866'
    """
    if exposure_1 == 0 or exposure_2 == 0:
        return 1.0
    rate_2 = events_2 / exposure_2
    if max(margin, 1.0) * rate_2 >= 1.0:
        return 1.0
    odds_ratio = margin * (1.0 - rate_2) / (1.0 - margin * rate_2)
    events = events_1 + events_2
    first, last = max(0, events - exposure_2), min(exposure_1, events)
    mode, reach = _mode_and_reach(exposure_1, exposure_2, events, odds_ratio)
    around = np.arange(max(first, mode - reach), min(last, mode + reach) + 1)
    start = max(events_1, mode - reach)
    beyond = np.arange(start, min(last, max(start, mode) + reach) + 1)
    log_odds = math.log(odds_ratio)
    everything = logsumexp(_log_ways(around, exposure_1, exposure_2, events) + around * log_odds)
    tail = logsumexp(_log_ways(beyond, exposure_1, exposure_2, events) + beyond * log_odds)
    return min(1.0, math.exp(tail - everything))


def _mode_and_reach(
    exposure_1: int, exposure_2: int, events: int, odds_ratio: float
) -> tuple[int, int]:
    """Return the likeliest number of events in region 1, and how far from it terms matter.

    The mode is Liao and Rosen's (2001). Ten standard deviations and a hundred leave out less than
    1e-15; beyond the mode terms fall ever faster, so the reach serves from any start there.
    """
    a = odds_ratio - 1.0
    b = exposure_1 + events - (exposure_1 + exposure_2) - (exposure_1 + events + 2) * odds_ratio
    c = (exposure_1 + 1.0) * (events + 1.0) * odds_ratio
    mode = math.floor(-2.0 * c / (b - math.sqrt(b * b - 4.0 * a * c)))
    cells = (mode, exposure_1 - mode, events - mode, exposure_2 - events + mode)
    deviation = 1.0 / math.sqrt(sum(1.0 / (max(cell, 0) + 1.0) for cell in cells))
    return mode, math.ceil(10.0 * deviation) + 100


def _log_ways(
    inside: NDArray[np.int64], exposure_1: int, exposure_2: int, events: int
) -> NDArray[np.float64]:
    """Return, up to a constant, the log of the ways to have `inside` of the events in region 1."""
    cells = (inside, exposure_1 - inside, events - inside, exposure_2 - events + inside)
    ways: NDArray[np.float64] = -np.sum([gammaln(cell + 1.0) for cell in cells], axis=0)
    return ways


def fisher_two_sided(events_1: int, exposure_1: int, events_2: int, exposure_2: int) -> float:
    """Return the p-value of Fisher's exact test that two rates differ.

    The probability of all tables, with these margins, that are no likelier than the one seen.
    Time and memory grow with the smallest of the four margins.
    """
    if exposure_1 == 0 or exposure_2 == 0:
        return 1.0
    events = events_1 + events_2
    support = np.arange(max(0, events - exposure_2), min(exposure_1, events) + 1)
    ways = _log_ways(support, exposure_1, exposure_2, events)
    seen = ways[events_1 - support[0]]
    # Equally likely tables differ in their last digits
    unlikelier = ways[ways <= seen + 1e-7]
    return min(1.0, math.exp(logsumexp(unlikelier) - logsumexp(ways)))


def chi_square(events_1: int, exposure_1: int, events_2: int, exposure_2: int) -> float:
    """Return the p-value of Pearson's test that two rates differ, with Yates's correction.

    The correction brings it close to the exact test that it stands in for.
    """
    total, events = exposure_1 + exposure_2, events_1 + events_2
    if exposure_1 == 0 or exposure_2 == 0 or events in {0, total}:
        return 1.0
    expected = exposure_1 / total * events
    distance = max(abs(events_1 - expected) - 0.5, 0.0)
    variance = expected * (exposure_2 / total) * ((total - events) / total)
    return float(chdtrc(1.0, distance * distance / variance))


def two_rates(events_1: int, exposure_1: int, events_2: int, exposure_2: int) -> float:
    """Return the two-sided p-value that two independent rates differ.

    Exact below `EXACT_TOTAL` instances, or where a cell of the table is expected to hold fewer
    than `EXACT_EXPECTED`; Pearson's chi-square with Yates's correction otherwise.

    Examples
    --------
    >>> f"{two_rates(805, 1795, 349, 1488):.1e}"
    '3.4e-37'
    """
    total, events = exposure_1 + exposure_2, events_1 + events_2
    if total == 0:
        return 1.0
    smallest = min(exposure_1, exposure_2) / total * min(events, total - events)
    small = total < EXACT_TOTAL or smallest < EXACT_EXPECTED
    test = fisher_two_sided if small else chi_square
    return test(events_1, exposure_1, events_2, exposure_2)


def welch_greater(
    mean_1: float,
    variance_1: float,
    n_1: float,
    mean_2: float,
    variance_2: float,
    n_2: float,
    *,
    margin: float = 1.0,
) -> float:
    """Return the p-value of Welch's test that mean 1 exceeds `margin` times mean 2.

    Variances are those of single values; see `difference_z` for values that are all alike.
    Source: Welch (1947).
    """
    if n_1 == 0 or n_2 == 0:
        return 1.0
    return difference_z(mean_1, variance_1 / n_1, n_1, mean_2, variance_2 / n_2, n_2, margin=margin)


def welch_two_sided(
    mean_1: float, variance_1: float, n_1: float, mean_2: float, variance_2: float, n_2: float
) -> float:
    """Return the p-value of Welch's test that two means differ; see `welch_greater`."""
    if n_1 == 0 or n_2 == 0:
        return 1.0
    return difference_z(
        mean_1, variance_1 / n_1, n_1, mean_2, variance_2 / n_2, n_2, two_sided=True
    )


def difference_z(
    value_1: float,
    variance_1: float | None,
    units_1: float,
    value_2: float,
    variance_2: float | None,
    units_2: float,
    *,
    margin: float = 1.0,
    two_sided: bool = False,
) -> float:
    """Return the p-value for two independent estimates whose variances are estimated too.

    Student's t with Satterthwaite's (1946) degrees of freedom; for weighted and cluster-robust
    ratios. A region whose units are all alike, or that has one unit, tells nothing of its own
    spread and is given the other's, unit for unit. Where both are without spread, the p-value is
    the chance that dealing the units at random would separate them so.

    Parameters
    ----------
    value_1, value_2
        The estimates.
    variance_1, variance_2
        Their variances; None where a single unit gives none.
    units_1, units_2
        The numbers of independent units, rows or clusters, behind them.
    margin
        What value 2 is multiplied by before it is compared.
    two_sided
        Whether a smaller value 1 counts as evidence too.
    """
    if min(units_1, units_2) < 1:
        return 1.0
    excess = value_1 - margin * value_2
    own_1, own_2 = (variance_1 or 0.0) * units_1, (variance_2 or 0.0) * units_2 * margin**2
    part_1, part_2 = (own_1 or own_2) / units_1, (own_2 or own_1) / units_2
    sides = 2.0 if two_sided else 1.0
    if part_1 == 0.0:
        separated = excess != 0.0 if two_sided else excess > 0.0
        return min(1.0, sides * _chance_of_separation(units_1, units_2)) if separated else 1.0
    doubt = part_1**2 / max(units_1 - 1.0, 1.0) + part_2**2 / max(units_2 - 1.0, 1.0)
    freedom = (part_1 + part_2) ** 2 / doubt
    t = excess / math.sqrt(part_1 + part_2)
    return min(1.0, sides * float(stdtr(freedom, -abs(t) if two_sided else -t)))


def _chance_of_separation(units_1: float, units_2: float) -> float:
    """Return one over the number of ways to choose region 1's units among all."""
    total = units_1 + units_2
    ways = gammaln(total + 1.0) - gammaln(units_1 + 1.0) - gammaln(units_2 + 1.0)
    return math.exp(-ways)


def permutation_greater(
    inside: ArrayLike,
    outside: ArrayLike,
    *,
    margin: float = 1.0,
    draws: int = 9999,
    seed: int = 0,
) -> float:
    """Return the permutation p-value that the mean inside exceeds `margin` times that outside.

    Welch's statistic of the losses, those outside multiplied by `margin`, among its values when
    the same losses are dealt at random. Dividing by the spread keeps the level where regions
    differ in spread but not in mean (Janssen, 1997). Meant for small regions: time grows with
    `draws` times the number of losses. The smallest p-value is `1 / (1 + draws)`.

    Parameters
    ----------
    inside, outside
        Losses, shapes (n_1,) and (n_2,).
    margin
        Meaningful for losses that are not negative.
    draws
        How often the losses are dealt.
    seed
        Of the dealing; the same seed gives the same p-value.

    Examples
    --------
    >>> permutation_greater([8.0, 9.0, 7.5, 8.5], [1.0, 2.0, 1.5, 3.0, 2.5], draws=999) < 0.05
    True
    """
    ours = np.asarray(inside, dtype=np.float64)
    pooled = np.concatenate([ours, margin * np.asarray(outside, dtype=np.float64)])
    n_1, width = ours.size, float(np.ptp(pooled)) if pooled.size else 0.0
    if n_1 in {0, pooled.size} or width == 0.0:
        return 1.0
    pooled = (pooled - pooled.min()) / width
    seen = float(_welch_statistic(pooled[None, :], n_1)[0])
    # Equal statistics differ in their last digits, as sums are taken in another order
    bound = seen - 1e-7 * abs(seen)
    generator = np.random.default_rng(seed)
    rows = max(1, PERMUTED_AT_ONCE // pooled.size)
    count = 0
    for done in range(0, draws, rows):
        dealt = np.tile(pooled, (min(rows, draws - done), 1))
        generator.permuted(dealt, axis=1, out=dealt)
        count += int((_welch_statistic(dealt, n_1) >= bound).sum())
    return (1 + count) / (1 + draws)


def _welch_statistic(losses: NDArray[np.float64], n_1: int) -> NDArray[np.float64]:
    """Return one statistic per row, whose first `n_1` losses are inside; losses span 0 to 1."""
    ours, others = losses[:, :n_1], losses[:, n_1:]
    variance = ours.var(axis=1) / n_1 + others.var(axis=1) / others.shape[1]
    # The constant orders perfect separations by their gap, where both sides are without spread
    statistic: NDArray[np.float64] = (ours.mean(axis=1) - others.mean(axis=1)) / (
        np.sqrt(variance) + 1e-9
    )
    return statistic


def mcnemar_mid_p(b: int, c: int) -> float:
    """Return the mid-p of McNemar's exact test on the instances on which two models disagree.

    Two-sided. Source: Fagerland, Lydersen and Laake (2013).

    Parameters
    ----------
    b, c
        Instances that only the first model gets wrong, and that only the second does.

    Examples
    --------
    >>> round(mcnemar_mid_p(1, 6), 4)
    0.0703
    """
    disagreements, fewer = b + c, min(b, c)
    if b == c:
        return 1.0
    below = float(bdtr(fewer - 1, disagreements, 0.5)) if fewer > 0 else 0.0
    return below + float(bdtr(fewer, disagreements, 0.5))


def spread_by_permutation(
    events: ArrayLike, exposure: ArrayLike, *, draws: int = 9999, seed: int = 0
) -> tuple[float, float]:
    """Return how surprising the spread of the groups' rates is, and the spread chance would give.

    The largest rate less the smallest is biased upward, the more so the more and the smaller the
    groups are. It is compared with its values when all events are dealt to the groups' instances
    at random.

    Parameters
    ----------
    events, exposure
        Counts, shape (groups,); groups without exposure are left out. Up to 1e9 instances.
    draws
        How often the events are dealt.
    seed
        Of the dealing; the same seed gives the same answer.

    Returns
    -------
    p_value
        The smallest is `1 / (1 + draws)`; 1 where fewer than two groups have exposure.
    expected
        The mean spread if all groups had the same rate.
    """
    hits, sizes = np.asarray(events, dtype=np.int64), np.asarray(exposure, dtype=np.int64)
    hits, sizes = hits[sizes > 0], sizes[sizes > 0]
    if sizes.size < 2:  # noqa: PLR2004 - a spread is between two
        return 1.0, 0.0
    generator = np.random.default_rng(seed)
    dealt = generator.multivariate_hypergeometric(
        sizes, int(hits.sum()), size=draws, method="marginals"
    )
    spreads = np.ptp(dealt / sizes, axis=1)
    count = int((spreads >= np.ptp(hits / sizes)).sum())
    return (1 + count) / (1 + draws), float(spreads.mean())
