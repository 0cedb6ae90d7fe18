"""How much memory this process may take."""

from __future__ import annotations

import os
from pathlib import Path

SHARE = 0.6
"""Of the memory that is free, what may be taken: the rest is for what is not counted."""

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where Linux says what a container may take."""


def memory_limit(wanted: int | None) -> int:
    """Return the bytes that the table and its codes may take, given what the user allows."""
    return int(SHARE * free() if wanted is None else wanted)


def free() -> int:
    """Return the bytes of memory that are free on this machine, or in this container."""
    limits = [int(text) for text in map(_read, LIMITS) if text.isdigit()]
    return min([_available(), *limits])


def _available() -> int:
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _read(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except (OSError, UnicodeError):
        return ""
