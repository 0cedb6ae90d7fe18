"""Memory that is given back is kept for the next array, as new pages are dear."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
"""Of mallopt, see its manual page."""

LARGEST, KEPT, AT_ONCE = 1 << 25, 1 << 27, 1 << 24
"""Bytes of an array that may be kept, the most that older libraries take; that are kept at the end
of the heap; and asked for at once."""


POOL = {"ARROW_DEFAULT_MEMORY_POOL": "jemalloc"}
"""Arrow's default takes its memory in pages of two megabytes, which are cleared when first used: on
a million rows that took as long as parsing them. Its packages for this library have jemalloc too.
"""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""What is multiplied here is small, and idle threads of OpenBLAS keep a core busy for a while."""


def keep_memory() -> None:
    """Let the allocator of the GNU C library keep what is freed; others are left as they are.

    Arrays of a batch come and go by the thousand. By default each large one is asked of the
    system and given back: on a million rows a tenth of the processor's time. To be called before
    numpy and Arrow are imported; what the user's environment says of them is left as it is.
    """
    _unless_set(ONE_THREAD)
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        # without the first, the others would do harm: they end the library's own adjusting
        if mallopt(MMAP_THRESHOLD, LARGEST):
            mallopt(TRIM_THRESHOLD, KEPT)
            mallopt(TOP_PAD, AT_ONCE)
            _unless_set(POOL)


def _unless_set(variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        os.environ.setdefault(name, value)
