"""The engine of one process: two threads count; what does not fit into memory lies on the disk."""

from __future__ import annotations

import pickle
from functools import reduce as fold
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from terrain.engines.spill import Spilled, SpillFile, size_of
from terrain.engines.threads import each_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from terrain.engines import Engine, Settings

Item = TypeVar("Item")
State = TypeVar("State")
New = TypeVar("New")


class Room:
    """The memory that bound items may take together.

    Parameters
    ----------
    limit
        Bytes; None for no limit.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._taken = 0

    def takes(self, size: int) -> bool:
        """Take memory, if there is enough left."""
        if self._limit is not None and self._taken + size > self._limit:
            return False
        self._taken += size
        return True

    @property
    def bounded(self) -> bool:
        """Whether there is a limit."""
        return self._limit is not None


class Memory(Generic[Item]):
    """Items of this process; see `terrain.engines.Engine`.

    Parameters
    ----------
    items
        At least one.
    room
        What bound items may take; what finds no room goes to a temporary file.
    """

    def __init__(
        self,
        items: Sequence[Item | Spilled],
        room: Room | None = None,
        file: SpillFile | None = None,
    ) -> None:
        self._items = items
        self._room = room or Room()
        self._file = file

    def reduce(
        self,
        step: Callable[..., State],
        merge: Callable[[State, State], State],
        beside: Engine[Any] | None = None,
    ) -> State:
        """Return the merged states of all items; merged ones need no memory."""
        return fold(merge, self._states(step, beside))

    def map(self, step: Callable[[Item], State]) -> list[State]:
        """Return the state of each item, in the order of the items."""
        return list(self._states(step))

    def bind(self, step: Callable[..., New], beside: Engine[Any] | None = None) -> Engine[New]:
        """Return what a function makes of the items; what finds no room goes to the disk."""
        made = self._states(step, beside)
        if not self._room.bounded:
            return Memory(list(made), self._room)
        file = SpillFile()
        return Memory([self._kept(item, file) for item in made], self._room, file)

    def _kept(self, item: New, file: SpillFile) -> New | Spilled:
        buffers: list[pickle.PickleBuffer] = []
        content = pickle.dumps(item, protocol=5, buffer_callback=buffers.append)
        return item if self._room.takes(size_of(content, buffers)) else file.put(content, buffers)

    def _states(
        self, step: Callable[..., State], beside: Engine[Any] | None = None
    ) -> Iterator[State]:
        """Yield states in the order of the items, few of them ahead of who asks for them."""
        engines = (self,) if beside is None else (self, cast("Memory[Any]", beside))
        places = range(len(self._items))

        def at(place: int) -> State:
            return step(*(engine.item(place) for engine in engines))

        if len(self._items) == 1:
            yield at(0)
            return
        yield from each_ahead(at, places)

    def item(self, place: int) -> Item:
        """Return the item in a place, from memory or from the disk."""
        item = self._items[place]
        if isinstance(item, Spilled) and self._file is not None:
            return cast("Item", self._file.get(item))
        return cast("Item", item)


class MemoryHome:
    """The process itself; see `terrain.engines.Home`.

    Parameters
    ----------
    limit
        Bytes that items may take; None for no limit.
    """

    name = "memory"

    def __init__(self, limit: int | None = None) -> None:
        self._room = Room(limit)

    def hold(self, items: Sequence[Item]) -> Memory[Item]:
        """Return items that live here."""
        return Memory(items, self._room)

    def close(self) -> None:
        """Do nothing: what is held goes with whoever holds it."""


def home(settings: Settings) -> MemoryHome:
    """Return this process as a home."""
    return MemoryHome(settings.memory)
