"""Every code of a feature prints as a condition that holds exactly its rows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import satisfies
from strategies import DATES, INTEGERS, LEVELS, NUMBERS, columns

from terrain.data.features import Encoding, fit, region_of, selection_of
from terrain.data.regions import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terrain.data.features import Codes


class Drawn(NamedTuple):
    """A feature: its column, what pandas makes of it, and the discovery part."""

    column: pa.ChunkedArray
    shown: pd.Series
    discovery: np.ndarray


@st.composite
def features(draw: st.DrawFn) -> Drawn:
    n = draw(st.integers(2, 80))
    kind = draw(st.sampled_from(["integer", "number", "text", "digits", "date", "bool"]))
    discovery = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    if kind == "text":
        texts = draw(columns(st.sampled_from(LEVELS), n))
        return Drawn(chunked(texts, pa.string()), pd.Series(texts, dtype=object), discovery)
    if kind == "bool":
        flags = draw(columns(st.booleans(), n))
        words = [None if flag is None else str(flag).lower() for flag in flags]
        return Drawn(chunked(flags, pa.bool_()), pd.Series(words, dtype=object), discovery)
    if kind == "date":
        dates = draw(columns(DATES, n))
        seconds = [np.nan if date is None else date.timestamp() for date in dates]
        return Drawn(chunked(dates, pa.timestamp("us", tz="UTC")), pd.Series(seconds), discovery)
    numbers = draw(columns(INTEGERS if kind == "integer" else NUMBERS, n))
    values = pd.Series(numbers, dtype=np.float64)
    if kind == "digits":  # text that was meant as numbers
        written = [None if number is None else f"{number:.17g}" for number in numbers]
        column = chunked(["-0.5", *written[1:]], pa.string())
        return Drawn(column, values.mask(values.index == 0, -0.5), discovery)
    column = chunked(numbers, pa.int64() if kind == "integer" else pa.float64())
    return Drawn(column, values, discovery)


def chunked(values: list[Any], kind: pa.DataType) -> pa.ChunkedArray:
    """Return values in two chunks."""
    whole = pa.array(values, kind)
    return pa.chunked_array([whole.slice(0, 3), whole.slice(3)])


def subsets(encoding: Encoding) -> Iterable[tuple[int, ...]]:
    """Return sets of codes that a condition can hold, with and without the missing code."""
    codes = range(encoding.missing_code)
    if encoding.ordered:
        found = [tuple(codes[i:j]) for i, j in combinations(range(len(codes) + 1), 2)]
    else:
        found = [c for size in range(1, len(codes) + 1) for c in combinations(codes, size)]
    for values in found[:200]:
        yield values
        if encoding.has_missing and len(values) < len(codes):
            yield (*values, encoding.missing_code)
    if encoding.has_missing:
        yield (encoding.missing_code,)


@given(features(), st.integers(2, 6))
def test_a_condition_selects_exactly_the_rows_with_its_codes(drawn: Drawn, bins: int) -> None:
    encoding = fit("f", drawn.column, drawn.discovery, bins)
    codes = encoding.encode(drawn.column)
    assert codes.max(initial=0) < encoding.size
    for chosen in subsets(encoding):
        condition = encoding.condition(chosen)
        expected = satisfies(condition, drawn.shown)
        assert np.isin(codes, chosen).tolist() == expected.tolist(), condition.words()


@given(features(), st.integers(2, 6))
def test_the_codes_of_a_condition_are_those_that_made_it(drawn: Drawn, bins: int) -> None:
    encoding = fit("f", drawn.column, drawn.discovery, bins)
    for chosen in subsets(encoding):
        assert encoding.codes_of(encoding.condition(chosen)) == tuple(sorted(chosen))


@given(features())
def test_codes_hang_on_the_value_alone(drawn: Drawn) -> None:
    encoding = fit("f", drawn.column, drawn.discovery, 4)
    codes = encoding.encode(drawn.column)
    order = np.arange(len(codes))[::-1]
    assert encoding.encode(drawn.column.take(pa.array(order))).tolist() == codes[order].tolist()
    missing = drawn.shown.isna().to_numpy()
    assert (codes == encoding.missing_code).tolist() == missing.tolist()
    assert encoding.has_missing == missing.any()


def codes_of(values: list[Any], **settings: Any) -> tuple[Encoding, Codes]:
    """Return a feature fitted on all its values."""
    column = pa.chunked_array([pa.array(values)])
    encoding = fit("f", column, np.ones(len(values), dtype=bool), **settings)
    return encoding, encoding.encode(column)


@pytest.mark.parametrize("even", [True, False])
@given(data=st.data())
def test_codes_count_the_cut_points_at_or_below_a_value(data: st.DataObject, *, even: bool) -> None:
    # evenly, cut points lie one in a cell of the grid in which they are looked up; else anyhow
    start, size = data.draw(st.tuples(st.floats(-1e6, 1e6), st.integers(1, 120)))
    anyhow = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=120)
    drawn = [start + place * 0.37 for place in range(size)] if even else data.draw(anyhow)
    cuts = tuple(sorted(set(drawn)))
    encoding = Encoding(feature="x", kind="range", cuts=cuts)
    beside = [np.nextafter(cut, to) for cut in cuts for to in (-np.inf, np.inf)]
    values = np.array([*cuts, *beside, np.inf, -np.inf, *data.draw(st.lists(st.floats()))])
    expected = np.searchsorted(cuts, values, side="right")
    expected[np.isnan(values)] = encoding.missing_code
    assert encoding.encode(pa.chunked_array([values])).tolist() == expected.tolist()


def test_a_single_whole_number_reads_as_equality() -> None:
    encoding, _ = codes_of([28, 30, 41] * 4)
    assert [encoding.condition([code]).words() for code in range(3)] == [
        "f = 28",
        "f = 30",
        "f = 41",
    ]
    assert encoding.condition([1, 2]).words() == "f >= 30"


def test_a_value_that_only_the_other_half_shows_is_not_called_by_its_neighbour() -> None:
    column = pa.chunked_array([pa.array([28, 29, 40])])
    encoding = fit("f", column, np.array([True, False, True]))
    conditions = {encoding.condition([code]).words() for code in encoding.encode(column).tolist()}
    assert "f = 28" not in conditions


def test_cut_points_come_from_the_discovery_part_only() -> None:
    values = np.arange(1000)
    column = pa.chunked_array([pa.array(values)])
    assert max(fit("f", column, values < 100, 4).cuts) < 100


def test_dates_read_as_dates() -> None:
    dates = [datetime(2020, 1, 1, tzinfo=UTC), datetime(2022, 5, 3, tzinfo=UTC)]
    encoding, codes = codes_of(dates)
    assert encoding.condition([1]).words() == "f >= 2022-01-01"
    assert codes.tolist() == [0, 1]


def test_bounds_become_cut_points_beside_those_of_the_searches() -> None:
    values = [28, 30, 41] * 4
    encoding, codes = codes_of(values)
    column = pa.chunked_array([pa.array(values)])
    fine = encoding.refined([Condition(feature="f", kind="range", low=29.0, high=41.0)])
    assert fine.cuts == tuple(sorted({*encoding.cuts, 29.0, 41.0}))
    assert [fine.cuts[place] for place in fine.coarse] == list(encoding.cuts)
    assert fine.encode(column).tolist() != codes.tolist()
    for value in (28, 30, 41):
        same = Condition(feature="f", kind="range", low=value, high=value + 1, scale="integer")
        inside = np.isin(fine.encode(column), fine.codes_of(same))
        assert inside.tolist() == [each == value for each in values]
    assert encoding.refined([]) is encoding
    levels, _ = codes_of(["a", "b"])
    assert levels.refined([Condition(feature="f", kind="levels", levels=("a",))]) is levels


def test_infinities_are_values() -> None:
    encoding, codes = codes_of([-np.inf, 0.5, np.inf, None])
    assert codes.tolist() == [0, 1, 2, 3]
    assert encoding.condition([3]).words() == "f is missing"


def test_numbers_may_be_names() -> None:
    encoding, codes = codes_of([10, 9, 10, 8], categorical=True)
    assert encoding.levels == ("8", "9", "10")
    assert codes.tolist() == [2, 1, 2, 0]
    assert encoding.condition([0, 2]).words() == "f ≠ 9"


def test_codes_are_narrow_until_levels_need_more() -> None:
    assert codes_of([f"l{i}" for i in range(255)])[1].dtype == np.uint8
    encoding, codes = codes_of([f"l{i:03}" for i in range(256)])
    assert codes.dtype == np.uint16
    assert codes.tolist() == list(range(256))
    assert encoding.missing_code == 256


def test_of_many_levels_the_fewer_are_named() -> None:
    encoding, _ = codes_of([*"abcd", None])
    assert encoding.condition([0, 1, 2]).words() == "f ≠ d"
    assert encoding.condition([0, 1, 2, 4]).words() == "f ≠ d or missing"
    assert encoding.condition([0, 1]).words() == "f in {a, b}"
    assert encoding.condition([0, 1, 2, 3]).words() == "f is not missing"


def test_a_region_drops_what_everybody_satisfies_and_turns_back() -> None:
    encodings = {"f": codes_of([1, 2, 3, None])[0], "g": codes_of(["a", "b"])[0]}
    region = region_of((("f", (0, 3)), ("g", (0, 1))), encodings)
    assert region.words == "f = 1 or missing"
    assert selection_of(region, encodings) == (("f", (0, 3)),)


@pytest.mark.parametrize("values", [[None, None], [np.nan]])
def test_a_column_of_nothing_has_one_code_that_is_missing(values: list[Any]) -> None:
    encoding, codes = codes_of(values)
    assert set(codes.tolist()) <= {encoding.missing_code}
