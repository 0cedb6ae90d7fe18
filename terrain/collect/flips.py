"""Flips: what an update changed, instance by instance."""

from __future__ import annotations

import numpy as np

from terrain.data.outcome import Outcome
from terrain.statistics.changes import Model
from terrain.statistics.findings import MetricNote
from terrain.statistics.measuring import measures_of
from terrain.statistics.metrics import Mean


def _note(title: str, meaning: str, worse: str, events: str, exposure: str) -> MetricNote:
    return MetricNote(
        title=title,
        meaning=meaning,
        kind="rate",
        worse=worse,  # type: ignore[arg-type]
        events=events,
        exposure=exposure,
    )


NOTES = {
    "churn": _note("churn", "share of the instances whose prediction changed", "none",
        "changed predictions", "instances"),
    "newly_wrong": _note("newly wrong", "share of the instances that the old model gets right and "
        "the new one wrong", "high", "newly wrong", "instances"),
    "newly_right": _note("newly right", "share of the instances that the old model gets wrong and "
        "the new one right", "low", "newly right", "instances"),
    "compatibility": _note("backward compatibility", "share of the old model's right answers that "
        "the new one keeps", "low", "kept", "right answers of the old model"),
    "risen": _note("loss rose", "share of the instances whose loss is higher for the new model",
        "high", "losses that rose", "instances"),
    "fallen": _note("loss fell", "share of the instances whose loss is lower for the new model",
        "low", "losses that fell", "instances"),
}  # fmt: skip
"""What can be said of flips; the last two stand for losses that are not 0 or 1."""


def flips_of(
    losses: tuple[np.ndarray, np.ndarray],
    predictions: tuple[np.ndarray | None, np.ndarray | None],
    weight: np.ndarray | None,
    *,
    zero_one: bool,
) -> Model:
    """Return the flips of instances as metrics that can be measured in any region.

    Parameters
    ----------
    losses, predictions
        (n,) of the old and of the new model; losses are NaN where undefined.
    weight
        (n,) of instances, or None.
    zero_one
        Whether every loss is 0 or 1, so that instances are right or wrong.
    """
    found = _flips(*losses, zero_one=zero_one)
    before, after = predictions
    if before is not None and after is not None:
        found = {"churn": (before != after).astype(float)} | found
    measures = measures_of(Outcome(task="indicator", errors=found, weight=weight), len(losses[0]))
    metrics = {name: Mean(name, NOTES[name], name, zero_one=True) for name in found}
    return Model(metrics=metrics, measures=measures)


def _flips(old: np.ndarray, new: np.ndarray, *, zero_one: bool) -> dict[str, np.ndarray]:
    undefined = np.isnan(old + new)

    def share(events: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
        nowhere = undefined if among is None else undefined | ~among
        return np.where(nowhere, np.nan, events)

    if not zero_one:
        return {"risen": share(new > old), "fallen": share(new < old)}
    return {
        "newly_wrong": share(new > old),
        "newly_right": share(new < old),
        "compatibility": share(new == 0, among=old == 0),
    }
