"""What appears wrong with scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.data.notes import Warned
from terrain.data.wording import counted, listed, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.data.outcome import Outcome
    from terrain.data.recognition.roles import Roles

ROUNDING = 0.02
"""How far from 1 rounded probabilities may sum."""

LOW_AUC = 0.4
FAR = 3.0
"""Standard errors below one half from which an AUC is no accident."""

MANY = 0.01
"""Share of rows from which disagreement is no matter of rounding."""


def check_scores(roles: Roles, outcome: Outcome) -> Iterator[Warned]:
    """Yield what appears wrong with the scores, if there are any."""
    scores = outcome.scores
    if scores is None:
        return
    named = listed(roles.scores or [str(roles.prediction)], 3)
    outside = list(_outside(scores, named))
    yield from outside or _sums(scores, named)
    if outcome.positive is not None and outcome.label is not None:
        yield from _inverted(scores, outcome.label, outcome.positive, named)
    if roles.prediction is not None and roles.scores and not outside:
        yield from _disagreement(scores, outcome, named)


def _outside(scores: np.ndarray, named: str) -> Iterator[Warned]:
    outside = (scores < 0) | (scores > 1)
    rows = int(np.sum(outside if outside.ndim == 1 else outside.any(axis=1)))
    if rows:
        yield Warned(
            code="scores-outside",
            seen=f"{named} leaves the range from 0 to 1 in {counted(rows, 'row')} "
            f"({share(rows, len(scores))}): it goes from {np.nanmin(scores):.4g} to "
            f"{np.nanmax(scores):.4g}.",
            advice="If these are logits or percentages, turn them into probabilities; log loss, "
            "Brier score and calibration need them.",
            rows=rows,
        )


def _sums(scores: np.ndarray, named: str) -> Iterator[Warned]:
    if scores.ndim == 1:
        return
    sums = scores.sum(axis=1)
    off = np.abs(sums - 1) > ROUNDING
    rows = int(off.sum())
    if rows:
        yield Warned(
            code="scores-do-not-sum",
            seen=f"The scores of all classes ({named}) do not sum to 1 in {counted(rows, 'row')}: "
            f"the sums go from {np.nanmin(sums):.4g} to {np.nanmax(sums):.4g}.",
            advice="Check that every class has its column and that they are probabilities of one "
            "choice, not of separate ones.",
            rows=rows,
        )


def _inverted(scores: np.ndarray, label: np.ndarray, positive: int, named: str) -> Iterator[Warned]:
    measured = ~np.isnan(scores) & (label >= 0)
    positives = scores[measured & (label == positive)]
    negatives = scores[measured & (label != positive)]
    if not len(positives) or not len(negatives):
        return
    auc = _auc(positives, negatives)
    by_accident = FAR * _spread_of_auc(len(positives), len(negatives))
    if auc < LOW_AUC and auc + by_accident < 0.5:  # noqa: PLR2004 - a coin's AUC
        yield Warned(
            code="inverted-scores",
            seen=f"{named} ranks the classes backwards: its AUC is {auc:.3f}, and flipped "
            f"(1 − score) it would be {1 - auc:.3f}.",
            advice="Check whether it is the probability of the other class; name the class it "
            "means with --positive, or flip it.",
            rows=len(positives) + len(negatives),
        )


def _auc(positives: np.ndarray, negatives: np.ndarray) -> float:
    """Return the share of pairs that are ranked right; ties count half (Mann and Whitney 1947)."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left").sum()
    not_above = np.searchsorted(ordered, positives, side="right").sum()
    return float(below + not_above) / 2 / (len(positives) * len(negatives))


def _spread_of_auc(positives: int, negatives: int) -> float:
    """Return the standard error of the AUC of a coin (Mann and Whitney 1947)."""
    return float(np.sqrt((positives + negatives + 1) / (12 * positives * negatives)))


def _disagreement(scores: np.ndarray, outcome: Outcome, named: str) -> Iterator[Warned]:
    if outcome.prediction is None:
        return
    measured = (outcome.prediction >= 0) & ~np.isnan(scores if scores.ndim == 1 else scores.sum(1))
    predicted, held = outcome.prediction[measured], scores[measured]
    if held.ndim == 2:  # noqa: PLR2004 - one column per class
        apart = held[np.arange(len(held)), predicted] < held.max(axis=1)
        rule, advice = "the class with the highest score", "Check that scores and classes match."
    else:
        chosen = predicted == outcome.positive
        apart = chosen != (held >= 0.5)  # noqa: PLR2004 - the usual threshold
        rule, advice = "a score of at least 0.5", _threshold_advice(held, chosen)
    rows = int(apart.sum())
    if rows > MANY * len(held):
        yield Warned(
            code="score-disagrees",
            seen=f"The prediction is not what {rule} says ({named}) in {counted(rows, 'row')} "
            f"({share(rows, len(held))}).",
            advice=advice,
            rows=rows,
        )


def _threshold_advice(scores: np.ndarray, chosen: np.ndarray) -> str:
    highest = scores[~chosen].max(initial=-np.inf)
    lowest = scores[chosen].min(initial=np.inf)
    if np.isfinite(highest) and np.isfinite(lowest) and highest < lowest:
        return (
            f"A threshold between {highest:.4g} and {lowest:.4g} explains every prediction: if "
            "that is the one in use, nothing is wrong."
        )
    return "Check that score and prediction come from the same model and mean the same class."
