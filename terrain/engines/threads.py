"""Two threads of this process: numpy and Arrow let the interpreter go while they work."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from threading import local
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Made = TypeVar("Made")

THREADS = 2
"""Counting is bound by memory: more threads than this gain nothing."""

_this_thread = local()
"""Has `busy` in threads that work for others: they start none for what they do."""


def each(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """Return what a function makes of each item, in the order of the items.

    Examples
    --------
    >>> each(abs, [-1, 2])
    [1, 2]
    """
    return list(each_ahead(make, items))


def each_ahead(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield what a function makes of each item, in order; few are made ahead of who asks."""
    if getattr(_this_thread, "busy", False):
        yield from map(make, items)
        return
    left, pool = iter(items), _pool(os.getpid())
    ahead = deque(pool.submit(make, item) for item in islice(left, 2 * THREADS))
    try:
        while ahead:
            made = ahead.popleft().result()
            ahead.extend(pool.submit(make, item) for item in islice(left, 1))
            yield made
    finally:
        for future in ahead:
            future.cancel()


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """Return the threads of a process: one that was forked has none of its parent's."""
    del process
    return ThreadPoolExecutor(THREADS, initializer=_work_for_others)


def _work_for_others() -> None:
    _this_thread.busy = True
