"""What the gate concluded: one judgement for each demand at each place, and the verdict of all."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Outcome = Literal["passed", "failed", "undecided"]
Mode = Literal["no-evidence-of-harm", "prove", "point"]

SCHEMA_VERSION = 1
"""Raised when a reader of older verdicts would misunderstand a newer one."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One demand at one place.

    Attributes
    ----------
    rule
        The rule's name, as the policy gives it or as it was made from its demand.
    demand
        In words: ``false negative rate at most 30%``.
    where
        ``all instances``, ``sex = Female``, ``cohort night``, a region's words, ``the table``.
    place
        Id of the finding in the document (``r1``, ``g3``, ``c1``); None where there is none.
    metric
        A key of the document's metrics; None for presence and assertions on the table.
    outcome, reason
        What was concluded, and why in one sentence with the numbers.
    value, low, high
        The estimate and its bounds at the level that this gate needs; None where undefined.
    limit
        What was allowed; None where the demand has no number.
    events, exposure
        The metric's numerator and denominator there; None where there is none.
    p_value, p_adjusted
        One-sided, that the limit is kept; adjusted over all demands at all places. None where
        nothing was tested.
    needed
        About how many instances would decide it, if the estimate stays; None if none would, or
        if it is decided.
    warning
        Whether the policy wants to be told of a failure, not to fail by it.
    number
        Which of the policy's rules it is, from 0; None for an assertion on the table.
    """

    rule: str
    demand: str
    where: str
    place: str | None = None
    metric: str | None = None
    outcome: Outcome
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    events: float | None = None
    exposure: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    needed: int | None = None
    warning: bool = False
    number: int | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on a benchmark.

    Attributes
    ----------
    outcome
        Of the judgements that are no warnings: ``failed`` if any is; else ``undecided`` if any is;
        else ``passed``.
    headline
        The answer in a sentence.
    benchmark, instances
        What was judged.
    mode, alpha
        How it was judged; the family-wise error rate.
    undecided
        What an undecided verdict does to the exit code.
    baseline
        What it was compared with, in words; None without one.
    false_alarm
        In the mode ``point``: about how often a benchmark would fail at these sizes that keeps
        every limit exactly, whose groups are alike, and that is as good as its baseline. None in
        the others, where it is at most `alpha`.
    judgements
        In the order of the policy.
    policy
        The policy, as it was read.
    """

    schema_version: int = SCHEMA_VERSION
    outcome: Outcome
    headline: str
    benchmark: str
    instances: int
    mode: Mode
    alpha: float
    undecided: Literal["fail", "pass", "warn"] | None
    baseline: str | None
    false_alarm: float | None
    judgements: tuple[Judgement, ...]
    policy: dict[str, Any]

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 3 undecided, unless the policy says how to treat that."""
        if self.outcome == "passed":
            return 0
        if self.outcome == "failed":
            return 1
        return {"fail": 1, "pass": 0, "warn": 0, None: 3}[self.undecided]


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the verdict."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(Verdict),
    }
