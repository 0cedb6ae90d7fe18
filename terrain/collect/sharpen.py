"""The best slices with bounds at the full resolution of the data."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.analyses.slices import Near, better_bound, score_of
from terrain.data.arrow import numbers_of
from terrain.engines.threads import each_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terrain.analyses.slices import Bounds
    from terrain.analyses.slices.scores import Score
    from terrain.config import Plan
    from terrain.data.features import Encoding, Selection
    from terrain.data.regions import Condition
    from terrain.statistics.batch import Part
    from terrain.study import Study

    Conditions = dict[str, Condition]

SHARPENED = 20
"""Best slices of each half whose bounds are moved."""

PASSES = 2
"""Rounds over the bounds of a slice: where one has moved, another may have a better place."""


class Found(NamedTuple):
    """What a search found in one half.

    Attributes
    ----------
    part
        The half that was searched.
    bounds
        What was looked for.
    slices
        Best first.
    """

    part: Part
    bounds: Bounds
    slices: Sequence[Selection]


def sharpened(
    study: Study, found: Sequence[Found], plan: Plan
) -> tuple[Study, list[list[Selection]]]:
    """Return slices whose bounds lie where the values of the instances themselves divide best.

    A bound may move to any place in the codes on either side of it, judged by the half that was
    searched alone; of a large benchmark by a sample of it. Coarse cut points stay what they were.

    Parameters
    ----------
    study
        What was searched.
    found
        In the discovery half, and in the other one where that was searched, too.
    plan
        Inference by permutation repeats the search, not this: there, bounds stay.

    Returns
    -------
    The study with codes as fine as the slices need, and the slices of each half in these codes.
    """
    if plan.inference == "permutation":
        return study, [list(each.slices) for each in found]
    seen = study.looked_at()
    numbers = cache(lambda feature: numbers_of(study.benchmark.table[feature]))
    halves = zip(seen.exposed_halves(), (seen.discovery, ~seen.discovery), strict=True)
    moved = [
        _moved(
            _Half(seen, part, np.flatnonzero((seen.exposure > 0) & half), numbers),
            each._replace(part=part, bounds=_share_of(each.bounds, len(seen) / len(study))),
        )
        for each, (part, half) in zip(found, halves, strict=False)
    ]
    fine = study.refined([c for half in moved for own in half.values() for c in own.values()])
    recoded = [
        [_recoded(each, half.get(each, {}), study.encodings, fine.encodings) for each in one.slices]
        for one, half in zip(found, moved, strict=True)
    ]
    return fine, [list(dict.fromkeys(half)) for half in recoded]


def _share_of(bounds: Bounds, share: float) -> Bounds:
    """Return what is looked for where only a share of the instances is looked at."""
    return replace(bounds, min_rows=max(2, math.ceil(bounds.min_rows * share)))


def _recoded(
    selection: Selection,
    moved: Conditions,
    before: Mapping[str, Encoding],
    after: Mapping[str, Encoding],
) -> Selection:
    """Return a slice in finer codes, with the conditions whose bounds were moved."""

    def finer(feature: str, codes: tuple[int, ...]) -> tuple[int, ...]:
        if after[feature] is before[feature]:
            return codes
        condition = moved.get(feature) or before[feature].condition(codes)
        return after[feature].codes_of(condition)

    return tuple((feature, finer(feature, codes)) for feature, codes in selection)


def _moved(half: _Half, found: Found) -> dict[Selection, Conditions]:
    """Return by slice its conditions whose bounds have better places."""
    score = score_of(found.part, found.bounds)
    known: dict[str, list[float]] = defaultdict(list)
    moved: dict[Selection, Conditions] = {}
    if score is None:
        return moved
    slices = found.slices[:SHARPENED]
    for selection, vicinity in zip(slices, each_ahead(half.vicinity, slices), strict=True):
        encodings, ranges = half.study.encodings, vicinity.ranges
        before = {name: encodings[name].condition(own.codes) for name, own in ranges.items()}
        after = _sharpened(vicinity, before, known, score, found.bounds.min_rows)
        moved[selection] = {name: after[name] for name in after if after[name] != before[name]}
        for name, condition in moved[selection].items():
            ends = {condition.low, condition.high} - {before[name].low, before[name].high}
            known[name] += sorted(end for end in ends if end is not None)
    return moved


def _sharpened(
    vicinity: _Vicinity,
    conditions: Conditions,
    known: Mapping[str, Sequence[float]],
    score: Score,
    min_rows: int,
) -> Conditions:
    """Return conditions with their bounds moved, one at a time, while the score improves."""
    current = dict(conditions)
    for _ in range(PASSES):
        before = dict(current)
        for feature, side in product(conditions, ("low", "high")):
            near = vicinity.near(feature, current, lower=side == "low")
            if near is None:
                continue
            bound, scale = getattr(current[feature], side), current[feature].scale
            better = better_bound(near, bound, known[feature], score, min_rows, scale)
            if better is not None:
                current[feature] = msgspec.structs.replace(current[feature], **{side: better})
        if current == before:
            break
    return current


class _Range(NamedTuple):
    """A range of codes.

    Attributes
    ----------
    first, last
        Its outermost codes.
    end
        The last code that a range may hold.
    """

    first: int
    last: int
    end: int

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes it holds."""
        return tuple(range(self.first, self.last + 1))

    @property
    def wider(self) -> tuple[int, ...]:
        """These, and the codes on either side."""
        return tuple(range(max(self.first - 1, 0), min(self.last + 1, self.end) + 1))


class _Half(NamedTuple):
    """A half that was searched.

    Attributes
    ----------
    study, part
        The whole, and the half.
    rows
        (m,) its row numbers.
    numbers
        Gives the (n,) values of an ordered feature.
    """

    study: Study
    part: Part
    rows: np.ndarray
    numbers: Callable[[str], np.ndarray]

    def ranges(self, selection: Selection) -> dict[str, _Range]:
        """Return the conditions that have bounds; where a value may be missing, they stay."""
        encodings = self.study.encodings
        return {
            feature: _Range(min(codes), max(codes), encodings[feature].missing_code - 1)
            for feature, codes in selection
            if encodings[feature].ordered and encodings[feature].missing_code not in codes
        }

    def vicinity(self, selection: Selection) -> _Vicinity:
        """Return the instances in a slice and next to it."""
        ranges = self.ranges(selection)
        wider = tuple((f, ranges[f].wider if f in ranges else codes) for f, codes in selection)
        rows = self.rows[np.concatenate(self.part.map(lambda batch: batch.mask(wider)))]
        exposure, events = self.study.exposure[rows], self.study.events[rows]
        return _Vicinity(
            ranges=ranges,
            codes={feature: self.study.codes[feature][rows] for feature in ranges},
            values={feature: self.numbers(feature)[rows] for feature in ranges},
            layers=np.stack([exposure > 0, exposure, events]),
        )


@dataclass(frozen=True, kw_only=True)
class _Vicinity:
    """The instances in a slice and in the codes next to its ranges.

    Attributes
    ----------
    ranges
        By feature.
    codes, values
        By feature (m,) arrays.
    layers
        (3, m) whether they are exposed, their exposure and events.
    """

    ranges: Mapping[str, _Range]
    codes: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    layers: np.ndarray

    def near(self, feature: str, conditions: Conditions, *, lower: bool) -> Near | None:
        """Return what lies near a bound; None where the range is open on that side."""
        first, last, end = self.ranges[feature]
        if first == 0 if lower else last == end:
            return None
        below, above = (first - 1, first) if lower else (last, last + 1)
        codes, inside = self.codes[feature], self._without(feature, conditions, lower=lower)
        near = np.flatnonzero(inside & (codes >= below) & (codes <= above))
        beyond = inside & (codes > above if lower else codes < below)
        return Near(self.values[feature][near], self.layers[:, near], self.layers @ beyond, lower)

    def _without(self, feature: str, conditions: Conditions, *, lower: bool) -> np.ndarray:
        """Return (m,) which instances satisfy conditions, but for one bound."""
        opened = msgspec.structs.replace(conditions[feature], **{"low" if lower else "high": None})
        inside = np.ones(self.layers.shape[1], bool)
        for name, condition in {**conditions, feature: opened}.items():
            if condition.low is not None:
                inside &= self.values[name] >= condition.low
            if condition.high is not None:
                inside &= self.values[name] < condition.high
        return inside
