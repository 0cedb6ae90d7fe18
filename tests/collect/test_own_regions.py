"""A cohort holds exactly the rows that it says, whatever cut points the searches use."""

from __future__ import annotations

import operator
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import FEATURES, START, benchmark_of, plan_for, study_from, tables

from terrain.collect.cohorts import cohorts, conditions_of, empty_cohorts, read_cohorts
from terrain.data.features import Encoding, region_of, selection_of
from terrain.errors import UsageError
from terrain.study import Study, study_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.data.regions import Region
    from terrain.document import Cohort

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


class Said(NamedTuple):
    """A condition as a user writes it, and the rows that pandas finds."""

    text: str
    rows: np.ndarray


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Return the features as plain pandas columns; moments in UTC, booleans as words."""
    frame = table.select(FEATURES).to_pandas(integer_object_nulls=True)
    words = {True: "true", False: "false"}
    return frame.assign(
        age=pd.to_numeric(frame.age, errors="coerce").astype(float),
        region=frame.region.astype(object),
        member=frame.member.map(words).astype(object),
    )


@st.composite
def numbers(draw: st.DrawFn, feature: str, values: pd.Series) -> Said:
    """Draw a comparison with a number, often one that is in the column."""
    present = sorted({*values[np.isfinite(values)].tolist(), 0.0, 0.5})
    value = draw(st.sampled_from(present) | st.floats(-50, 50))
    # nothing equals a fraction in a column of whole numbers, which is refused
    equal = feature == "income" and (values[np.isfinite(values)] % 1 != 0).any()
    sign = draw(st.sampled_from([sign for sign in SIGNS if equal or sign != "="]))
    return Said(f"{feature} {sign} {value!r}", SIGNS[sign](values, value).to_numpy(dtype=bool))


@st.composite
def dates(draw: st.DrawFn, values: pd.Series) -> Said:
    """Draw a comparison with a day, which is the whole day, or with a second."""
    moment = START + timedelta(seconds=draw(st.integers(0, 3_000 * 3_600)))
    whole_day = draw(st.booleans())
    first = datetime(moment.year, moment.month, moment.day, tzinfo=UTC) if whole_day else moment
    beyond = first + (timedelta(days=1) if whole_day else timedelta(seconds=1))
    said = f"{first:%Y-%m-%d}" if whole_day else f'"{first:%Y-%m-%d %H:%M:%S}"'
    sign = draw(st.sampled_from(list(SIGNS)))
    held = {
        "<": values < first,
        "<=": values < beyond,
        ">": values >= beyond,
        ">=": values >= first,
        "=": (values >= first) & (values < beyond),
    }[sign]
    return Said(f"day {sign} {said}", held.to_numpy(dtype=bool))


@st.composite
def levels(draw: st.DrawFn, feature: str, values: pd.Series) -> Said:
    """Draw a set of levels that are there, in quotes."""
    present = sorted(values.dropna().unique())
    if not present:
        return Said(f"{feature} is missing", values.isna().to_numpy())
    chosen = draw(st.lists(st.sampled_from(present), min_size=1, unique=True))
    quoted = ", ".join('"' + level.replace('"', '""') + '"' for level in chosen)
    inside = values.isin(chosen)
    if draw(st.booleans()):
        return Said(f"{feature} in {{{quoted}}}", inside.to_numpy())
    return Said(f"{feature} not in {{{quoted}}}", (~inside & values.notna()).to_numpy())


@st.composite
def expressions(draw: st.DrawFn, table: pa.Table) -> Said:
    """Draw conditions on different features, some of them with missing values."""
    frame = frame_of(table)
    drawn = []
    for feature in draw(st.lists(st.sampled_from(FEATURES), min_size=1, max_size=3, unique=True)):
        values = frame[feature]
        if feature == "day":
            text, rows = draw(dates(values))
        else:
            kind = numbers if feature in {"age", "income"} else levels
            text, rows = draw(kind(feature, values))
        if "is missing" not in text and draw(st.booleans()):
            text, rows = f"{text} or missing", rows | values.isna().to_numpy()
        drawn.append(Said(text, rows))
    text = " and ".join(each.text for each in drawn)
    return Said(text, reduce(np.logical_and, [each.rows for each in drawn]))


def rows_of(region: Region, study: Study) -> np.ndarray:
    """Return which rows a region's codes select, as (n,) bool, as the page does."""
    inside = np.ones(len(study), dtype=bool)
    for feature, codes in selection_of(region, study.encodings):
        inside &= np.isin(study.codes[feature], codes)
    return inside


def measured(study: Study, **expressions: str) -> tuple[tuple[Cohort, ...], Study]:
    """Return cohorts and the study they were measured on, as an analysis makes it."""
    named = read_cohorts(expressions, study)
    fine = study.compacted([]).refined(conditions_of(named))
    return cohorts(named, fine, alpha=0.05), fine


@given(tables(least=30), st.data())
def test_a_cohort_holds_the_rows_that_pandas_selects(table: pa.Table, data: st.DataObject) -> None:
    text, rows = data.draw(expressions(table))
    (cohort,), fine = measured(study_from(table), mine=text)
    assert rows_of(cohort.finding.region, fine).tolist() == rows.tolist(), text
    assert cohort.finding.support == rows.sum()
    if "weight" not in table.column_names:
        wrong = table["label"].to_numpy() != table["prediction"].to_numpy()
        estimate = cohort.finding.metrics["error_rate"]
        assert (estimate.events, estimate.exposure) == (wrong[rows].sum(), rows.sum())
    stored = msgspec.json.encode(msgspec.to_builtins(fine.encodings))
    plan = plan_for(table)
    again = study_of(
        benchmark_of(table, plan), plan, msgspec.json.decode(stored, type=dict[str, Encoding])
    )
    assert rows_of(cohort.finding.region, again).tolist() == rows.tolist()


@given(tables(least=30), st.data())
def test_finer_codes_select_the_same_rows_for_every_region(
    table: pa.Table, data: st.DataObject
) -> None:
    study = study_from(table).compacted([])
    text, _ = data.draw(expressions(table))
    fine = study.refined(conditions_of(read_cohorts({"mine": text}, study)))
    for feature, encoding in study.encodings.items():
        for code in np.unique(study.codes[feature]).tolist():
            region = region_of([(feature, (code,))], study.encodings)
            assert rows_of(region, fine).tolist() == rows_of(region, study).tolist()
        assert {*encoding.cuts} <= {*fine.encodings[feature].cuts}


@given(tables(least=30), st.data())
def test_the_words_of_every_region_are_a_cohort(table: pa.Table, data: st.DataObject) -> None:
    study = study_from(table)
    selection = []
    for feature in data.draw(st.lists(st.sampled_from(FEATURES), min_size=1, unique=True)):
        encoding = study.encodings[feature]
        if encoding.ordered:
            first, last = sorted(data.draw(st.tuples(*[st.integers(0, encoding.missing_code)] * 2)))
            codes = {*range(first, last + 1)}
        else:
            codes = data.draw(st.sets(st.integers(0, encoding.missing_code), min_size=1))
        if data.draw(st.booleans()):
            codes |= {encoding.missing_code}
        selection.append((feature, tuple(sorted(codes))))
    region = region_of(selection, study.encodings)
    assume(region.conditions)
    (named,) = read_cohorts({"mine": region.words}, study)
    assert named.region == region
    rows = [np.isin(study.codes[feature], codes) for feature, codes in selection]
    fine = study.refined(conditions_of([named]))
    assert rows_of(named.region, fine).tolist() == reduce(np.logical_and, rows).tolist()


def planted(n: int = 4_000) -> pa.Table:
    """Return a table whose young err more often, with groups of four rows and weights."""
    generator = np.random.default_rng(0)
    age = generator.integers(18, 80, n)
    wrong = generator.random(n) < np.where(age < 27, 0.5, 0.1)
    return pa.table(
        {
            "age": age,
            "place": generator.choice(["north", "south"], n),
            "wrong": wrong.astype(int),
            "who": np.arange(n) // 4,
            "weight": np.round(generator.random(n) + 0.5, 1),
            "secret": generator.integers(0, 9, n),
        }
    )


def study_of_planted(**more: Any) -> Study:
    table = planted()
    how: dict[str, Any] = {"features": ("age", "place"), "error": ("wrong",)}
    how |= {"label": None, "prediction": None, "id": None}
    if "weight" not in more:
        table = table.drop_columns(["weight"])
    return study_from(table, **(how | more))


@pytest.mark.parametrize("more", [{}, {"group": "who"}, {"weight": "weight"}])
def test_what_is_worse_than_the_rest_is_failing_and_no_more(more: dict[str, Any]) -> None:
    found, _ = measured(
        study_of_planted(**more),
        young="age < 27",
        old="age >= 60",
        north="place = north",
        most="age < 79 or missing",
    )
    assert [cohort.finding.id for cohort in found] == ["c1", "c2", "c3", "c4"]
    assert [cohort.name for cohort in found] == ["young", "old", "north", "most"]
    assert [cohort.finding.status for cohort in found] == ["failing", "none", "none", "none"]
    assert {cohort.finding.measured_on for cohort in found} == {"all"}
    young, old, *_ = found
    gap = young.gaps["wrong"]
    assert gap.gap is not None
    assert gap.low is not None
    assert 0.3 < gap.low < gap.gap < 0.5
    assert (old.finding.p_adjusted or 1) < 0.05  # confirmed, but better
    assert (old.gaps["wrong"].gap or 0) < 0


def test_numbers_are_those_of_all_instances_and_p_values_of_holm() -> None:
    frame = planted().to_pandas()
    found, _ = measured(study_of_planted(), young="age < 27", north="place = north", all="age > 0")
    young = found[0].finding
    inside = (frame.age < 27).to_numpy()
    wrong = frame.wrong.to_numpy()
    assert young.support == inside.sum()
    assert young.metrics["wrong"].value == pytest.approx(wrong[inside].mean())
    assert young.error_coverage == pytest.approx(wrong[inside].sum() / wrong.sum())
    assert found[0].gaps["wrong"].gap == pytest.approx(wrong[inside].mean() - wrong[~inside].mean())
    p, adjusted = [c.finding.p_value for c in found], [c.finding.p_adjusted for c in found]
    assert p[0] is not None
    assert adjusted[0] == pytest.approx(2 * p[0])  # two tests: against nobody, nobody is tested
    assert adjusted[1] == p[1]
    assert (p[2], adjusted[2]) == (None, None)


def test_too_few_and_none_are_said_and_not_tested() -> None:
    study = study_of_planted(features=("age", "place", "secret"))
    found, _ = measured(study, none="age > 999", few="age = 20 and place = north and secret < 1")
    none, few = (cohort.finding for cohort in found)
    assert none.support == 0
    assert none.metrics["wrong"].value is None
    assert 0 < few.support < 10
    assert all("wrong" in cohort.too_few for cohort in found)
    assert [(each.p_value, each.status) for each in (none, few)] == [(None, "none")] * 2
    (warned,) = empty_cohorts(found)
    assert (warned.code, warned.seen) == ("empty-cohort", "No instance lies in the cohort none.")


def test_what_cannot_carry_a_condition_says_why() -> None:
    study = study_of_planted()
    for text, reason in [
        ("secret < 3", "`secret` is in the table, but carries no condition (not among --features)"),
        ("sekret < 3", "no column `sekret` that can carry a condition"),
        ("place = nort", "`place` has no level `nort`; did you mean `north`?"),
    ]:
        with pytest.raises(UsageError) as caught:
            read_cohorts({"mine": text}, study)
        assert reason in str(caught.value)
        assert "the cohort `mine`" in str(caught.value)
