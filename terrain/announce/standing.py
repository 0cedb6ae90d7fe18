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

    ``failed`` and ``undecided`` break it; ``warning`` is what the policy only wants to be told
    of; ``excused`` is an undecided demand that the policy lets pass.
    """
    if judgement.outcome == "undecided" and verdict.undecided == "pass":
        return "excused"
    warned = judgement.warning or (judgement.outcome == "undecided" and verdict.undecided == "warn")
    return "warning" if warned and judgement.outcome != "passed" else judgement.outcome


def worst_first(verdict: Verdict) -> list[tuple[Standing, Judgement]]:
    """Return every judgement with its standing: worst first, else in the policy's order."""
    ranked = [(standing(each, verdict), each) for each in verdict.judgements]
    return sorted(ranked, key=lambda pair: ORDER.index(pair[0]))
