"""The summary for a terminal."""

from __future__ import annotations

import io

import pytest
import report_examples
from rich.console import Console

from terrain.report.text import summary


def printed(name: str) -> str:
    stream = io.StringIO()
    document, _ = getattr(report_examples, name)()
    Console(file=stream, width=140).print(summary(document))
    return stream.getvalue()


def test_summary_says_what_matters() -> None:
    said = printed("compas")
    for words in (
        "The model errs on 39.0% of 4,000 instances.",
        "sex = Female and age < 25",
        "suspected",
        "of 2,235 actual negatives",
        "Error rate by race, gap to all others",
        "too few",
        "1,213 rows are exact copies",
    ):
        assert words in said


@pytest.mark.parametrize("name", ["noise", "prices", "hostile"])
def test_anything_prints_plainly(name: str) -> None:
    said = printed(name)
    assert "\x1b" not in said
    assert "\u202e" not in said
    said.encode()


def test_square_brackets_are_no_markup() -> None:
    assert "</script><script>alert(1)</script>" in printed("hostile")
