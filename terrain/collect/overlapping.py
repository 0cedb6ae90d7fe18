"""Where regions lie: which leaves of the tree and which groups their instances belong to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.data.features import selection_of
from terrain.statistics.findings import Shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.features import Selection
    from terrain.document import Breakdown, TreeNote
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Finding
    from terrain.study import Study

MOST = 3
"""Leaves, and groups, that are named."""

NOTABLE = 0.05
"""A leaf is named if it holds this share of a region."""

FREQUENT = 1.1
"""A group is named if its share of a region is this many times its share of all instances."""


class _Other(NamedTuple):
    """A leaf or a group: what a region is compared with."""

    id: str
    words: str
    features: frozenset[str]
    selection: Selection


def placed(
    study: Study,
    halves: Sequence[Part],
    regions: Sequence[Finding],
    tree: TreeNote,
    breakdowns: Sequence[Breakdown],
) -> list[Finding]:
    """Return detailed regions with the leaves and groups that they share most instances with.

    All instances are counted. Leaves come by their share of the region, groups by how much more
    frequent they are in the region than everywhere. A region that names a group's feature says
    so itself.
    """
    leaves = _leaves(study, tree)
    groups = _groups(study, breakdowns)
    found = [selection_of(region.region, study.encodings) for region in regions]
    others = [other.selection for other in (*leaves, *groups)]
    counts = np.sum([half.reduce(partial(_shared, regions=found, others=others), np.add)
                     for half in halves], axis=0)  # fmt: skip
    support = counts[-1] / len(study)
    return [
        msgspec.structs.replace(
            region,
            detail=region.detail and msgspec.structs.replace(
                region.detail,
                leaves=_most(leaves, row[: len(leaves)], support[: len(leaves)], region),
                groups=_more_frequent(groups, row[len(leaves) :], support[len(leaves) :], region),
            ),
        )
        for region, row in zip(regions, counts, strict=False)
    ]  # fmt: skip


def _leaves(study: Study, tree: TreeNote) -> list[_Other]:
    return [
        _Other(node.finding.id, node.finding.region.words, frozenset(),
               selection_of(node.finding.region, study.encodings))
        for node in tree.nodes
        if node.parent is not None and not node.children
    ]  # fmt: skip


def _groups(study: Study, breakdowns: Sequence[Breakdown]) -> list[_Other]:
    return [
        _Other(group.id, f"{group.feature} = {group.value}", frozenset(breakdown.features),
               selection_of(group.finding.region, study.encodings))
        for breakdown in breakdowns
        if len(breakdown.features) == 1
        for group in breakdown.groups
    ]  # fmt: skip


def _shared(batch: Batch, regions: Sequence[Selection], others: Sequence[Selection]) -> np.ndarray:
    """Return the (k + 1, m) instances that regions and others share; the last row: all."""
    inside = [*(batch.mask(region) for region in regions), np.ones(len(batch), dtype=bool)]
    beside = [batch.mask(other) for other in others]
    return np.array([[np.count_nonzero(one & other) for other in beside] for one in inside])


def _most(
    leaves: Sequence[_Other], row: np.ndarray, support: np.ndarray, region: Finding
) -> tuple[Shared, ...]:
    shares = row / max(region.support, 1)
    order = np.argsort(-shares, kind="stable")[:MOST]
    return tuple(
        _said(leaves[place], row[place], shares[place], support[place])
        for place in order
        if shares[place] >= NOTABLE
    )


def _more_frequent(
    groups: Sequence[_Other], row: np.ndarray, support: np.ndarray, region: Finding
) -> tuple[Shared, ...]:
    named = {condition.feature for condition in region.region.conditions}
    shares = row / max(region.support, 1)
    order = np.argsort(support - shares, kind="stable")
    able = [
        place
        for place in order
        if shares[place] >= FREQUENT * support[place] and not groups[place].features & named
    ]
    return tuple(
        _said(groups[place], row[place], shares[place], support[place])
        for place in able[:MOST]
        if row[place]
    )


def _said(other: _Other, instances: int, share: float, overall: float) -> Shared:
    return Shared(
        id=other.id,
        words=other.words,
        instances=int(instances),
        share=float(share),
        overall=float(overall),
    )
