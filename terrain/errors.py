"""The kinds of trouble that `terrain` can name; every message says what, where and what to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class TerrainError(Exception):
    """Anything wrong with the user's input or surroundings; the command line exits with 2."""

    exit_code = 2

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the message says what, where and what to do."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(TerrainError):
    """An option or a setting that cannot be meant."""


class DataError(TerrainError):
    """A table that cannot be read, or cannot be analyzed."""


class OutputError(TerrainError):
    """A place that cannot be written."""


class EngineError(TerrainError):
    """A place of work that cannot be reached, or that is lost before the work is done."""


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return "; did you mean `x`?" for the known name closest to a wrong one, else "".

    Examples
    --------
    >>> nearest("agee", ["age", "region"])
    '; did you mean `age`?'
    >>> nearest("zzz", ["age", "region"])
    ''
    """
    names = list(known)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(wrong.casefold(), list(folded), n=1, cutoff=0.6)
    return f"; did you mean `{folded[close[0]]}`?" if close else ""
