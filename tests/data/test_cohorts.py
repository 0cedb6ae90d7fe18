"""The user's own regions: what the page prints reads back, and what cannot be read says why."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terrain.data.cohorts import parse
from terrain.data.regions import MOST_SAID, Condition, Region, Scale
from terrain.errors import UsageError

SCALES: dict[str, Scale | None] = {
    "age": "integer",
    "income": "number",
    "capital-gain": "integer",
    "hours per week": "number",
    "joined": "date",
    "region": None,
    "race": None,
}

ODD = (
    "<=28",
    "(37-47]",
    "Côte d'Ivoire",
    "'quoted'",
    "a and region = b",
    "a or missing",
    "x & y",
    "… 3 more",
    "missing",
    "is missing",
)
"""Levels that could be taken for part of a condition."""


def read(text: str) -> tuple[Condition, ...]:
    return parse(text, SCALES).conditions


def bounds(text: str) -> tuple[float | None, float | None]:
    (condition,) = read(text)
    return condition.low, condition.high


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("age < 30", None, 30),
        ("age <= 30", None, 31),
        ("age > 30", 31, None),
        ("age >= 30", 30, None),
        ("age = 30", 30, 31),
        ("age == -30", -30, -29),
        ("age <= 30.5", None, 31),
        ("age > 30.5", 31, None),
        ("age <= 1e18", None, math.nextafter(1e18, math.inf)),
        ("28 <= age < 36", 28, 36),
        ("28 < age <= 36", 29, 37),
        ("36 > age ≥ 28", 28, 36),
        ("30 > age", None, 30),
        ("age >= 20 and age < 40 and age < 30", 20, 30),
        ("income < .5", None, 0.5),
        ("income <= 1e3", None, math.nextafter(1000, math.inf)),
        ("income > 0.5", math.nextafter(0.5, 1), None),
        ("income = 0.5", 0.5, math.nextafter(0.5, 1)),
        ("`hours per week` < 40", None, 40),
        ("hours per week < 40", None, 40),
        ('"capital-gain" >= 1', 1, None),
    ],
)
def test_comparisons_are_exact(text: str, low: float | None, high: float | None) -> None:
    assert bounds(text) == (low, high)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("joined < 1970-01-02", None, 86_400),
        ("joined <= 1970-01-02", None, 172_800),
        ('joined > "1970-01-02"', 172_800, None),
        ("joined = '1970-01-02'", 86_400, 172_800),
        ("joined >= 1970-01-02 00:01:00", 86_460, None),
        ("joined <= 1970-01-02 00:01:00", None, 86_461),
        ("joined <= 1970-01-02T00:01", None, 86_520),
        ("joined < 1970-01-02T01:00+01:00", None, 86_400),
        ("joined <= '1970-01-02 00:00:00.5'", None, 86_400.500001),
        ("'1970-01-02' <= joined < '1970-01-03'", 86_400, 172_800),
        ("'1970-01-02' < joined", 172_800, None),
    ],
)
def test_a_date_is_as_long_as_it_is_precise(
    text: str, low: float | None, high: float | None
) -> None:
    assert bounds(text) == (low, high)


@pytest.mark.parametrize(
    ("text", "levels", "negated"),
    [
        ("region = north", ("north",), False),
        ("region == 'north'", ("north",), False),
        ("region != north", ("north",), True),
        ("region in {north, 'the east', \"a,b\"}", ("north", "the east", "a,b"), False),
        ("region not in (north, south)", ("north", "south"), True),
        ("region in [north,north]", ("north",), False),
        ("race = Black or African American", ("Black or African American",), False),
        ("region = Trinidad and Tobago", ("Trinidad and Tobago",), False),
        ("region = <=28", ("<=28",), False),
        ("region = (37-47]", ("(37-47]",), False),
        ("region in {a, b} and region != a", ("b",), False),
        ("region != a and region in {a, b}", ("b",), False),
        ("region != a and region not in {b, a}", ("a", "b"), True),
        ("region in {a, b} and region in {b, c}", ("b",), False),
    ],
)
def test_levels_stand_bare_or_in_quotes(
    text: str, levels: tuple[str, ...], *, negated: bool
) -> None:
    assert read(text) == (
        Condition(feature="region" if "region" in text else "race", kind="levels",
                  levels=levels, negated=negated),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age is missing", "age is missing"),
        ("age is not missing and age < 30 or missing", "age < 30"),
        ("age is missing and age < 30 or missing", "age is missing"),
        ("age < 30 or missing and age > 40 or missing", "age is missing"),
        ("age < 30 or missing and age > 20", "21 <= age < 30"),
        ("age is not missing and age is not missing", "age is not missing"),
        ("region = a or missing and race = b", "region = a or missing and race = b"),
        (
            "age < 30 and race = Black or African American and region is missing",
            'age < 30 and race = "Black or African American" and region is missing',
        ),
    ],
)
def test_missing_values_are_meant_only_where_they_are_named(text: str, words: str) -> None:
    assert parse(text, SCALES).words == words


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", "", "a condition is expected here"),
        ("agee < 30", "agee", "no column `agee` that can carry a condition; did you mean `age`?"),
        ("30 < agee", "agee", "did you mean `age`?"),
        ("age", "", "after `age` there must be a comparison"),
        ("age <", "", "`age` is compared with a number"),
        ("age < old", "old", "`age` is compared with a number"),
        ("joined < 3", "3", "`3` is not a date such as 2024-01-31"),
        ("joined < 2024-13-01", "2024", "`2024-13-01` is not a date"),
        ("joined <= 9999-12-31", "9999", "nothing lies beyond `9999-12-31`: say < or >="),
        ("joined > 0001-01-01T00:00+01:00", "0001", "is not a date"),
        ("income <= 1.7976931348623157e308", "1.79", "nothing lies beyond"),
        ("age < 2024-01-01", "2024", "`2024-01-01` is not a number"),
        ("income < 1e999", "1e999", "`1e999` is not a number"),
        ("age != 30", "30", "name two cohorts"),
        ("age in {1, 2}", "{", "say a range such as"),
        ("age = 30.5", "age", "no value of `age` satisfies this"),
        ("age < 30 and age > 40", "age > 40", "no value of `age` satisfies this"),
        ("age is missing and age < 30", "age < 30", "no value of `age` satisfies this"),
        ("age is not missing and age is missing", "age is missing", "no value of `age`"),
        ("region = a and region = b", "region = b", "no value of `region` satisfies this"),
        ("region < north", "<", "`region` has levels, which have no order"),
        ("30 <= region", "30", "`region` has levels, which have no order"),
        ("region =", "", "a level is expected here"),
        ("region in {}", "}", "a level is expected here"),
        ("region in {a, … 3 more}", "…", "the list of levels was cut short"),
        ("region in {a, b", "{", "not closed by }"),
        ("age < 30 or region = x", "or", 'there is no "or": name two cohorts'),
        ("not region = x", "not", "say != or not in {…}"),
        ("age < 30 and not region = x", "not", "say != or not in {…}"),
        ("nott region = x", "nott", "no column"),
        ("region = x or age < 30", "or", 'there is no "or": name two cohorts'),
        ("region = x | age < 30", "|", 'there is no "or": name two cohorts'),
        ("region = x & age < 30", "&", 'only "and" joins conditions'),
        ("region = x and rase = White", "rase", "did you mean `race`?"),
        ("age < 30 and", "", "a condition is expected here"),
        ("age < 30 age > 20", "age > 20", 'only "and" joins conditions'),
        ("age < 30 years", "years", 'only "and" joins conditions'),
        ("age < 3 < 4", "< 4", 'only "and" joins conditions'),
        ("__import__('os').system('x')", "__import__", "no column"),
        ("len(age) < 3", "len", "no column `len(age)`"),
        ("age.real < 3", "age.real", "no column `age.real`"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, place: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, SCALES)
    said, shown, caret, hint = str(caught.value).split("\n")
    assert what in said
    assert shown.strip() == text.strip()
    position = text.rfind(place) if place else len(text)
    assert caret == " " * (4 + position) + "^"
    assert "age < 30 and region in {north, east}" in hint


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("region = nort", "nort", "`region` has no level `nort`; did you mean `north`?"),
        ("region in {north, 'West'}", "'West'", "no level `West`; its levels are: `north`, `so"),
        ("region = north or west", "north", "`region` has no level `north or west`"),
        ("secret < 3", "secret", "`secret` is in the table, but carries no condition (kept out)"),
        (
            "age < 30 and odd name = x",
            "odd name",
            "`odd name` is in the table, but carries no condition (is the label)",
        ),
    ],
)
def test_what_is_not_in_the_table_is_pointed_at(text: str, place: str, what: str) -> None:
    levels = {"region": ("south", "north"), "race": ()}
    barred = {"secret": "kept out", "odd name": "is the label"}
    with pytest.raises(UsageError) as caught:
        parse(text, SCALES, levels=levels, barred=barred, name="mine")
    said, _, caret, _ = str(caught.value).split("\n")
    assert said.startswith("the cohort `mine` cannot be read: ")
    assert what in said
    assert caret == " " * (4 + text.index(place)) + "^"


def test_levels_that_are_there_are_taken() -> None:
    levels = {"region": ("a, b", "or"), "race": ()}
    assert parse('region in {"a, b", or}', SCALES, levels=levels).conditions[0].levels


def test_a_text_of_several_lines_is_pointed_at_in_one() -> None:
    with pytest.raises(UsageError) as caught:
        parse("age < 30\nand agee > 3", SCALES)
    assert str(caught.value).split("\n")[1:3] == ["    age < 30 and agee > 3", " " * 17 + "^"]


def test_a_column_may_be_called_by_a_number_or_by_a_word_of_the_language() -> None:
    scales: dict[str, Scale | None] = {"5": "number", "13": "number", "age is": None, "age": None}
    assert parse("5 <= 13 < 9", scales).words == "5 <= 13 < 9"
    assert parse("5 < 13", scales).conditions[0].feature == "5"
    assert parse("age is missing", scales).conditions[0].feature == "age"
    assert parse("age is = x", scales).conditions[0].feature == "age is"


def numbers(scale: Scale) -> st.SearchStrategy[float]:
    if scale == "number":
        short = st.integers(-999, 999).map(lambda x: x / 100)
        found = st.floats(allow_nan=False, allow_infinity=False) | short
        return (found | short.map(lambda x: math.nextafter(x, math.inf))).filter(math.isfinite)
    if scale == "integer":
        return st.integers(-(10**18), 10**18).map(float)
    return st.integers(-2 * 10**16, 10**17).map(lambda micro: micro / 1e6)


@st.composite
def ranges(draw: st.DrawFn, feature: str, scale: Scale) -> Condition:
    low, high = draw(
        st.tuples(numbers(scale), numbers(scale)).map(sorted).filter(lambda pair: pair[0] < pair[1])
    )
    if scale == "number" and draw(st.booleans()):
        high = math.nextafter(low, math.inf)  # one value
    which = draw(st.integers(0, 2))
    return Condition(
        feature=feature,
        kind="range",
        low=None if which == 0 else low,
        high=None if which == 1 else high,
        or_missing=draw(st.booleans()),
        scale=scale,
    )


@st.composite
def level_sets(draw: st.DrawFn, feature: str) -> Condition:
    level = st.text() | st.text("ab '\"&|,{}<=… and or 3 more") | st.sampled_from(ODD)
    found = draw(st.lists(level, min_size=1, max_size=MOST_SAID, unique=True))
    return Condition(
        feature=feature,
        kind="levels",
        levels=tuple(found),
        negated=draw(st.booleans()),
        or_missing=draw(st.booleans()),
    )


@st.composite
def conditions(draw: st.DrawFn, feature: str, scale: Scale | None) -> Condition:
    if draw(st.integers(0, 9)) == 0:
        return Condition(feature=feature, kind="missing", negated=draw(st.booleans()))
    return draw(level_sets(feature) if scale is None else ranges(feature, scale))


names = st.one_of(
    st.text("abc1 .-_()/%é", min_size=1).filter(lambda name: name == name.strip()),
    st.sampled_from(["capital-gain", "age (years)", "13", "region and place", "is", "missing"]),
)


@given(st.data(), st.dictionaries(names, st.sampled_from(["number", "integer", "date", None]),
                                  min_size=1, max_size=4))  # fmt: skip
def test_what_the_page_prints_reads_back(
    data: st.DataObject, scales: dict[str, Scale | None]
) -> None:
    region = Region.of(*(data.draw(conditions(name, scale)) for name, scale in scales.items()))
    assert parse(region.words, scales) == region


@given(st.text())
@example("age < 30 and `")
@example("region = \x00")
def test_nothing_but_a_usage_error_comes_of_any_text(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse(text, SCALES)
