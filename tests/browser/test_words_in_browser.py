"""What the page calls a selection is the language of `--cohort`: it reads back the same."""

from __future__ import annotations

import json
import shlex
import subprocess
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
import report_examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terrain.data.cohorts import parse
from terrain.data.features import Encoding
from terrain.report.codes import code_words
from terrain.report.page import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from terrain.data.regions import Scale

SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LEVELS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["a, b", "x and y", "… 3 more", "'q'", '"', "}", "or missing", "</script>"]
)
SCALES: tuple[Scale, ...] = ("number", "integer", "date")
NAMES = ("x", "a b", "capital-gain", "n_3")


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page(render(*report_examples.noise()))


@st.composite
def encodings(draw: st.DrawFn) -> Encoding:
    name, missing = draw(st.sampled_from(NAMES)), draw(st.booleans())
    if draw(st.booleans()):
        levels = draw(st.lists(LEVELS, min_size=2, max_size=6, unique=True))
        return Encoding(
            feature=name, kind="levels", levels=tuple(sorted(levels)), has_missing=missing
        )
    scale = draw(st.sampled_from(SCALES))
    numbers = {
        "number": st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: x + 0.0),
        "integer": st.integers(-1000, 1000).map(float),
        "date": st.integers(0, 2**31).map(float),
    }[scale]
    cuts = draw(st.lists(numbers, min_size=1, max_size=6, unique=True))
    return Encoding(
        feature=name, kind="range", scale=scale, cuts=tuple(sorted(cuts)), has_missing=missing
    )


@st.composite
def selections(draw: st.DrawFn) -> tuple[Encoding, list[int]]:
    """Draw codes that `Encoding.condition` could have been given, and that select something."""
    encoding = draw(encodings())
    last = encoding.missing_code
    if encoding.ordered:
        first = draw(st.integers(0, last - 1))
        codes = list(range(first, draw(st.integers(first, last - 1)) + 1))
    else:
        codes = sorted(draw(st.sets(st.integers(0, last - 1), min_size=1)))
    if encoding.has_missing and draw(st.booleans()):
        codes = [*codes, last] if draw(st.booleans()) else [last]
    return encoding, codes


def said_in(page: Page, encoding: Encoding, codes: list[int]) -> str | None:
    about = {"missing": encoding.missing_code, "ordered": encoding.ordered, "column": -1}
    words: str | None = page.evaluate(
        "([meaning, about, codes]) => words.conditionOf(JSON.parse(meaning), about, codes)",
        [json.dumps(code_words(encoding)), about, codes],
    )
    return words


@SETTINGS
@given(selections())
def test_words_read_back_as_the_same_codes(page: Page, drawn: tuple[Encoding, list[int]]) -> None:
    encoding, codes = drawn
    said = said_in(page, encoding, codes)
    everything = set(range(encoding.missing_code))
    if set(codes) >= everything and (encoding.missing_code in codes or not encoding.has_missing):
        assert said == ""
        return
    assert said is not None
    scales: dict[str, Any] = {encoding.feature: encoding.scale if encoding.ordered else None}
    levels = {encoding.feature: encoding.levels}
    (condition,) = parse(said, scales, levels=levels).conditions
    assert list(encoding.codes_of(condition)) == codes


def test_what_cannot_be_said_is_not_said(page: Page) -> None:
    age = Encoding(feature="age", kind="range", cuts=(1.0, 2.0, 3.0))
    assert said_in(page, age, [0, 2]) is None
    assert said_in(page, age, []) is None


@SETTINGS
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_a_shell_reads_the_words_as_they_are(page: Page, text: str) -> None:
    quoted = page.evaluate("text => words.quoted(text)", text)
    if "\0" in text:
        assert quoted is None
        return
    kinds = {unicodedata.category(letter) for letter in quoted if letter != " "}
    assert not kinds & {"Cc", "Cf", "Zl", "Zp", "Zs"}  # nothing hides or ends the line
    done = subprocess.run(
        ["bash", "-c", f"printf %s {quoted}"],  # noqa: S607 - any bash
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.decode() == text
    if quoted.startswith("'"):
        assert shlex.split(quoted) == [text]
