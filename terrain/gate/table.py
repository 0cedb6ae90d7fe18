"""Assertions on the table itself: facts, which need no statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.collect.headline import share
from terrain.data.arrow import is_date, is_number, level_name, levels_of, numbers_of
from terrain.errors import nearest
from terrain.gate.verdict import Judgement
from terrain.gate.words import TABLE, assertion_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from terrain.gate.policy import TableRules

MOST_NAMED = 3
"""Values that a reason names."""

Check = tuple[str | None, "Callable[[pa.Table], str | None]"]
"""The column that a check reads, and what returns why it fails; None if it does not."""


def assertions(rules: TableRules, table: pa.Table | None) -> tuple[Judgement, ...]:
    """Return the judgement of every assertion on a table.

    Parameters
    ----------
    rules
        What is asserted.
    table
        The instances, all columns; None where only a document is at hand, which decides nothing.
    """
    return tuple(
        _judged(words.removesuffix("."), column, check, table)
        for words, (column, check) in zip(assertion_words(rules), _checks(rules), strict=True)
    )


def _judged(
    words: str, column: str | None, check: Callable[[pa.Table], str | None], table: pa.Table | None
) -> Judgement:
    if table is None:
        return Judgement(
            rule=words,
            demand=words,
            where=TABLE,
            outcome="undecided",
            reason="the table is not here: a document was judged",
        )
    if column is not None and column not in table.column_names:
        hint = nearest(column, table.column_names)
        reason: str | None = f"there is no column `{column}`{hint}"
    else:
        reason = check(table)
    return Judgement(
        rule=words,
        demand=words,
        where=TABLE,
        outcome="passed" if reason is None else "failed",
        reason=reason or f"holds for all {table.num_rows:,} rows",
    )


def _checks(rules: TableRules) -> Iterator[Check]:
    """Yield every check, in the order of `assertion_words`."""
    if rules.at_least_rows:
        yield None, _rows(rules.at_least_rows)
    if rules.columns:
        yield None, _columns(rules.columns)
    for column in rules.unique:
        yield column, _unique(column)
    for column, allowed in rules.missing_at_most.items():
        yield column, _missing(column, allowed)
    for column, levels in rules.levels.items():
        yield column, _levels(column, levels)
    for column, (low, high) in rules.range.items():
        yield column, _range(column, low, high)


def _rows(fewest: int) -> Callable[[pa.Table], str | None]:
    def check(table: pa.Table) -> str | None:
        return None if table.num_rows >= fewest else f"it has {table.num_rows:,} rows"

    return check


def _columns(wanted: tuple[str, ...]) -> Callable[[pa.Table], str | None]:
    def check(table: pa.Table) -> str | None:
        known = table.column_names
        missing = [f"`{name}`{nearest(name, known)}" for name in wanted if name not in known]
        return f"there is no column {', '.join(missing)}" if missing else None

    return check


def _unique(column: str) -> Callable[[pa.Table], str | None]:
    def check(table: pa.Table) -> str | None:
        levels, codes = levels_of(table[column])
        repeated = np.flatnonzero(np.bincount(codes, minlength=len(levels) + 1)[:-1] > 1)
        if not len(repeated):
            return None
        return f"not unique: {_some(levels, repeated)}"

    return check


def _missing(column: str, allowed: float) -> Callable[[pa.Table], str | None]:
    def check(table: pa.Table) -> str | None:
        levels, codes = levels_of(table[column])
        count, n = int((codes == len(levels)).sum()), table.num_rows
        if count <= allowed * n:
            return None
        return f"{share(count / n)} of it is missing ({count:,} of {n:,})"

    return check


def _levels(column: str, wanted: tuple[str | int, ...]) -> Callable[[pa.Table], str | None]:
    allowed = {level_name(level) for level in wanted}

    def check(table: pa.Table) -> str | None:
        found, codes = levels_of(table[column])
        foreign = np.array([level not in allowed for level in found] + [False])
        if not foreign.any():
            return None
        count = int(foreign[codes].sum())
        return f"{count:,} rows have another value: {_some(found, np.flatnonzero(foreign))}"

    return check


def _range(column: str, low: float, high: float) -> Callable[[pa.Table], str | None]:
    def check(table: pa.Table) -> str | None:
        kind = table[column].type
        if not is_number(kind) or is_date(kind):
            return f"it holds {kind}, not numbers"
        numbers = numbers_of(table[column])
        outside = (numbers < low) | (numbers > high)
        if not outside.any():
            return None
        ends = f"{np.nanmin(numbers):g} to {np.nanmax(numbers):g}"
        return f"{int(outside.sum()):,} rows lie outside: it goes from {ends}"

    return check


def _some(levels: list[str], places: np.ndarray) -> str:
    named = ", ".join(f"`{levels[place]}`" for place in places[:MOST_NAMED])
    further = len(places) - MOST_NAMED
    return f"{named} and {further:,} more" if further > 0 else named
