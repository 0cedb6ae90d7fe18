"""The engine of one process: batches lie in memory, two threads count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import reduce as fold
from typing import TYPE_CHECKING, Generic, TypeVar

from terrain.engines.threads import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Batch = TypeVar("Batch")
State = TypeVar("State")


class Memory(Generic[Batch]):
    """Applies a pure function to every batch and merges what comes back.

    An engine knows where batches live and how partial results meet; nothing about what is
    counted. Another engine offers the same two methods.

    Parameters
    ----------
    batches
        At least one.
    """

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches

    def reduce(
        self, step: Callable[[Batch], State], merge: Callable[[State, State], State]
    ) -> State:
        """Return the merged states of all batches.

        Parameters
        ----------
        step
            A pure function from a batch to a state.
        merge
            Associative and commutative.
        """
        return fold(merge, self._states(step))

    def map(self, step: Callable[[Batch], State]) -> list[State]:
        """Return the state of each batch, in the order of the batches."""
        return list(self._states(step))

    def _states(self, step: Callable[[Batch], State]) -> Iterator[State]:
        """Yield states as they come, so that merged ones need no memory."""
        if len(self._batches) == 1:
            yield step(self._batches[0])
            return
        with ThreadPoolExecutor(THREADS) as pool:
            yield from pool.map(step, self._batches)
