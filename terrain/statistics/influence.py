"""What each instance adds to a metric: from this comes the variance of any difference of metrics.

A metric that is a smooth function of sums is, for many instances, nearly a sum of one term for
each of them, its influence (the infinitesimal jackknife: Jaeckel, 1972; Deville, 1999). Where two
models are measured on the same instances, the difference of their terms has in it whatever the
two have in common.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.statistics.auc import MINIMUM
from terrain.statistics.metrics import F1, Auc, Macro, Mean, Rate, Root, RSquared

if TYPE_CHECKING:
    from terrain.statistics.measures import Measures
    from terrain.statistics.metrics import Metric


class Influence(NamedTuple):
    """A metric as a sum over instances.

    Attributes
    ----------
    value
        The metric; None where it is undefined.
    terms
        (n,) influence of each instance; they sum to 0, and their squares to about the variance.
    exposed
        (n,) bool: which instances the metric counts.
    known
        Whether there are enough of them to say anything of the variance.
    """

    value: float | None
    terms: np.ndarray
    exposed: np.ndarray
    known: bool = True


def per_instance(metric: Rate | Mean, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n,) events and (n,) exposure of instances in the metric's own unit."""
    events, exposure = metric.per_instance(measures)
    weights = measures.layout.weight_scales
    return events / metric.scale(measures.layout), exposure / (weights[0] if weights else 1.0)


@singledispatch
def influence(metric: Metric, measures: Measures) -> Influence:
    """Return a metric of some instances, with what each of them adds to it."""
    del measures
    raise TypeError(f"the influence of instances on {type(metric).__name__} is not known")


@influence.register(Rate)
@influence.register(Mean)
def _of_ratio(metric: Rate | Mean, measures: Measures) -> Influence:
    return _ratio(*per_instance(metric, measures))


def _ratio(events: np.ndarray, exposure: np.ndarray) -> Influence:
    total = float(exposure.sum())
    if not total:
        return Influence(None, np.zeros(len(events)), exposure > 0)
    value = float(events.sum()) / total
    return Influence(value, (events - value * exposure) / total, exposure > 0)


@influence.register(F1)
def _of_f1(metric: F1, measures: Measures) -> Influence:
    ratio = Rate(metric.name, metric.note, 2 * metric.hits, metric.labelled + metric.predicted)
    return _of_ratio(ratio, measures)


@influence.register(Macro)
def _of_macro(metric: Macro, measures: Measures) -> Influence:
    parts = [influence(part, measures) for part in metric.parts]
    defined = [part for part in parts if part.value is not None]
    if not defined:
        return Influence(None, np.zeros(len(measures)), np.zeros(len(measures), dtype=bool))
    return Influence(
        sum(part.value or 0.0 for part in defined) / len(defined),
        np.sum([part.terms for part in defined], axis=0) / len(defined),
        np.any([part.exposed for part in defined], axis=0),
    )


@influence.register(Root)
def _of_root(metric: Root, measures: Measures) -> Influence:
    square = influence(metric.mean, measures)
    if square.value is None:
        return square
    value = float(np.sqrt(square.value))
    return square._replace(value=value, terms=square.terms / (2 * value) if value else square.terms)


@influence.register(RSquared)
def _of_r_squared(metric: RSquared, measures: Measures) -> Influence:
    error, exposure = per_instance(metric.squared_error, measures)
    target, _ = per_instance(metric.target, measures)
    square, _ = per_instance(metric.target_squared, measures)
    mean = target.sum() / max(exposure.sum(), 1e-300)
    # each instance's own squared distance from the mean, weighted
    apart = square - 2 * mean * target + mean**2 * exposure
    spread = float(apart.sum())
    if not spread > 1e-9 * float(square.sum()):  # less is what rounding leaves of none
        return Influence(None, np.zeros(len(error)), exposure > 0)
    share = float(error.sum()) / spread
    return Influence(1 - share, (share * apart - error) / spread, exposure > 0)


@influence.register(Auc)
def _of_auc(metric: Auc, measures: Measures) -> Influence:
    """Return AUC by placements (DeLong et al., 1988), on the bins of the tally's histogram."""
    del metric
    bins = len(measures.layout.score_edges)
    if measures.score is None:
        raise ValueError("the instances carry no scores")
    code = measures.score.astype(np.int64)
    exposed, positive = code < 2 * bins, (code >= bins) & (code < 2 * bins)
    weight = np.ones(len(code)) if measures.weight is None else measures.weight
    sums = np.bincount(code, weights=weight, minlength=2 * bins + 1)
    negatives, positives = sums[:bins], sums[bins : 2 * bins]
    low, high = float(negatives.sum()), float(positives.sum())
    if not low or not high:
        return Influence(None, np.zeros(len(code)), exposed)
    beaten = (np.cumsum(negatives) - negatives / 2) / low
    beating = (high - np.cumsum(positives) + positives / 2) / high
    value = float(beaten @ positives) / high
    place = code % bins
    terms = np.where(positive, (beaten[place] - value) / high, (beating[place] - value) / low)
    fewest = min(positive.sum(), (exposed & ~positive).sum())
    return Influence(value, np.where(exposed, terms * weight, 0.0), exposed, fewest >= MINIMUM)
