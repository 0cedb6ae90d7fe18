"""Memory that is given back is kept for the next array, as new pages are dear."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
"""Of mallopt, see its manual page."""

LARGEST, KEPT, AT_ONCE = 1 << 25, 1 << 27, 1 << 24
"""Bytes of an array that may be kept, the most that older libraries take; that are kept at the end
of the heap; and asked for at once."""


def keep_memory() -> None:
    """Let the allocator of the GNU C library keep what is freed; others are left as they are.

    Arrays of a batch come and go by the thousand. By default each large one is asked of the
    system and given back: on a million rows a tenth of the processor's time.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        # without the first, the others would do harm: they end the library's own adjusting
        if mallopt(MMAP_THRESHOLD, LARGEST):
            mallopt(TRIM_THRESHOLD, KEPT)
            mallopt(TOP_PAD, AT_ONCE)
