"""What is copied as pandas, SQL and Python selects the rows of the region."""

from __future__ import annotations

import math
import re
import sqlite3
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import DATES, INTEGERS, LEVELS, NUMBERS, columns

from terrain.data.features import Encoding, fit
from terrain.data.regions import Region
from terrain.report.filters import Filters, columns_of, filters_of

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = (
    'say "hé"', "it's", "a]b", "x\\", "row", "df", "{{7*7}}", "</script>", "'); DROP TABLE x; --",
    "a\nb", "\u202etxt", "nul\x00", "\u2028", "%s", "?", ":name", "[0]", "NULL", "Ⅷ", "\xa0",
)  # fmt: skip
"""Names and levels that would end a literal, be read as code, or hide."""

TEXTS = st.sampled_from((*LEVELS, *HOSTILE)) | st.text(max_size=5)
NAMES = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=8)
KINDS: dict[str, tuple[st.SearchStrategy[Any], pa.DataType]] = {
    "integer": (INTEGERS, pa.int64()),
    "number": (NUMBERS | st.just(math.nan), pa.float64()),
    "single": (st.floats(-9, 9, width=32) | st.sampled_from([0.1, 0.7]), pa.float32()),
    "decimal": (st.decimals(-99, 99, places=2) | st.just(Decimal("0.70")), pa.decimal128(5, 2)),
    "text": (TEXTS, pa.string()),
    "digits": (NUMBERS.map(repr) | st.sampled_from(["n/a", ""]), pa.string()),
    "date": (DATES, pa.timestamp("us", tz="UTC")),
    "day": (st.dates(date(2019, 1, 1), date(2024, 1, 1)), pa.date32()),
    "truth": (st.booleans(), pa.bool_()),
    "duration": (st.integers(0, 90).map(lambda each: timedelta(seconds=each)), pa.duration("us")),
    "clock": (st.integers(0, 23).map(time), pa.time64("us")),
}  # fmt: skip


class Drawn(NamedTuple):
    """A table, what describes some of its rows, and which these are."""

    table: pa.Table
    encodings: dict[str, Encoding]
    region: Region
    inside: np.ndarray


@st.composite
def regions(draw: st.DrawFn) -> Drawn:
    n = draw(st.integers(2, 30))
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    data: dict[str, pa.ChunkedArray] = {}
    encodings: dict[str, Encoding] = {}
    inside, conditions = np.ones(n, dtype=bool), []
    for name in names:
        values, kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
        data[name] = pa.chunked_array([pa.array(draw(columns(values, n)), kind)])
        encoding = fit(name, data[name], np.ones(n, dtype=bool), categorical=draw(st.booleans()))
        codes = _some_codes(draw, encoding)
        conditions.append(encoding.condition(codes))
        encodings[name] = encoding
        inside &= np.isin(encoding.encode(data[name]), encoding.codes_of(conditions[-1]))
    return Drawn(pa.table(data), encodings, Region.of(*conditions), inside)


def _some_codes(draw: st.DrawFn, encoding: Encoding) -> set[int]:
    if encoding.ordered:
        ends = st.integers(0, encoding.missing_code - 1)
        first, last = sorted((draw(ends), draw(ends)))
        chosen = set(range(first, last + 1))
    else:
        chosen = draw(st.sets(st.integers(0, encoding.size - 1)))
    if not chosen or draw(st.booleans()):
        chosen = chosen | {encoding.missing_code}
    return chosen


def said(drawn: Drawn) -> Filters:
    return filters_of(drawn.region, columns_of(msgspec.to_builtins(drawn.encodings)))


def by_pandas(text: str, frame: pd.DataFrame) -> list[int]:
    frame = frame.assign(**{"\0row": range(len(frame))})
    chosen = eval(text, {"df": frame, "pd": pd})  # noqa: S307 - it is to be pasted and run
    return [int(each) for each in chosen["\0row"]]


def by_python(text: str, rows: Sequence[dict[str, Any]]) -> list[int]:
    *definitions, expression = text.split("\n\n\n")
    space: dict[str, Any] = {"rows": rows, "math": math}
    for definition in definitions:
        exec(definition, space)  # noqa: S102 - it is to be pasted and run
    chosen = eval(expression, space)  # noqa: S307 - the same
    places = {id(row): place for place, row in enumerate(rows)}
    return [places[id(row)] for row in chosen]


def _number(value: Any) -> float | None:
    """Return what TRY_CAST makes of a text; SQLite, which does not know it, calls this."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(found) else found


def _stored(value: Any) -> Any:
    """Return a value as a database has it."""
    if isinstance(value, date | Decimal):
        return str(value)
    return None if isinstance(value, float) and math.isnan(value) else value


def by_sqlite(text: str, table: pa.Table) -> list[int]:
    database = sqlite3.connect(":memory:")
    database.create_function("TRY_CAST", 1, _number)
    quoted = ['"' + name.replace('"', '""') + '"' for name in table.column_names]
    types = ["TEXT" if pa.types.is_string(field.type) else "" for field in table.schema]
    held = ", ".join(f"{name} {kind}" for name, kind in zip(quoted, types, strict=True))
    database.execute(f"CREATE TABLE instances ({held}, rowplace INTEGER)")
    values = [(*map(_stored, row.values()), place) for place, row in enumerate(table.to_pylist())]
    marks = ", ".join("?" * (table.num_columns + 1))
    database.executemany(f"INSERT INTO instances VALUES ({marks})", values)  # noqa: S608 - marks only
    text = re.sub(r'TRY_CAST\(("(?:[^"]|"")*") AS DOUBLE PRECISION\)', r"TRY_CAST(\1)", text)
    return [row[-1] for row in database.execute(text)]


@given(regions())
def test_a_filter_selects_the_rows_of_its_region(drawn: Drawn) -> None:
    wanted, texts = np.flatnonzero(drawn.inside).tolist(), said(drawn)
    assert by_pandas(texts.pandas, drawn.table.to_pandas()) == wanted
    assert by_python(texts.python, drawn.table.to_pylist()) == wanted
    shown = texts.pandas + texts.python + (texts.sql or "")
    assert all(letter.isprintable() or letter == "\n" for letter in shown)


@given(regions())
def test_sql_selects_them_too_or_is_not_offered(drawn: Drawn) -> None:
    text = said(drawn).sql
    conditions = drawn.region.conditions
    words = [word for each in conditions for word in (each.feature, *each.levels)]
    ends = [end for each in conditions for end in (each.low, each.high) if end is not None]
    stored = {drawn.encodings[each.feature].stored for each in conditions}
    numbers = [
        float(level)
        for each in conditions
        if drawn.encodings[each.feature].stored in ("number", "narrow")
        for level in each.levels
    ]
    able = (
        all(map(str.isprintable, words))
        and all(map(math.isfinite, (*ends, *numbers)))
        and not stored & {"duration", "other"}
    )
    assert (text is not None) == able
    if text is not None:
        # names that differ only in case are one to SQLite
        assume(len({name.lower() for name in drawn.table.column_names}) == drawn.table.num_columns)
        assert by_sqlite(text, drawn.table) == np.flatnonzero(drawn.inside).tolist()
