"""Verdicts to announce: a plain one, and any at all, with names that attack what shows them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from terrain.gate.verdict import Judgement, Verdict

HOSTILE = (
    "a|b",
    "`code` ``two``",
    "<script>alert(1)</script>",
    "</details><img src=x onerror=alert(2)>",
    "@octocat and @org/team",
    "#12, GH-3",
    "line\nfeed\r\nand\ttab",
    "nul\x00 bell\x07 escape\x1b[31m \ufffe \ud800",
    "]]> &amp; &lt;",
    "[link](javascript:alert(3))",
    "![image](https://evil.example/x.png)",
    "https://evil.example www.evil.example",
    "*bold* _under_ ~~gone~~ $x^2$ \\| \\",
    "::error::100%, a:b",
    "\u202egnp.exe",
    "terrain.toml",
    "",
    "w" * 5000,
)
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))


def judgement(outcome: str = "passed", **changed: Any) -> Judgement:
    facts: dict[str, Any] = {
        "rule": "misses",
        "demand": "false negative rate at most 30%",
        "where": "sex = Female",
        "place": "g1",
        "metric": "fnr",
        "outcome": outcome,
        "reason": "41.0% (35.2–47.0%; 123 of 300 actual positives), so above 30%",
    }
    return Judgement(**(facts | changed))


def verdict(*judgements: Judgement, **changed: Any) -> Verdict:
    broken = {each.outcome for each in judgements if not each.warning}
    outcome = next((each for each in ("failed", "undecided") if each in broken), "passed")
    facts: dict[str, Any] = {
        "outcome": outcome,
        "headline": f"{outcome}: what the gate says.",
        "benchmark": "preds",
        "instances": 6000,
        "mode": "no-evidence-of-harm",
        "alpha": 0.05,
        "undecided": None,
        "baseline": None,
        "false_alarm": None,
        "judgements": judgements,
        "policy": {},
    }
    return Verdict(**(facts | changed))


def mixed(**changed: Any) -> Verdict:
    """Return a verdict with a judgement of each kind, the worst neither first nor last."""
    return verdict(
        judgement(rule="overall", demand="error rate at most 20%", where="all instances"),
        judgement("undecided", where="sex = Other", reason="no actual positives there"),
        judgement("failed"),
        judgement("failed", rule="advice", warning=True, where="cohort night"),
        **changed,
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    judgements = st.builds(
        judgement,
        outcome=st.sampled_from(("passed", "failed", "undecided")),
        rule=NAMES,
        demand=NAMES,
        where=NAMES,
        reason=NAMES,
        warning=st.booleans(),
    )
    return verdict(
        *draw(st.lists(judgements, max_size=8)),
        headline=draw(NAMES),
        benchmark=draw(NAMES),
        baseline=draw(st.none() | NAMES),
        undecided=draw(st.sampled_from((None, "fail", "pass", "warn"))),
    )
