"""What a judgement does to a build agrees with the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from verdicts import judgement, mixed, verdict, verdicts

from terrain.announce.standing import BREAKING, ORDER, standing, worst_first

if TYPE_CHECKING:
    from terrain.gate.verdict import Verdict


@given(verdicts())
def test_something_breaks_the_build_exactly_if_the_exit_code_does(given_verdict: Verdict) -> None:
    breaking = any(stands in BREAKING for stands, _ in worst_first(given_verdict))
    assert breaking == (given_verdict.exit_code != 0)


@pytest.mark.parametrize(
    ("undecided", "expected"),
    [(None, "undecided"), ("fail", "undecided"), ("warn", "warning"), ("pass", "excused")],
)
def test_the_policy_says_what_an_undecided_demand_does(undecided: str, expected: str) -> None:
    one = judgement("undecided")
    assert standing(one, verdict(one, undecided=undecided)) == expected


@pytest.mark.parametrize("outcome", ["failed", "undecided"])
def test_a_warning_breaks_nothing(outcome: str) -> None:
    one = judgement(outcome, warning=True)
    assert standing(one, verdict(one)) == "warning"
    assert verdict(one).exit_code == 0
    assert standing(judgement(warning=True), verdict()) == "passed"


def test_the_worst_comes_first_and_the_order_of_the_policy_is_kept() -> None:
    assert [stands for stands, _ in worst_first(mixed())] == [
        "failed", "undecided", "warning", "passed",
    ]  # fmt: skip
    several = verdict(*(judgement("failed", where=f"{n}") for n in range(5)))
    assert [each.where for _, each in worst_first(several)] == list("01234")
    assert set(ORDER) > set(BREAKING)
