"""What one input file yields, and the names of its columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from terrain.data.notes import Warned
from terrain.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import numpy as np
    import pyarrow as pa

_MOST_LISTED = 10


@dataclass
class Part:
    """The rows of one file.

    Attributes
    ----------
    table
        The wanted columns, in file order.
    line
        Shape (n,), int64: physical line on which each row starts, from 1; None where the format
        has no lines.
    warnings, notes
        What appears wrong, and further facts.
    """

    table: pa.Table
    line: np.ndarray | None = None
    warnings: list[Warned] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def listed(names: Iterable[str], most: int = _MOST_LISTED) -> str:
    """Return names in backticks, at most `most` of them, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    '`a`, `b` and 1 more'
    """
    every = list(names)
    shown = ", ".join(f"`{name}`" for name in every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most:,} more"


def column_names(header: Sequence[str], path: str) -> tuple[list[str], list[Warned], list[str]]:
    """Return usable names for a file's columns, with warnings and notes about them.

    A name is kept exactly as it stands in the file, spaces included, except that a column
    without a name is called ``unnamed``, ``unnamed 2``, ….

    Raises
    ------
    DataError
        When a name is there twice, or there is no column at all.
    """
    if not header:
        raise DataError(f"{path} has no columns; write a table with named columns")
    twice = [name for name, times in Counter(header).items() if name and times > 1]
    if twice:
        raise DataError(
            f"{path} has several columns of the same name: {listed(twice)}; rename them so that "
            "every name is there once"
        )
    names = _with_names_for_the_nameless(header)
    invented = [name for name, given in zip(names, header, strict=True) if not given]
    notes = [f"{path}: a column without a name is called {listed(invented)}"] if invented else []
    padded = [name for name in header if name != name.strip()]
    return names, [_padded(padded)] if padded else [], notes


def _with_names_for_the_nameless(header: Sequence[str]) -> list[str]:
    taken = set(header)
    names = []
    for given in header:
        name, number = given or "unnamed", 1
        while not given and name in taken:
            number += 1
            name = f"unnamed {number}"
        taken.add(name)
        names.append(name)
    return names


def _padded(names: list[str]) -> Warned:
    return Warned(
        code="padded-column-name",
        seen=f"Spaces around the name of {len(names):,} column{'s'[: len(names) > 1]}: "
        f"{listed(names)}.",
        advice="Write the spaces too where you name such a column, or take them out of the file.",
        column=names[0] if len(names) == 1 else None,
    )


def chosen(names: Sequence[str], wanted: Collection[str] | None, path: str) -> list[str]:
    """Return the wanted names in file order; all of them where none are named.

    Raises
    ------
    DataError
        When the file lacks a wanted column.
    """
    if not wanted:
        return list(names)
    known, asked = set(names), set(wanted)
    for name in wanted:
        if name not in known:
            raise DataError(
                f"{path} has no column `{name}`{nearest(name, names)}; it has: {listed(names)}"
            )
    return [name for name in names if name in asked]
