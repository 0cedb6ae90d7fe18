"""Two Dask workers beside one: the same command, the same document, and the speed-up.

A scheduler and workers of one thread each are started on loopback, and end with the benchmark.
After that passes that do nothing tell what each task costs the scheduler and who asks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING, NamedTuple

import psutil
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.large import CHUNK, WRITE
from benchmarks.speed import Cost, python, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROWS, QUICK_ROWS = 5_000_000, 1_000_000

WORKERS = (1, 2)

MEMORY = "4GiB"
"""Of a worker, more than it needs: this is about time."""

TASKS, QUICK_TASKS = (100, 1_000, 10_000), (100, 1_000)
"""Pieces of a table that passes go over which do nothing."""

PASSES = 3

IDLE = """
import json, operator, sys, time
from terrain.engines import Settings, dask
address, items, passes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
home = dask.home(Settings(scheduler=address))
pieces = home.hold(range(items)).bind(lambda item: item)
step = lambda item: 1
assert pieces.reduce(step, operator.add) == items  # what is bound is there now
print(json.dumps([time.perf_counter(), time.process_time()]), flush=True)
sys.stdin.readline()
for _ in range(passes):
    assert pieces.reduce(step, operator.add) == items
print(json.dumps([time.perf_counter(), time.process_time()]), flush=True)
sys.stdin.readline()
home.close()
"""

WAIT = 60
"""Seconds for a scheduler or a worker to start."""


class Idle(NamedTuple):
    """A pass that does nothing, on two workers.

    Attributes
    ----------
    pieces
        How many tasks it has, and an eighth and a bit more of merging.
    wall
        Seconds.
    asking, scheduling
        Seconds of processor of the process that asks, and of the scheduler.
    """

    pieces: int
    wall: float
    asking: float
    scheduling: float


class Done(NamedTuple):
    """One analysis.

    Attributes
    ----------
    workers
        How many there were; 0: in the process itself, with its two threads.
    cost
        Of the process that asked.
    worked, busiest
        Seconds of processor of all workers, and of the one that worked most: with what asking
        took, about the wall clock of a machine that does nothing else.
    peak
        Of the worker that took most, in MB, at its end.
    document
        The JSON that was written.
    """

    workers: int
    cost: Cost
    worked: float
    busiest: float
    peak: float
    document: bytes


def main(*, quick: bool) -> int:
    """Measure and print a table; return 1 if the documents differ."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "table.parquet"
        run([sys.executable, "-c", WRITE, str(rows), str(CHUNK), str(source)])
        found = [_here(source), *(_there(source, number) for number in WORKERS)]
        idle = [_idle(folder, pieces) for pieces in (QUICK_TASKS if quick else TASKS)]
    console = Console(width=110)
    console.print(_table(found, rows))
    console.print(_idle_table(idle))
    alike = len({each.document for each in found}) == 1
    words = "byte for byte the same" if alike else "NOT the same"
    console.print(f"The JSON documents of all {len(found)} runs: {words}.")
    return 0 if alike else 1


def _here(source: Path) -> Done:
    return Done(0, run(_command(source)), 0.0, 0.0, 0.0, _document(source))


def _there(source: Path, number: int) -> Done:
    with _cluster(source.parent, number) as (address, _, workers):
        before = [_cpu(worker) for worker in workers]
        cost = run([*_command(source), "--engine", "dask", "--scheduler", address])
        worked = [_cpu(worker) - start for worker, start in zip(workers, before, strict=True)]
        peak = max(_resident(worker) for worker in workers)
    return Done(number, cost, sum(worked), max(worked), peak, _document(source))


def _idle(folder: Path, pieces: int) -> Idle:
    with _cluster(folder, max(WORKERS)) as (address, scheduler, _):
        command = python(IDLE, address, str(pieces), str(PASSES))
        with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as asking:
            told = []
            for _ in range(2):
                told.append([*json.loads(asking.stdout.readline()), _cpu(scheduler)])
                asking.stdin.write("\n")
                asking.stdin.flush()
    wall, asked, scheduled = ((b - a) / PASSES for a, b in zip(*told, strict=True))
    return Idle(pieces, wall, asked, scheduled)


def _command(source: Path) -> list[str]:
    """Return the analysis, without an engine."""
    page, document = source.with_suffix(".html"), source.with_suffix(".json")
    terrain = [sys.executable, "-m", "terrain", "analyze", str(source), "-q"]
    asked = ["--error", "wrong", "--sensitive", "level_0,level_2", "--slices", "2"]
    return [*terrain, *asked, "-o", str(page), "--json", str(document)]


def _document(source: Path) -> bytes:
    """Return the document, but for the name of the engine, which must be in it."""
    written = json.loads(source.with_suffix(".json").read_bytes())
    del written["provenance"]["settings"]["engine"]
    return json.dumps(written).encode()


@contextmanager
def _cluster(
    folder: Path, number: int
) -> Iterator[tuple[str, psutil.Process, list[psutil.Process]]]:
    """Yield the address of a scheduler, it and its workers; none of them outlives the block."""
    told = folder / "scheduler.json"
    told.unlink(missing_ok=True)
    dask = [sys.executable, "-m", "dask"]
    file = ["--no-dashboard", "--scheduler-file", str(told)]
    limits = ["--nthreads", "1", "--nworkers", "1", "--memory-limit", MEMORY]
    local = ["--local-directory", str(folder)]
    started: list[psutil.Popen] = []

    def start(*words: str) -> psutil.Popen:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(psutil.Popen([*dask, *words, *file], **quiet))
        return started[-1]

    try:
        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        _wait_for(told.exists, "the scheduler")
        nannies = [start("worker", *limits, *local) for _ in range(number)]
        _wait_for(lambda: all(map(_worker, nannies)), "the workers")
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        workers = [worker for nanny in nannies if (worker := _worker(nanny))]
        yield address, scheduler, workers
    finally:
        for process in reversed(started):
            for each in [*process.children(recursive=True), process]:
                each.kill()
            process.wait()


def _worker(nanny: psutil.Process) -> psutil.Process | None:
    """Return the process that works below one that watches over it; None while there is none."""
    children = nanny.children(recursive=True)
    return next((each for each in children if "spawn_main" in " ".join(each.cmdline())), None)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _resident(process: psutil.Process) -> float:
    """Return the most memory that a process has held so far, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _wait_for(there: Callable[[], bool], what: str) -> None:
    for _ in range(WAIT * 20):
        if there():
            return
        time.sleep(0.05)
    sys.exit(f"{what} did not start within {WAIT} seconds")


def _table(found: Sequence[Done], rows: int) -> Table:
    table = Table("terrain analyze", box=box.SIMPLE, title=f"{rows:,} × 20, Parquet, one round")
    for column in (
        "wall s",
        "speed-up",
        "CPU s, asking",
        "CPU s, workers",
        "busiest",
        "its peak MB",
    ):
        table.add_column(column, justify="right", no_wrap=True)
    (alone,) = (each.cost.wall for each in found if each.workers == 1)
    for each in found:
        title = f"--engine dask, {each.workers} × 1 thread" if each.workers else "--engine memory"
        workers = (
            (f"{each.worked:.1f}", f"{each.busiest:.1f}", f"{each.peak:,.0f}")
            if each.workers
            else ()
        )
        table.add_row(
            title,
            f"{each.cost.wall:.1f}",
            f"{alone / each.cost.wall:.2f}",
            f"{each.cost.cpu:.1f}",
            *workers,
        )
    return table


def _idle_table(found: Sequence[Idle]) -> Table:
    table = Table("pieces", box=box.SIMPLE, title=f"A pass that does nothing, mean of {PASSES}")
    for column in ("wall s", "CPU s, asking", "CPU s, scheduler", "CPU ms a piece, both"):
        table.add_column(column, justify="right", no_wrap=True)
    for pieces, wall, asking, scheduling in found:
        both = 1e3 * (asking + scheduling) / pieces
        seconds = (f"{each:.2f}" for each in (wall, asking, scheduling))
        table.add_row(f"{pieces:,}", *seconds, f"{both:.2f}")
    return table
