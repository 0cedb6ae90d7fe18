"""Findings as places that can be looked into."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terrain.report.inside import score_view, shapes_of
from terrain.report.views import Place, Row
from terrain.statistics.confirmation import gap_of

if TYPE_CHECKING:
    from terrain.comparison import Comparison
    from terrain.document import Group, Terrain
    from terrain.report.views import Kind
    from terrain.statistics.findings import Difference, Finding, MetricNote


def counted(document: Terrain | Comparison) -> bool:
    """Whether instances are independent and of weight 1, so that rates are counts."""
    return not any(role.role in {"weight", "group"} for role in document.benchmark.roles)


def region_place(terrain: Terrain, finding: Finding, kind: Kind = "region") -> Place:
    """Return a region that a search found."""
    return Place(
        kind=kind,
        finding=finding,
        words=finding.region.words,
        rows=rows_of(terrain, finding),
        shapes=shapes_of(terrain, finding),
        scores=score_view(finding, counted=counted(terrain)),
    )


def region_places(terrain: Terrain) -> tuple[Place, ...]:
    """Return all regions; those that stand for others hold them."""
    places = [region_place(terrain, finding) for finding in terrain.regions]
    beneath: dict[str, list[Place]] = {}
    for place in places:
        if place.finding.folded:
            beneath.setdefault(place.finding.folded.under, []).append(place)
    return tuple(replace(each, beneath=tuple(beneath.get(each.finding.id, ()))) for each in places)


def group_place(terrain: Terrain, group: Group) -> Place:
    """Return a group of a breakdown."""
    return Place(
        kind="group",
        finding=group.finding,
        words=f"{group.feature} = {group.value}",
        rows=rows_of(terrain, group.finding, group.gaps, group.too_few),
    )


def node_places(terrain: Terrain) -> dict[str, Place]:
    """Return the tree's places by id; parents come before their children."""
    places: dict[str, Place] = {}
    for node in terrain.tree.nodes:
        parent = places[node.parent] if node.parent else None
        places[node.finding.id] = Place(
            kind="node",
            finding=node.finding,
            words=node.finding.region.words,
            rows=rows_of(terrain, node.finding),
            trail=(*parent.trail, parent) if parent else (),
            scores=score_view(node.finding, counted=counted(terrain)),
        )
    return places


def rows_of(
    terrain: Terrain,
    finding: Finding,
    gaps: dict[str, Difference] | None = None,
    too_few: tuple[str, ...] = (),
) -> tuple[Row, ...]:
    """Return every metric of a finding beside what is outside it."""
    known = gaps or ({finding.target: finding.gap} if finding.gap else {})
    return tuple(
        Row(
            note=note,
            estimate=finding.metrics[key],
            elsewhere=finding.elsewhere.get(key),
            difference=known.get(key) or _gap(finding, key, note),
            too_few=key in too_few,
        )
        for key, note in terrain.metrics.items()
        if key in finding.metrics
    )


def _gap(finding: Finding, key: str, note: MetricNote) -> Difference | None:
    """Return the gap of a metric that was not tested."""
    outside = finding.elsewhere.get(key)
    return gap_of(finding.metrics[key], outside, note, "rest") if outside else None
