"""The Markdown gives, when rendered, one table of text: no name in it becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from verdicts import HOSTILE, judgement, mixed, verdict, verdicts

from terrain.announce.markdown import LONGEST, MOST_ROWS, markdown
from terrain.announce.places import Link
from terrain.report.format import clean

if TYPE_CHECKING:
    from terrain.gate.verdict import Verdict

OURS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}


class Rendered(HTMLParser):
    """The elements of a rendered text, and the cells of its tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        reader = MarkdownIt("gfm-like", {"html": True})
        assert reader.linkify is not None
        reader.linkify.set({"fuzzy_link": False})  # GitHub makes no link of `terrain.to`
        self.feed(reader.render(text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and begin a row or a cell."""
        del attrs
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        """Note what a cell says."""
        if self.rows and self.tags[-1] in {"td", "th"} and data.strip():
            self.rows[-1][-1] += data.strip()


@given(verdicts())
def test_nothing_in_a_verdict_becomes_markup(given_verdict: Verdict) -> None:
    page = Rendered(markdown(given_verdict))
    assert set(page.tags) <= OURS
    rows = [row for row in page.rows if row[1] != "demand"]
    assert len(rows) == len(given_verdict.judgements)
    assert all(len(row) == 4 for row in page.rows)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_reads_as_it_is(name: str) -> None:
    (_, row) = Rendered(markdown(verdict(judgement("failed", where=name)))).rows
    expected = clean(" ".join(clean(name).split()))
    shown = row[2].replace("\u200b", "")
    assert shown == (expected if len(name) <= LONGEST else expected[: LONGEST - 1] + "…")


def test_nobody_is_notified_and_no_thread_is_mentioned() -> None:
    text = markdown(
        verdict(judgement("failed", where="@octocat, #12, https://evil.example www.evil.example"))
    )
    shown = "".join(Rendered(text).rows[1])
    assert not re.search(r"@\w|#\d|://|www\.", shown)


def test_the_worst_comes_first_and_what_is_kept_is_folded_away() -> None:
    text = markdown(mixed(), Link("page.html", "page.html"))
    first = [row[0] for row in Rendered(text).rows]
    assert first == ["", "❌ failed", "❔ undecided", "⚠️ warning", "", "✅ passed"]
    assert text.index("<details>") < text.index("✅ passed")
    assert "[page.html](<page.html>)" in text
    assert "chance of any false failure at most 5.0%" in text


def test_the_heading_has_the_sign_of_the_exit_code() -> None:
    for undecided, sign in ((None, "❔"), ("fail", "❔"), ("warn", "⚠️"), ("pass", "⚠️")):
        text = markdown(verdict(judgement("undecided"), undecided=undecided))
        assert text.startswith(f"### {sign} undecided: what the gate says.")


def test_a_rule_is_named_where_it_has_a_name() -> None:
    named = Rendered(markdown(verdict(judgement("failed"))))
    assert named.rows[1][1] == "misses: false negative rate at most 30%"
    plain = Rendered(markdown(verdict(judgement("failed", rule="a", demand="a"))))
    assert plain.rows[1][1] == "a"


def test_the_false_alarms_of_points_are_said() -> None:
    text = markdown(verdict(judgement(), mode="point", false_alarm=0.65, baseline="old|model"))
    assert "every limit exactly kept would fail in 65.0% of cases" in text
    assert r"compared with old\|model" in text


def test_a_long_verdict_is_cut_and_says_so() -> None:
    text = markdown(verdict(*(judgement("failed") for _ in range(MOST_ROWS + 7))))
    assert "7 more in the page, 7 of them failed or undecided." in text
    assert len(Rendered(text).rows) == MOST_ROWS + 1
    assert len(text.encode()) < 2**20
