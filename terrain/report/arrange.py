"""Arrange a document for the page: pick, order and place what the templates show."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from terrain.data.regions import EVERYWHERE
from terrain.report.axes import axis_of
from terrain.report.features import features_view, steady
from terrain.report.filters import columns_of
from terrain.report.gaps import worst_gaps
from terrain.report.inside import score_view
from terrain.report.matrix import gap_matrix
from terrain.report.places import (
    counted,
    group_place,
    node_places,
    region_place,
    region_places,
    rows_of,
)
from terrain.report.views import (
    Axis,
    Branch,
    BreakdownView,
    CohortRow,
    CohortsView,
    Limb,
    Member,
    MetricTable,
    PageView,
    Place,
    RivalView,
    Scene,
    Small,
    TreeView,
    WorstGap,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terrain.document import Breakdown, Group, Terrain
    from terrain.statistics.findings import Estimate, Finding

WIDTHS = 8
"""Steps of the width of a branch in the outline."""

THICKEST = 26.0
"""Pixels of a drawn branch that holds all instances."""

CHARTED = 8
"""Metrics of a breakdown that are drawn; all of them are in tables."""


def page_view(terrain: Terrain) -> PageView:
    """Arrange a document for the page."""
    regions = region_places(terrain)
    rival = _rival(terrain)
    wins = tuple(place for place, _ in rival.wins) if rival else ()
    nodes = node_places(terrain)
    groups = {group.id: group_place(terrain, group) for group in _groups(terrain)}
    cohorts = _cohorts(terrain)
    heads = tuple(place for place in regions if place.finding.folded is None)
    confirmed = tuple(place for place in heads if place.finding.confirmed)
    return PageView(
        terrain=terrain,
        note=terrain.metrics[terrain.target],
        overall=terrain.overall[terrain.target],
        axis=axis_of(chain([terrain.overall[terrain.target]], _shown(terrain.regions))),
        first=confirmed[:3],
        gaps=_gaps(terrain, groups),
        small=_small(terrain),
        confirmed=confirmed,
        suspected=tuple(place for place in heads if not place.finding.confirmed),
        tree=_tree(terrain, nodes),
        breakdowns=tuple(_breakdown(terrain, one) for one in terrain.breakdowns),
        features=features_view(terrain, axis_of(steady(terrain))),
        cohorts=cohorts,
        rival=rival,
        places=(
            *regions,
            *(row.place for row in cohorts.rows),
            *nodes.values(),
            *groups.values(),
            *wins,
        ),
        columns=columns_of(terrain.encoding),
    )


def _shown(findings: Iterable[Finding]) -> Iterator[Estimate]:
    for finding in findings:
        yield finding.metrics[finding.target]
        if finding.discovery:
            yield finding.discovery


def _cohorts(terrain: Terrain) -> CohortsView:
    rows = tuple(
        CohortRow(
            cohort=cohort,
            place=Place(
                kind="cohort",
                finding=cohort.finding,
                words=cohort.name,
                rows=rows_of(terrain, cohort.finding, cohort.gaps, cohort.too_few),
                scores=score_view(cohort.finding, counted=counted(terrain)),
            ),
            gap=cohort.gaps[terrain.target],
            too_few=terrain.target in cohort.too_few,
        )
        for cohort in terrain.cohorts
    )
    shown = (row.place.target for row in rows)
    return CohortsView(rows=rows, axis=axis_of(chain([terrain.overall[terrain.target]], shown)))


def _tree(terrain: Terrain, places: dict[str, Place]) -> TreeView:
    nodes = {node.finding.id: node for node in terrain.tree.nodes}
    values = [0.0, *(place.target.value or 0.0 for place in places.values())]
    axis = Axis(low=min(values), high=max(values))
    root = terrain.tree.nodes[0]

    def branch(name: str, level: int) -> Branch:
        node, place = nodes[name], places[name]
        parent = nodes[node.parent] if node.parent else None
        children = tuple(branch(child, level + 1) for child in node.children)
        return Branch(
            place=place,
            node=node,
            level=level,
            sure=parent is None or (parent.split_p or 0.0) <= terrain.method.alpha,
            words=node.condition.words() if node.condition else EVERYWHERE,
            shade=axis.shade(place.target.value),
            width=max(1, round(WIDTHS * math.sqrt(node.finding.coverage))),
            children=children,
            limbs=tuple(_limbs(children)),
        )

    return TreeView(
        root=branch(root.finding.id, 1),
        axis=axis,
        depth=max(len(place.trail) for place in places.values()),
        size=len(nodes),
        unsure=any((node.split_p or 0.0) > terrain.method.alpha for node in terrain.tree.nodes),
    )


def _limbs(children: tuple[Branch, ...]) -> Iterator[Limb]:
    """Yield branches that leave the node's middle side by side and end at each child's middle."""
    widths = [max(1.5, THICKEST * child.place.finding.coverage) for child in children]
    start = (sum(child.height for child in children) - sum(widths)) / 2
    top = 0.0
    for child, width in zip(children, widths, strict=True):
        yield Limb(
            start=round(start + width / 2, 1),
            end=round(top + child.height / 2, 1),
            width=round(width, 1),
            sure=child.sure,
        )
        start += width
        top += child.height


def _breakdown(terrain: Terrain, breakdown: Breakdown) -> BreakdownView:
    tables = metric_tables(breakdown, Scene(terrain.target, terrain.metrics, terrain.overall))
    return BreakdownView(
        breakdown=breakdown, tables=tables, matrix=gap_matrix(tables, terrain.method.alpha)
    )


def metric_tables(breakdown: Breakdown, scene: Scene) -> tuple[MetricTable, ...]:
    """Return a table for each metric that any group has."""
    charted = set(_key_metrics(breakdown, scene))
    tables = (
        MetricTable(
            key=key,
            title=f"{note.title} by {breakdown.feature}",
            note=note,
            overall=scene.overall.get(key),
            spread=breakdown.spreads.get(key),
            members=tuple(
                Member(
                    group=group,
                    anchor=f"group={group.id}",
                    estimate=group.finding.metrics[key],
                    gap=group.gaps.get(key),
                    reference_gap=group.reference_gaps.get(key),
                    too_few=key in group.too_few,
                )
                for group in breakdown.groups
                if key in group.finding.metrics
            ),
            charted=key in charted,
        )
        for key, note in scene.metrics.items()
    )
    return tuple(table for table in tables if table.members)


def _key_metrics(breakdown: Breakdown, scene: Scene) -> Iterator[str]:
    """Yield up to `CHARTED` metrics: the target first, none that mirrors an earlier one."""
    drawn: list[Estimate] = []
    first = (scene.target, *(key for key in scene.metrics if key != scene.target))
    for key in first:
        estimate = scene.overall.get(key)
        present = any(key in group.finding.metrics for group in breakdown.groups)
        if not present or estimate is None or any(_mirrors(estimate, other) for other in drawn):
            continue
        drawn.append(estimate)
        yield key
        if len(drawn) == CHARTED:
            return


def _mirrors(one: Estimate, other: Estimate) -> bool:
    """Return whether two rates of the same instances add up to 1, as accuracy and error do."""
    if one.value is None or other.value is None or one.exposure != other.exposure:
        return False
    return math.isclose(one.value + other.value, 1.0, abs_tol=1e-9)


def _rival(terrain: Terrain) -> RivalView | None:
    rival = terrain.rival
    if rival is None:
        return None
    weights = [0.0, *(term.weight for term in rival.terms)]
    return RivalView(
        rival=rival,
        note=terrain.metrics[rival.metric],
        model=terrain.overall[rival.metric],
        weights=Axis(low=min(weights), high=max(weights)),
        wins=tuple((region_place(terrain, win.finding, "win"), win) for win in rival.wins),
    )


def _gaps(terrain: Terrain, places: dict[str, Place]) -> tuple[WorstGap, ...]:
    """Return the largest gaps that chance does not explain."""
    found = worst_gaps(_groups(terrain), terrain.metrics, terrain.target, terrain.method.alpha)
    return tuple(
        WorstGap(
            place=places[harm.group.id],
            note=terrain.metrics[harm.metric],
            estimate=harm.group.finding.metrics[harm.metric],
            difference=harm.gap,
        )
        for harm in found
    )


def _small(terrain: Terrain) -> Small:
    """Return how many groups are too small for the target, of how many."""
    groups = _groups(terrain)
    return Small(few=sum(terrain.target in group.too_few for group in groups), groups=len(groups))


def _groups(terrain: Terrain) -> list[Group]:
    return [group for breakdown in terrain.breakdowns for group in breakdown.groups]
