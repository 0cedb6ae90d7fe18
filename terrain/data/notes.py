"""What is said of the input: files, roles, columns left out, and what appears wrong."""

from __future__ import annotations

from typing import Literal

import msgspec

Task = Literal["binary", "multiclass", "regression", "indicator"]
"""What is predicted; ``indicator``: the user brings errors, without label and prediction."""


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something that appears wrong in the benchmark.

    Attributes
    ----------
    code
        A short stable name: ``inverted-scores``.
    seen
        What was seen.
    advice
        What to do about it.
    rows
        How many instances it concerns; None where that has no meaning.
    column
        The column it concerns, if it is one.
    """

    code: str
    seen: str
    advice: str
    rows: int | None = None
    column: str | None = None


FRAME = "<frame>"
TABLE = "table:"
"""With which the name of a table that an engine knows begins, among the inputs."""

NO_FILES = {"-": "standard input", FRAME: "frame"}
"""Paths of sources that are no file, and what a benchmark is called that comes from one."""


def is_table(path: str) -> bool:
    """Return whether an input is a table by its name.

    Examples
    --------
    >>> is_table("table:sales.predictions"), is_table("tables.csv")
    (True, False)
    """
    return path.startswith(TABLE)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One input file: its name as given, sha256, size, modification time (ISO 8601) and rows."""

    path: str
    sha256: str
    bytes: int
    modified: str | None
    instances: int

    @property
    def is_file(self) -> bool:
        """Whether it can be found again: no standard input, and no table in memory or by name."""
        return self.path not in NO_FILES and not is_table(self.path)


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A column that carries no condition, and why."""

    column: str
    reason: str


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns were taken for a role, and by what rule."""

    role: str
    columns: tuple[str, ...]
    because: str
