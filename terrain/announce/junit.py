"""The verdict as a JUnit report: a suite for each rule, a test case for each of its judgements.

Every red case breaks the build and no other does. An undecided demand that breaks it is an
``error``, JUnit's word for a test that could not be carried out: GitLab, Jenkins and GitHub's
reporters show it in red beside the failures, with its reason, where ``skipped`` would hide it.
What the policy excuses or only wants to be told of is ``skipped``, as the build goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from terrain.announce.standing import standing
from terrain.report.format import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.announce.standing import Standing
    from terrain.gate.verdict import Judgement, Verdict

DOT = "\N{ONE DOT LEADER}"
"""Stands for a dot in a class name, at which Jenkins would start a package."""

ELEMENTS: dict[Standing, str] = {
    "failed": "failure",
    "undecided": "error",
    "warning": "skipped",
    "excused": "skipped",
}


def junit(verdict: Verdict, page: str | None = None) -> bytes:
    """Return the report, UTF-8.

    Parameters
    ----------
    verdict
        What the gate concluded.
    page
        Where the page is, as a reader of the report finds it.
    """
    rules: dict[str, list[Judgement]] = {}
    for judgement in verdict.judgements:
        rules.setdefault(clean(judgement.rule), []).append(judgement)
    suites = ET.Element("testsuites", name=f"terrain {clean(verdict.benchmark)}")
    for rule, judgements in rules.items():
        suites.append(_suite(rule, judgements, verdict, page))
    _count(suites, ("tests", "failures", "errors"))
    ET.indent(suites)
    content: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _suite(
    rule: str, judgements: Sequence[Judgement], verdict: Verdict, page: str | None
) -> ET.Element:
    suite = ET.Element("testsuite", name=rule)
    properties = ET.SubElement(suite, "properties")
    facts = {
        "verdict": verdict.headline,
        "benchmark": verdict.benchmark,
        "instances": f"{verdict.instances}",
        "mode": verdict.mode,
        "alpha": f"{verdict.alpha:g}",
        "page": page,
    }
    for name, value in facts.items():
        if value is not None:
            ET.SubElement(properties, "property", name=name, value=clean(value))
    for judgement in judgements:
        suite.append(_case(judgement, standing(judgement, verdict), page))
    _count(suite, ("tests", "failures", "errors", "skipped"))
    return suite


def _case(judgement: Judgement, stands: Standing, page: str | None) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname="terrain." + clean(judgement.rule).replace(".", DOT),
        name=clean(f"{judgement.where}: {judgement.demand}"),
    )
    if stands == "passed":
        ET.SubElement(case, "system-out").text = clean(judgement.reason)
        return case
    said = ET.SubElement(
        case, ELEMENTS[stands], type=judgement.outcome, message=clean(judgement.reason)
    )
    said.text = clean(
        f"rule: {judgement.rule}\ndemand: {judgement.demand}\nwhere: {judgement.where}\n"
        f"{judgement.outcome}: {judgement.reason}"
    )
    if page:  # the form in which GitLab and Jenkins link a file
        ET.SubElement(case, "system-out").text = clean(f"[[ATTACHMENT|{page}]]")
    return case


def _count(element: ET.Element, names: tuple[str, ...]) -> None:
    tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name in names:
        element.set(name, f"{sum(1 for _ in element.iter(tags[name]))}")
