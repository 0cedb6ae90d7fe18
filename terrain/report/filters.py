"""Regions as filters to copy: pandas, SQL and plain Python that select the same rows.

The texts hold printable characters only, so what is shown is what is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from terrain.data.regions import bound_words, number_words
from terrain.report.dialects import PANDAS, PYTHON, SQL, Column, in_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terrain.data.regions import Condition, Region, Scale
    from terrain.report.dialects import Language

LINE = 88
"""Letters of a line; a longer filter has a line for each condition."""

TO_NUMBER = """\
def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


"""
"""What Python needs where numbers are stored as text."""


class Filters(NamedTuple):
    """One region in three languages.

    Attributes
    ----------
    pandas
        A selection from the data frame ``df``.
    sql
        A query of the table ``instances``; None where no database would read it alike.
    python
        A list of those ``rows`` (mappings, missing values None or NaN) that lie in the region.
    """

    pandas: str
    sql: str | None
    python: str


def columns_of(encodings: Mapping[str, Any]) -> dict[str, Column]:
    """Return what a document's encodings say of the columns."""
    found = {}
    for feature, encoding in encodings.items():
        usual = _usual(encoding["kind"], encoding["scale"])
        found[feature] = Column(encoding.get("stored") or usual.stored, usual.ordered)
    return found


def _usual(kind: str, scale: Scale) -> Column:
    """Return what a column is where nothing says what it holds."""
    if kind != "range":
        return Column("text", ordered=False)
    return Column("date" if scale == "date" else "number", ordered=True)


def filters_of(region: Region, columns: Mapping[str, Column]) -> Filters:
    r"""Return a region as filters.

    Examples
    --------
    >>> from terrain.data.regions import Condition, Region
    >>> region = Region.of(Condition(feature="age", kind="range", high=30.0, scale="integer"))
    >>> print(*filters_of(region, {"age": Column("number", ordered=True)}), sep="\n")
    df[(df["age"] < 30)]
    SELECT * FROM instances WHERE "age" < 30
    [row for row in rows if row["age"] is not None and row["age"] < 30]
    """
    pairs = [
        (each, columns.get(each.feature) or _usual(each.kind, each.scale))
        for each in region.conditions
    ]
    if not pairs:
        return Filters("df", "SELECT * FROM instances", "rows")
    pandas, sql, python = (
        [_said(condition, column, language) for condition, column in pairs]
        for language in (PANDAS, SQL, PYTHON)
    )
    definition = TO_NUMBER if any(column.parsed for _, column in pairs) else ""
    return Filters(
        pandas=_laid_out("df[", pandas, "& ", "]"),
        sql=_laid_out("SELECT * FROM instances WHERE ", sql, "AND ", "")
        if all(in_sql(*pair) for pair in pairs)
        else None,
        python=definition + _laid_out("[row for row in rows if ", python, "and ", "]"),
    )


def _laid_out(start: str, parts: list[str], joint: str, end: str) -> str:
    line = start + f" {joint}".join(parts) + end
    if len(line) <= LINE:
        return line
    first, *others = parts
    lines = [start.rstrip(), f"    {first}", *(f"    {joint}{part}" for part in others), end]
    return "\n".join(filter(None, lines))


def _said(condition: Condition, column: Column, language: Language) -> str:
    name = condition.feature
    if condition.kind == "missing":
        missing = language.missing(name, column, negated=condition.negated)
        return f"({missing})" if language.either in missing else missing
    if condition.kind == "levels":
        said = language.among(name, condition, column)
    else:
        said = language.both.join(
            language.compared(name, sign, words, column) for sign, words in _comparisons(condition)
        ) or language.missing(name, column, negated=True)
    if condition.or_missing:
        return f"({language.missing(name, column, negated=False)}{language.either}{said})"
    return language.guarded(said, name, column, condition)


def _comparisons(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield the signs and bounds of a range."""
    scale, only = condition.scale, condition.only_value()
    if only is not None:
        yield "=", number_words(only, scale)
        return
    if condition.low is not None:
        includes, low = bound_words(condition.low, scale)
        yield ">=" if includes else ">", low
    if condition.high is not None:
        excludes, high = bound_words(condition.high, scale)
        yield "<" if excludes else "<=", high
