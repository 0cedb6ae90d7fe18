"""The best slices with bounds at the full resolution of the data."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.analyses.slices import Near, better_bound, score_of
from terrain.data.arrow import numbers_of

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
    searched alone. Coarse cut points stay what they were.

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
    numbers = cache(lambda feature: numbers_of(study.benchmark.table[feature]))
    moved = [
        _moved(study, each, np.flatnonzero(searched), numbers)
        for each, searched in zip(found, (study.discovery, ~study.discovery), strict=False)
    ]
    fine = study.refined([c for half in moved for own in half.values() for c in own.values()])
    recoded = [
        [_recoded(each, half.get(each, {}), study.encodings, fine.encodings) for each in one.slices]
        for one, half in zip(found, moved, strict=True)
    ]
    return fine, [list(dict.fromkeys(half)) for half in recoded]


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


def _moved(
    study: Study, found: Found, rows: np.ndarray, numbers: Callable[[str], np.ndarray]
) -> dict[Selection, Conditions]:
    """Return by slice its conditions whose bounds have better places.

    Parameters
    ----------
    study, found
        What was searched, and found.
    rows
        (m,) row numbers of the half that was searched.
    numbers
        Gives the (n,) values of a feature.
    """
    score = score_of(found.part, found.bounds)
    known: dict[str, list[float]] = defaultdict(list)
    moved: dict[Selection, Conditions] = {}
    for selection in found.slices[:SHARPENED] if score else ():
        before = {
            feature: study.encodings[feature].condition(codes)
            for feature, codes in selection
            if _has_bounds(study.encodings[feature], codes)
        }
        vicinity = _vicinity(study, found.part, rows, selection, list(before), numbers)
        after = _sharpened(vicinity, before, known, score, found.bounds.min_rows)
        moved[selection] = {name: after[name] for name in after if after[name] != before[name]}
        for name, condition in moved[selection].items():
            ends = {condition.low, condition.high} - {before[name].low, before[name].high}
            known[name] += sorted(end for end in ends if end is not None)
    return moved


def _has_bounds(encoding: Encoding, codes: Sequence[int]) -> bool:
    """Whether a condition is a range; where values may be missing too, its bounds stay."""
    return encoding.ordered and encoding.missing_code not in codes


@dataclass(frozen=True, kw_only=True)
class _Vicinity:
    """The instances in a slice and in the codes next to it.

    Attributes
    ----------
    spans
        By feature the first and the last code of its range, and the last code that holds values.
    codes, values
        By feature (m,) arrays.
    exposure, events
        (m,) the target.
    """

    spans: Mapping[str, tuple[int, int, int]]
    codes: Mapping[str, np.ndarray]
    values: Mapping[str, np.ndarray]
    exposure: np.ndarray
    events: np.ndarray

    def near(self, feature: str, conditions: Conditions, *, lower: bool) -> Near | None:
        """Return what lies near a bound; None where the range is open on that side."""
        first, last, end = self.spans[feature]
        if first == 0 if lower else last == end:
            return None
        # without this bound, and with all others
        opened = msgspec.structs.replace(conditions[feature], **{"low" if lower else "high": None})
        inside = np.ones(len(self.events), bool)
        for name, condition in {**conditions, feature: opened}.items():
            if condition.low is not None:
                inside &= self.values[name] >= condition.low
            if condition.high is not None:
                inside &= self.values[name] < condition.high
        edge = first if lower else last + 1  # the bound lies below this code
        codes = self.codes[feature]
        around = inside & (codes >= edge - 1) & (codes <= edge)
        beyond = inside & (codes > edge if lower else codes < edge - 1)
        target = np.stack([self.exposure > 0, self.exposure, self.events])
        return Near(
            values=self.values[feature][around],
            exposure=self.exposure[around],
            events=self.events[around],
            sums=target[:, beyond].sum(axis=1),
            lower=lower,
        )


def _vicinity(  # noqa: PLR0913 - where instances are, and what they are
    study: Study,
    part: Part,
    rows: np.ndarray,
    selection: Selection,
    features: Sequence[str],
    numbers: Callable[[str], np.ndarray],
) -> _Vicinity:
    ends = {feature: study.encodings[feature].missing_code - 1 for feature in features}
    spans = {
        feature: (min(codes), max(codes), ends[feature])
        for feature, codes in selection
        if feature in ends
    }
    wide = tuple(
        (
            feature,
            tuple(
                range(max(spans[feature][0] - 1, 0), min(spans[feature][1] + 1, ends[feature]) + 1)
            ),
        )
        if feature in spans
        else (feature, codes)
        for feature, codes in selection
    )
    chosen = rows[np.concatenate(part.map(lambda batch: batch.mask(wide)))]
    return _Vicinity(
        spans=spans,
        codes={feature: study.codes[feature][chosen] for feature in features},
        values={feature: numbers(feature)[chosen] for feature in features},
        exposure=study.exposure[chosen],
        events=study.events[chosen],
    )


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
