"""What growing a tree means, whoever grows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch


class Branching(NamedTuple):
    """Where the instances of a node go: to `first` with one of `codes`, else to `second`."""

    place: int
    feature: str
    codes: tuple[int, ...]
    first: int
    second: int


class Split(NamedTuple):
    """A cut of a node in two sets of codes of a feature: the higher and the lower rate."""

    gain: float
    feature: str
    worse: tuple[int, ...]
    better: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Grown:
    """A node as it was grown.

    Attributes
    ----------
    selection
        Its region as code sets.
    parent
        Place of its parent in the tree; −1 for the root.
    split
        How it is cut; None for a leaf.
    children
        Places of its children, worse first; empty for a leaf.
    rows, rate
        Instances and rate of the target in the part that it was grown on; NaN where undefined.
    """

    selection: Selection
    parent: int
    split: Split | None
    children: tuple[int, ...]
    rows: int
    rate: float


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How far a tree grows.

    Attributes
    ----------
    max_depth
        Most conditions on a path.
    min_rows
        Fewest instances in a child, in the part that it is grown on.
    max_leaves
        Most leaves; None for no limit. The splits with the largest gain are kept.
    """

    max_depth: int
    min_rows: int
    max_leaves: int | None = None


def child_selection(parent: Selection, feature: str, codes: Collection[int]) -> Selection:
    """Return a parent's region with one feature restricted further."""
    held = dict(parent)
    held[feature] = tuple(sorted(set(held.get(feature, codes)) & set(codes)))
    return tuple(held.items())


def route(batch: Batch, splits: Sequence[Branching]) -> np.ndarray:
    """Return the node that each instance of a batch ends in, as (n,) int32.

    Parameters
    ----------
    batch
        Instances.
    splits
        From the root downwards.
    """
    places = np.zeros(len(batch), np.int32)
    for place, feature, codes, first, second in splits:
        rows = np.flatnonzero(places == place)
        values = batch.codes[feature][rows]
        lookup = np.full(np.iinfo(values.dtype).max + 1, second, np.int32)
        lookup[list(codes)] = first
        places[rows] = lookup[values]
    return places
