"""The code quality report has what GitLab asks for, and fingerprints that outlive the numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
from hypothesis import given
from verdicts import judgement, mixed, verdict, verdicts

from terrain.announce.gitlab import code_quality

if TYPE_CHECKING:
    from terrain.gate.verdict import Verdict

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/.]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""As GitLab documents the format."""


def issues(told: Verdict) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(code_quality(told, "terrain.toml", lambda _: 4))
    return found


@given(verdicts())
def test_any_verdict_is_a_report_with_an_issue_for_what_has_not_passed(
    given_verdict: Verdict,
) -> None:
    found = issues(given_verdict)
    jsonschema.validate(found, SCHEMA)
    assert len(found) == sum(each.outcome != "passed" for each in given_verdict.judgements)
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_an_issue_says_what_failed_where_and_why() -> None:
    first = issues(mixed())[0]
    assert first["check_name"] == "misses"
    assert first["severity"] == "critical"
    assert first["location"] == {"path": "terrain.toml", "lines": {"begin": 4}}
    assert "sex = Female: false negative rate at most 30%: failed. 41.0%" in first["description"]
    assert [each["severity"] for each in issues(mixed(undecided="pass"))][1:] == ["minor", "info"]


def test_a_fingerprint_stays_when_the_numbers_change_and_differs_by_place() -> None:
    def of(**changed: str) -> str:
        return str(issues(verdict(judgement("failed", **changed)))[0]["fingerprint"])

    assert of() == of(reason="45% is above 30%")
    assert len({of(), of(where="sex = Male"), of(rule="other"), of(demand="at most 20%")}) == 4
