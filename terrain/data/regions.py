"""Conditions on features and the regions they make, with the words a reader sees."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Literal

import msgspec

Kind = Literal["range", "levels", "missing"]
Scale = Literal["number", "integer", "date"]

MOST_SAID = 10
"""Levels named in a sentence; of a longer set the first few, and how many more."""

EVERYWHERE = "all instances"
"""The words of the region without a condition."""

MISREAD = re.compile(r"""^'|\b(?:and|or)\b|[&|<>=≤≥≠{},"]|^… \d+ more$""")
"""What, in a level, would read as part of a condition."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One predicate on one feature.

    Attributes
    ----------
    feature
        The column's name.
    kind
        ``range``: ``low <= x < high``, either bound may be None (open). ``levels``: x is one of
        `levels`. ``missing``: x is missing.
    low, high
        Bounds in the feature's own unit; seconds since 1970-01-01 UTC on the scale ``date``.
    levels
        Level names, as they are shown.
    negated
        For ``levels``: x is a present value that is *not* among `levels`. For ``missing``: x is
        present.
    or_missing
        A missing x satisfies the condition too.
    scale
        How bounds are printed.
    """

    feature: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    negated: bool = False
    or_missing: bool = False
    scale: Scale = "number"

    def words(self, most: int = MOST_SAID) -> str:
        """Return the condition as a reader would say it, naming at most `most` levels (from 2).

        Examples
        --------
        >>> Condition(feature="age", kind="range", low=28, high=36, scale="integer").words()
        '28 <= age < 36'
        >>> Condition(feature="age", kind="range", low=28, high=29, scale="integer").words()
        'age = 28'
        >>> Condition(feature="rate", kind="range", high=math.nextafter(0.5, 1)).words()
        'rate <= 0.5'
        >>> Condition(feature="region", kind="levels", levels=("north",)).words()
        'region = north'
        >>> Condition(feature="region", kind="levels", levels=("a", "b"), negated=True).words()
        'region not in {a, b}'
        >>> Condition(feature="region", kind="levels", levels=tuple("abcde")).words(4)
        'region in {a, b, … 3 more}'
        >>> Condition(feature="region", kind="levels", levels=tuple("abcde")).words(2)
        'region in {a, … 4 more}'
        >>> Condition(feature="age", kind="range", high=30.0, or_missing=True).words()
        'age < 30 or missing'
        >>> Condition(feature="age", kind="missing").words()
        'age is missing'
        """
        if self.kind == "missing":
            return f"{self.feature} is {'not ' if self.negated else ''}missing"
        said = self._range_words() if self.kind == "range" else self._level_words(most)
        return f"{said} or missing" if self.or_missing else said

    @property
    def abridged(self) -> bool:
        """Whether the words name only some of the levels."""
        return len(self.levels) > MOST_SAID

    def _range_words(self) -> str:
        if self.low is None and self.high is None:
            return f"{self.feature} is not missing"
        only = self.only_value()
        if only is not None:
            return f"{self.feature} = {number_words(only, self.scale)}"
        includes_low, low = bound_words(self.low, self.scale)
        excludes_high, high = bound_words(self.high, self.scale)
        above, below = ">=" if includes_low else ">", "<" if excludes_high else "<="
        if self.low is None:
            return f"{self.feature} {below} {high}"
        if self.high is None:
            return f"{self.feature} {above} {low}"
        return f"{low} {above.replace('>', '<')} {self.feature} {below} {high}"

    def only_value(self) -> float | None:
        """Return the one value that lies between the bounds, if there is just one."""
        if self.low is None or self.scale == "date":
            return None
        beyond = self.low + 1 if self.scale == "integer" else math.nextafter(self.low, math.inf)
        return self.low if self.high == beyond else None

    def _level_words(self, most: int) -> str:
        if len(self.levels) == 1:
            return f"{self.feature} {'≠' if self.negated else '='} {level_words(self.levels[0])}"
        shown = self.levels if len(self.levels) <= most else self.levels[: max(most - 2, 1)]
        names = ", ".join(level_words(level) for level in shown)
        if len(shown) < len(self.levels):
            names += f", … {len(self.levels) - len(shown)} more"
        return f"{self.feature} {'not in' if self.negated else 'in'} {{{names}}}"


class Region(msgspec.Struct, frozen=True):
    """A conjunction of conditions, at most one on each feature; none means all instances.

    Attributes
    ----------
    conditions
        In the order in which they were found.
    words
        The conditions in words, joined by "and".
    """

    conditions: tuple[Condition, ...]
    words: str

    @classmethod
    def of(cls, *conditions: Condition) -> Region:
        """Return the region in which all `conditions` hold.

        Examples
        --------
        >>> Region.of(Condition(feature="age", kind="range", high=30.0)).words
        'age < 30'
        >>> Region.of().words
        'all instances'
        """
        words = " and ".join(condition.words() for condition in conditions)
        return cls(conditions, words or EVERYWHERE)

    def without(self, feature: str) -> Region:
        """Return the region with the condition on `feature` dropped."""
        return Region.of(*(c for c in self.conditions if c.feature != feature))


def number_words(value: float, scale: Scale) -> str:
    """Return a bound as it is printed: no more digits than tell it apart; dates as ISO 8601.

    Examples
    --------
    >>> number_words(30.0, "number"), number_words(0.1, "number"), number_words(1e6, "integer")
    ('30', '0.1', '1000000')
    >>> number_words(0.0, "date"), number_words(0.5, "date")
    ('1970-01-01', '1970-01-01 00:00:00.500000')
    """
    if scale == "date":
        moment = datetime.fromtimestamp(value, UTC).replace(tzinfo=None)
        return str(moment).removesuffix(" 00:00:00")
    if abs(value) < 1e15 and value == int(value):  # noqa: PLR2004 - past it, doubles skip integers
        return str(int(value))
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)


def bound_words(value: float | None, scale: Scale) -> tuple[bool, str]:
    """Return a bound, and whether the value that is said lies on its upper side.

    The double just above 0.5 is said as 0.5, which then lies below the bound.

    Examples
    --------
    >>> bound_words(0.5, "number"), bound_words(math.nextafter(0.5, 1), "number")
    ((True, '0.5'), (False, '0.5'))
    """
    if value is None:
        return True, ""
    said = number_words(value, scale)
    before = math.nextafter(value, -math.inf)
    if scale == "number" and math.isfinite(before):
        shorter = number_words(before, scale)
        if len(shorter) < len(said):
            return False, shorter
    return True, said


def level_words(level: str) -> str:
    """Return a level as it is shown inside a sentence, in quotes where it could be misread.

    Examples
    --------
    >>> level_words("north"), level_words(""), level_words(" x"), level_words("a and b")
    ('north', '""', '" x"', '"a and b"')
    """
    plain = level and level == level.strip() and level.isprintable() and not MISREAD.search(level)
    return level if plain else '"' + level.replace('"', '""') + '"'
