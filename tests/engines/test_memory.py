"""The engine of one process: order, threads, and items that lie on the disk."""

from __future__ import annotations

import gc
import subprocess
import sys
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.engines import spill
from terrain.engines.memory import Memory, MemoryHome
from terrain.engines.spill import Spilled
from terrain.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def doubled(values: np.ndarray) -> np.ndarray:
    return values * 2


def summed(values: np.ndarray) -> int:
    return int(values.sum())


@given(st.lists(st.lists(st.integers(0, 99)), min_size=1), st.sampled_from([None, 0, 200]))
def test_items_are_worked_on_in_order_wherever_they_lie(
    held: list[list[int]], limit: int | None
) -> None:
    items = [np.array(values, np.int64) for values in held]
    engine = MemoryHome(limit).hold(items)
    bound = engine.bind(doubled)
    assert bound.map(np.ndarray.tolist) == [(values * 2).tolist() for values in items]
    assert bound.reduce(summed, add) == 2 * sum(map(summed, items))
    both = bound.bind(_beside, engine)
    assert both.map(len) == [2 * len(values) for values in items]


def _beside(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.concatenate([one, other])


def test_what_finds_no_room_is_laid_into_a_file_that_has_no_name() -> None:
    items = [np.arange(start, start + 10_000) for start in range(4)]
    engine = MemoryHome(200_000).hold(items).bind(doubled)
    assert isinstance(engine, Memory)
    spilled = [isinstance(item, Spilled) for item in engine._items]  # noqa: SLF001 - where it lies is the claim
    assert spilled == [False, False, True, True]
    for place, item in enumerate(items):
        assert engine.item(place).tolist() == (item * 2).tolist()
    named = [link.resolve().name for link in Path("/proc/self/fd").iterdir() if link.exists()]
    assert not [name for name in named if name.startswith("terrain-")]
    with pytest.raises(ValueError, match="read-only"):
        engine.item(3)[0] = 1


def test_tables_come_back_from_the_disk_as_they_were() -> None:
    table = pa.table({"x": [1.5, None, 3.0], "c": pa.array(["a", None, "b"]).dictionary_encode()})
    engine = MemoryHome(0).hold([table, table]).bind(_itself)
    gc.collect()
    assert all(found.equals(table) for found in engine.map(_itself))


def _itself(table: pa.Table) -> pa.Table:
    return table


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def seek(self, place: int) -> None: ...

        def write(self, content: Sequence[int]) -> None:
            del content
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Full())
    with pytest.raises(OutputError, match=r"No space left on device\. Allow more with --memory"):
        MemoryHome(0).hold([np.arange(3)]).bind(doubled)


def test_what_lies_on_the_disk_is_let_go_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "SEEN", 1)  # at every look
    items = [np.arange(100_000) + place for place in range(20)]
    held = MemoryHome(0).hold(items).bind(lambda item: item)
    (first, *_) = views = held.map(lambda item: item)  # views of the file, all of them alive
    assert not first.flags.owndata
    for place, view in enumerate(views):
        np.testing.assert_array_equal(view, items[place])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux for its memory")
def test_what_lies_on_the_disk_does_not_fill_the_memory() -> None:
    script = """
import resource, sys
import numpy as np
from terrain.engines.memory import MemoryHome
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
held = MemoryHome(0).hold(range(200)).bind(lambda place: np.full(500_000, float(place)))
before = peak()
assert held.reduce(lambda item: float(item.sum()), lambda a, b: a + b) == 500_000 * sum(range(200))
print(peak() - before)
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert float(found.stdout) < 300  # of 800 MB
