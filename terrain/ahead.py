"""Files that are read while the rest of the program is imported: each leaves the other a core."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

import pyarrow as pa

from terrain.data.notes import is_table
from terrain.data.readers import read
from terrain.data.reading.opening import is_address
from terrain.data.reading.places import STDIN
from terrain.data.where import taken_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from types import ModuleType

    from terrain.config import Plan
    from terrain.data.reading.rows import Rows

LARGEST = 1 << 31
"""Bytes that reading ahead may take: nothing interrupts it, so it must be a matter of seconds."""


@contextmanager
def reading_ahead(plan: Plan) -> Iterator[Future[Rows | None]]:
    """Have the files of a plan read by another thread.

    Yields
    ------
    The rows; None where they are not to be read here and at once. Asked for, it raises what
    `terrain.data.readers.read` raises.
    """
    spare_pandas()
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(_rows, plan)


def _rows(plan: Plan) -> Rows | None:
    if plan.engine != "memory" or any(map(_is_elsewhere, plan.inputs)):
        return None
    allowed = min(plan.allowed_memory, LARGEST)
    return read(plan.inputs) if taken_by(plan.inputs) <= allowed else None


def _is_elsewhere(path: str) -> bool:
    return path == STDIN or is_address(path) or is_table(path)


class _NoPandas(MetaPathFinder):
    """Finds pandas missing, and leaves all else to others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)


def spare_pandas() -> None:
    """Let pyarrow do without pandas in this process.

    It looks for it once, when it first converts a value, so as to know a data frame when it sees
    one. A command has none, and would wait for that import longer than for a small analysis.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.scalar(0)
    finally:
        sys.meta_path.remove(finder)
