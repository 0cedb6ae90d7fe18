"""Processes of their own for every tool: what each run costs, and an end to those that cost more.

The process that starts them stays small: a child's peak memory counts from that of its parent.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECONDS = 300
"""Of the processor's time, so that a busy machine changes nothing."""
GIGABYTES = 12


class Run(NamedTuple):
    """What a run took: seconds of processor and clock, peak memory in MB; and how it failed."""

    cpu: float
    wall: float
    peak: float
    failure: str | None


def run(
    command: Sequence[str], folder: Path, seconds: int = SECONDS, gigabytes: int = GIGABYTES
) -> Run:
    """Run a command in a folder, within the limits of time and memory."""
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds + 10))
        resource.prlimit(process.pid, resource.RLIMIT_AS, (gigabytes * 10**9,) * 2)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        failure = _failure(
            process.returncode, said.read().decode(errors="replace"), seconds, gigabytes
        )
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, failure)


def _failure(code: int, said: str, seconds: int, gigabytes: int) -> str | None:
    if code == 0:
        return None
    if code == -signal.SIGXCPU:
        return f"over {seconds} s"
    if "MemoryError" in said:
        return f"over {gigabytes} GB"
    return (said.strip().splitlines() or [f"exit code {code}"])[-1]
