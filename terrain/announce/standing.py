"""What a judgement does to a build, said once, so that every output has the same colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from terrain.gate.verdict import Judgement, Verdict

Standing = Literal["failed", "undecided", "warning", "excused", "passed"]

BREAKING: tuple[Standing, ...] = ("failed", "undecided")
"""What keeps the exit code from being 0."""

ORDER: tuple[Standing, ...] = ("failed", "undecided", "warning", "excused", "passed")
"""Worst first."""


def standing(judgement: Judgement, verdict: Verdict) -> Standing:
    """Return what a judgement does to a build.

    ``failed`` and ``undecided`` break it; ``warning`` is a failure that the policy only wants to
    be told of, or an undecided demand that it wants to be warned of; ``excused`` is an undecided
    one that the policy lets pass.
    """
    if judgement.outcome == "passed":
        return "passed"
    if judgement.outcome == "failed":
        return "warning" if judgement.warning else "failed"
    if verdict.undecided in (None, "fail"):
        return "undecided"
    return "warning" if verdict.undecided == "warn" else "excused"


def worst_first(verdict: Verdict) -> list[tuple[Standing, Judgement]]:
    """Return every judgement with its standing: worst first, else in the policy's order."""
    ranked = [(standing(each, verdict), each) for each in verdict.judgements]
    return sorted(ranked, key=lambda pair: ORDER.index(pair[0]))
