"""The user's own regions: the language of `--cohort`, which is that of the page.

A cohort is conditions joined by "and", each written as it is shown: what `Condition.words` says
reads back as the same condition. The text is read from left to right, as column names and levels
may hold blanks, signs and even "and"; nothing of it is ever evaluated.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import msgspec

from terrain.data.cohort_values import DATE, NUMBER, both, interval, is_empty
from terrain.data.regions import Condition, Region
from terrain.data.wording import listed
from terrain.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from terrain.data.regions import Scale

EXAMPLE = "age < 30 and region in {north, east}"

VALUE = rf"(?:\"{DATE}\"|'{DATE}'|{DATE}|{NUMBER})"
ORDER = r"(?:<=|>=|<|>|≤|≥)"
COMPARISON = rf"(?:{ORDER}|==|=|!=|≠)"
MISSING = r"\s+is\s+(?:not\s+)?missing(?=\s|$)"
SET = r"\s+(?:not\s+)?in\s*[{(\[]"
PREDICATE = rf"(?:\s*{COMPARISON}|{SET}|{MISSING})"
QUOTED = r"(?:\"(?:[^\"]|\"\")*\"|'[^']*')"
OR_MISSING = r"\s+or\s+missing(?=\s*$|\s+and\s)"

CLOSING = {"{": "}", "(": ")", "[": "]"}
SIGN = {"≤": "<=", "≥": ">=", "==": "=", "≠": "!="}
"""The plain form of each comparison that has several."""

TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Each comparison as it reads from the other side; the others read alike."""


def parse(
    text: str,
    scales: Mapping[str, Scale | None],
    *,
    levels: Mapping[str, Collection[str]] | None = None,
    barred: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Region:
    """Return the region that a cohort's text describes.

    It knows the comparisons ``< <= > >= = !=`` and chains of two (``28 <= age < 36``),
    ``in {…}`` and ``not in {…}``, ``is missing`` and ``is not missing``, a further
    ``or missing``, and ``and``. Column names and levels stand bare, or in quotes where they could
    be misread (names also in backquotes). A day without a time is the whole day: ``<=`` includes
    it, ``>`` begins after it. All conditions on one column must hold.

    Parameters
    ----------
    text
        The cohort.
    scales
        The columns that may carry a condition: the scale of one that is ordered, None for one
        that has levels.
    levels
        By column the levels there are; None takes any.
    barred
        Further columns, and why each can carry no condition.
    name
        What the user calls the cohort.

    Raises
    ------
    UsageError
        With the text, and a caret under what cannot be read: an unknown column or level (with the
        nearest known one), a comparison that does not fit its column, conditions that exclude
        each other, or what is no condition at all.

    Examples
    --------
    >>> parse("age <= 30 and region in {north, east}", {"age": "integer", "region": None}).words
    'age < 31 and region in {north, east}'
    >>> parse("`capital-gain` > 0", {"capital-gain": "integer"}).words
    'capital-gain >= 1'
    """
    reader = _Reader(text, _Known(scales, levels, barred or {}), name)
    found: dict[str, Condition] = {}
    while True:
        start = reader.next_word()
        condition = reader.condition()
        if condition.feature in found:
            condition = both(found[condition.feature], condition)
        if is_empty(condition):
            reader.refuse(f"no value of `{condition.feature}` satisfies this", start)
        found[condition.feature] = condition
        if not reader.another():
            return Region.of(*found.values())


class _Known(NamedTuple):
    """What a cohort may speak of; see `parse`."""

    scales: Mapping[str, Scale | None]
    levels: Mapping[str, Collection[str]] | None
    barred: Mapping[str, str]


class _Reader:
    """A cohort's text and how far it is read."""

    def __init__(self, text: str, known_columns: _Known, name: str | None) -> None:
        self._text = text
        self._known = known_columns
        self._scales = scales = known_columns.scales
        self._called = "a cohort" if name in (None, text) else f"the cohort `{name}`"
        self._place = 0
        known = sorted(filter(None, scales), key=len, reverse=True)
        bare = "|".join([*map(re.escape, known), QUOTED, "`[^`]*`"])
        self._name = rf"(?P<name>{bare})"
        condition = rf"(?:(?:{bare}){PREDICATE}|{VALUE}\s*{ORDER}\s*(?:{bare}))"
        self._bare_level = rf"\s*(?P<level>\S.*?)(?=\s*$|\s+and\s+{condition}|{OR_MISSING})"
        self._swallowed = rf"(?:\b(?:and|or)\b|&|\||,)\s*(?={condition}|\S+?{PREDICATE})"

    def refuse(self, what: str, place: int | None = None) -> NoReturn:
        """Raise the error that points at a place: the next word, unless another is given."""
        place = self.next_word() if place is None else place
        line = re.sub(r"\s", " ", self._text)
        raise UsageError(
            f"{self._called} cannot be read: {what}\n    {line}\n    {' ' * place}^\n"
            f"A cohort looks like: {EXAMPLE}"
        )

    def next_word(self) -> int:
        """Return where the next word begins."""
        return len(self._text) - len(self._text[self._place :].lstrip())

    def another(self) -> bool:
        """Read the "and" before another condition; False at the end."""
        if self._take(r"\s*$"):
            return False
        if not self._take(r"\s+and(?=\s)"):
            self._refuse_joint(self._text[self.next_word() :])
        return True

    def condition(self) -> Condition:
        """Read one condition with its "or missing"."""
        found = self._chain() or self._turned() or self._predicate() or self._refuse_start()
        if found.kind != "missing" and self._take(OR_MISSING):
            return msgspec.structs.replace(found, or_missing=True)
        return found

    def _take(self, pattern: str) -> re.Match[str] | None:
        match = re.compile(pattern, re.DOTALL).match(self._text, self._place)
        self._place = match.end() if match else self._place
        return match

    def _column(self, match: re.Match[str]) -> str:
        name = match["name"]
        if name in self._scales:
            return name
        inner = _unquoted(name, "\"'`")
        if inner not in self._scales:
            self._refuse_column(inner, match.start("name"))
        return inner

    def _chain(self) -> Condition | None:
        """Read ``28 <= age < 36``."""
        match = self._take(
            rf"\s*(?P<value>{VALUE})\s*(?P<sign>{ORDER})\s*{self._name}\s*(?P<last>{ORDER})"
        )
        if match is None:
            return None
        column = self._column(match)
        first = self._range(column, _turned(match["sign"]), match["value"], match.start("value"))
        return both(first, self._ordered(column, match["last"]))

    def _turned(self) -> Condition | None:
        """Read ``30 > age``."""
        start = self._place
        match = self._take(
            rf"\s*(?P<value>{VALUE})\s*(?P<sign>{COMPARISON})\s*{self._name}(?=\s*$|\s+(?:and|or)\s)"
        )
        if match is None or match["value"] in self._scales:  # a column may be called 30
            self._place = start
            return None
        return self._range(
            self._column(match), _turned(match["sign"]), match["value"], match.start("value")
        )

    def _predicate(self) -> Condition | None:
        """Read a condition that begins with its column."""
        if match := self._take(rf"\s*{self._name}\s*(?P<sign>{COMPARISON})"):
            column, sign = self._column(match), match["sign"]
            if self._scales[column] is None:
                return self._level(column, sign, match.start("sign"))
            return self._ordered(column, sign)
        if match := self._take(rf"\s*{self._name}(?P<said>{MISSING})"):
            negated = "not" in match["said"]
            return Condition(feature=self._column(match), kind="missing", negated=negated)
        if match := self._take(rf"\s*{self._name}(?P<said>{SET})"):
            return self._set(self._column(match), negated="not" in match["said"])
        return None

    def _level(self, column: str, sign: str, place: int) -> Condition:
        """Read ``= north`` or ``!= north``."""
        sign = SIGN.get(sign, sign)
        if sign not in {"=", "!="}:
            self.refuse(f"`{column}` has levels, which have no order: say = or in {{…}}", place)
        levels = (self._one_level(column),)
        return Condition(feature=column, kind="levels", levels=levels, negated=sign == "!=")

    def _ordered(self, column: str, sign: str) -> Condition:
        match = self._take(rf"\s*(?P<value>{VALUE})")
        if match is None:
            wanted = "a date such as 2024-01-31" if self._scales[column] == "date" else "a number"
            self.refuse(f"`{column}` is compared with {wanted}")
        return self._range(column, sign, match["value"], match.start("value"))

    def _range(self, column: str, sign: str, value: str, place: int) -> Condition:
        scale = self._scales[column]
        if scale is None:
            self.refuse(f"`{column}` has levels, which have no order: say = or in {{…}}", place)
        sign = SIGN.get(sign, sign)
        if sign == "!=":
            self.refuse(f"`{column}` is ordered, and a range has no hole: name two cohorts", place)
        try:
            first, beyond = interval(_unquoted(value), scale)
        except ValueError:
            wanted = "date such as 2024-01-31" if scale == "date" else "number"
            self.refuse(f"`{value}` is not a {wanted}", place)
        low = {">=": first, "=": first, ">": beyond}.get(sign)
        high = {"<": first, "<=": beyond, "=": beyond}.get(sign)
        if math.inf in {low, high}:
            self.refuse(f"nothing lies beyond `{value}`: say < or >= instead", place)
        return Condition(feature=column, kind="range", low=low, high=high, scale=scale)

    def _set(self, column: str, *, negated: bool) -> Condition:
        """Read the levels of a set up to its closing bracket."""
        opened = self._place - 1
        if self._scales[column] is not None:
            self.refuse(
                f"`{column}` is ordered: say a range such as 28 <= age < 36, or name the column "
                "with --categorical to make sets of its values",
                opened,
            )
        bracket = CLOSING[self._text[opened]]
        close = re.escape(bracket)
        level = rf"\s*(?P<level>{QUOTED}(?=\s*(?:,|{close}))|[^,{close}]*[^,\s{close}])"
        levels: dict[str, None] = {}
        while not levels or self._take(r"\s*,"):
            match = self._take(level) or self.refuse("a level is expected here")
            if re.fullmatch(r"… \d+ more", match["level"]):
                self.refuse("the list of levels was cut short: name them all", match.start("level"))
            levels[self._existing(column, match)] = None
        if not self._take(rf"\s*{close}"):
            self.refuse(f"this set is not closed by {bracket}", opened)
        return Condition(feature=column, kind="levels", levels=tuple(levels), negated=negated)

    def _one_level(self, column: str) -> str:
        """Read a level in quotes, or all up to the next condition."""
        quoted = self._take(rf"\s*(?P<level>{QUOTED})(?=\s*$|\s+and\s|\s+or\s)")
        match = quoted or self._take(self._bare_level) or self.refuse("a level is expected here")
        swallowed = None if quoted else re.search(self._swallowed, match["level"])
        if swallowed:
            self._place = match.start("level") + swallowed.start()
            self._refuse_joint(swallowed.string[swallowed.start() :])
        return self._existing(column, match)

    def _existing(self, column: str, match: re.Match[str]) -> str:
        level = _unquoted(match["level"])
        if self._known.levels is not None and level not in self._known.levels[column]:
            known = sorted(self._known.levels[column])
            hint = nearest(level, known) or f"; its levels are: {listed(known, most=8)}"
            self.refuse(f"`{column}` has no level `{level}`{hint}", match.start("level"))
        return level

    def _refuse_joint(self, rest: str) -> NoReturn:
        """Refuse what stands between two conditions instead of "and"."""
        if re.match(r"and\b", rest):
            self._take(r"\s*and\b")
            self._refuse_start()
        if re.match(r"or\b|\|", rest):
            self.refuse('there is no "or": name two cohorts instead')
        self.refuse('only "and" joins conditions; what belongs to a level, put in quotes with it')

    def _refuse_start(self) -> NoReturn:
        """Refuse what should be a condition."""
        place = self.next_word()
        match = re.compile(rf"{self._name}(?=\s|$)").match(self._text, place)
        if match and match["name"] in self._scales:
            self._place = match.end()
            self.refuse(
                f"after `{match['name']}` there must be a comparison, in {{…}} or is missing"
            )
        if re.compile(rf"not\s+\(?{self._name}").match(self._text, place):
            self.refuse('a condition has no "not" before it: say != or not in {…}', place)
        turned = rf"(?:{VALUE}\s*{ORDER}\s*)?"
        match = re.compile(rf"{turned}(?P<name>\S.*?)(?={PREDICATE}|\s*$)").match(self._text, place)
        if match is None:
            self.refuse("a condition is expected here")
        self._refuse_column(_unquoted(match["name"], "\"'`"), match.start("name"))

    def _refuse_column(self, name: str, place: int) -> NoReturn:
        if name in self._known.barred:
            reason = self._known.barred[name]
            self.refuse(f"`{name}` is in the table, but carries no condition ({reason})", place)
        self.refuse(
            f"no column `{name}` that can carry a condition{nearest(name, self._scales)}", place
        )


def _turned(sign: str) -> str:
    sign = SIGN.get(sign, sign)
    return TURNED.get(sign, sign)


def _unquoted(text: str, quotes: str = "\"'") -> str:
    """Return what stands inside quotes, if there are any."""
    if len(text) < 2 or text[0] != text[-1] or text[0] not in quotes:  # noqa: PLR2004 - two quotes
        return text
    inner = text[1:-1]
    return inner.replace('""', '"') if text[0] == '"' else inner
