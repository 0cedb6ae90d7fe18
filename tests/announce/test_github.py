"""Annotations survive GitHub's own reading of workflow commands; the summary is appended to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from verdicts import judgement, mixed, verdict, verdicts

from terrain.announce.github import MOST, annotated, append_summary
from terrain.announce.places import link_to
from terrain.announce.standing import standing
from terrain.errors import OutputError
from terrain.report.format import clean

if TYPE_CHECKING:
    from terrain.gate.verdict import Verdict


def received(command: str) -> tuple[str, dict[str, str], str]:
    """Return level, properties and message as the runner reads a line of output."""
    found = re.fullmatch(r"::(\w+) ([^\r\n]*?)::([^\r\n]*)", command)
    assert found is not None, command
    pairs = (pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: unescaped(value) for name, value in pairs}, unescaped(found[3])


def unescaped(text: str) -> str:
    for code, letter in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(code, letter)
    return text.replace("%25", "%")


@given(verdicts())
def test_every_annotation_arrives_as_it_was_meant(given_verdict: Verdict) -> None:
    found = [received(each) for each in annotated(given_verdict, "terrain.toml", lambda _: 3)]
    stands = [standing(each, given_verdict) for each in given_verdict.judgements]
    levels = [level for level, _, _ in found]
    assert levels.count("error") == sum(each in ("failed", "undecided") for each in stands)
    assert levels.count("warning") == stands.count("warning")
    said = {clean(f"{each.demand}: {each.reason}") for each in given_verdict.judgements}
    for _, properties, message in found:
        assert (properties["file"], properties["line"]) == ("terrain.toml", "3")
        assert message in said


def test_the_title_says_where_and_the_message_why() -> None:
    first = annotated(mixed(), "a,b:c.toml", lambda each: len(each.rule))[0]
    level, properties, message = received(first)
    assert level == "error"
    assert properties == {"file": "a,b:c.toml", "line": "6", "title": "sex = Female: failed"}
    assert "30%: 41.0%" in message


def test_more_than_github_shows_are_counted() -> None:
    many = verdict(*(judgement("failed") for _ in range(MOST + 5)))
    found = annotated(many, "terrain.toml", lambda _: 1)
    assert len(found) == MOST
    assert received(found[-1])[1]["title"] == "6 more of this kind"


def test_the_summary_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_summary(path, "a|ü\n")
    append_summary(path, "b\n")
    assert path.read_text(encoding="utf-8") == "before\na|ü\n\nb\n\n"
    with pytest.raises(OutputError, match="GITHUB_STEP_SUMMARY"):
        append_summary(tmp_path, "a folder")


def test_a_run_links_to_its_artifacts() -> None:
    environment = {"GITHUB_RUN_ID": "42", "GITHUB_REPOSITORY": "we/it"}
    link = link_to(Path("page.html"), environment)
    assert link.address == "https://github.com/we/it/actions/runs/42#artifacts"
