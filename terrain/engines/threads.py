"""Two threads of this process: numpy and Arrow let the interpreter go while they work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")
Made = TypeVar("Made")

THREADS = 2
"""Counting is bound by memory: more threads than this gain nothing."""


def each(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """Return what a function makes of each item, in the order of the items.

    Examples
    --------
    >>> each(abs, [-1, 2])
    [1, 2]
    """
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(make, items))
