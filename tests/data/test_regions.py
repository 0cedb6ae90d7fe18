"""Conditions and regions say what they mean."""

from __future__ import annotations

from math import nextafter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.regions import (
    MOST_SAID,
    Condition,
    Region,
    level_words,
    number_words,
)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(feature="x", kind="range", low=0.1), "x >= 0.1"),
        (Condition(feature="x", kind="range", low=1.0, high=2.0), "1 <= x < 2"),
        (Condition(feature="x", kind="range", low=1, high=3, scale="integer"), "1 <= x < 3"),
        (Condition(feature="x", kind="range", low=0.0, scale="date"), "x >= 1970-01-01"),
        (Condition(feature="x", kind="range", low=61.0, scale="date"), "x >= 1970-01-01 00:01:01"),
        (Condition(feature="x", kind="range", high=0.25, scale="date"),
         "x < 1970-01-01 00:00:00.250000"),
        (Condition(feature="x", kind="range", high=nextafter(0.3, 1)), "x <= 0.3"),
        (Condition(feature="x", kind="range", low=nextafter(0.0, 1)), "x > 0"),
        (Condition(feature="x", kind="range", low=nextafter(1, 2), high=2.0), "1 < x < 2"),
        (Condition(feature="x", kind="range", low=0.3, high=nextafter(0.3, 1)), "x = 0.3"),
        (Condition(feature="x", kind="levels", levels=("a and b", "<5")), 'x in {"a and b", "<5"}'),
        (Condition(feature="x", kind="missing", negated=True), "x is not missing"),
        (Condition(feature="x", kind="levels", levels=("",)), 'x = ""'),
        (Condition(feature="x", kind="levels", levels=("a",), negated=True), "x ≠ a"),
        (Condition(feature="x", kind="levels", levels=("a",), or_missing=True), "x = a or missing"),
    ],
)  # fmt: skip
def test_a_condition_in_words(condition: Condition, words: str) -> None:
    assert condition.words() == words


@given(st.sets(st.text(max_size=4), min_size=1, max_size=5), st.sets(st.text(max_size=4)))
def test_different_sets_of_levels_never_read_alike(some: set[str], others: set[str]) -> None:
    def words(levels: set[str]) -> str:
        return Condition(feature="f", kind="levels", levels=tuple(sorted(levels))).words()

    if others and len(others) <= MOST_SAID:
        assert (words(some) == words(others)) == (some == others)


def test_a_long_set_of_levels_is_cut_short_with_their_number() -> None:
    levels = tuple(f"l{i}" for i in range(MOST_SAID + 5))
    words = Condition(feature="f", kind="levels", levels=levels).words()
    assert words.endswith("… 7 more}")


@given(st.floats(-1e12, 1e12))
def test_numbers_are_printed_so_that_they_are_read_as_they_are(value: float) -> None:
    assert float(number_words(value, "number")) == value


@pytest.mark.parametrize(
    "level",
    ["", " a", "a ", "a,b", "{a}", 'a"b', "a\nb", "'a", "a and b", "a or b", "a&b", "a|b", "≤ 3",
     "a != b", "… 3 more"],
)  # fmt: skip
def test_odd_levels_are_quoted(level: str) -> None:
    assert level_words(level).startswith('"')
    assert level_words(level).endswith('"')


def test_a_region_joins_drops_and_survives_json() -> None:
    age = Condition(feature="age", kind="range", high=30.0)
    place = Condition(feature="place", kind="levels", levels=("a", "b"))
    region = Region.of(age, place)
    assert region.words == "age < 30 and place in {a, b}"
    assert region.without("age") == Region.of(place)
    assert msgspec.json.decode(msgspec.json.encode(region), type=Region) == region
