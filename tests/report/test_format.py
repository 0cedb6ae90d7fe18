"""Numbers and names as a reader sees them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.regions import Condition, level_words
from terrain.report import format as words
from terrain.statistics.findings import Difference, Estimate, MetricNote

RATE = MetricNote(
    title="false positive rate",
    meaning="",
    kind="rate",
    worse="high",
    events="false positives",
    exposure="actual negatives",
)
LOSS = MetricNote(
    title="MAE", meaning="", kind="loss", worse="high", events="errors", exposure="instances"
)
SCORE = MetricNote(
    title="AUC", meaning="", kind="score", worse="low", events="positives", exposure="negatives"
)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.5, "50.0%"),
        (0.0099, "0.99%"),
        (0.00001, "< 0.01%"),
        (0.9996, "99.96%"),
        (0.999999, "> 99.99%"),
        (-0.5, "−50.0%"),
        (None, "n/a"),
    ],
)
def test_percent(share: float | None, said: str) -> None:
    assert words.percent(share) == said


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_is_never_rounded_to_none_or_all(share: float) -> None:
    assert words.percent(share) not in {"0%", "100%", "0.0%", "100.0%", "0.00%", "100.00%"}


def test_values_name_their_denominator() -> None:
    some = Estimate(value=0.4485, low=0.42, high=0.47, events=805, exposure=1795)
    assert words.value(some, RATE) == "44.9%"
    assert words.denominator(some, RATE) == "805 of 1,795 actual negatives"
    assert words.denominator(some, LOSS) == "over 1,795 instances"
    assert words.denominator(some, SCORE) == "805 positives, 1,795 negatives"
    assert words.interval(some, RATE) == "42.0–47.0%"
    one = Estimate(value=0.0, low=-0.5, high=0.5, events=0, exposure=1)
    assert words.denominator(one, RATE) == "0 of 1 actual negative"
    assert words.denominator(one, LOSS) == "over 1 instance"
    assert words.interval(one, LOSS) == "−0.5 to 0.5"
    none = Estimate(value=None, events=0, exposure=0)
    assert words.value(none, RATE) == "n/a (0 of 0 actual negatives)"
    assert words.interval(none, RATE) == "n/a"


def test_interval_that_ends_in_words() -> None:
    edge = Estimate(value=0.0, low=0.0, high=0.00002, events=0, exposure=90_000)
    assert words.interval(edge, RATE) == "0–< 0.01%"
    assert words.interval(None, RATE) == "n/a"


def test_gaps_are_signed_and_in_points() -> None:
    gap = Difference(against="rest", gap=-0.0123, low=-0.03, high=0.01)
    assert words.gap(gap.gap, RATE) == "−1.2 points"
    assert words.gap_interval(gap, RATE) == "−3.0 to +1.0"
    assert words.gap(12.0, LOSS) == "+12"
    assert words.gap(None, LOSS) == "n/a"
    assert words.gap_interval(Difference(against="rest", gap=None), RATE) == "n/a"


def test_odd_numbers() -> None:
    assert words.number(float("inf")) == "n/a"
    assert words.number(-0.00001234) == "−1.23e-05"
    assert words.times(None) == "n/a"
    assert words.times(0.8) == "0.80×"
    assert words.times(123.4) == "123×"


@given(st.text())
def test_cleaned_text_is_printable_and_encodable(text: str) -> None:
    cleaned = words.clean(text)
    assert all(letter.isprintable() or letter in "\n\t" for letter in cleaned)
    cleaned.encode()


def test_lone_surrogates_become_visible() -> None:
    assert words.clean("\ud800") == "\\ud800"


@given(st.lists(st.text("ab1,", min_size=1, max_size=6), min_size=2, max_size=40, unique=True))
def test_no_level_of_a_set_is_cut(levels: list[str]) -> None:
    said = words.brief([Condition(feature="job", kind="levels", levels=tuple(levels))], 60)
    assert len(said) <= 60
    listed = re.fullmatch(r"job in \{(.*?)(?:, … (\d+) more)?\}", said)
    assert listed is not None
    shown, more = listed[1], int(listed[2] or 0)
    assert shown == ", ".join(level_words(level) for level in levels[: len(levels) - more])


@given(st.text(), st.integers(3, 40))
def test_shortened_text_fits(text: str, letters: int) -> None:
    assert len(words.shorten(text, letters)) <= max(letters, 3)
