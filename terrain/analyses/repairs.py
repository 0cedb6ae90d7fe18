"""What would repair a region: the further condition under which its rate is back to normal."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.batch import OUTCOMES
from terrain.statistics.counting import tally_selections
from terrain.statistics.tally import crossed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Estimate
    from terrain.statistics.measured import Instrument
    from terrain.statistics.metrics import Indicator

MOST_LEVELS = 5
"""Levels that a condition names, or names as left out: a longer list helps nobody."""

UNITS, EXPOSURE, EVENTS = range(3)
"""What a histogram holds of each code: instances with exposure, and the target's sums."""


class Repair(NamedTuple):
    """A further condition under which a region's rate is nearer to the overall rate.

    Attributes
    ----------
    feature, codes
        The condition.
    instances
        In the region with this condition, whether the target is defined there or not.
    estimate
        The target there.
    """

    feature: str
    codes: tuple[int, ...]
    instances: int
    estimate: Estimate


def repair(
    seen: Part,
    unseen: Part,
    selection: Selection,
    *,
    encodings: Mapping[str, Encoding],
    instrument: Instrument,
    target: Indicator,
    min_support: int,
) -> Repair | None:
    """Return the further condition that brings a region's rate furthest back towards the whole.

    Of the conditions that bring it all the way back, the one with the most instances. A condition
    is a range, a few levels, all but a few levels, or missingness of a feature that the region
    does not name yet.
    Source: the corrective items of Pastor, de Alfaro and Baralis (2021), "Looking for Trouble".

    Parameters
    ----------
    seen, unseen
        The part that the condition is chosen on, and the one that it is measured on.
    selection
        The region.
    encodings
        Of the features that may be named.
    instrument, target
        How regions are measured, and the metric that was searched.
    min_support
        Fewest instances of `seen` with a defined target that the condition must leave.

    Returns
    -------
    None where no condition moves the rate back, on `seen` and on `unseen`.
    """
    chosen = _chosen(seen, selection, encodings, target, min_support)
    if chosen is None:
        return None
    narrow = replace(instrument, metrics={target.name: target})
    (_, region), (_, repaired) = narrow.selections(unseen, [selection, (*selection, chosen)])
    overall, own = (each.moments(target).value for each in (narrow.whole(unseen), region))
    after = repaired.estimate(target)
    if overall is None or own is None or after.value is None:
        return None
    if (own - after.value) * (own - overall) <= 0:
        return None
    return Repair(*chosen, repaired.tally.instances, after)


def _chosen(
    part: Part,
    selection: Selection,
    encodings: Mapping[str, Encoding],
    target: Indicator,
    min_support: int,
) -> tuple[str, tuple[int, ...]] | None:
    """Return the condition that moves the rate furthest back on the part that may be searched."""
    ((outside, inside),) = tally_selections(part, [selection])
    overall, own = target.moments(outside + inside).value, target.moments(inside).value
    if overall is None or own is None:
        return None
    named = {feature for feature, _ in selection}
    free = {feature: each for feature, each in encodings.items() if feature not in named}
    count = partial(_histograms, selection=selection, encodings=free, target=target)
    best, found = (abs(own - overall), -np.inf), None
    for feature, histogram in part.reduce(count, _added).items():
        for sums, codes in _restrictions(histogram, free[feature]):
            rate = sums[EVENTS] / np.where(sums[EXPOSURE] > 0, sums[EXPOSURE], np.nan)
            left = np.maximum((rate - overall) * np.sign(own - overall), 0.0)
            left[np.isnan(left) | (sums[UNITS] < min_support)] = np.inf
            place = np.lexsort((-sums[UNITS], left))[0]
            if (reached := (left[place], -sums[UNITS, place])) < best:
                best, found = reached, (feature, codes[place])
    return found


def _histograms(
    batch: Batch, selection: Selection, encodings: Mapping[str, Encoding], target: Indicator
) -> dict[str, np.ndarray]:
    """Return for each feature the (3, codes) sums of the target inside a region."""
    layout = batch.measures.layout
    units = 1.0 if layout.weight_scales is None else layout.weight_scales[0]
    inside = np.flatnonzero(batch.mask(selection) & (batch.exposure > 0))
    if batch.outcome is not None:  # one count says it all
        happened = batch.outcome[inside]
        scales = np.array([[1.0], [units], [target.scale(layout)]])
        return {
            feature: _of_outcomes(batch.codes[feature][inside], happened, encoding.size) / scales
            for feature, encoding in encodings.items()
        }
    exposure = batch.exposure[inside] / units
    events = batch.events[inside] / target.scale(layout)
    return {
        feature: np.stack(
            [
                np.bincount(batch.codes[feature][inside], values, minlength=encoding.size)
                for values in (np.ones(len(inside)), exposure, events)
            ]
        )
        for feature, encoding in encodings.items()
    }


def _of_outcomes(codes: np.ndarray, happened: np.ndarray, size: int) -> np.ndarray:
    """Return the (3, codes) instances, exposure and events where each counts as one."""
    none, events, _ = crossed(codes, happened, (size, OUTCOMES)).T
    return np.stack([none + events, none + events, events])


def _added(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {feature: sums + other[feature] for feature, sums in one.items()}


def _restrictions(
    histogram: np.ndarray, encoding: Encoding
) -> Iterator[tuple[np.ndarray, list[tuple[int, ...]]]]:
    """Yield conditions on one feature: their (3, m) sums, and the codes of each."""
    if encoding.ordered and encoding.missing_code:
        yield _ranges(histogram[:, :-1])
    elif not encoding.ordered and histogram[EXPOSURE, :-1].any():
        yield from _level_sets(histogram[:, :-1])
    yield histogram[:, -1:], [(encoding.missing_code,)]


def _ranges(values: np.ndarray) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    first, last = np.triu_indices(values.shape[1])
    below = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    codes = [tuple(range(a, b + 1)) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return below[:, last + 1] - below[:, first], codes


def _level_sets(values: np.ndarray) -> Iterator[tuple[np.ndarray, list[tuple[int, ...]]]]:
    """Yield the sets of a few levels with the lowest or highest rates, and their complements."""
    present = np.flatnonzero(values[EXPOSURE] > 0)
    order = present[np.argsort(values[EVENTS, present] / values[EXPOSURE, present], kind="stable")]
    everything = set(range(values.shape[1]))
    for extreme in (order[:MOST_LEVELS], order[::-1][:MOST_LEVELS]):
        named = np.cumsum(values[:, extreme], axis=1)
        codes = [tuple(sorted(extreme[: n + 1].tolist())) for n in range(len(extreme))]
        yield named, codes
        rest = values.sum(axis=1, keepdims=True) - named
        yield rest, [tuple(sorted(everything - set(few))) for few in codes]
