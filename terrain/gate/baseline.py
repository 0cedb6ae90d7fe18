"""What limits on a change are judged against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.document import Breakdown, Terrain
    from terrain.statistics.findings import Estimate


@dataclass(frozen=True)
class Baseline:
    """An earlier document, of instances of its own.

    Attributes
    ----------
    terrain
        The document.
    """

    terrain: Terrain

    def words(self) -> str:
        """Return what it is, in words."""
        note = self.terrain.benchmark
        return f"{note.name}, {note.instances:,} instances"

    def mismatch(self, now: Terrain, metric: str) -> str | None:
        """Return why a metric cannot be compared with this baseline; None if it can."""
        then = self.terrain
        if then.schema_version != now.schema_version:
            return (
                f"the baseline has schema version {then.schema_version}, not "
                f"{now.schema_version}: analyze it again"
            )
        if metric not in then.metrics:
            return f"the baseline says nothing of `{metric}`"
        alike = then.metrics[metric] == now.metrics[metric]
        if not alike or then.benchmark.positive != now.benchmark.positive:
            return f"`{metric}` means something else in the baseline"
        return None

    def group(self, feature: str, value: str) -> Mapping[str, Estimate] | None:
        """Return a group's metrics; None if the baseline has no such group."""
        breakdown = breakdown_of(self.terrain, tuple(feature.split(" × ")))
        groups = () if breakdown is None else breakdown.groups
        return next((group.finding.metrics for group in groups if group.value == value), None)

    def cohort(self, name: str, expression: str) -> Mapping[str, Estimate] | None:
        """Return a cohort's metrics; None if the baseline has no such cohort of this meaning."""
        return next(
            (
                cohort.finding.metrics
                for cohort in self.terrain.cohorts
                if (cohort.name, cohort.expression) == (name, expression)
            ),
            None,
        )


def breakdown_of(terrain: Terrain, features: tuple[str, ...]) -> Breakdown | None:
    """Return the breakdown by some features, in whatever order; None if there is none."""
    wanted = set(features)
    return next((each for each in terrain.breakdowns if set(each.features) == wanted), None)
