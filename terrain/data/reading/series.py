"""A column in memory, of any library, as Arrow has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from terrain.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_REFUSED = (pa.ArrowException, TypeError, ValueError, OverflowError)


def column_of(name: str, values: Any) -> tuple[pa.ChunkedArray, bool]:  # noqa: ANN401 - of any library
    """Return (n,) values as a column, and whether it held several kinds, and so became text.

    Raises
    ------
    DataError
        They are no row of values.
    """
    import pandas as pd  # noqa: PLC0415 - files are read without it

    if isinstance(values, pa.Array | pa.ChunkedArray):
        return _chunked(values), False
    if type(values).__module__.startswith("polars"):
        return _of_polars(values)
    if hasattr(values, "__arrow_c_stream__") and not is_pandas(values, "Series"):
        return pa.chunked_array(values), False
    if isinstance(values, list | tuple):
        return _of_series(pd.Series(list(values), dtype=object))
    if isinstance(values, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        return _of_series(pd.Series(values))
    array: np.ndarray = np.asarray(values if hasattr(values, "__array__") else None)
    if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004 - a column of one
        array = array[:, 0]
    if array.ndim != 1:
        shape = f" of shape {array.shape}" if hasattr(values, "__array__") else ""
        raise DataError(f"`{name}` must hold one value for each row, not {kind_of(values)}{shape}")
    return _of_series(pd.Series(array))


def is_pandas(data: object, name: str) -> bool:
    """Whether something is a pandas ``DataFrame`` or ``Series``; pandas need not be imported."""
    return type(data).__module__.startswith("pandas") and any(
        each.__name__ == name for each in type(data).__mro__
    )


def kind_of(data: object) -> str:
    """Return what something is, in words.

    Examples
    --------
    >>> kind_of(7), kind_of(np.ones(2))
    ('`int`', '`numpy ndarray`')
    """
    module = type(data).__module__.partition(".")[0]
    name = type(data).__name__
    return f"`{name}`" if module == "builtins" else f"`{module} {name}`"


def _of_polars(series: Any) -> tuple[pa.ChunkedArray, bool]:  # noqa: ANN401 - it may be absent
    """Return a polars column; of Python objects it would hand over their addresses, or crash."""
    if str(series.dtype) == "Object":
        return column_of(series.name, series.to_list())
    return _chunked(series.to_arrow()), False


def _of_series(series: pd.Series[Any]) -> tuple[pa.ChunkedArray, bool]:
    """Return a pandas column; what Arrow cannot hold becomes text, and is said to be mixed."""
    import pandas as pd  # noqa: PLC0415 - as above

    kind = series.dtype
    if isinstance(kind, pd.SparseDtype):
        series = series.astype(kind.subtype)
    elif isinstance(kind, pd.CategoricalDtype) and not _plain(kind.categories):
        series = series.cat.rename_categories([str(each) for each in kind.categories])
    elif isinstance(kind, pd.PeriodDtype | pd.IntervalDtype) or kind.kind == "c":
        return _as_text(series), False
    elif kind == np.longdouble:
        series = series.astype(np.float64)
    try:
        return _chunked(pa.array(series, from_pandas=True)), False
    except _REFUSED:
        return _as_text(series), True


def _plain(categories: pd.Index[Any]) -> bool:
    """Whether a category is a value that a column could hold: a text, a number, a date."""
    return not categories.inferred_type.startswith(("interval", "period", "mixed"))


def _as_text(series: pd.Series[Any]) -> pa.ChunkedArray:
    missing = series.isna().to_numpy()
    texts = [
        None if absent else str(value).encode(errors="backslashreplace").decode()
        for value, absent in zip(series, missing, strict=True)
    ]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _chunked(values: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
