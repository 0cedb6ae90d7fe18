"""Two models, instance by instance: searched in one half, measured on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.analyses import slices, tree
from terrain.data.outcome import Outcome
from terrain.statistics import paired
from terrain.statistics.candidates import choose
from terrain.statistics.corrections import holm
from terrain.statistics.findings import Difference
from terrain.statistics.measuring import measures_of
from terrain.statistics.metrics import Mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.config import Plan
    from terrain.data.features import Selection
    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.candidates import Candidate
    from terrain.statistics.findings import MetricNote
    from terrain.statistics.measured import Instrument, Measured
    from terrain.statistics.metrics import Moments
    from terrain.study import Study

DEPTH = 2
"""Most conditions of the slices in which wins are sought; nodes of the tree may have more."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The model and a rival: one that half of the instances taught, or any other model.

    Attributes
    ----------
    instrument
        Measures the two below.
    gain
        The model's loss less the rival's: what is searched for high values.
    loss
        The rival's loss.
    seen, unseen
        The half that is searched, all that a taught rival knows, and the other one.
    measured_on
        The name of the unseen half.
    signs
        See `terrain.statistics.paired`.
    """

    instrument: Instrument
    gain: Mean
    loss: Mean
    seen: Part
    unseen: Part
    measured_on: str
    signs: bool


class Bout(NamedTuple):
    """A region where the rival may win: what the unseen half says of it."""

    contest: Contest
    candidate: Candidate
    inside: Measured
    p_value: float
    p_adjusted: float


def metric_of(outcome: Outcome) -> str:
    """Return the metric in which model and rival are compared."""
    return "mae" if outcome.task == "regression" else "error_rate"


def contest_of(
    study: Study,
    ours: np.ndarray,
    theirs: np.ndarray,
    note: MetricNote,
    seen: int,
    *,
    zero_one: bool,
) -> Contest:
    """Return the contest of the model and a rival.

    Parameters
    ----------
    study
        What is analyzed.
    ours, theirs
        (n,) losses of the model and of the rival; NaN where undefined.
    note
        What these losses are.
    seen
        Which half of the study is searched, or known to the rival: 0 is the discovery half.
    zero_one
        Whether every loss is 0 or 1.
    """
    weight = study.benchmark.outcome.weight
    ours, theirs = (np.where(np.isnan(ours + theirs), np.nan, each) for each in (ours, theirs))
    errors = {"gain": ours - theirs, "loss": theirs}
    compared = Outcome(task="indicator", errors=errors, weight=weight)
    measures = measures_of(compared, len(study))
    gain, loss = Mean("gain", note, "gain"), Mean("loss", note, "loss", zero_one=zero_one)
    halves = replace(study, measures=measures, target=gain).halves()
    return Contest(
        instrument=replace(study.instrument, metrics={each.name: each for each in (gain, loss)}),
        gain=gain,
        loss=loss,
        seen=halves[seen],
        unseen=halves[1 - seen],
        measured_on=("second half", "first half")[seen],
        signs=zero_one and weight is None and study.cluster is None,
    )


def losses(outcome: Outcome, prediction: np.ndarray | None) -> np.ndarray:
    """Return the (n,) losses of predictions: 0 and 1, or distances; NaN where undefined."""
    label = outcome.label
    if label is None or prediction is None:
        raise ValueError("model and rival are compared on labels and predictions")
    if outcome.task == "regression":
        return np.abs(prediction - label)
    return np.where((label < 0) | (prediction < 0), np.nan, label != prediction)


def difference(
    contest: Contest, gain: Moments, p_value: float, p_adjusted: float | None = None
) -> Difference:
    """Return rival minus model with its interval: the gain, turned round."""
    low, high = paired.interval(gain, signs=contest.signs)
    value, low, high = (None if end is None else -end for end in (gain.value, low, high))
    return Difference(
        against="model", gap=value, low=high, high=low, p_value=p_value, p_adjusted=p_adjusted
    )


def fought(
    contests: Sequence[Contest], study: Study, plan: Plan, min_rows: Mapping[str, int]
) -> list[Bout]:
    """Return the regions where the rival may win, tested on unseen instances, best first.

    Found by the tree and the slice search, as failing regions are; but what is refuted is that
    the rival is no better than the model there, not that it is no better than elsewhere.

    Parameters
    ----------
    contests
        One or both; the limit of candidates is shared among them.
    study, plan
        What is analyzed, and how.
    min_rows
        By name of the unseen half, the fewest instances of a region in the other one.
    """
    limit = max(1, plan.candidates // max(1, len(contests)))
    bouts = [
        _bout(contest, candidate)
        for contest in contests
        for candidate in _candidates(contest, study, plan, min_rows[contest.measured_on], limit)
    ]
    adjusted = holm([bout.p_value for bout in bouts])
    found = [bout._replace(p_adjusted=float(p)) for bout, p in zip(bouts, adjusted, strict=True)]
    return sorted(found, key=lambda bout: (bout.p_adjusted, -bout.candidate.evidence))


def _candidates(
    contest: Contest, study: Study, plan: Plan, min_rows: int, limit: int
) -> list[Candidate]:
    """Return regions with a gain above zero, and above the overall one, in the seen half."""
    encodings = study.searchable
    overall = contest.instrument.whole(contest.seen).moments(contest.gain).value
    if overall is None:
        return []
    baseline = max(0.0, overall)
    fewest = min_rows if contest.signs else max(min_rows, paired.FEWEST)
    limits = tree.Limits(max_depth=plan.max_depth, min_rows=fewest, max_leaves=plan.max_leaves)
    bounds = slices.Bounds(depth=min(plan.slices, DEPTH), min_rows=fewest, baseline=baseline)
    proposed = [(node.selection, "tree") for node in tree.grow(contest.seen, encodings, limits)]
    proposed += [(each, "slices") for each in slices.search(contest.seen, encodings, bounds)]
    return choose(contest.seen, proposed, contest.gain, limit, encodings, baseline=baseline)


def _bout(contest: Contest, candidate: Candidate) -> Bout:
    ((_, inside),) = contest.instrument.selections(contest.unseen, [candidate.selection])
    p_value = paired.greater(inside.moments(contest.gain), signs=contest.signs)
    return Bout(contest, candidate, inside, p_value, p_value)


def telling(ranked: Sequence[Bout]) -> list[Bout]:
    """Return those of which at least half of the gain lies in none that is listed before."""
    listed: list[Bout] = []
    for bout in ranked:
        before = [other.candidate.selection for other in listed]
        count = partial(_gains, selection=bout.candidate.selection, before=before)
        whole, added = bout.contest.seen.reduce(count, np.add)
        if added >= whole / 2:
            listed.append(bout)
    return listed


def _gains(batch: Batch, selection: Selection, before: Sequence[Selection]) -> np.ndarray:
    """Return the sum of gains in a region, and of those in it that lie in no other one."""
    inside = batch.mask(selection)
    added = inside.copy()
    for other in before:
        added &= ~batch.mask(other)
    return np.array([batch.events[inside].sum(), batch.events[added].sum()])
