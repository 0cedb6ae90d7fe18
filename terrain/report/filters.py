"""Regions as filters to copy: pandas, SQL and plain Python that select the same rows.

Column names and levels are the user's, and hostile: they stand in quotes, with whatever would end
them or hide escaped. The texts hold printable characters only, so what is shown is what is meant.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from terrain.data.regions import bound_words, number_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from terrain.data.arrow import Stored
    from terrain.data.regions import Condition, Region, Scale

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


class Column(NamedTuple):
    """What a filter must know of a feature: what is stored, and whether it is read as numbers."""

    stored: Stored
    ordered: bool

    @property
    def parsed(self) -> bool:
        """Whether its text is read as numbers: what is none is missing."""
        return self.ordered and self.stored == "text"


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
        for language in (_Pandas(), _Sql(), _Python())
    )
    definition = TO_NUMBER if any(column.parsed for _, column in pairs) else ""
    return Filters(
        pandas=_laid_out("df[", pandas, "& ", "]"),
        sql=_laid_out("SELECT * FROM instances WHERE ", sql, "AND ", "")
        if all(_in_sql(*pair) for pair in pairs)
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


class _Language(Protocol):
    """How a language says the parts of a condition."""

    either: str
    both: str

    def missing(self, name: str, column: Column, *, negated: bool) -> str:
        """Return whether the value is missing."""

    def compared(self, name: str, sign: str, bound: str, column: Column) -> str:
        """Return how the value lies to a bound, or whether it is the one value of a range."""

    def among(self, name: str, condition: Condition, column: Column) -> str:
        """Return whether the value is (or is not) a level; a missing one may do as it likes."""

    def guarded(self, said: str, name: str, column: Column, condition: Condition) -> str:
        """Return a comparison that a missing value does not pass, and does not break."""


def _said(condition: Condition, column: Column, language: _Language) -> str:
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


class _Written:
    """Names and values as Python writes them."""

    def bound(self, words: str, column: Column) -> str:
        if column.stored == "date":
            return _quoted(words)
        return words if math.isfinite(float(words)) else f'float("{words}")'

    def levels(self, levels: Iterable[str], column: Column) -> list[str]:
        if column.stored == "truth":
            return [level.capitalize() for level in levels]
        if column.stored in ("number", "narrow"):
            return [self.bound(level, column) for level in levels]
        return [_quoted(level) for level in levels]


class _Pandas(_Written):
    either, both = " | ", " & "

    def compared(self, name: str, sign: str, bound: str, column: Column) -> str:
        said = "==" if sign == "=" else sign
        return f"({self.value(name, column)} {said} {self.bound(bound, column)})"

    def value(self, name: str, column: Column) -> str:
        plain = f"df[{_quoted(name)}]"
        if column.parsed:
            return f'pd.to_numeric({plain}, errors="coerce")'
        written = '{}.map(lambda each: str(each.to_pytimedelta()), na_action="ignore")'
        shapes = {
            "narrow": "{}.astype(float)",
            "date": "pd.to_datetime({}, utc=True)",
            "duration": "pd.to_timedelta({}).dt.total_seconds()" if column.ordered else written,
            "other": "{}.astype(str)",
        }
        return shapes.get(column.stored, "{}").replace("{}", plain)

    def missing(self, name: str, column: Column, *, negated: bool) -> str:
        held = self.value(name, column) if column.parsed else f"df[{_quoted(name)}]"
        return f"{held}.notna()" if negated else f"{held}.isna()"

    def among(self, name: str, condition: Condition, column: Column) -> str:
        value, levels = self.value(name, column), self.levels(condition.levels, column)
        if len(levels) == 1 and column.stored != "date":
            return f"({value} {'!=' if condition.negated else '=='} {levels[0]})"
        listed = f"[{', '.join(levels)}]"
        if column.stored == "date":
            listed = f'pd.to_datetime({listed}, utc=True, format="ISO8601")'
        return f"{'~' if condition.negated else ''}{value}.isin({listed})"

    def guarded(self, said: str, name: str, column: Column, condition: Condition) -> str:
        unsafe = condition.negated or column.stored == "other"
        return f"{said} & {self.missing(name, column, negated=True)}" if unsafe else said


class _Python(_Written):
    either, both = " or ", " and "

    def compared(self, name: str, sign: str, bound: str, column: Column) -> str:
        said = "==" if sign == "=" else sign
        return f"{self.value(name, column)} {said} {self.bound(bound, column)}"

    def value(self, name: str, column: Column) -> str:
        plain = f"row[{_quoted(name)}]"
        if column.parsed:
            return f"number({plain})"
        shapes = {
            "narrow": "float({})",
            "date": 'str({}).replace("T", " ")',
            "duration": "{}.total_seconds()" if column.ordered else "str({})",
            "other": "str({})",
        }
        return shapes.get(column.stored, "{}").replace("{}", plain)

    def missing(self, name: str, column: Column, *, negated: bool) -> str:
        held = f"row[{_quoted(name)}]"
        if column.parsed:
            held = self.value(name, column)
            return f"{held} {'==' if negated else '!='} {held}"
        if negated:
            return f"{held} is not None and {held} == {held}"
        return f"{held} is None or {held} != {held}"

    def among(self, name: str, condition: Condition, column: Column) -> str:
        value, levels = self.value(name, column), self.levels(condition.levels, column)
        if len(levels) == 1:
            return f"{value} {'!=' if condition.negated else '=='} {levels[0]}"
        return f"{value} {'not in' if condition.negated else 'in'} ({', '.join(levels)})"

    def guarded(self, said: str, name: str, column: Column, condition: Condition) -> str:
        breaks = column.stored in ("narrow", "duration")
        if column.parsed or (condition.kind == "levels" and not condition.negated and not breaks):
            return said
        if condition.kind == "range" and column.stored == "number":
            return f"row[{_quoted(name)}] is not None and {said}"
        return f"{self.missing(name, column, negated=True)} and {said}"


class _Sql:
    either, both = " OR ", " AND "

    def compared(self, name: str, sign: str, bound: str, column: Column) -> str:
        literal = _doubled(bound, "'") if column.stored == "date" else bound
        return f"{self.value(name, column)} {sign} {literal}"

    def value(self, name: str, column: Column) -> str:
        plain = _doubled(name, '"')
        if column.parsed:
            return f"TRY_CAST({plain} AS DOUBLE PRECISION)"
        return f"CAST({plain} AS DOUBLE PRECISION)" if column.stored == "narrow" else plain

    def missing(self, name: str, column: Column, *, negated: bool) -> str:
        held = self.value(name, column) if column.parsed else _doubled(name, '"')
        return f"{held} IS {'NOT ' if negated else ''}NULL"

    def among(self, name: str, condition: Condition, column: Column) -> str:
        plain = column.stored in ("number", "narrow", "truth")
        levels = [each.upper() if plain else _doubled(each, "'") for each in condition.levels]
        value = self.value(name, column)
        if len(levels) == 1:
            return f"{value} {'<>' if condition.negated else '='} {levels[0]}"
        return f"{value} {'NOT IN' if condition.negated else 'IN'} ({', '.join(levels)})"

    def guarded(self, said: str, name: str, column: Column, condition: Condition) -> str:
        del name, column, condition  # what is compared with NULL is never true
        return said


def _in_sql(condition: Condition, column: Column) -> bool:
    """Whether databases would agree on a condition: no hidden characters, no infinite number."""
    words = (condition.feature, *condition.levels)
    ends = [end for end in (condition.low, condition.high) if end is not None]
    finite = all(map(math.isfinite, ends)) and not (
        column.stored in ("number", "narrow")
        and not all(math.isfinite(float(level)) for level in condition.levels)
    )
    known = column.stored not in ("duration", "other")
    return known and finite and all(word.isprintable() for word in words)


def _doubled(text: str, quote: str) -> str:
    return quote + text.replace(quote, 2 * quote) + quote


def _quoted(text: str) -> str:
    r"""Return a text as a Python literal of printable characters.

    Examples
    --------
    >>> print(_quoted('say "hé"'), _quoted("a\x00b"), _quoted("\u202e\U000e0001"))
    "say \"hé\"" "a\x00b" "\u202e\U000e0001"
    """
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    code = ord(letter)
    width = 2 if code < 1 << 8 else 4 if code < 1 << 16 else 8
    return f"\\{'xuU'[width // 4]}{code:0{width}x}"
