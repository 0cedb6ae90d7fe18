"""What holds for every engine: it gives what this process gives."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from terrain.engines.memory import MemoryHome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.engines import Home


def gives_the_same(home: Home, items: Sequence[Sequence[int]]) -> None:
    """Check each thing that an engine does against the engine of this process."""
    assert _told(home, items) == _told(MemoryHome(), items)


def _told(home: Any, items: Sequence[Sequence[int]]) -> tuple[Any, ...]:
    lists = home.hold(items)
    arrays = lists.bind(lambda numbers: np.array(numbers, np.int64))
    paired = arrays.bind(lambda array, numbers: (array[::-1], len(numbers)), lists)
    return (
        lists.map(list),
        paired.map(lambda pair: (pair[1], np.bincount(pair[0], minlength=9).tolist())),
        lists.reduce(frozenset, operator.or_),
        arrays.reduce(lambda array: np.bincount(array, minlength=9), np.add).tolist(),
        paired.reduce(lambda pair: int(pair[0] @ np.arange(pair[1])), operator.add),
        arrays.reduce(lambda array, numbers: int(array @ numbers), operator.add, lists),
    )


def keeps_what_steps_raise(home: Home) -> None:
    """Check that an exception comes back as it was, from whatever was asked for."""
    import pytest  # noqa: PLC0415 - the laws are sent to workers, which have none

    from terrain.errors import DataError  # noqa: PLC0415 - as it is where the step runs

    def refuses(item: int) -> int:
        if item == 2:
            raise DataError("part-2.parquet cannot be read")
        return item

    items = home.hold([0, 1, 2, 3])
    for ask in (
        lambda: items.map(refuses),
        lambda: items.reduce(refuses, operator.add),
        lambda: items.bind(refuses).map(lambda item: item),
        lambda: items.bind(lambda one, other: one + other, items.bind(refuses)).map(str),
        lambda: items.reduce(lambda one, other: one + other, operator.add, items.bind(refuses)),
    ):
        with pytest.raises(DataError, match=r"^part-2\.parquet cannot be read$"):
            ask()
    assert items.reduce(lambda item: item, operator.add) == 6
