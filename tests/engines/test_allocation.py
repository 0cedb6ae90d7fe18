"""Memory that is given back serves the next array."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from terrain.engines.allocation import keep_memory

SCRIPT = """
import resource
import numpy as np
from terrain.engines.allocation import keep_memory
{}
for _ in range(50):
    held = [np.ones(400_000) for _ in range(6)]
    del held
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(first: str) -> int:
    run = [sys.executable, "-c", SCRIPT.format(first)]
    return int(subprocess.run(run, capture_output=True, check=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library is asked")
def test_kept_memory_needs_no_new_pages() -> None:
    # 300 arrays of 3 MB: without keeping them, they ask for their pages again and again
    assert faults("keep_memory()") < faults("") / 2


POOL = """
from terrain.engines.allocation import keep_memory
keep_memory()
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library is asked")
@pytest.mark.parametrize("wanted", ["", "system"])
def test_arrow_has_the_pool_that_is_faster_here_unless_the_user_wants_another(
    wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    if wanted:
        monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", wanted)
    run = [sys.executable, "-c", POOL]
    told = subprocess.run(run, capture_output=True, check=True, text=True)
    assert (told.stdout.strip(), told.stderr) == (wanted or "jemalloc", "")


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("asked"))
    keep_memory()
