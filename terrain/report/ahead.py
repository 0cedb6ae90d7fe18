"""What the page will need, made ready while files are read: that leaves the interpreter free."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from terrain.report.page import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGE = 10_000_000
"""Bytes of files that take long enough to read for other work beside it."""


def prepare_beside(files: Sequence[Path]) -> None:
    """Start a thread that makes ready what the page will need, if reading takes long enough."""
    if _bytes_in(files) >= LARGE:
        Thread(target=_prepare).start()


def _bytes_in(files: Sequence[Path]) -> int:
    """Return the size of files; 0 where it cannot be told, as of a pattern."""
    with suppress(OSError, ValueError):
        return sum(path.stat().st_size for path in files)
    return 0


def _prepare() -> None:
    import_module("pandas")  # pyarrow looks for it when it first converts a value
    for name in environment().list_templates(extensions=["j2"]):
        environment().get_template(name)
