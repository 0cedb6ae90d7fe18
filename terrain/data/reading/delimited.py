"""CSV, TSV and their like: parsed by Arrow, with the line of every record."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from terrain.data.reading.lines import occurrences, record_lines
from terrain.data.reading.part import Part, chosen, column_names
from terrain.data.reading.places import ending
from terrain.data.reading.raw import not_utf8
from terrain.engines.threads import each
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MISSING = (
    "", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "-NaN", "-nan", "NaT",
    "null", "Null", "NULL", "None",
)  # fmt: skip
"""Unquoted fields that say a value is missing; a quoted one is text, ``""`` the empty string."""

_TEXT = pa.dictionary(pa.int32(), pa.string())
_QUOTED = re.compile(rb'"(?:[^"]|"")*"')
_NO_LINE_END = re.compile(rb"[^\r\n]")
_BLOCK = 1 << 22
"""Bytes parsed at once: each block brings dictionaries of its own, which have to be united."""
_LARGEST_BLOCK = (1 << 31) - 1
_LONGEST_FIELD = (1 << 31) - 1
_INT64_END = 2.0**63


class _Record(NamedTuple):
    """A record, its first line and the line after it, and the place in the text where it ends."""

    fields: list[str]
    line: int
    next_line: int
    end: int


class Layout(NamedTuple):
    """What the first look at a text tells: what separates fields, the names, where rows begin."""

    separator: str
    names: list[str]
    header: _Record


def head_of(path: str, text: bytes) -> bytes:
    """Return the header of a text with all that stands before the first row.

    Raises
    ------
    DataError
        There is none.
    """
    return text[: layout_of(path, text).header.end]


def layout_of(path: str, text: bytes) -> Layout:
    """Return the layout of a text, with names as they stand in its header.

    Raises
    ------
    DataError
        There is no header.
    """
    separator = _separator(text, ending(path))
    header = _header(path, text, separator)
    return Layout(separator, header.fields, header)


def read_delimited(
    path: str, text: bytes, columns: Collection[str] | None, as_text: Collection[str] = ()
) -> Part:
    """Read a text with one record per row, its first record being the header.

    Column types are those that all their values have: whole numbers, numbers, true/false, dates,
    times; else text, dictionary-encoded. Whole numbers past 64 bits stay text.

    Parameters
    ----------
    path
        For messages, and for its ending.
    text
        UTF-8 without a byte order mark.
    columns
        The wanted ones; None for all.
    as_text
        Those that are text whatever they hold: other parts of the file say so.

    Raises
    ------
    DataError
        When there is no header, rows have other numbers of fields than the header, text is not
        UTF-8, or a wanted column is not there.
    """
    _demand_closed_quotes(path, text, _separator(text, ending(path)))
    layout = layout_of(path, text)
    names, warnings, notes = column_names(layout.names, path)
    layout = layout._replace(names=names)
    wanted = chosen(names, columns, path)
    if not _NO_LINE_END.search(text, layout.header.end):
        table = pa.table({name: pa.nulls(0) for name in wanted})
    else:
        table = _typed(path, text, layout, wanted, as_text)
    return Part(table, _lines(text, layout, table.num_rows), warnings, notes)


def _separator(text: bytes, kind: str) -> str:
    """Return the separator that the header has; the one of the file's ending where it has that."""
    start = _QUOTED.sub(b"", text[: 1 << 20]).lstrip(b"\r\n")
    header = re.split(rb"[\r\n]", start, maxsplit=1)[0].decode(errors="replace")
    usual = "," if kind in {".csv", ""} else "\t"
    if usual in header or "," in header:
        return usual if usual in header else ","
    return max(";\t|", key=header.count) if set(header) & set(";\t|") else ","


def _records(text: bytes, separator: str) -> Iterator[_Record]:
    """Read record by record: slow, so for the header, for errors and for odd quotes only."""
    csv.field_size_limit(_LONGEST_FIELD)  # Arrow knows no limit, and both must read alike
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        # Bytes that are no UTF-8 are kept, so that places count bytes.
        for line in io.TextIOWrapper(io.BytesIO(text), "utf-8", "surrogateescape", newline=""):
            end += len(line.encode("utf-8", "surrogateescape"))
            yield line

    reader = csv.reader(lines(), delimiter=separator)
    line = 1
    for fields in reader:
        if fields:
            yield _Record(fields, line, reader.line_num + 1, end)
        line = reader.line_num + 1


def _demand_closed_quotes(path: str, text: bytes, separator: str) -> None:
    """Refuse a text whose last record would silently take in all that follows an open quote."""
    if occurrences(text, b'"') % 2 == 0:
        return
    start, last = 0, _Record([], 1, 1, 0)
    for record in _records(text, separator):
        start, last = last.end, record
    lines = text[start:].decode(errors="replace").splitlines(keepends=True)
    *_, end = csv.reader([*lines, "\n", "end"], delimiter=separator)
    if end != ["end"]:
        raise DataError(
            f"{path}:{last.line} has a quote that is never closed, so the rest of the file counts "
            "as one field; close it, or double it within a quoted field"
        )


def _header(path: str, text: bytes, separator: str) -> _Record:
    header = next(_records(text, separator), None)
    if header is None:
        raise DataError(f"{path} has only blank lines; give a file with a header and rows")
    if not all(_is_utf8(name) for name in header.fields):
        raise not_utf8(path, text)
    return header


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _typed(
    path: str, text: bytes, layout: Layout, wanted: list[str], as_text: Collection[str]
) -> pa.Table:
    table = _parsed(path, text, layout, wanted, dict.fromkeys(as_text, _TEXT))
    if any(is_binary(column.type) for column in table.columns):
        raise not_utf8(path, text)

    def read(name: str) -> tuple[pa.ChunkedArray, bool]:
        column = table[name]
        if column.type == _TEXT and name not in as_text:
            column = _numbers_if_quoted(column)
        return column, passes_int64(column)

    found = dict(zip(wanted, each(read, wanted), strict=True))
    columns = {name: column for name, (column, _) in found.items()}
    large = [name for name, (_, passes) in found.items() if passes]
    if large:
        exact = _parsed(path, text, layout, large, dict.fromkeys(large, _TEXT))
        columns |= {name: exact[name] for name in large if _all_digits(exact[name])}
    return pa.table(columns)


def _parsed(
    path: str,
    text: bytes,
    layout: Layout,
    wanted: list[str],
    types: dict[str, pa.DataType] | None = None,
) -> pa.Table:
    body = pa.py_buffer(text).slice(layout.header.end)
    quoted = text.find(b'"', layout.header.end) >= 0
    block = _BLOCK
    while True:
        how = how_to_parse(layout, wanted, types, quoted=quoted, block=block)
        try:
            return arrow_csv.read_csv(pa.BufferReader(body), *how)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block == _LARGEST_BLOCK:
                raise _ragged(path, text, layout, error) from error
            block = min(block * 16, _LARGEST_BLOCK)


def how_to_parse(
    layout: Layout,
    wanted: list[str],
    types: dict[str, pa.DataType] | None = None,
    *,
    quoted: bool,
    block: int = _BLOCK,
) -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
    """Return how Arrow is to read the text after a header.

    Parameters
    ----------
    layout
        Of the text.
    wanted, types
        Columns, and those types that are known.
    quoted
        Whether there may be quotes. Without any no line end can be in a field, and Arrow splits the
        text much faster.
    block
        Bytes parsed at once.
    """
    return (
        arrow_csv.ReadOptions(column_names=layout.names, block_size=block),
        arrow_csv.ParseOptions(delimiter=layout.separator, newlines_in_values=quoted),
        arrow_csv.ConvertOptions(
            include_columns=wanted,
            column_types=types,
            null_values=MISSING,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=("true", "True", "TRUE"),
            false_values=("false", "False", "FALSE"),
            auto_dict_encode=True,
            auto_dict_max_cardinality=(1 << 31) - 1,
        ),
    )


def is_binary(kind: pa.DataType) -> bool:
    """Return whether a column is text that is no UTF-8."""
    return bool(pa.types.is_dictionary(kind) and pa.types.is_binary(kind.value_type))


def passes_int64(column: pa.ChunkedArray) -> bool:
    """Return whether a column of floats may have been whole numbers too large for 64 bits."""
    if not pa.types.is_floating(column.type):
        return False
    ends = pc.min_max(column).as_py().values()
    return None not in ends and _INT64_END <= max(map(abs, ends)) < float("inf")


def _all_digits(column: pa.ChunkedArray) -> bool:
    digits = r"^\s*[+-]?\d+\s*$"
    texts = (chunk.dictionary for chunk in column.chunks)
    return all(pc.all(pc.match_substring_regex(text, digits)).as_py() for text in texts)


def _numbers_if_quoted(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers where only quoted missing values made a column text.

    Programs that quote every field write a missing number as ``""``.
    """
    column = column.unify_dictionaries()
    values = column.chunk(0).dictionary
    present = pc.if_else(pc.is_in(values, pa.array(MISSING)), None, values)
    if present.null_count in {0, len(present)}:
        return column
    for kind in (pa.int64(), pa.float64()):
        try:
            numbers = present.cast(kind)
        except pa.ArrowInvalid:
            continue
        return pa.chunked_array([numbers.take(chunk.indices) for chunk in column.chunks])
    return column


def _lines(text: bytes, layout: Layout, n: int) -> np.ndarray:
    found = record_lines(
        text,
        layout.header.end,
        first=layout.header.next_line,
        records=n,
        separator=layout.separator,
    )
    if found is not None:
        return found
    records = _records(text, layout.separator)
    next(records)
    return np.fromiter((record.line for record in records), np.int64, count=n)


def _ragged(path: str, text: bytes, layout: Layout, error: pa.ArrowInvalid) -> DataError:
    """Return the error that says which record has too few or too many fields."""
    width = len(layout.names)
    for record in _records(text, layout.separator):
        found = len(record.fields)
        if found != width:
            break
    else:
        return DataError(f"{path} cannot be read as a table: {error}")
    return DataError(
        f"{path}:{record.line} has {found:,} field{'s'[: found != 1]} where the header has "
        f"{width:,}; repair that line, or quote a field in which `{layout.separator}` stands"
    )
