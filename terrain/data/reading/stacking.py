"""Several files with the same columns, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from terrain.data.notes import Warned
from terrain.data.reading.part import Part, listed
from terrain.engines.threads import each
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = pa.dictionary(pa.int32(), pa.string())
"""The one type in which text leaves the readers."""


def stacked(parts: Sequence[Part], paths: Sequence[str]) -> tuple[pa.Table, list[Warned]]:
    """Return the rows of all parts in one table, and warnings about columns of mixed types.

    Columns are matched by name and come in the first file's order. Types that differ are widened:
    whole numbers to numbers, and what has nothing in common to text. Text is dictionary-encoded,
    with one dictionary per column.

    Raises
    ------
    DataError
        When a file has other columns than the first one.
    """
    names = parts[0].table.column_names
    for part, path in zip(parts, paths, strict=True):
        _demand_same_names(names, part.table.column_names, paths[0], path)
    mixed = []

    def column(name: str) -> pa.ChunkedArray:
        pieces = [_plain(part.table[name]) for part in parts]
        alike = _alike(pieces)
        if alike is None:
            mixed.append(name)
            alike = [_as_text(piece, name) for piece in pieces]
        return _joined(alike)

    table = pa.table(each(column, names), names=names)
    return table, [_mixed(sorted(mixed, key=names.index))] if mixed else []


def _demand_same_names(
    names: Sequence[str], others: Sequence[str], first_path: str, path: str
) -> None:
    here, there = set(names), set(others)
    lacking = [name for name in names if name not in there]
    extra = [name for name in others if name not in here]
    if lacking or extra:
        said = [f"lacks {listed(lacking)}"] if lacking else []
        said += [f"also has {listed(extra)}"] if extra else []
        raise DataError(
            f"{path} has other columns than {first_path}: it {' and '.join(said)}; give files "
            "with the same columns, or analyze them one by one"
        )


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text as `TEXT`, and what only wraps or spells a plain value as that value."""
    kind = column.type
    if kind == TEXT:
        return column
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(column.cast(kind.storage_type))
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_dictionary(kind):
        if _is_text(kind.value_type):
            return pa.chunked_array([_as_dictionary(chunk) for chunk in column.chunks], TEXT)
        return _plain(column.cast(kind.value_type))
    return column.cast(pa.string()).dictionary_encode() if _is_text(kind) else column


def _as_dictionary(chunk: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a chunk of text as `TEXT`; Arrow's own cast knows neither every index nor views."""
    indices, texts = chunk.indices.cast(pa.int32()), chunk.dictionary.cast(pa.string())
    return pa.DictionaryArray.from_arrays(indices, texts)


def _is_text(kind: pa.DataType) -> bool:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(kind) for is_kind in kinds)


def _alike(pieces: list[pa.ChunkedArray]) -> list[pa.ChunkedArray] | None:
    """Return the pieces in one type that can hold them all; None if there is only text."""
    schemas = [pa.schema([("", piece.type)]) for piece in pieces]
    try:
        kind = pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return None
    try:
        return [piece.cast(kind) for piece in pieces]
    except pa.ArrowInvalid:  # whole numbers past 2^53 beside fractions, or past 2^63
        return [piece.cast(pa.float64(), safe=False) for piece in pieces]


def _as_text(piece: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return _plain(piece.cast(pa.string()))
    except pa.ArrowException as error:
        raise DataError(
            f"the column `{name}` holds {piece.type} in one file and something else in another; "
            "give files in which it has one type"
        ) from error


def common_schema(
    schemas: Sequence[pa.Schema], paths: Sequence[str]
) -> tuple[pa.Schema, list[Warned]]:
    """Return the types in which `stacked` would give tables of these schemas, and its warnings."""
    table, warnings = stacked([Part(schema.empty_table()) for schema in schemas], paths)
    return table.schema, warnings


def conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table in the types of `common_schema`."""
    columns = []
    for name, kind in zip(schema.names, schema.types, strict=True):
        column = _plain(table[name])
        if column.type != kind and kind == TEXT:
            column = _as_text(column, name)
        elif column.type != kind:  # whole numbers past 2^53 beside fractions lose their last digits
            column = column.cast(kind, safe=False)
        columns.append(column)
    return pa.table(columns, schema=schema)


def _joined(pieces: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    chunks = [chunk for piece in pieces for chunk in piece.chunks]
    column = pa.chunked_array(chunks, pieces[0].type).unify_dictionaries()
    if column.num_chunks < 2 or not (pa.types.is_primitive(column.type) or column.type == TEXT):  # noqa: PLR2004 - one is whole
        return column
    # in one chunk, numpy sees the values as they lie, whoever asks and however often
    return pa.chunked_array([column.combine_chunks()])


def _mixed(names: list[str]) -> Warned:
    return Warned(
        code="mixed-types",
        seen=f"Numbers in one file and text, or another kind, in another: {listed(names)}; "
        "they are all read as text.",
        advice="See that every file writes such a column in the same way.",
        column=names[0] if len(names) == 1 else None,
    )
