"""The JUnit report is read by a parser of such reports, and valid against the schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import junitparser
import pytest
import xmlschema
from hypothesis import given
from verdicts import judgement, mixed, verdict, verdicts

from terrain.announce.junit import DOT, junit
from terrain.announce.standing import BREAKING, standing

if TYPE_CHECKING:
    from terrain.gate.verdict import Verdict

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def parsed(content: bytes) -> junitparser.JUnitXml:
    found = junitparser.JUnitXml.fromstring(content)
    assert isinstance(found, junitparser.JUnitXml)
    return found


def cases(content: bytes) -> list[junitparser.TestCase]:
    return [case for suite in parsed(content) for case in suite]


@given(verdicts())
def test_any_verdict_is_a_valid_report_whose_red_cases_are_what_breaks_the_build(
    given_verdict: Verdict,
) -> None:
    content = junit(given_verdict, "page.html")
    SCHEMA.validate(content.decode())
    report = parsed(content)
    stands = [standing(each, given_verdict) for each in given_verdict.judgements]
    assert report.tests == len(given_verdict.judgements)
    assert report.failures + report.errors == sum(each in BREAKING for each in stands)
    assert sum(case.is_passed for case in cases(content)) == stands.count("passed")


def test_each_rule_is_a_suite_and_each_judgement_a_case_with_its_reason() -> None:
    report = parsed(junit(mixed(), "out/page.html"))
    assert {suite.name: suite.tests for suite in report} == {"overall": 1, "misses": 2, "advice": 1}
    found = {case.name: case for suite in report for case in suite}
    failed = found["sex = Female: false negative rate at most 30%"]
    (result,) = failed.result
    assert isinstance(result, junitparser.Failure)
    assert "123 of 300" in result.message
    assert "demand: false negative rate at most 30%" in str(result.text)
    assert failed.system_out == "[[ATTACHMENT|out/page.html]]"
    assert isinstance(found["sex = Other: false negative rate at most 30%"].result[0],
                      junitparser.Error)  # fmt: skip
    assert found["cohort night: false negative rate at most 30%"].is_skipped
    assert found["all instances: error rate at most 20%"].is_passed


def test_the_properties_say_what_was_judged_and_where_the_page_is() -> None:
    (suite,) = parsed(junit(verdict(judgement()), "page.html"))
    told = {each.name: each.value for each in suite.properties()}  # type: ignore[no-untyped-call]
    assert (told["benchmark"], told["instances"], told["page"]) == ("preds", "6000", "page.html")


@pytest.mark.parametrize("undecided", ["pass", "warn"])
def test_an_excused_demand_is_skipped(undecided: str) -> None:
    (case,) = cases(junit(verdict(judgement("undecided"), undecided=undecided)))
    assert case.is_skipped


def test_a_dot_in_a_rule_starts_no_package() -> None:
    (case,) = cases(junit(verdict(judgement(rule="at most 30.5%"))))
    assert case.classname == f"terrain.at most 30{DOT}5%"
