"""Conditions on features and the regions they make, with the words a reader sees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec

Kind = Literal["range", "levels", "missing"]
Scale = Literal["number", "integer", "date"]

MOST_SAID = 10
"""Levels named in a sentence; of a longer set the first few, and how many more."""

EVERYWHERE = "all instances"
"""The words of the region without a condition."""


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
        """Return the condition as a reader would say it, naming `most` levels at most.

        Examples
        --------
        >>> Condition(feature="age", kind="range", low=28, high=36, scale="integer").words()
        '28 <= age < 36'
        >>> Condition(feature="age", kind="range", low=28, high=29, scale="integer").words()
        'age = 28'
        >>> Condition(feature="region", kind="levels", levels=("north",)).words()
        'region = north'
        >>> Condition(feature="region", kind="levels", levels=("a", "b"), negated=True).words()
        'region not in {a, b}'
        >>> Condition(feature="region", kind="levels", levels=tuple("abcde")).words(4)
        'region in {a, b, … 3 more}'
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
        low = None if self.low is None else number_words(self.low, self.scale)
        high = None if self.high is None else number_words(self.high, self.scale)
        if low is None and high is None:
            return f"{self.feature} is not missing"
        if low is None:
            return f"{self.feature} < {high}"
        if high is None:
            return f"{self.feature} >= {low}"
        if self.scale == "integer" and self.low is not None and self.high == self.low + 1:
            return f"{self.feature} = {low}"
        return f"{low} <= {self.feature} < {high}"

    def _level_words(self, most: int) -> str:
        if len(self.levels) == 1:
            return f"{self.feature} {'≠' if self.negated else '='} {level_words(self.levels[0])}"
        shown = self.levels if len(self.levels) <= most else self.levels[: most - 2]
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
    """Return a bound as it is printed: up to 15 digits and no needless zeros; dates as ISO 8601.

    Examples
    --------
    >>> number_words(30.0, "number"), number_words(0.1, "number"), number_words(1e6, "integer")
    ('30', '0.1', '1000000')
    >>> number_words(0.0, "date")
    '1970-01-01'
    """
    if scale == "date":
        moment = datetime.fromtimestamp(value, UTC)
        day = moment.strftime("%Y-%m-%d")
        return day if moment.time().isoformat() == "00:00:00" else f"{day} {moment:%H:%M:%S}"
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004 - past it, doubles skip integers
        return str(int(value))
    return f"{value:.15g}"


def level_words(level: str) -> str:
    """Return a level as it is shown inside a sentence; blanks and odd edges are made visible.

    Examples
    --------
    >>> level_words("north"), level_words(""), level_words(" x")
    ('north', '""', '" x"')
    """
    plain = (
        level and level == level.strip() and level.isprintable() and not set(level) & set('{},"')
    )
    return level if plain else '"' + level.replace('"', '""') + '"'
