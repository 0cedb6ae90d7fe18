"""Counts, shares and lists of names as a reader sees them in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_NAMES = 20
"""Names that a message lists before it says how many more there are."""


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12,345 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def share(part: float, whole: float) -> str:
    """Return part of a whole in percent; what is not quite nothing or all does not round to it.

    Examples
    --------
    >>> share(3, 20), share(1, 100_000), share(99_999, 100_000), share(5, 5)
    ('15.0%', 'under 0.1%', 'over 99.9%', '100.0%')
    """
    percent = 100 * part / whole
    if 0 < percent < 0.05:  # noqa: PLR2004 - what rounds to 0.0
        return "under 0.1%"
    if 99.95 <= percent < 100:  # noqa: PLR2004 - what rounds to 100.0
        return "over 99.9%"
    return f"{percent:.1f}%"


def listed(names: Collection[str], most: int = MOST_NAMES) -> str:
    """Return names in backticks, as many as a reader wants to see.

    Examples
    --------
    >>> listed(["a", "b"]), listed(["a", "b", "c"], most=1)
    ('`a`, `b`', '`a` and 2 more')
    """
    shown = ", ".join(f"`{name}`" for name in list(names)[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
