"""Tables in memory: data frames, Arrow tables and arrays, as rows like those of a file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from terrain.data.notes import FRAME, Source, Warned
from terrain.data.reading.part import Part, column_names, listed
from terrain.data.reading.rows import Rows
from terrain.data.reading.series import column_of, is_pandas, kind_of
from terrain.data.reading.stacking import stacked
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    import pandas as pd

TABLE = "the table"
"""How messages call what has no path."""


class Columns(NamedTuple):
    """Columns by position, their names as given, which of them hold several kinds, and notes."""

    names: list[str]
    columns: list[pa.ChunkedArray]
    mixed: list[str]
    notes: list[str]


def rows_in_memory(data: object, beside: Mapping[str, object] | None = None) -> Rows:
    """Return a table in memory as rows; a row's record is its position.

    Parameters
    ----------
    data
        A data frame of pandas, or any other table that speaks Arrow's interface (pyarrow, polars,
        DuckDB, …); a mapping of names to (n,) values; an (n, k) array, whose columns are called
        ``x0``, ``x1``, …
    beside
        Further (n,) columns by name. One that the table has already must hold the same values.

    Raises
    ------
    DataError
        It is no table, has a name twice or columns of several lengths, or has no row.
    """
    given = columns_of(data)
    names, warnings, notes = column_names(given.names, TABLE)
    columns = dict(zip(names, given.columns, strict=True))
    mixed = list(given.mixed)
    for name, values in (beside or {}).items():
        column, several = column_of(name, values)
        _add(columns, name, column)
        mixed += [name] if several else []
    _demand_one_length(columns)
    table, _ = stacked([Part(pa.table(columns))], [TABLE])
    if table.num_rows == 0:
        raise DataError(f"{TABLE} has no rows; give one with instances in it")
    n = table.num_rows
    return Rows(
        table=table,
        sources=(_source(table),),
        source=np.zeros(n, np.uint32),
        record=np.arange(n, dtype=np.int64),
        line=np.zeros(n, np.int64),
        warnings=(*warnings, *([_mixed(mixed)] if mixed else [])),
        notes=(*given.notes, *notes),
    )


def _source(table: pa.Table) -> Source:
    return Source(
        path=FRAME,
        sha256=_digest(table),
        bytes=table.nbytes,
        modified=None,
        instances=table.num_rows,
    )


def columns_of(data: object, prefix: str = "x") -> Columns:
    """Return the columns of a table, whatever kind it is.

    Parameters
    ----------
    data
        See `rows_in_memory`.
    prefix
        What the columns of an array are called, before their number.

    Raises
    ------
    DataError
        It is no table.
    """
    if is_pandas(data, "DataFrame"):
        return _of_pandas(data)
    if isinstance(data, Mapping):
        return _of_columns((str(name), values) for name, values in data.items())
    if hasattr(data, "__arrow_c_stream__"):
        return _of_arrow(data)
    array = np.asarray(data) if hasattr(data, "__array__") else None
    if array is not None and array.ndim == 2:  # noqa: PLR2004 - rows and columns
        return _of_columns((f"{prefix}{place}", column) for place, column in enumerate(array.T))
    advice = (
        "collect it first: `.collect()`"
        if hasattr(data, "collect")
        else "give a data frame, an Arrow table, a dict of arrays, or an array of rows and columns"
    )
    raise DataError(f"{kind_of(data)} is no table: {advice}")


def _of_columns(given: Iterable[tuple[str, object]]) -> Columns:
    names, columns, mixed = [], [], []
    for name, values in given:
        column, several = column_of(name, values)
        names.append(name)
        columns.append(column)
        mixed += [name] if several else []
    return Columns(names, columns, mixed, [])


def _of_pandas(frame: Any) -> Columns:  # noqa: ANN401 - pandas is not imported here
    """Return the columns of a data frame; an index that says more than the position comes first."""
    names = [_name(name) for name in frame.columns]
    levels, notes = _index(frame.index, names)
    given = [*levels, *((name, frame.iloc[:, place]) for place, name in enumerate(names))]
    return _of_columns(given)._replace(notes=notes)


def _index(index: pd.Index[Any], taken: list[str]) -> tuple[list[tuple[str, object]], list[str]]:
    """Return the levels of an index that are to be columns, and what is to be said of others."""
    import pandas as pd  # noqa: PLC0415 - as above

    named = [name for name in index.names if name is not None]
    if not named and isinstance(index, pd.RangeIndex) and (index.start, index.step) == (0, 1):
        return [], []
    if not named and not index.is_unique:
        return [], [f"the index of {TABLE} has no name and repeats: rows go by their position"]
    default = ["index"] if index.nlevels == 1 else [f"level_{n}" for n in range(index.nlevels)]
    names = [
        other if name is None else _name(name)
        for name, other in zip(index.names, default, strict=True)
    ]
    levels = [(name, index.get_level_values(place)) for place, name in enumerate(names)]
    return [(name, values) for name, values in levels if name not in taken], []


def _name(name: Hashable) -> str:
    """Return a column's name as text; that of a column with several levels has dots."""
    return ".".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _of_arrow(data: Any) -> Columns:  # noqa: ANN401 - of any library
    if type(data).__module__.startswith("polars"):  # which cannot hand over every column at once
        return _of_columns((name, data[name]) for name in data.columns)
    try:
        table = pa.table(data)
    except Exception as error:  # what is raised is the other library's choice
        raise DataError(f"{kind_of(data)} cannot be turned into an Arrow table: {error}") from error
    return Columns(list(table.column_names), list(table.columns), [], [])


def _add(columns: dict[str, pa.ChunkedArray], name: str, column: pa.ChunkedArray) -> None:
    """Add a column; one that is there already must be the same."""
    known = columns.setdefault(name, column)
    if known is not column and not known.equals(column):
        raise DataError(
            f"{TABLE} has a column `{name}`, and other values were given under that name; rename "
            "one of them"
        )


def _demand_one_length(columns: Mapping[str, pa.ChunkedArray]) -> None:
    first, *others = columns
    for name in others:
        if len(columns[name]) != len(columns[first]):
            raise DataError(
                f"`{name}` has {len(columns[name]):,} values, and `{first}` has "
                f"{len(columns[first]):,}: give one for each row"
            )


class _Hashing(io.RawIOBase):
    """A file that keeps nothing of what is written to it but its digest."""

    def __init__(self) -> None:
        super().__init__()
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer
        self.digest.update(data)
        return len(data)


def _digest(table: pa.Table) -> str:
    """Return the SHA-256 of a table's content, which the same values give again."""
    hashing = _Hashing()
    for name, column in zip(table.column_names, table.columns, strict=True):
        # what stands where a value is missing differs from library to library
        for part in (column.is_valid(), column.drop_null()):
            piece = pa.table({name: part}).combine_chunks()
            with pa.ipc.new_stream(hashing, piece.schema) as stream:
                stream.write_table(piece)
    return hashing.digest.hexdigest()


def _mixed(names: list[str]) -> Warned:
    return Warned(
        code="mixed-types",
        seen=f"Values of several kinds in one column: {listed(names)}; they are all read as text.",
        advice="Give each column one kind of values.",
        column=names[0] if len(names) == 1 else None,
    )
