"""How the numbers came about, as it stands in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.document import Method
from terrain.statistics.corrections import smallest_detectable
from terrain.statistics.metrics import LEVEL

if TYPE_CHECKING:
    from terrain.config import Plan
    from terrain.statistics.measured import Measured
    from terrain.study import Study

LIFT = 2.0
"""The reach is said for a region of twice the overall rate."""


def method_of(study: Study, plan: Plan, candidates: int, whole: Measured) -> Method:
    """Return how the numbers came about.

    Parameters
    ----------
    study, plan
        What was searched, and how.
    candidates
        How many regions were tested.
    whole
        All instances.
    """
    discovery = study.counts.discovery
    reach_known = _can_double(study, plan, whole)
    return Method(
        find=plan.find,
        inference=plan.inference,
        scheme="cross-fit" if study.cross_fit else "halves",
        split_by=study.split_by,
        discovery=discovery,
        confirmation=len(study) - discovery,
        candidates=candidates,
        alpha=plan.alpha,
        margin=plan.margin if plan.inference == "halves" else None,
        level=LEVEL,
        reach_known=reach_known,
        detectable=_detectable(study, plan, whole) if reach_known else None,
        test=_test_name(study, plan),
        seed=plan.seed,
    )


def _can_double(study: Study, plan: Plan, whole: Measured) -> bool:
    """Whether failing regions were tested on halves, for a rate of which twice is a rate, too."""
    if plan.find != "failing" or plan.inference != "halves" or study.target.note.kind != "rate":
        return False
    rate = whole.moments(study.target).value
    return rate is not None and LIFT * rate <= 1


def _detectable(study: Study, plan: Plan, whole: Measured) -> float | None:
    """Return the smallest coverage of a region with twice the rate that a test would find."""
    moments = whole.moments(study.target)
    # Kish's effective size: what the weights leave of the rows, or of the groups of rows
    effective = moments.exposure**2 / moments.exposure_squared
    return smallest_detectable(
        instances=int(effective * (len(study) - study.counts.discovery) / len(study)),
        rate=moments.events / moments.exposure,
        lift=LIFT,
        alpha=plan.alpha,
        candidates=plan.candidates,
        margin=plan.margin,
    )


def _test_name(study: Study, plan: Plan) -> str:
    if plan.inference == "permutation":
        return f"{plan.permutations:,} permutations of the whole search (max-T)"
    if study.instrument.clusters:
        return "one-sided cluster-robust t test against the rest, Holm over all candidates"
    if study.measures.weight is not None:
        return "one-sided weighted t test against the rest, Holm over all candidates"
    if study.target.note.kind == "rate":
        return "one-sided Fisher exact test against the rest, Holm over all candidates"
    return (
        "one-sided Welch test against the rest (permutation below 30 instances), Holm over all "
        "candidates"
    )
