"""Conditions as pandas, Python and SQL write them.

Names and levels are the user's, and hostile: they stand in quotes, with whatever would end them
or hide escaped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terrain.data.arrow import Stored
    from terrain.data.regions import Condition


class Column(NamedTuple):
    """What a filter must know of a feature: what is stored, and whether it is read as numbers."""

    stored: Stored
    ordered: bool

    @property
    def parsed(self) -> bool:
        """Whether its text is read as numbers: what is none is missing."""
        return self.ordered and self.stored == "text"


class Language(Protocol):
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


class _Written:
    """Names and values as Python writes them."""

    def bound(self, words: str, column: Column) -> str:
        if column.stored == "date":
            return quoted(words)
        return words if math.isfinite(float(words)) else f'float("{words}")'

    def levels(self, levels: Iterable[str], column: Column) -> list[str]:
        if column.stored == "truth":
            return [level.capitalize() for level in levels]
        if column.stored in ("number", "narrow"):
            return [self.bound(level, column) for level in levels]
        return [quoted(level) for level in levels]


class _Pandas(_Written):
    """A selection from the data frame ``df``."""

    either, both = " | ", " & "

    def compared(self, name: str, sign: str, bound: str, column: Column) -> str:
        said = "==" if sign == "=" else sign
        return f"({self.value(name, column)} {said} {self.bound(bound, column)})"

    def value(self, name: str, column: Column) -> str:
        plain = f"df[{quoted(name)}]"
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
        held = self.value(name, column) if column.parsed else f"df[{quoted(name)}]"
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
    """A condition on the mapping ``row``."""

    either, both = " or ", " and "

    def compared(self, name: str, sign: str, bound: str, column: Column) -> str:
        said = "==" if sign == "=" else sign
        return f"{self.value(name, column)} {said} {self.bound(bound, column)}"

    def value(self, name: str, column: Column) -> str:
        plain = f"row[{quoted(name)}]"
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
        held = f"row[{quoted(name)}]"
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
            return f"row[{quoted(name)}] is not None and {said}"
        return f"{self.missing(name, column, negated=True)} and {said}"


class _Sql:
    """A condition in a query; missing values are NULL."""

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


PANDAS: Language = _Pandas()
PYTHON: Language = _Python()
SQL: Language = _Sql()


def in_sql(condition: Condition, column: Column) -> bool:
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


def quoted(text: str) -> str:
    r"""Return a text as a Python literal of printable characters.

    Examples
    --------
    >>> print(quoted('say "hé"'), quoted("a\x00b"), quoted("\u202e\U000e0001"))
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
