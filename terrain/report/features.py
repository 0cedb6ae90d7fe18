"""The features as the page shows them: the ranking, profiles, and two features at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrain.report.views import Axis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.document import Cell, FeatureNote, Heatmap, Terrain
    from terrain.statistics.findings import Estimate

OPEN = 12
"""Features that are listed, and profiles that are drawn, before the others are folded."""

MOST_DRAWN = 60
"""Features whose profile is in the page; the document has all."""

FEWEST = 10
"""Instances below which a cell shows no rate."""

LEAST = 0.001
"""Share below which a feature is not said to explain anything: noise may give as much."""

STEADY = 50
"""Instances from which an interval has a say in the scale; a wider one is cut off at its end."""


@dataclass(frozen=True, kw_only=True)
class FeatureView:
    """A feature, and its place in the ranking from 0, by which addresses name it."""

    place: int
    note: FeatureNote


@dataclass(frozen=True, kw_only=True)
class CellView:
    """A cell of the heatmap and its step of the colour scale; a `rare` one says nothing."""

    cell: Cell
    shade: int
    rare: bool


@dataclass(frozen=True, kw_only=True)
class HeatmapView:
    """Two features and the cells where their stretches cross."""

    down: FeatureView
    across: FeatureView
    rows: tuple[tuple[CellView, ...], ...]
    axis: Axis


@dataclass(frozen=True, kw_only=True)
class FeaturesView:
    """All features, the most telling first.

    Attributes
    ----------
    listed, unlisted
        Those of the ranking, and those that are folded.
    telling, others, undrawn
        Those whose profile is open, because they explain something; those whose profile is
        folded; and the number of those whose profile is not in the page.
    shares
        The scale of what each explains.
    axis
        The scale that all profiles share.
    heatmap
        Of the first two; None where there are not two.
    """

    listed: tuple[FeatureView, ...]
    unlisted: tuple[FeatureView, ...]
    telling: tuple[FeatureView, ...]
    others: tuple[FeatureView, ...]
    undrawn: int
    shares: Axis
    axis: Axis
    heatmap: HeatmapView | None


def features_view(terrain: Terrain, axis: Axis) -> FeaturesView:
    """Arrange the features; `axis` is the scale of their profiles."""
    views = tuple(FeatureView(place=i, note=note) for i, note in enumerate(terrain.features))
    telling = tuple(view for view in views[:OPEN] if view.note.explained >= LEAST)
    return FeaturesView(
        listed=views[:OPEN],
        unlisted=views[OPEN:],
        telling=telling,
        others=views[len(telling) : MOST_DRAWN],
        undrawn=len(views[MOST_DRAWN:]),
        shares=Axis(low=0.0, high=max([0.0, *(view.note.explained for view in views)])),
        axis=axis,
        heatmap=_heatmap(terrain.heatmap, views) if terrain.heatmap else None,
    )


def steady(terrain: Terrain) -> Iterator[Estimate]:
    """Yield the estimates that decide the scale of profiles."""
    yield terrain.overall[terrain.target]
    for note in terrain.features:
        yield from (each.estimate for each in note.profile if each.support >= STEADY)


def _heatmap(heatmap: Heatmap, views: tuple[FeatureView, ...]) -> HeatmapView:
    by_name = {view.note.feature: view for view in views}
    values = [
        cell.estimate.value
        for row in heatmap.cells
        for cell in row
        if cell.estimate.value is not None and cell.units >= FEWEST
    ]
    axis = Axis(low=min([0.0, *values]), high=max([0.0, *values]))
    return HeatmapView(
        down=by_name[heatmap.down],
        across=by_name[heatmap.across],
        rows=tuple(tuple(_cell(axis, cell) for cell in row) for row in heatmap.cells),
        axis=axis,
    )


def _cell(axis: Axis, cell: Cell) -> CellView:
    rare = cell.units < FEWEST
    shade = 0 if rare else axis.shade(cell.estimate.value)
    return CellView(cell=cell, shade=shade, rare=rare)
