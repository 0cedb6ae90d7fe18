"""Engines by name: entry points of the group ``terrain.engines``, loaded when asked for."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from terrain.errors import EngineError, UsageError, nearest

if TYPE_CHECKING:
    from terrain.engines import Home, Settings

GROUP = "terrain.engines"
OWN = ("memory", "dask", "spark")
"""Engines that are part of the package; they are found in a bare checkout, too."""


def names() -> list[str]:
    """Return the engines that there are, our own ones first."""
    return list(dict.fromkeys([*OWN, *sorted(each.name for each in entry_points(group=GROUP))]))


def home_of(name: str, settings: Settings) -> Home:
    """Return the home that an engine makes; whoever asks for it closes it.

    Raises
    ------
    UsageError
        There is no engine of this name.
    EngineError
        What it needs is not installed, or it cannot be reached.
    """
    if name not in names():
        raise UsageError(
            f"--engine: no engine `{name}`{nearest(name, names()) or '.'} "
            f"There are: {', '.join(names())}"
        )
    try:
        make = _entry_point(name).load()
    except ImportError as error:
        wanted = f"'error-terrain[{name}]'" if name in OWN else "the package that it is part of"
        raise EngineError(
            f"--engine {name}: {error}; pip install {wanted}, and what it needs"
        ) from error
    home: Home = make(settings)
    return home


def _entry_point(name: str) -> EntryPoint:
    if name in OWN:
        return EntryPoint(name, f"{GROUP}.{name}:home", GROUP)
    return entry_points(group=GROUP)[name]
