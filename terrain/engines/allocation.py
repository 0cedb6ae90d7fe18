"""Memory that is given back is kept for the next array, as new pages are dear."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
"""Of mallopt, see its manual page."""

KEPT, AT_ONCE = 1 << 27, 1 << 24
"""Bytes that are kept, and asked for at once."""


def keep_memory() -> None:
    """Let the allocator of the GNU C library keep what is freed; others are left as they are.

    Arrays of a batch come and go by the thousand. By default each large one is asked of the
    system and given back: on a million rows a tenth of the processor's time.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        for what, size in ((MMAP_THRESHOLD, KEPT), (TRIM_THRESHOLD, KEPT), (TOP_PAD, AT_ONCE)):
            mallopt(what, size)
