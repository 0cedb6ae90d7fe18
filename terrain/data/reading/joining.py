"""Features kept apart from predictions, brought together by a key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.notes import Warned
from terrain.data.reading.part import chosen, listed
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.notes import Source
    from terrain.data.reading.rows import Rows


def join(rows: Rows, metadata: Rows, on: str) -> Rows:
    """Add the metadata's columns to each row, matched by equal values in the column `on`.

    Every row stays, in its order and with its source; one without a partner gets missing values,
    and is counted in a note and a warning. A missing key matches nothing. A column that is in
    both tables stays once where both say the same.

    Parameters
    ----------
    rows
        The predictions.
    metadata
        At most one row for each key.
    on
        The key, a column of both; numbers match text that is written like them.

    Raises
    ------
    DataError
        When either lacks `on`, the metadata has a key twice, no row has a partner, or a column
        that is in both has other values in the metadata.
    """
    ours, theirs = _names(rows.sources), _names(metadata.sources)
    for table, name in ((rows.table, ours), (metadata.table, theirs)):
        chosen(table.column_names, [on], name)
    partner = _partners(rows.table[on], metadata.table[on], on, (ours, theirs))
    n, unmatched = len(partner), partner.null_count
    unused = metadata.table.num_rows - len(partner.drop_null().unique())
    note = (
        f"{unmatched:,} of {n:,} rows have no partner in {theirs}; {unused:,} of its "
        f"{metadata.table.num_rows:,} rows are not asked for"
    )
    warned = (_unmatched(unmatched, n, on, theirs),) if unmatched else ()
    return replace(
        rows,
        table=_side_by_side(rows.table, metadata.table.drop_columns([on]), partner, (ours, theirs)),
        sources=rows.sources + metadata.sources,
        warnings=rows.warnings + metadata.warnings + warned,
        notes=(*rows.notes, *metadata.notes, note),
    )


def _partners(
    left: pa.ChunkedArray, right: pa.ChunkedArray, on: str, names: tuple[str, str]
) -> pa.Array:
    """Return for each row the place of its partner in the metadata; missing where it has none."""
    keys, known = comparable(left, right)
    demand_unique(known, on, names[1])
    partner = pc.index_in(keys, known, skip_nulls=True).combine_chunks()
    if partner.null_count == len(partner):
        raise DataError(
            f"no row of {names[0]} has a partner in {names[1]}: `{on}` is {examples(keys)} in "
            f"the one and {examples(known)} in the other; name a key that both share"
        )
    return partner


def _side_by_side(
    ours: pa.Table, theirs: pa.Table, partner: pa.Array, names: tuple[str, str]
) -> pa.Table:
    """Return our columns and those of each row's partner; what both have must be the same."""
    columns = dict(zip(ours.column_names, ours.columns, strict=True))
    matched = partner.is_valid()
    taken = theirs.take(partner)
    for name, column in zip(taken.column_names, taken.columns, strict=True):
        if name not in columns:
            columns[name] = column
        elif not same_values(columns[name].filter(matched), column.filter(matched)):
            raise DataError(
                f"the column `{name}` is in both {names[0]} and {names[1]}, with other values; "
                "rename or drop it in one of them"
            )
    return pa.table(columns)


def _names(sources: Sequence[Source]) -> str:
    first, others = sources[0].path, len(sources) - 1
    return f"{first} and {others:,} more" if others else first


def comparable(
    left: pa.ChunkedArray, right: pa.ChunkedArray
) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return two columns of keys in one type: as they are, as whole numbers, or as text."""
    left, right = _key(left), _key(right)
    if left.type == right.type:
        return left, right
    if pa.types.is_floating(left.type) and pa.types.is_integer(right.type):
        return left, right.cast(left.type, safe=False)
    if pa.types.is_integer(left.type) and pa.types.is_floating(right.type):
        return left.cast(right.type, safe=False), right
    try:
        return left.cast(pa.string()), right.cast(pa.string())
    except pa.ArrowException as error:
        raise DataError(
            f"a key of type {left.type} cannot be compared with one of type {right.type}; write "
            "both as text or as whole numbers"
        ) from error


def _key(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return plain values; whole numbers that missing values made fractions are whole again."""
    if pa.types.is_nested(column.type):
        raise DataError(f"a key of type {column.type} cannot be compared; name a plain column")
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), None, column)
    elif not pa.types.is_integer(column.type):
        return column
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:  # true fractions, or past 64 bits
        return column


def demand_unique(known: pa.ChunkedArray, on: str, path: str) -> None:
    """Refuse a key that a table has more than once; it names some.

    Raises
    ------
    DataError
        Such a key.
    """
    counts = pc.value_counts(known.drop_null())
    values, times = counts.field("values"), counts.field("counts")
    repeated = values.filter(pc.greater(times, 1))
    if len(repeated):
        raise DataError(
            f"{path} has {len(repeated):,} value{'s'[: len(repeated) > 1]} of `{on}` more than "
            f"once: {examples(repeated)}; keep one row for each"
        )


def examples(values: pa.ChunkedArray | pa.Array) -> str:
    """Return the first few values of a key, to be shown."""
    values = values.drop_null().unique()
    return listed((str(value) for value in values[:3]), most=3) if len(values) else "missing"


def same_values(left: pa.ChunkedArray, right: pa.ChunkedArray) -> bool:
    """Whether two columns hold the same in every row; numbers match text written like them."""
    try:
        left, right = comparable(left, right)
        return bool(left.equals(right))
    except (DataError, pa.ArrowException):
        return False


def _unmatched(unmatched: int, n: int, on: str, path: str) -> Warned:
    return Warned(
        code="unmatched-rows",
        seen=f"{unmatched:,} of {n:,} rows have no partner in {path}, so what it says is missing "
        "for them.",
        advice=f"Check that `{on}` is written alike in both, or add the rows that lack.",
        rows=unmatched,
        column=on,
    )
