"""Regions as they were measured: tallies, with moments over groups where rows depend."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.statistics.clusters import clustered_moments
from terrain.statistics.counting import tally_partition, tally_selections
from terrain.statistics.measures import (
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    TRUE_NEGATIVE,
    TRUE_POSITIVE,
)
from terrain.statistics.metrics import F1, Auc, Mean, Rate, Root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Estimate
    from terrain.statistics.metrics import Indicator, Metric, Moments
    from terrain.statistics.tally import Tally


@dataclass(frozen=True)
class Measured:
    """A region on one part, or on parts together.

    Attributes
    ----------
    tally
        Its sums.
    clustered
        By metric, moments over groups of rows; empty where rows are independent.
    """

    tally: Tally
    clustered: Mapping[str, Moments] = field(default_factory=dict)

    def __add__(self, other: Measured) -> Measured:
        """Return the region on two parts together; no group of rows lies in both."""
        return Measured(
            self.tally + other.tally,
            {name: moments + other.clustered[name] for name, moments in self.clustered.items()},
        )

    def moments(self, metric: Indicator) -> Moments:
        """Return the sums over independent units."""
        return self.clustered.get(metric.name) or metric.moments(self.tally)

    def units(self, metric: Metric) -> float:
        """Return how many independent units a metric's denominator counts, weights aside."""
        if isinstance(metric, Rate | Mean):
            return self.moments(metric).units
        if isinstance(metric, Root):
            return self.moments(metric.mean).units
        if isinstance(metric, F1):
            return float(self.tally.counts() @ (metric.labelled + metric.predicted > 0))
        if isinstance(metric, Auc):
            negatives = self.tally.counts()[[TRUE_NEGATIVE, FALSE_POSITIVE]].sum()
            positives = self.tally.counts()[[FALSE_NEGATIVE, TRUE_POSITIVE]].sum()
            return float(min(negatives, positives))
        return float(self.tally.instances)

    def estimate(self, metric: Metric) -> Estimate:
        """Return a metric with its interval; none where its variance over groups is unknown."""
        moments = self.clustered.get(metric.name)
        found = metric.estimate(self.tally, moments)
        if self.clustered and moments is None:
            return msgspec.structs.replace(found, low=None, high=None, deviation=None)
        return found

    def estimates(self, metrics: Mapping[str, Metric]) -> dict[str, Estimate]:
        """Return every metric with its interval."""
        return {name: self.estimate(metric) for name, metric in metrics.items()}


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """What is measured, everywhere alike.

    Attributes
    ----------
    metrics
        By name, in display order.
    clusters
        Number of groups that rows belong to; 0 where rows are independent.
    """

    metrics: Mapping[str, Metric]
    clusters: int

    def partition(
        self, part: Part, assign: Callable[[Batch], np.ndarray], regions: int
    ) -> list[Measured]:
        """Measure disjoint regions: `assign` gives each instance of a batch its region."""
        counted = tally_partition(part, assign, regions)
        if not self.clusters:
            return [Measured(tally) for tally in counted]
        grouped = clustered_moments(part, assign, regions, self.clusters, self.metrics)
        return [Measured(*pair) for pair in zip(counted, grouped, strict=True)]

    def selections(
        self, part: Part, selections: Sequence[Selection]
    ) -> list[tuple[Measured, Measured]]:
        """Measure for each region its complement and itself; regions may overlap."""
        if not self.clusters:
            counted = tally_selections(part, selections)
            return [(Measured(outside), Measured(inside)) for outside, inside in counted]
        both = (self.partition(part, partial(inside_of, selection=s), 2) for s in selections)
        return [(outside, inside) for outside, inside in both]

    def against_rest(
        self, parts: Sequence[Part], assign: Callable[[Batch], np.ndarray], regions: int
    ) -> list[tuple[Measured, Measured]]:
        """Measure disjoint regions on all parts together, each with its complement."""
        if self.clusters:  # a group of rows may lie in several regions: no subtraction
            return [self._two_sides(parts, assign, region) for region in range(regions)]
        inside = [
            Measured(sum_of(tallies))
            for tallies in zip(*(tally_partition(p, assign, regions) for p in parts), strict=True)
        ]
        whole = sum_of([region.tally for region in inside])
        return [(Measured(whole - region.tally), region) for region in inside]

    def _two_sides(
        self, parts: Sequence[Part], assign: Callable[[Batch], np.ndarray], region: int
    ) -> tuple[Measured, Measured]:
        def one(batch: Batch) -> np.ndarray:
            return (assign(batch) == region).astype(np.int64)

        sides = [self.partition(part, one, 2) for part in parts]
        outside, inside = (reduce(add, side) for side in zip(*sides, strict=True))
        return outside, inside

    def whole(self, part: Part) -> Measured:
        """Measure all instances of a part."""
        return self.partition(part, everywhere, 1)[0]


def sum_of(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of disjoint regions together."""
    return reduce(add, tallies)


def inside_of(batch: Batch, selection: Selection) -> np.ndarray:
    """Return 1 for the instances in a region and 0 for the others."""
    return batch.mask(selection).astype(np.int64)


def everywhere(batch: Batch) -> np.ndarray:
    """Return the same region for all instances."""
    return np.zeros(len(batch), np.int64)
