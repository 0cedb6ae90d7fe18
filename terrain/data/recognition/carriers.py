"""Which columns can carry a condition, and what stands in the way of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.arrow import is_text
from terrain.data.columns import levels
from terrain.data.recognition.usual import is_entity_name, is_id_name
from terrain.data.wording import counted

if TYPE_CHECKING:
    from terrain.data.columns import Column

MOST_LEVELS = 65_000
"""Levels that a feature may have: codes are 16 bits wide."""

LONG_TEXT = 40
MANY_WORDS = 5
"""Mean characters and words above which text is prose rather than the name of a level."""

HARDLY_REPEATS = 10
"""Text of which each value occurs less often than this on average may be prose or paths."""

ENOUGH_ROWS = 100
"""Rows from which on text that is mostly distinct is called id-like."""

FEWEST_ENTITIES = 20
MOST_ROWS_EACH = 50
"""A column named like an id groups rows if it has at least so many values, each in few rows."""

PATH = (
    r"(?i)^\s*([a-z][a-z0-9+]*://|data:\w+/|\.{0,2}/|[a-z]:\\)"
    r"|\.(png|jpe?g|gif|webp|bmp|tiff?|svg|wav|mp3|flac|mp4|avi|txt|json|pdf|html?|npy|dcm|nii)$"
)
MOSTLY_PATHS = 0.8


class Hindrance(NamedTuple):
    """Why a column should carry no condition: a short name, and the reason in words."""

    code: str
    reason: str


def hindrance(column: Column, values: pa.ChunkedArray) -> Hindrance | None:
    """Return why a column carries no condition; None if it does.

    Parameters
    ----------
    column
        Its profile.
    values
        (n,) the column itself.
    """
    if column.kind in {"nested", "binary"}:
        return Hindrance(column.kind, f"holds {_held(values.type)}, which have no order or levels")
    if column.present == 0:
        return Hindrance("empty", "has missing values only")
    if column.constant:
        return Hindrance("constant", "has one value only")
    return _identifies(column) or (None if column.is_numeric else _is_prose(column, values))


def is_path(values: pa.ChunkedArray) -> bool:
    """Whether a column holds paths or addresses, in at least 80% of its distinct values."""
    if not is_text(values.type):
        return False
    texts, _ = levels(values)
    matches = pc.match_substring_regex(texts, PATH)
    return len(texts) > 0 and bool(pc.mean(matches).as_py() >= MOSTLY_PATHS)


def groups_rows(column: Column) -> bool:
    """Whether a column appears to say which user, patient or document a row belongs to.

    It is named like an id (``user_id``) or an entity (``patient``) and its values repeat; where
    the name says no more than "id", few rows share a value, or it might as well be a category
    (``store_id``).
    """
    entity = is_entity_name(column.name)
    if column.kind not in {"integer", "number", "text"}:
        return False
    # by name first: counting different values takes a sort
    if not (entity or is_id_name(column.name)) or column.unique:
        return False
    if column.distinct < FEWEST_ENTITIES:
        return False
    return column.present > column.distinct and (
        entity or column.present <= MOST_ROWS_EACH * column.distinct
    )


def _identifies(column: Column) -> Hindrance | None:
    different = f"id-like: all {column.rows:,} values are different"
    if is_id_name(column.name) and column.unique:
        return Hindrance("id-like", f"{different}, and its name says that it identifies")
    if column.sequence:
        return Hindrance("id-like", f"{different} and follow each other")
    if groups_rows(column):
        return Hindrance(
            "id-like",
            f"id-like: {column.distinct:,} values in {column.present:,} rows, by its name",
        )
    return None


def _is_prose(column: Column, values: pa.ChunkedArray) -> Hindrance | None:
    if column.kind != "text":
        return None
    if column.present < HARDLY_REPEATS * column.distinct:
        if is_path(values):
            return Hindrance("path", "holds paths or addresses")
        if column.length > LONG_TEXT or column.words > MANY_WORDS:
            return Hindrance(
                "free-text",
                f"free text: {column.length:.0f} characters on average, hardly repeated",
            )
    if column.rows >= ENOUGH_ROWS and 2 * column.distinct > column.present:
        return Hindrance(
            "id-like",
            f"id-like: {column.distinct:,} different values in {counted(column.present, 'row')}",
        )
    if column.distinct > MOST_LEVELS:
        return Hindrance("levels", f"has {column.distinct:,} levels, more than {MOST_LEVELS:,}")
    return None


def _held(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind) or pa.types.is_map(kind):
        return "records"
    return "lists" if pa.types.is_nested(kind) else "binary values"
