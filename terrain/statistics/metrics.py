"""Metrics as ratios of sums: what each counts, and its estimate from a tally."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from terrain.statistics import intervals
from terrain.statistics.auc import MINIMUM, auc
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from terrain.statistics.findings import MetricNote
    from terrain.statistics.intervals import Interval
    from terrain.statistics.measures import Layout, Measures
    from terrain.statistics.tally import Tally

LEVEL = 0.95
"""Confidence level of every interval that is shown."""


class Moments(NamedTuple):
    """Sums of an indicator over independent units: instances, or whole groups of them.

    Attributes
    ----------
    events, exposure
        Numerator and denominator.
    events_squared, cross, exposure_squared
        Second moments over the units.
    units
        Units with any exposure.
    counted
        Whether the units are single instances of weight 1 with 0/1 events (then the events are
        a binomial count).
    """

    events: float
    exposure: float
    events_squared: float
    cross: float
    exposure_squared: float
    units: float
    counted: bool

    def __add__(self, other: object) -> Moments:
        """Return the moments of two parts that share no unit."""
        if not isinstance(other, Moments):
            return NotImplemented
        return Moments(
            self.events + other.events,
            self.exposure + other.exposure,
            self.events_squared + other.events_squared,
            self.cross + other.cross,
            self.exposure_squared + other.exposure_squared,
            self.units + other.units,
            self.counted,
        )

    @property
    def value(self) -> float | None:
        """Events over exposure; None where there is no exposure."""
        return self.events / self.exposure if self.exposure else None

    def variance(self) -> float | None:
        """Return the variance of `value`; None where one unit or none has exposure."""
        return intervals.ratio_variance(*self[:6])


class Metric(Protocol):
    """A number that can be estimated from a tally."""

    @property
    def name(self) -> str:
        """A short name, the key in the document."""
        ...

    @property
    def note(self) -> MetricNote:
        """How it is read."""
        ...

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return the estimate; `clustered` replaces moments over instances by those over groups."""
        ...


class Indicator(Metric, Protocol):
    """A metric that gives each instance events and exposure, and can therefore be searched."""

    @property
    def signed(self) -> bool:
        """Whether events can be negative: then a part's sum is no share of the whole."""
        ...

    def moments(self, tally: Tally) -> Moments:
        """Return the sums over instances."""
        ...

    def per_instance(self, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n,) events and (n,) exposure, whole numbers as float64."""
        ...

    def outcome(self, measures: Measures) -> np.ndarray | None:
        """Return what became of each instance, where a look at its cell tells; else None.

        (n,) uint8: 1 for an event, 0 for exposure without one, 2 for no exposure.
        """
        ...

    def scale(self, layout: Layout) -> float:
        """Return by what the events were multiplied to become whole."""
        ...


@dataclass(frozen=True)
class Rate:
    """A share: some of the cells over some of the cells.

    Attributes
    ----------
    name, note
        As in `Metric`.
    events, exposure
        (cells,) 0/1 coefficients on a tally's block of cells.
    """

    name: str
    note: MetricNote
    events: np.ndarray
    exposure: np.ndarray

    signed = False

    def moments(self, tally: Tally) -> Moments:
        """Return the sums over instances."""
        weights, squared = tally.weights(), tally.squared_weights()
        squared_events = float(squared @ self.events)
        return Moments(
            events=float(weights @ self.events),
            exposure=float(weights @ self.exposure),
            events_squared=squared_events,
            cross=squared_events,  # an event is an exposure too
            exposure_squared=float(squared @ self.exposure),
            units=float(tally.counts() @ self.exposure),
            counted=tally.layout.weight_scales is None,
        )

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return the rate with Wilson's interval (on the effective size, where not counted)."""
        moments = clustered or self.moments(tally)
        return _estimate(moments, _rate_interval(moments), counted=moments.counted)

    def per_instance(self, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n,) events and (n,) exposure, whole numbers as float64."""
        events = np.zeros(len(measures))
        exposure = np.zeros(len(measures))
        start = 0
        for axis, codes in zip(measures.layout.axes, measures.axes, strict=True):
            here = slice(start, start + axis.size)
            events += self.events[here][codes]
            exposure += self.exposure[here][codes]
            start += axis.size
        if measures.weight is not None:
            events, exposure = events * measures.weight, exposure * measures.weight
        return events, exposure

    def outcome(self, measures: Measures) -> np.ndarray | None:
        """Return what became of each instance, if there is one axis and no weight; else None."""
        if measures.weight is not None or len(measures.axes) > 1:
            return None
        return np.where(self.exposure, self.events, 2).astype(np.uint8)[measures.axes[0]]

    def scale(self, layout: Layout) -> float:
        """Return by what the events were multiplied to become whole."""
        return 1.0 if layout.weight_scales is None else layout.weight_scales[0]


def _estimate(moments: Moments, interval: Interval, *, counted: bool) -> Estimate:
    return Estimate(
        value=moments.value,
        low=interval.low,
        high=interval.high,
        events=moments.events,
        exposure=moments.exposure,
        deviation=None if counted else _root(moments.variance()),
        units=None if counted else moments.units,
    )


def _rate_interval(moments: Moments) -> Interval:
    if moments.counted:
        return intervals.wilson(moments.events, moments.exposure, level=LEVEL)
    if moments.value is None:
        return intervals.UNKNOWN
    return intervals.clustered_wilson(moments.value, moments.variance(), moments.units, level=LEVEL)


@dataclass(frozen=True)
class Mean:
    """The mean of a loss over the instances that have one.

    Attributes
    ----------
    name, note
        As in `Metric`.
    loss
        The loss's name in the layout.
    zero_one
        Whether every value is 0 or 1, so that the mean is a rate.
    signed
        As in `Indicator`.
    """

    name: str
    note: MetricNote
    loss: str
    zero_one: bool = False
    signed: bool = False

    def moments(self, tally: Tally) -> Moments:
        """Return the sums over instances."""
        units, events, exposure, events_squared, cross, exposure_squared = tally.loss(self.loss)
        counted = self.zero_one and tally.layout.weight_scales is None
        return Moments(events, exposure, events_squared, cross, exposure_squared, units, counted)

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return the mean with Student's interval, of its logarithm unless signed; or a rate's."""
        moments = clustered or self.moments(tally)
        return _estimate(moments, self.interval(moments), counted=moments.counted)

    def interval(self, moments: Moments) -> Interval:
        """Return the interval of the mean."""
        if self.zero_one:
            return _rate_interval(moments)
        return intervals.ratio_of_sums(*moments[:6], level=LEVEL, signed=self.signed)

    def per_instance(self, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n,) events and (n,) exposure, whole numbers as float64."""
        loss = measures.losses[list(measures.layout.losses).index(self.loss)]
        defined = ~np.isnan(loss.value)
        weight = defined if measures.weight is None else defined * measures.weight
        return np.nan_to_num(loss.value), weight.astype(np.float64)

    def outcome(self, measures: Measures) -> np.ndarray | None:
        """Return None: losses have to be summed."""
        del measures
        return None

    def scale(self, layout: Layout) -> float:
        """Return by what the events were multiplied to become whole."""
        return layout.losses[self.loss].value


@dataclass(frozen=True)
class Root:
    """The square root of a mean: RMSE from the mean squared error."""

    name: str
    note: MetricNote
    mean: Mean

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return the root, with the root of the mean's interval."""
        square = self.mean.estimate(tally, clustered)
        return Estimate(
            value=_root(square.value),
            low=_root(square.low),
            high=_root(square.high),
            events=square.events,
            exposure=square.exposure,
            # by linearisation: the slope of the root
            deviation=square.deviation / (2 * math.sqrt(square.value))
            if square.deviation and square.value
            else None,
            units=square.units,
        )


def _root(value: float | None) -> float | None:
    return None if value is None else math.sqrt(max(value, 0.0))


@dataclass(frozen=True)
class RSquared:
    """One minus the squared error over the squared deviation from the region's own mean."""

    name: str
    note: MetricNote
    squared_error: Mean
    target: Mean
    target_squared: Mean

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return R² without an interval; undefined where the labels do not vary."""
        del clustered  # a point estimate needs no variance
        error, target = self.squared_error.moments(tally), self.target.moments(tally)
        squares = self.target_squared.moments(tally).events
        spread = squares - target.events**2 / target.exposure if target.exposure else 0.0
        varies = spread > 1e-9 * squares  # less is what rounding leaves of none
        value = 1 - error.events / spread if varies else None
        return Estimate(
            value=value, events=error.events, exposure=error.exposure, units=error.units
        )


@dataclass(frozen=True)
class F1:
    """The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN)."""

    name: str
    note: MetricNote
    hits: np.ndarray
    labelled: np.ndarray
    predicted: np.ndarray

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return F1, with Wilson's interval of TP / (TP + FP + FN) mapped onto it."""
        del clustered
        weights, squared = tally.weights(), tally.squared_weights()
        hits = float(weights @ self.hits)
        total = float(weights @ (self.labelled + self.predicted))
        if not total:
            return Estimate(value=None, events=0.0, exposure=0.0)
        union = total - hits
        squares = float(squared @ (self.labelled + self.predicted - self.hits))
        shrink = union / squares  # Kish's effective size over the sum of weights; 1 unweighted
        low, high = intervals.f1(hits * shrink, (union - hits) * shrink, 0.0, level=LEVEL)
        size, jaccard = union * shrink, hits / union
        slope = 2 / (1 + jaccard) ** 2
        return Estimate(
            value=2 * hits / total,
            low=low,
            high=high,
            events=2 * hits,
            exposure=total,
            deviation=slope * math.sqrt(jaccard * (1 - jaccard) / size),
            units=size / 2,  # near 0, where F1 is twice as large as the share, it is worth half
        )


@dataclass(frozen=True)
class Macro:
    """The plain mean of a per-class metric over the classes for which it is defined."""

    name: str
    note: MetricNote
    parts: tuple[Rate | F1, ...]

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return the mean; its interval adds up the parts' (of rates with disjoint exposure)."""
        del clustered
        found = [part.estimate(tally) for part in self.parts]
        defined = [part for part in found if part.value is not None]
        if not defined:
            return Estimate(value=None, events=0.0, exposure=0.0)
        k = len(defined)
        value = sum(part.value or 0.0 for part in defined) / k
        disjoint = all(isinstance(part, Rate) for part in self.parts)
        below = math.sqrt(sum(((p.value or 0) - (p.low or 0)) ** 2 for p in defined)) / k
        above = math.sqrt(sum(((p.high or 0) - (p.value or 0)) ** 2 for p in defined)) / k
        deviations = [_deviation(part) for part in defined] if disjoint else [None]
        known = [each for each in deviations if each is not None]
        return Estimate(
            value=value,
            low=value - below if disjoint else None,
            high=value + above if disjoint else None,
            events=sum(part.events for part in defined),
            exposure=sum(part.exposure for part in defined),
            deviation=math.hypot(*known) / k if len(known) == len(deviations) else None,
            units=k * min(part.units or part.exposure for part in defined),
        )


def _deviation(part: Estimate) -> float | None:
    """Return the standard error of a rate, counted or not."""
    if part.value is None or not part.counted:
        return part.deviation
    return math.sqrt(part.value * (1 - part.value) / part.exposure)


@dataclass(frozen=True)
class Auc:
    """The area under the ROC curve, from the tally's score histogram."""

    name: str
    note: MetricNote

    def estimate(self, tally: Tally, clustered: Moments | None = None) -> Estimate:
        """Return AUC with DeLong's interval on the logit.

        There is none for fewer than 10 on a side, nor with weights.
        """
        del clustered
        negatives, positives = tally.score_histogram()
        value, variance = auc(positives, negatives)
        scales = tally.layout.weight_scales
        enough = min(positives.sum(), negatives.sum()) >= MINIMUM and scales is None
        low, high = (
            intervals.auc(value, variance, level=LEVEL)
            if enough and value is not None and variance is not None
            else intervals.UNKNOWN
        )
        scale = 1.0 if scales is None else scales[0]
        return Estimate(
            value=value,
            low=low,
            high=high,
            events=float(positives.sum()) / scale,
            exposure=float(negatives.sum()) / scale,
            deviation=_root(variance) if enough else None,
            units=float(min(positives.sum(), negatives.sum())),
        )


def is_indicator(metric: Metric) -> bool:
    """Whether a metric gives each instance events and exposure."""
    return isinstance(metric, Rate | Mean)
