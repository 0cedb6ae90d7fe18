"""Where batches live and how partial results meet: nothing here knows what is counted.

A `Home` is where work is done: this process, or a cluster. It holds items (files to read, tables,
encoded instances) as an `Engine`, which applies pure functions to every item and merges what comes
back. `terrain.engines.memory` is this process; further homes are entry points of the group
``terrain.engines``, each a function from `Settings` to a `Home` (see docs/engines.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item", covariant=True)  # noqa: PLC0105 - it reads as what it is
State = TypeVar("State")
New = TypeVar("New")


class Engine(Protocol[Item]):
    """Items, wherever they live."""

    def map(self, step: Callable[[Item], State]) -> list[State]:
        """Return what a pure, picklable function makes of each item, in the order of the items."""
        ...

    def reduce(
        self,
        step: Callable[..., State],
        merge: Callable[[State, State], State],
        beside: Engine[Any] | None = None,
    ) -> State:
        """Return the merged states of all items.

        Parameters
        ----------
        step
            A pure, picklable function from an item and, where `beside` holds as many others, the
            one in the same place, to a state of some megabytes at most.
        merge
            Associative and commutative, so that states may meet in any order.
        """
        ...

    def bind(self, step: Callable[..., New], beside: Engine[Any] | None = None) -> Engine[New]:
        """Return what a pure, picklable function makes of the items, kept where they live.

        It is computed once, and again where it was lost.

        Parameters
        ----------
        step
            Takes an item and, where `beside` holds as many others, the one in the same place.
        """
        ...


class Home(Protocol):
    """A place where items live.

    Attributes
    ----------
    name
        What the user calls it.
    """

    name: str

    def hold(self, items: Sequence[Item]) -> Engine[Item]:
        """Return items, at least one, that live here."""
        ...

    def close(self) -> None:
        """Give back what was taken; nothing is left behind."""
        ...


@dataclass(frozen=True)
class Settings:
    """What the user says about the place where work is done.

    Attributes
    ----------
    memory
        Bytes that items may take on this machine; None for no limit.
    scheduler
        The address of a Dask scheduler; None starts a cluster on this machine.
    master
        The URL of a Spark master; None runs Spark on this machine.
    """

    memory: int | None = None
    scheduler: str | None = None
    master: str | None = None
