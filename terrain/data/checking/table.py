"""What appears wrong with the rows and values of the table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.arrow import is_number, is_text
from terrain.data.columns import encoded, levels, profile
from terrain.data.notes import Warned
from terrain.data.recognition.carriers import groups_rows
from terrain.data.recognition.usual import is_entity_name, is_id_name
from terrain.data.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terrain.data.recognition.roles import Roles

SPREAD = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xBF58476D1CE4E5B9)
HALF = np.uint64(32)
"""Constants of the splitmix64 generator (Steele, Lea, Flood 2014)."""

FIRST = 10_000
"""Rows that tell whether it is worth looking for two equal ones among all."""

EXAMPLES = 4
"""Levels that a warning shows."""

MOST = 1_000
"""Levels among which examples are looked for."""


def check_table(table: pa.Table, roles: Roles, *, sampled: bool = False) -> Iterator[Warned]:
    """Yield what appears wrong with rows, levels and numbers; copies only where all rows are."""
    if not sampled:
        yield from _duplicates(table, roles)
    yield from _groups(table, roles)
    for name in _used(roles):
        column = table[name]
        if is_text(column.type):
            yield from _odd_levels(name, *levels(column))
        elif pa.types.is_floating(column.type):
            yield from _infinite(name, column)


def _used(roles: Roles) -> Iterable[str]:
    """Return every column whose values enter a number or a condition."""
    single = (roles.label, roles.prediction, roles.weight)
    return dict.fromkeys(
        (
            *(name for name in single if name is not None),
            *(*roles.scores, *roles.errors, *roles.features, *roles.sensitive),
        )
    )


def _duplicates(table: pa.Table, roles: Roles) -> Iterator[Warned]:
    copies = _copies(table)
    if copies:
        are = "is an exact copy" if copies == 1 else "are exact copies"
        advice = "Drop the copies: each counts as evidence once too often."
        if roles.id is None:
            advice = (
                "If they are copies, drop them: each counts as evidence once too often. If they "
                "are different instances that look alike, an id column (--id) would tell."
            )
        yield Warned(
            code="duplicates",
            seen=f"{counted(copies, 'row')} {are} of an earlier one, in every column.",
            advice=advice,
            rows=copies,
        )


def _copies(table: pa.Table) -> int:
    """Return how many rows are copies of others; 0 where that cannot be told.

    Rows are compared by a 64-bit hash: among a million, two differ and agree once in 37 million.
    Where all rows differ in a few columns already, as in most tables, no others are looked at.
    """
    hashes, sought = np.zeros(len(table), np.uint64), False
    for column in sorted(table.columns, key=_has_levels):
        if not pa.types.is_dictionary(column.type) and pa.types.is_nested(column.type):
            return 0  # rows may differ in what cannot be compared
        hashes = (hashes ^ _bits(column)) * SPREAD
        hashes = (hashes ^ (hashes >> HALF)) * MIX
        if not sought and not _equal_to_others(hashes[:FIRST]):
            if not _equal_to_others(hashes):
                return 0
            sought = True
    return _equal_to_others(hashes)


def _has_levels(column: pa.ChunkedArray) -> bool:
    return not is_number(column.type)


def _equal_to_others(hashes: np.ndarray) -> int:
    ordered = np.sort(hashes)
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))


def _bits(column: pa.ChunkedArray) -> np.ndarray:
    """Return (n,) uint64 that are equal where values are; a missing value is a value of its own."""
    kind = column.type
    if pa.types.is_floating(kind):
        numbers = pc.cast(column, pa.float64())
        values = np.asarray(pc.fill_null(numbers, np.nan).to_numpy(), np.float64) + 0.0
        return np.where(np.isnan(values), np.nan, values).view(np.uint64)
    if pa.types.is_integer(kind) and column.null_count == 0:
        return np.asarray(column.to_numpy()).astype(np.uint64)
    indices = pc.fill_null(encoded(column).indices.cast(pa.int64()), -1)
    return np.asarray(indices.to_numpy(zero_copy_only=False)).astype(np.uint64)


def _groups(table: pa.Table, roles: Roles) -> Iterator[Warned]:
    if roles.group is not None:
        return
    played = {roles.label, roles.prediction, *roles.scores, *roles.errors}
    named = [
        name
        for name in table.column_names
        if name == roles.id or (name not in played and (is_id_name(name) or is_entity_name(name)))
    ]
    for name, column in profile(table.select(named)).items():
        if groups_rows(column) or (name == roles.id and not column.unique):
            yield Warned(
                code="group-missing",
                seen=f"`{name}` looks like an id but repeats: {column.present:,} rows hold "
                f"{column.distinct:,} values.",
                advice="Rows that belong together are no independent evidence, so a group role is "
                f"probably missing: --group {name}.",
                rows=column.present,
                column=name,
            )


def _odd_levels(name: str, texts: pa.Array, counts: np.ndarray) -> Iterator[Warned]:
    trimmed = pc.utf8_trim_whitespace(texts)
    padded = np.asarray(pc.not_equal(trimmed, texts).to_numpy(zero_copy_only=False), bool)
    if padded.any():
        rows = int(counts[padded].sum())
        yield Warned(
            code="padded-levels",
            seen=f"`{name}` has {counted(int(padded.sum()), 'level')} with blanks at an end, in "
            f"{counted(rows, 'row')}: {_examples(texts, counts, padded)}.",
            advice="Trim them: a blank makes two levels of one.",
            rows=rows,
            column=name,
        )
    folded = pc.utf8_lower(trimmed)
    spellings = pc.value_counts(pc.utf8_lower(pc.unique(trimmed)))
    torn = spellings.field("values").filter(pc.greater(spellings.field("counts"), 1))
    mixed = np.asarray(pc.is_in(folded, value_set=torn).to_numpy(zero_copy_only=False), bool)
    if mixed.any():
        rows = int(counts[mixed].sum())
        yield Warned(
            code="mixed-case-levels",
            seen=f"`{name}` has levels that differ only in case, in {counted(rows, 'row')}: "
            f"{_examples(texts, counts, mixed)}.",
            advice="Write each level in one way, or the rates of its instances are torn apart.",
            rows=rows,
            column=name,
        )


def _examples(texts: pa.Array, counts: np.ndarray, chosen: np.ndarray) -> str:
    """Return some of the chosen levels with their counts, alike ones side by side."""
    found = [
        (texts[int(place)].as_py(), int(counts[place])) for place in np.flatnonzero(chosen)[:MOST]
    ]
    found.sort(key=lambda level: (level[0].strip().casefold(), level[0]))
    shown = ", ".join(f'"{level}" ({count:,})' for level, count in found[:EXAMPLES])
    more = int(chosen.sum()) - EXAMPLES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _infinite(name: str, column: pa.ChunkedArray) -> Iterator[Warned]:
    rows = int(pc.sum(pc.is_inf(column)).as_py() or 0)
    if rows:
        yield Warned(
            code="infinite",
            seen=f"`{name}` is infinite in {counted(rows, 'row')}.",
            advice="An infinity is kept as a value beyond every cut point; if it stands for "
            "something unknown, leave it empty.",
            rows=rows,
            column=name,
        )
