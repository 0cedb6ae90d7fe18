"""Performance by sensitive features and by their intersections, measured on all instances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.measured import Instrument, Measured

MISSING = "missing"
"""The value of the group whose sensitive feature is missing; in brackets if a level has it."""

RANGES = 5
"""Ranges that a numeric sensitive feature with many values is cut into."""

MOST_GROUPS = 400
"""Widest intersection that is broken down: beyond it nobody reads the table."""


class Level(NamedTuple):
    """One value (or range of values) of a sensitive feature, and its codes."""

    value: str
    codes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Partition:
    """The groups of one breakdown before they are measured.

    Attributes
    ----------
    features
        The sensitive features, one or several.
    levels
        The levels of each.
    binned
        Those of the features that were cut into ranges.
    """

    features: tuple[str, ...]
    levels: tuple[tuple[Level, ...], ...]
    binned: tuple[str, ...]

    @property
    def name(self) -> str:
        """``sex`` or ``sex × race``."""
        return " × ".join(self.features)

    def groups(self) -> list[tuple[Level, ...]]:
        """Return every combination of levels, the last feature's changing fastest."""
        return list(product(*self.levels))


class MeasuredGroup(NamedTuple):
    """A group with its complement."""

    levels: tuple[Level, ...]
    selection: Selection
    outside: Measured
    inside: Measured


def partitions(
    features: Sequence[str],
    encodings: Mapping[str, Encoding],
    support: Mapping[str, np.ndarray],
    depth: int,
) -> tuple[list[Partition], list[str]]:
    """Return the breakdowns by each feature and by their intersections up to `depth`.

    Parameters
    ----------
    features
        Sensitive features.
    encodings
        Their encodings.
    support
        (codes,) number of instances of each code.
    depth
        Most features in an intersection.

    Returns
    -------
    The breakdowns, and the names of intersections too wide to show.
    """
    levels = {feature: _levels(encodings[feature], support[feature]) for feature in features}
    found, too_wide = [], []
    for size in range(1, depth + 1):
        for chosen in combinations(features, size):
            groups = np.prod([len(levels[feature]) for feature in chosen])
            binned = tuple(f for f in chosen if len(levels[f]) < np.sum(support[f] > 0))
            partition = Partition(
                features=chosen, levels=tuple(levels[f] for f in chosen), binned=binned
            )
            if size > 1 and groups > MOST_GROUPS:
                too_wide.append(partition.name)
            else:
                found.append(partition)
    return found, too_wide


def _levels(encoding: Encoding, support: np.ndarray) -> tuple[Level, ...]:
    values = [code for code in range(encoding.missing_code) if support[code]]
    if encoding.ordered and len(values) > 2 * RANGES:
        found = [_range(encoding, codes) for codes in _ranges(support[:-1])]
    elif encoding.ordered:
        found = [_range(encoding, (code,)) for code in values]
    else:
        found = [Level(encoding.levels[code], (code,)) for code in values]
    if support[encoding.missing_code]:
        taken = any(level.value == MISSING for level in found)
        found.append(Level(f"({MISSING})" if taken else MISSING, (encoding.missing_code,)))
    return tuple(found)


def _range(encoding: Encoding, codes: tuple[int, ...]) -> Level:
    words = encoding.condition(codes).words()
    name = encoding.feature
    if words.startswith(f"{name} "):
        return Level(words.removeprefix(f"{name} ").removeprefix("= "), codes)
    return Level(words.replace(f"<= {name} <", "to under"), codes)


def _ranges(support: np.ndarray) -> list[tuple[int, ...]]:
    """Return neighbouring codes in groups of about equal support."""
    middle = (np.cumsum(support) - support / 2) / support.sum()
    place = np.minimum((middle * RANGES).astype(int), RANGES - 1)
    return [tuple(np.flatnonzero(place == i).tolist()) for i in range(RANGES) if np.any(place == i)]


def measure(
    partition: Partition, parts: Sequence[Part], instrument: Instrument
) -> list[MeasuredGroup]:
    """Return the non-empty groups of a breakdown, largest first, measured on all parts."""
    groups = partition.groups()
    assign = partial(_assign, partition=partition)
    measured = instrument.against_rest(parts, assign, len(groups))
    found = [
        MeasuredGroup(levels, _selection(partition, levels), outside, inside)
        for levels, (outside, inside) in zip(groups, measured, strict=True)
        if inside.tally.instances
    ]
    return sorted(found, key=lambda group: -group.inside.tally.instances)


def _selection(partition: Partition, levels: tuple[Level, ...]) -> Selection:
    return tuple(
        (feature, level.codes) for feature, level in zip(partition.features, levels, strict=True)
    )


def _assign(batch: Batch, partition: Partition) -> np.ndarray:
    place = np.zeros(len(batch), np.int64)
    for feature, levels in zip(partition.features, partition.levels, strict=True):
        codes = batch.codes[feature]
        lookup = np.zeros(np.iinfo(codes.dtype).max + 1, np.int64)
        for number, level in enumerate(levels):
            lookup[list(level.codes)] = number
        place = place * len(levels) + lookup[codes]
    return place
