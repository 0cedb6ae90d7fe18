"""What the page of a comparison shows: plain typed values, arranged, without markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrain.report.axes import round_up
from terrain.report.filters import columns_of
from terrain.report.views import Axis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terrain.comparison import Compared, Comparison, Standing
    from terrain.report.dialects import Column
    from terrain.statistics.changes import Change
    from terrain.statistics.findings import Difference, Estimate, MetricNote

KINDS = {"a": "whole", "r": "region", "g": "group", "c": "cohort"}
"""By an id's first letter, what it is in the address."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Some instances that can be looked into; `finding` has their region."""

    finding: Compared | Standing
    words: str
    target: str

    @property
    def anchor(self) -> str:
        """Return the part of the address behind `#`, which is an element's id too."""
        return f"{KINDS[self.finding.id[0]]}={self.finding.id}"

    @property
    def change(self) -> Change:
        """Return what happened to the searched metric."""
        return self.finding.metrics[self.target]  # type: ignore[union-attr]


@dataclass(frozen=True, kw_only=True)
class Groups:
    """The groups of a sensitive feature."""

    feature: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, kw_only=True)
class ComparisonView:
    """Everything on the page except the instances.

    `terrain` is the document, named as on the page of one model, whose frame and panels are
    shared. `axis` is the scale of changes of the searched metric, with 0 in its middle.
    """

    terrain: Comparison
    note: MetricNote
    axis: Axis
    whole: Spot
    worse: tuple[Spot, ...]
    better: tuple[Spot, ...]
    suspected: tuple[Spot, ...]
    same: tuple[Spot, ...]
    groups: tuple[Groups, ...]
    cohorts: tuple[Spot, ...]
    board: tuple[Spot, ...]
    levels: Axis
    columns: dict[str, Column]

    @property
    def old(self) -> str:
        """Return the first model's name."""
        return self.terrain.models[0].name

    @property
    def new(self) -> str:
        """Return the last model's name."""
        return self.terrain.models[-1].name

    @property
    def places(self) -> tuple[Spot, ...]:
        """Return everything that can be looked into."""
        if self.board:
            return self.board
        groups = (spot for each in self.groups for spot in each.spots)
        found = (*self.worse, *self.better, *self.suspected, *self.same)
        return (self.whole, *found, *self.cohorts, *groups)


def comparison_view(comparison: Comparison) -> ComparisonView:
    """Arrange a comparison for the page."""

    def spots(places: Iterable[Compared | Standing]) -> tuple[Spot, ...]:
        return tuple(
            Spot(finding=each, words=each.words, target=comparison.target) for each in places
        )

    by_status = {
        status: spots(each for each in comparison.regions if each.status == status)
        for status in ("worse", "better", "suspected", "none")
    }
    groups = tuple(
        Groups(feature=each.feature, spots=spots(each.groups)) for each in comparison.groups
    )
    cohorts, board = spots(comparison.cohorts), spots(comparison.leaderboard)
    whole = spots([comparison.overall] if comparison.overall else comparison.leaderboard[:1])[0]
    shown = [
        *spots(comparison.regions),
        *cohorts,
        *(spot for each in groups for spot in each.spots),
    ]
    changes = [whole, *shown] if comparison.overall else []
    return ComparisonView(
        terrain=comparison,
        note=comparison.metrics[comparison.target],
        axis=_around_zero(spot.change.difference for spot in changes),
        whole=whole,
        worse=by_status["worse"],
        better=by_status["better"],
        suspected=by_status["suspected"],
        same=by_status["none"],
        groups=groups,
        cohorts=cohorts,
        board=board,
        levels=_from_zero(
            estimate for each in comparison.leaderboard for estimate in each.target.values()
        ),
        columns=columns_of(comparison.encoding),
    )


def _around_zero(differences: Iterable[Difference]) -> Axis:
    ends = [
        abs(end)
        for each in differences
        for end in (each.low, each.gap, each.high)
        if end is not None
    ]
    reach = round_up(max(ends, default=0.0)) or 1.0
    return Axis(low=-reach, high=reach)


def _from_zero(estimates: Iterable[Estimate]) -> Axis:
    ends = [end for each in estimates for end in (each.value, each.high) if end is not None]
    return Axis(low=0.0, high=round_up(max(ends, default=0.0)) or 1.0)
