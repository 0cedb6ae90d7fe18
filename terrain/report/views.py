"""What the templates show: plain typed values, no markup, no formatted numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.document import Breakdown, Cohort, Group, Node, RivalNote, Spread, Terrain, Win
    from terrain.report.dialects import Column
    from terrain.report.features import FeaturesView
    from terrain.report.inside import ScoreView, Shape
    from terrain.report.matrix import GapMatrix
    from terrain.statistics.findings import Difference, Estimate, Finding, MetricNote

Kind = Literal["region", "cohort", "node", "group", "win"]

SHADES = 8
"""Steps of the colour scale."""

PITCH = 100
"""Height of a leaf, in the unit of the drawn branches."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The scale that a column of interval bars shares."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Return the place of a value, 0 to 100, never outside the axis."""
        width = self.high - self.low or 1.0
        return round(100 * min(1.0, max(0.0, (value - self.low) / width)), 2)

    def shade(self, value: float | None) -> int:
        """Return the step of the colour scale, 1 to `SHADES`; 0 for an undefined value."""
        if value is None:
            return 0
        return min(SHADES, 1 + int(self.at(value) * SHADES / 100))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A metric of one finding, and what it is outside; None where that is not known."""

    note: MetricNote
    estimate: Estimate
    elsewhere: Estimate | None
    difference: Difference | None
    too_few: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """A finding that can be looked into.

    `trail` leads to it from the tree's root; `beneath` are further descriptions of the same;
    `shapes` and `scores` are how features and scores lie inside and outside.
    """

    kind: Kind
    finding: Finding
    words: str
    rows: tuple[Row, ...]
    trail: tuple[Place, ...] = ()
    beneath: tuple[Place, ...] = ()
    shapes: tuple[Shape, ...] = ()
    scores: ScoreView | None = None

    @property
    def contributed(self) -> Axis:
        """Return the scale of what each condition contributes; 0 lies on it."""
        detail = self.finding.detail
        values = [0.0, *(each.value for each in detail.contributions)] if detail else [0.0]
        return Axis(low=min(values), high=max(values))

    @property
    def anchor(self) -> str:
        """Return the part of the address behind `#`, which is an element's id too."""
        return f"{self.kind}={self.finding.id}"

    @property
    def target(self) -> Estimate:
        """Return the finding's searched metric."""
        return self.finding.metrics[self.finding.target]


@dataclass(frozen=True, kw_only=True)
class Limb:
    """The drawn branch from a node to a child: from height `start` to `end`, in `PITCH`es."""

    start: float
    end: float
    width: float
    sure: bool


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A node of the tree with all below it; `sure` if the split that leads here is confirmed."""

    place: Place
    node: Node
    level: int
    sure: bool
    words: str
    shade: int
    width: int
    children: tuple[Branch, ...]
    limbs: tuple[Limb, ...]

    @property
    def height(self) -> float:
        """Return the height of all that is below: a `PITCH` for every leaf."""
        return sum(child.height for child in self.children) or PITCH


@dataclass(frozen=True, kw_only=True)
class TreeView:
    """The tree and its colour scale."""

    root: Branch
    axis: Axis
    depth: int
    size: int
    unsure: bool


@dataclass(frozen=True, kw_only=True)
class Member:
    """A group in a metric's table."""

    group: Group
    anchor: str
    estimate: Estimate
    gap: Difference | None
    reference_gap: Difference | None
    too_few: bool


class Scene(NamedTuple):
    """What groups are compared in: the metric of the search, all notes, and all overall values."""

    target: str
    metrics: Mapping[str, MetricNote]
    overall: Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class MetricTable:
    """One metric over the groups of a breakdown."""

    key: str
    title: str
    note: MetricNote
    overall: Estimate | None
    spread: Spread | None
    members: tuple[Member, ...]
    charted: bool


@dataclass(frozen=True, kw_only=True)
class BreakdownView:
    """A breakdown, metric by metric, and the gaps of several metrics at once."""

    breakdown: Breakdown
    tables: tuple[MetricTable, ...]
    matrix: GapMatrix


@dataclass(frozen=True, kw_only=True)
class CohortRow:
    """A region of the user's own; `gap` is that of the searched metric."""

    cohort: Cohort
    place: Place
    gap: Difference
    too_few: bool


@dataclass(frozen=True, kw_only=True)
class CohortsView:
    """The user's own regions, and the scale of their intervals."""

    rows: tuple[CohortRow, ...]
    axis: Axis


@dataclass(frozen=True, kw_only=True)
class WorstGap:
    """A confirmed gap of a group that hurts it."""

    place: Place
    note: MetricNote
    estimate: Estimate
    difference: Difference


@dataclass(frozen=True, kw_only=True)
class Small:
    """How many groups have too few instances for the target, of how many."""

    few: int
    groups: int


@dataclass(frozen=True, kw_only=True)
class RivalView:
    """The rival beside the model; `weights` is the scale of its terms, 0 lies on it."""

    rival: RivalNote
    note: MetricNote
    model: Estimate
    weights: Axis
    wins: tuple[tuple[Place, Win], ...]


@dataclass(frozen=True, kw_only=True)
class PageView:
    """Everything on the page except the instances.

    `columns` is what a filter must know of the features.
    """

    terrain: Terrain
    note: MetricNote
    overall: Estimate
    axis: Axis
    first: tuple[Place, ...]
    gaps: tuple[WorstGap, ...]
    small: Small
    confirmed: tuple[Place, ...]
    suspected: tuple[Place, ...]
    tree: TreeView
    breakdowns: tuple[BreakdownView, ...]
    features: FeaturesView
    cohorts: CohortsView
    rival: RivalView | None
    places: tuple[Place, ...]
    columns: dict[str, Column]

    def place(self, name: str) -> Place:
        """Return the place of a finding."""
        return next(place for place in self.places if place.finding.id == name)
