"""Engines by name: found, refused, and what a missing package is answered with."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pytest

from terrain.engines import Settings, memory, registry
from terrain.engines.registry import home_of, names
from terrain.errors import EngineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_this_process_is_an_engine() -> None:
    home = home_of("memory", Settings(memory=5))
    assert isinstance(home, memory.MemoryHome)
    assert home.name == "memory"


def test_a_misspelt_engine_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no engine `dusk`; did you mean `dask`\? There are: mem"):
        home_of("dusk", Settings())


def test_a_missing_package_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "terrain.engines.dask", raising=False)
    with pytest.raises(EngineError, match=r"pip install 'error-terrain\[dask\]'"):
        home_of("dask", Settings())


@pytest.mark.parametrize("installed", [True, False])
def test_own_engines_need_no_installation_and_others_an_entry_point(
    monkeypatch: pytest.MonkeyPatch, *, installed: bool
) -> None:
    ray = EntryPoint("ray", "terrain.engines.memory:home", "terrain.engines")

    def found(group: str) -> Sequence[EntryPoint] | dict[str, EntryPoint]:
        assert group == "terrain.engines"
        return Found([ray] if installed else [])

    monkeypatch.setattr(registry, "entry_points", found)
    assert names() == ["memory", "dask", "spark", *(["ray"] if installed else [])]
    assert home_of("memory", Settings()).name == "memory"
    if installed:
        assert home_of("ray", Settings()).name == "memory"
    else:
        with pytest.raises(UsageError, match="no engine `ray`"):
            home_of("ray", Settings())


class Found(list[EntryPoint]):
    """Entry points of a group, by name, too."""

    def __getitem__(self, name: object) -> EntryPoint:  # type: ignore[override]
        """Return the one of a name."""
        return next(each for each in self if each.name == name)
