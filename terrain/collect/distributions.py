"""How the instances of regions lie along every feature, stretch by stretch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.data.features import selection_of
from terrain.statistics.findings import Distribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.features import Selection
    from terrain.document import FeatureNote
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Finding
    from terrain.study import Study


class _Profile(NamedTuple):
    """A feature, and the stretch that each of its codes lies in."""

    feature: str
    stretch: np.ndarray
    stretches: int


def distributed(
    study: Study,
    halves: Sequence[Part],
    regions: Sequence[Finding],
    features: Sequence[FeatureNote],
) -> list[Finding]:
    """Return detailed regions with how all their instances lie along every feature."""
    profiles = [_profile(study, note) for note in features]
    selections = [selection_of(region.region, study.encodings) for region in regions]
    if not selections or not profiles:
        return list(regions)
    step = partial(_count, selections=selections, profiles=profiles)
    counts = np.sum([half.reduce(step, np.add) for half in halves], axis=0)
    ends = np.cumsum([profile.stretches for profile in profiles])[:-1]
    return [
        msgspec.structs.replace(
            region,
            detail=region.detail and msgspec.structs.replace(
                region.detail,
                distributions=tuple(
                    Distribution(feature=profile.feature, inside=tuple(inside.tolist()))
                    for profile, inside in zip(profiles, np.split(row, ends), strict=True)
                ),
            ),
        )
        for region, row in zip(regions, counts, strict=True)
    ]  # fmt: skip


def _profile(study: Study, note: FeatureNote) -> _Profile:
    encoding = study.encodings[note.feature]
    stretch = np.zeros(encoding.size, np.int64)  # what no instance has lies nowhere
    for number, each in enumerate(note.profile):
        stretch[list(encoding.codes_of(each.condition))] = number
    return _Profile(note.feature, stretch, len(note.profile))


def _count(
    batch: Batch, selections: Sequence[Selection], profiles: Sequence[_Profile]
) -> np.ndarray:
    """Return the (regions, stretches of all features) instances of a batch."""
    return np.stack([_inside(batch, selection, profiles) for selection in selections])


def _inside(batch: Batch, selection: Selection, profiles: Sequence[_Profile]) -> np.ndarray:
    rows = np.flatnonzero(batch.mask(selection))
    return np.concatenate(
        [
            np.bincount(
                profile.stretch,
                np.bincount(batch.codes[profile.feature][rows], minlength=len(profile.stretch)),
                minlength=profile.stretches,
            )
            for profile in profiles
        ]
    ).astype(np.int64)
