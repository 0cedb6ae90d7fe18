"""Two models on the same instances: every metric of both, and what changed, with its interval.

`paired_changes` is a pure function of the two models' measures and some rows; what judges a
change (a gate, a page) needs nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.statistics import paired
from terrain.statistics.batch import part_of
from terrain.statistics.findings import Difference, Estimate
from terrain.statistics.influence import influence, per_instance
from terrain.statistics.intervals import UNKNOWN
from terrain.statistics.measured import Instrument
from terrain.statistics.measures import take_measures
from terrain.statistics.metrics import Mean, Moments, Rate, is_indicator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from terrain.statistics.intervals import Interval
    from terrain.statistics.measures import Measures
    from terrain.statistics.metrics import Metric


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of two models.

    Attributes
    ----------
    old, new
        The metric of each.
    difference
        New minus old, its `against` is ``old``; the p-value is two-sided.
    """

    old: Estimate
    new: Estimate
    difference: Difference


@dataclass(frozen=True, kw_only=True)
class Law:
    """How far the difference of two models on the same instances may be due to chance.

    Attributes
    ----------
    gap
        New minus old; None where it is undefined.
    moments
        Of the mean that the difference is; None where no variance is known.
    signs
        Whether it is a mean of -1, 0 and 1 over independent instances.
    alike
        Whether nothing varies, which is no proof that nothing could.
    """

    gap: float | None
    moments: Moments | None = None
    signs: bool = False
    alike: bool = False

    @property
    def counted(self) -> bool:
        """Whether its interval is that of two numbers of instances on which just one errs."""
        return self.signs or self.alike

    @property
    def varying(self) -> Moments:
        """What its interval is made of: where nothing varies, as many instances without flips."""
        moments = self.moments or Moments(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, counted=False)
        units = moments.units
        return Moments(0.0, units, 0.0, 0.0, units, units, False) if self.alike else moments

    @property
    def deviation(self) -> float:
        """The standard error; 0 where none is known."""
        return math.sqrt(self.varying.variance() or 0.0)

    def bounds(self, error: float) -> Interval:
        """Return both bounds, each at a one-sided error that it keeps; see `strict_interval`."""
        if self.gap is None or self.moments is None:
            return UNKNOWN
        return paired.strict_interval(self.varying, signs=self.counted, level=1.0 - 2.0 * error)


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model on the (n,) instances that are compared.

    Attributes
    ----------
    metrics
        By name, in display order.
    measures
        What is summed over regions.
    """

    metrics: Mapping[str, Metric]
    measures: Measures


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two models on the same (n,) instances in the same order.

    Attributes
    ----------
    old, new
        The models; labels and weights are the same in both.
    cluster
        (n,) index of each instance's group; None where instances are independent.
    """

    old: Model
    new: Model
    cluster: np.ndarray | None = None


def paired_changes(
    pair: Pair,
    rows: np.ndarray,
    *,
    wanted: Iterable[str] | None = None,
    level: float = 0.95,
) -> dict[str, Change]:
    """Return every metric that both models have, old and new and the paired difference.

    Where a metric's difference is a mean of -1, 0 and 1 over independent instances, its interval
    is Bonett and Price's and its p-value McNemar's mid-p. Else both are Student's, on the variance
    of the difference of influences (see `terrain.statistics.influence`), summed over groups where
    instances belong to groups.

    Parameters
    ----------
    pair
        The models.
    rows
        (m,) the instances that are looked at: a region, a group, or all.
    wanted
        Names of metrics; None for all.
    level
        Two-sided coverage of the differences' intervals.

    Returns
    -------
    By name, in display order; a difference that is undefined has None in all its numbers.
    """
    names = [name for name in pair.new.metrics if name in pair.old.metrics]
    if wanted is not None:
        names = [name for name in names if name in set(wanted)]
    cluster = None if pair.cluster is None else pair.cluster[rows]
    models = [_taken(model, rows, names) for model in (pair.old, pair.new)]
    old, new = (measured(model, cluster) for model in models)
    return {
        name: Change(
            old=old[name],
            new=new[name],
            difference=_difference(law, level),
        )
        for name, law in _laws(models, cluster).items()
    }


def paired_laws(pair: Pair, rows: np.ndarray, wanted: Iterable[str]) -> dict[str, Law]:
    """Return the law of each wanted metric's difference, of those that both models have.

    Parameters
    ----------
    pair
        The models.
    rows
        (m,) the instances that are looked at.
    wanted
        Names of metrics.
    """
    names = [name for name in wanted if name in pair.new.metrics and name in pair.old.metrics]
    models = [_taken(model, rows, names) for model in (pair.old, pair.new)]
    return _laws(models, None if pair.cluster is None else pair.cluster[rows])


def _laws(models: Sequence[Model], cluster: np.ndarray | None) -> dict[str, Law]:
    old, new = models
    return {name: _law(name, old, new, cluster) for name in new.metrics}


def measured(model: Model, cluster: np.ndarray | None) -> dict[str, Estimate]:
    """Return every metric of a model on all of its instances, each with its interval."""
    target = next(metric for metric in model.metrics.values() if is_indicator(metric))
    clusters = 0 if cluster is None or not len(cluster) else int(cluster.max()) + 1
    rows = np.arange(len(model.measures))
    part = part_of(rows, {}, model.measures, target, cluster)  # type: ignore[arg-type]
    instrument = Instrument(metrics=model.metrics, clusters=clusters)
    return instrument.whole(part).estimates(model.metrics)


def _taken(model: Model, rows: np.ndarray, names: Iterable[str]) -> Model:
    kept = {name: model.metrics[name] for name in names}
    return Model(metrics=kept, measures=take_measures(model.measures, rows))


def _difference(law: Law, level: float) -> Difference:
    if law.gap is None or law.moments is None:
        return Difference(against="old", gap=law.gap)
    low, high = paired.interval(law.varying, signs=law.counted, level=level)
    p_value = paired.differ(law.moments, signs=law.signs)
    return Difference(against="old", gap=law.gap, low=low, high=high, p_value=p_value)


def _law(name: str, old: Model, new: Model, cluster: np.ndarray | None) -> Law:
    metrics = old.metrics[name], new.metrics[name]
    signs = None if cluster is not None else _signs(*metrics, old.measures, new.measures)
    if signs is not None:
        return Law(gap=signs.value, moments=signs, signs=True)
    before, after = influence(metrics[0], old.measures), influence(metrics[1], new.measures)
    if before.value is None or after.value is None:
        return Law(gap=None)
    gap = after.value - before.value
    if not before.known or not after.known:
        return Law(gap=gap)
    terms, units = _units(after.terms - before.terms, before.exposed | after.exposed, cluster)
    alike = not terms.any() and metrics[1].note.kind != "loss"
    return Law(gap=gap, moments=_of_terms(gap, terms, units), alike=alike)


def _signs(one: Metric, other: Metric, old: Measures, new: Measures) -> Moments | None:
    """Return the moments of a difference that is -1, 0 or 1 on every instance; else None."""
    if not isinstance(one, Rate | Mean) or not isinstance(other, Rate | Mean):
        return None
    if old.weight is not None:
        return None
    (events_old, exposure_old), (events, exposure) = (
        per_instance(one, old),
        per_instance(other, new),
    )
    whole = np.isin(events, (0.0, 1.0)).all() and np.isin(events_old, (0.0, 1.0)).all()
    if not whole or not np.array_equal(exposure_old, exposure):
        return None
    change = events - events_old
    n, total = float(exposure.sum()), float(change.sum())
    return Moments(total, n, float(change @ change), total, n, n, counted=False)


def _units(
    terms: np.ndarray, exposed: np.ndarray, cluster: np.ndarray | None
) -> tuple[np.ndarray, float]:
    """Return the terms of independent units, instances or groups, and how many there are."""
    if cluster is None:
        return terms[exposed], float(exposed.sum())
    held = cluster[exposed]
    return np.bincount(held, terms[exposed]), float(len(np.unique(held)))


def _of_terms(gap: float, terms: np.ndarray, units: float) -> Moments:
    """Return the moments of a ratio of sums with this value and these influences."""
    share = gap / max(units, 1.0)
    squares = float(terms @ terms)
    return Moments(
        gap, 1.0, squares + gap * share, share, 1 / max(units, 1.0), units, counted=False
    )
