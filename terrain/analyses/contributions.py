"""One region taken apart: what each condition adds, what lies beside it, what is confused in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial, reduce
from math import comb
from operator import add
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from terrain.statistics.counting import tally_partition
from terrain.statistics.measured import sum_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Estimate
    from terrain.statistics.measured import Instrument
    from terrain.statistics.metrics import Indicator

MOST_CONFUSIONS = 5
"""Pairs of label and prediction that are named."""


def shapley(parts: Sequence[Part], selection: Selection, target: Indicator) -> dict[str, float]:
    """Return what each condition adds to a region's rate over the overall rate.

    The Shapley values of the game whose coalitions are the region's conditions and whose worth is
    the rate where just these hold. They sum to the region's rate less the overall rate. Exact:
    one count of which conditions each instance satisfies gives all 2^k rates.
    Source: Pastor, de Alfaro and Baralis (2021), "Looking for Trouble", section 4.

    Parameters
    ----------
    parts
        What is measured on, together.
    selection
        The region.
    target
        The metric that was searched.

    Returns
    -------
    By feature, in the target's own unit; empty where the region's rate is undefined.
    """
    k = len(selection)
    assign = partial(_satisfied, selection=selection)
    counted = zip(*(tally_partition(part, assign, 2**k) for part in parts), strict=True)
    moments = [target.moments(sum_of(tallies)) for tallies in counted]
    shape = (2,) * k
    events = np.array([each.events for each in moments]).reshape(shape)
    exposure = np.array([each.exposure for each in moments]).reshape(shape)
    for axis in range(k):  # where a condition is not asked for, both its sides count
        events, exposure = (_either_side(sums, axis) for sums in (events, exposure))
    if not exposure[(1,) * k]:
        return {}
    rates = events / exposure
    return {feature: _average_gain(rates, axis, k) for axis, (feature, _) in enumerate(selection)}


def _satisfied(batch: Batch, selection: Selection) -> np.ndarray:
    """Return which conditions each instance satisfies, the first one as the highest bit."""
    pattern = np.zeros(len(batch), np.int64)
    for condition in selection:
        pattern = 2 * pattern + batch.mask((condition,))
    return pattern


def _either_side(sums: np.ndarray, axis: int) -> np.ndarray:
    held = np.take(sums, [1], axis)
    return np.concatenate([np.take(sums, [0], axis) + held, held], axis)


def _average_gain(rates: np.ndarray, axis: int, k: int) -> float:
    """Return the mean gain by one condition over all orders in which conditions may join."""
    gains = np.take(rates, 1, axis) - np.take(rates, 0, axis)
    return float(
        sum(gain / (k * comb(k - 1, sum(others))) for others, gain in np.ndenumerate(gains))
    )


class Neighbour(NamedTuple):
    """A region that differs from another in one condition.

    Attributes
    ----------
    feature, how
        The condition that differs: all its other values (``complement``), or the range of as many
        codes just ``below`` or ``above``, where these are not all the others.
    selection
        The neighbouring region.
    instances
        In it, whether the target is defined there or not.
    estimate
        The target there.
    """

    feature: str
    how: Literal["complement", "below", "above"]
    selection: Selection
    instances: int
    estimate: Estimate


def neighbours(
    parts: Sequence[Part],
    selection: Selection,
    encodings: Mapping[str, Encoding],
    instrument: Instrument,
    target: Indicator,
) -> list[Neighbour]:
    """Return the regions that differ from a region in one condition, where they have instances.

    Parameters
    ----------
    parts
        What is measured on, together.
    selection
        The region.
    encodings
        Of its features.
    instrument, target
        How regions are measured, and the metric that was searched.
    """
    beside = [
        (feature, how, (*selection[:place], (feature, other), *selection[place + 1 :]))
        for place, (feature, codes) in enumerate(selection)
        for how, other in _beside(encodings[feature], codes)
    ]
    narrow = replace(instrument, metrics={target.name: target})
    pairs = (narrow.selections(part, [region for *_, region in beside]) for part in parts)
    measured = [reduce(add, (inside for _, inside in each)) for each in zip(*pairs, strict=True)]
    return [
        Neighbour(*names, whole.tally.instances, whole.estimate(target))
        for names, whole in zip(beside, measured, strict=True)
        if whole.tally.instances
    ]


def _beside(
    encoding: Encoding, codes: tuple[int, ...]
) -> Iterator[tuple[Literal["complement", "below", "above"], tuple[int, ...]]]:
    values = sorted(set(codes) - {encoding.missing_code})
    others = set(range(encoding.size if encoding.has_missing else encoding.missing_code))
    rest = others - set(codes)
    if rest:
        yield "complement", tuple(sorted(rest))
    if not encoding.ordered or not values:
        return
    first, beyond, width = values[0], values[-1] + 1, len(values)
    below = set(range(max(first - width, 0), first))
    above = set(range(beyond, min(beyond + width, encoding.missing_code)))
    if below and below != rest:
        yield "below", tuple(sorted(below))
    if above and above != rest:
        yield "above", tuple(sorted(above))


class Confusion(NamedTuple):
    """A label that is taken for another.

    Attributes
    ----------
    label, predicted
        The classes.
    instances
        In the region.
    share, overall
        Of the region's instances with a label and a prediction, and of all such instances.
    """

    label: str
    predicted: str
    instances: int
    share: float
    overall: float


def confusions(
    parts: Sequence[Part], selection: Selection, classes: Sequence[str]
) -> list[Confusion]:
    """Return the most frequent confusions in a region of a multi-class benchmark.

    Parameters
    ----------
    parts
        What is counted, together.
    selection
        The region.
    classes
        Names of the classes, by code.

    Returns
    -------
    The most frequent first; none for another task than multi-class classification.
    """
    counted = [part.reduce(partial(_pairs, selection=selection), _merged) for part in parts]
    inside, whole = reduce(_merged, counted)
    in_region, in_all = inside.total(), whole.total()
    wrong = [(-n, pair) for pair, n in inside.items() if pair[0] != pair[1]]
    return [
        Confusion(
            classes[label],
            classes[predicted],
            -n,
            -n / in_region,
            whole[label, predicted] / in_all,
        )
        for n, (label, predicted) in sorted(wrong)[:MOST_CONFUSIONS]
    ]


Pairs = Counter[tuple[int, int]]
"""How often each label meets each prediction."""


def _pairs(batch: Batch, selection: Selection) -> tuple[Pairs, Pairs]:
    """Return the pairs in a region and in all, where both label and prediction are defined."""
    axes = {axis.name: axis.size for axis in batch.measures.layout.axes}
    if "predicted" not in axes:
        return Counter(), Counter()
    label, predicted, _ = (codes.astype(np.int64) for codes in batch.measures.axes)
    undefined = axes["label"] - 1
    pair, defined = label * axes["predicted"] + predicted, label < undefined

    def counted(chosen: np.ndarray) -> Pairs:
        values, counts = np.unique(pair[chosen], return_counts=True)
        pairs = zip(*(each.tolist() for each in np.divmod(values, axes["predicted"])), strict=True)
        return Counter(dict(zip(pairs, counts.tolist(), strict=True)))

    return counted(defined & batch.mask(selection)), counted(defined)


def _merged(one: tuple[Pairs, Pairs], other: tuple[Pairs, Pairs]) -> tuple[Pairs, Pairs]:
    return one[0] + other[0], one[1] + other[1]
