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
    discovery = int(study.discovery.sum())
    return Method(
        find=plan.find,
        inference=plan.inference,
        scheme="cross-fit" if study.cross_fit else "halves",
        split_by=study.split_by,
        discovery=discovery,
        confirmation=len(study) - discovery,
        candidates=candidates,
        alpha=plan.alpha,
        margin=plan.margin,
        level=LEVEL,
        detectable=_detectable(study, plan, whole),
        test=_test_name(study, plan),
        seed=plan.seed,
    )


def _detectable(study: Study, plan: Plan, whole: Measured) -> float | None:
    """Return the smallest coverage of a region with twice the rate that a test would find."""
    moments = whole.moments(study.target)
    if study.target.note.kind != "rate" or moments.value is None:
        return None
    # Kish's effective size: what the weights leave of the rows, or of the groups of rows
    effective = moments.exposure**2 / moments.exposure_squared
    return smallest_detectable(
        instances=int(effective * float((~study.discovery).mean())),
        rate=moments.value,
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
