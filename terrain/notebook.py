"""Python's and a notebook's way in: one call, on a table that is there already or on files."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from terrain.app import analyze as analyze_files
from terrain.app import analyze_read, read
from terrain.config import Plan, cohorts_named, mistyped
from terrain.data.arrow import level_name
from terrain.data.reading.frames import columns_of, rows_in_memory
from terrain.errors import UsageError, nearest

if TYPE_CHECKING:
    from terrain.analysis import Analysis

ONE = ("label", "prediction", "id", "group", "weight", "count")
SEVERAL = ("score", "error", "sensitive", "raw")
"""Roles that can be given as values; of one column, and of one or several."""

LISTS = {each.name for each in msgspec.structs.fields(Plan) if isinstance(each.default, tuple)}
"""Settings that are lists of names; one name may stand for a list of one."""


def analyze(data: object, /, **settings: Any) -> Analysis:  # noqa: ANN401 - those of a `Plan`
    """Find where a model fails.

    Parameters
    ----------
    data
        A data frame (pandas, polars, …), an Arrow table, a dict of arrays or an array of rows and
        columns; or a file, a list of files, or a `Plan`.
    **settings
        Those of `Plan`, which are the options of the command line with underscores:
        ``sensitive=["sex"], max_depth=3``. A role is a column's name or, beside a table in memory,
        the values themselves: ``label=y, prediction=model.predict(X)``.

    Returns
    -------
    What was found. It shows itself in a notebook, and has data frames (``.regions``, ``.tree``,
    ``.groups``, …), charts (``.chart``), the rows of each finding (``.instances("r1")``) and files
    (``.to_html``, ``.to_json``).

    Raises
    ------
    TerrainError
        The table cannot be read or analyzed; the message says what, where and what to do.

    Examples
    --------
    >>> import numpy as np, terrain
    >>> age = np.arange(400) % 70
    >>> wrong = (age < 30) & (np.arange(400) % 2 == 0)
    >>> found = terrain.analyze({"age": age}, error=wrong, slices=0)
    >>> found.regions["status"].iloc[0], found.instances("n0").shape
    ('failing', (400, 2))
    """
    _refuse_unknown(settings)
    if isinstance(data, Plan):
        if settings:
            raise UsageError(f"a Plan says it all: put `{next(iter(settings))}` into the plan")
        return analyze_files(data)
    files = _files(data)
    names, values = _named(settings)
    if files is None:
        plan = _plan(names)
        return analyze_read(read(plan, rows=rows_in_memory(data, values)), plan, lambda _: None)
    if values:
        raise UsageError(
            f"values of `{next(iter(values))}` go with a table in memory; of a file, name a column"
        )
    return analyze_files(_plan({"inputs": files, **names}))


def _refuse_unknown(settings: Mapping[str, object]) -> None:
    known = [name for name in Plan.__struct_fields__ if name != "inputs"]
    for name in settings:
        if name not in known:
            raise UsageError(
                f"there is no setting `{name}`{nearest(name, known) or '.'} "
                f"The settings are: {', '.join(known)}"
            )


def _files(data: object) -> tuple[str, ...] | None:
    """Return the names of files; None for a table in memory."""
    if isinstance(data, str | Path):
        return (str(data),)
    if isinstance(data, list | tuple) and data and all(isinstance(one, str | Path) for one in data):
        return tuple(map(str, data))
    return None


def _plan(settings: dict[str, Any]) -> Plan:
    try:
        return msgspec.convert(settings, Plan)
    except msgspec.ValidationError as error:
        raise UsageError(mistyped(error, {}, "analyze()")) from error


def _named(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, object]]:
    """Return the settings with names for all roles, and the values that were given, by name."""
    named: dict[str, Any] = {}
    values: dict[str, object] = {}
    for setting, given in settings.items():
        if given is None:
            continue
        if setting in ONE:
            named[setting], found = _one(setting, given)
            values |= found
        elif setting in SEVERAL:
            named[setting], found = _several(setting, given)
            values |= found
        elif setting in LISTS:
            named[setting] = _list(given)
        elif setting == "positive":
            named[setting] = level_name(given)
        elif setting == "cohorts" and not isinstance(given, Mapping):
            named[setting] = cohorts_named(_list(given), ())
        else:
            named[setting] = given
    return named, values


def _one(role: str, given: Any) -> tuple[str, dict[str, object]]:  # noqa: ANN401 - of any library
    if _is_name(given):
        return str(given), {}
    name = _name_of(given) or role
    return name, {name: given}


def _several(role: str, given: Any) -> tuple[tuple[str, ...], dict[str, object]]:  # noqa: ANN401 - as above
    if _is_name(given) or (isinstance(given, list | tuple) and all(map(_is_name, given))):
        return _list(given), {}
    if isinstance(given, Mapping) or len(getattr(given, "shape", ())) > 1:
        found = columns_of(given, prefix=f"{role}_")
        return tuple(found.names), dict(zip(found.names, found.columns, strict=True))
    name, values = _one(role, given)
    return (name,), values


def _list(given: Any) -> tuple[str, ...]:  # noqa: ANN401 - a name or any list of names
    return (str(given),) if isinstance(given, Path) or _is_name(given) else tuple(map(str, given))


def _is_name(given: object) -> bool:
    """Whether this is the name of a column: a text, or a number where columns have such names."""
    return isinstance(given, str) or not hasattr(given, "__len__")


def _name_of(values: object) -> str | None:
    """Return the name that a series carries, if it has one."""
    name = getattr(values, "name", None)
    return name if isinstance(name, str) and name else None


def _signature() -> inspect.Signature:
    """Return the signature with every setting in it, so that notebooks complete their names."""
    first = inspect.Parameter("data", inspect.Parameter.POSITIONAL_ONLY)
    settings = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default)
        for field in msgspec.structs.fields(Plan)
        if field.name != "inputs"
    ]
    return inspect.Signature([first, *settings])


analyze.__signature__ = _signature()  # type: ignore[attr-defined]
