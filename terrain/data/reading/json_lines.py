"""JSON Lines: one object per line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from terrain.data.notes import Warned
from terrain.data.reading.lines import record_lines
from terrain.data.reading.part import Part, chosen, column_names, listed
from terrain.data.reading.raw import not_utf8
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection

_BLOCK = 1 << 22
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)"
)
"""Any escape: a pair that makes one letter, half a pair by itself (group 1), any other."""


def read_json_lines(path: str, text: bytes, columns: Collection[str] | None) -> Part:
    """Read a text with one JSON object per line.

    Arrow reads well-formed tables fast. Whatever it refuses is read line by line: a field that
    is a number here and text there becomes text, and an error names its line.

    Parameters
    ----------
    path
        For messages.
    text
        UTF-8 without a byte order mark.
    columns
        The wanted ones; None for all.

    Raises
    ------
    DataError
        When a line is no JSON object or has a key twice, text is not UTF-8, or a wanted column is
        not there.
    """
    text = _without_lone_surrogates(text)
    part = _fast(text) or _tolerant(path, text)
    names, warnings, notes = column_names(part.table.column_names, path)
    table = part.table.rename_columns(names).select(chosen(names, columns, path))
    return Part(table, part.line, part.warnings + warnings, notes)


def _without_lone_surrogates(text: bytes) -> bytes:
    r"""Return a text in which half a letter, which no UTF-8 can hold, is written as it stands.

    Examples
    --------
    >>> _without_lone_surrogates(rb'{"a": "\ud800"}') == rb'{"a": "\\ud800"}'
    True
    """
    if not _SURROGATE.search(text):
        return text
    return _ESCAPE.sub(lambda found: b"\\" * (found[1] is not None) + found[0], text)


def _fast(text: bytes) -> Part | None:
    """Return the table as Arrow reads it; None where it refuses, or lines are not records."""
    try:
        table = arrow_json.read_json(
            pa.BufferReader(text), arrow_json.ReadOptions(block_size=_BLOCK)
        )
        table.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
        return None
    line = record_lines(text, 0, first=1, records=table.num_rows, separator=None)
    return None if line is None else Part(table, line)


def _tolerant(path: str, text: bytes) -> Part:
    objects: list[dict[str, Any]] = []
    lines: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            objects.append(_parsed(path, text, number, line))
            lines.append(number)
    names = dict.fromkeys(name for row in objects for name in row)
    fields = {name: _column([row.get(name) for row in objects]) for name in names}
    mixed = [name for name, (_, is_mixed) in fields.items() if is_mixed]
    table = pa.table({name: column for name, (column, _) in fields.items()})
    return Part(table, np.array(lines, np.int64), [_mixed(mixed)] if mixed else [])


def _parsed(path: str, text: bytes, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_without_repeats)
    except UnicodeDecodeError:
        raise not_utf8(path, text) from None
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path}:{number} is not JSON: {error}; write one complete object on each line, for "
            f"instance with `jq -c '.[]' {path}`"
        ) from error
    if not isinstance(found, dict):
        raise DataError(
            f"{path}:{number} is not an object but {json.dumps(found)[:40]}; write one object "
            f"on each line, for instance with `jq -c '.[]' {path}`"
        )
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"keys are there twice: {listed(n for n in found if names.count(n) > 1)}")
    return found


def _column(values: list[Any]) -> tuple[pa.Array, bool]:
    """Return the values as an array, and whether they had to become text to be alike."""
    try:
        return pa.array(values), False
    except (pa.ArrowException, OverflowError):
        return pa.array([_as_text(value) for value in values], pa.string()), True


def _as_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _mixed(names: list[str]) -> Warned:
    return Warned(
        code="mixed-types",
        seen=f"Several kinds of value, or numbers past 64 bits, under one name: {listed(names)}; "
        "they are all read as text.",
        advice="Write one kind of value under each name, and null where there is none.",
        column=names[0] if len(names) == 1 else None,
    )
