"""The engine of a Dask cluster: the same answers, also when workers die; else one clear error."""

from __future__ import annotations

import json
import operator
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from engine_laws import gives_the_same, keeps_what_steps_raise
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strategies import tables
from whole_analyses import (
    CENSUS,
    the_same_of_any,
    the_same_of_loans,
    the_same_of_the_census,
)

from terrain.engines import Settings, dask
from terrain.errors import EngineError
from terrain.files import resource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from terrain.engines.dask import DaskHome

MANY = 20
"""Items: more than states that meet at a time."""


@pytest.fixture(scope="module")
def home() -> Iterator[DaskHome]:
    """Return a cluster on this machine."""
    cluster = dask.home(Settings())
    yield cluster
    cluster.close()


def counted(home: DaskHome, step: Callable[[int], int]) -> int:
    return home.hold(range(MANY)).reduce(step, operator.add)


# no shrinking: a cluster is slow; and its own threads draw random numbers while strategies do
@pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
@settings(max_examples=6, phases=[Phase.generate])
@given(items=st.lists(st.lists(st.integers(0, 8)), min_size=1, max_size=30))
def test_the_same_as_in_this_process(home: DaskHome, items: list[list[int]]) -> None:
    gives_the_same(home, items)


def test_what_steps_raise_comes_back_as_it_was(home: DaskHome) -> None:
    keeps_what_steps_raise(home)


def test_two_processes_work(home: DaskHome) -> None:
    def process(_: int) -> int:
        time.sleep(0.05)
        return os.getpid()

    assert len(set(home.hold(range(MANY)).map(process))) == dask.WORKERS


def test_states_meet_on_the_workers(home: DaskHome, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    came: list[int] = []
    tasks, results = home.tasks, home.results

    def sends(call: Any, function: Any, *each: Any, priority: int = 0) -> Any:
        sent.append(len(each[0]))
        return tasks(call, function, *each, priority=priority)

    def gets(asked: Any) -> Any:
        came.append(len(asked))
        return results(asked)

    monkeypatch.setattr(home, "tasks", sends)
    monkeypatch.setattr(home, "results", gets)
    assert counted(home, lambda item: item) == sum(range(MANY))
    assert (sent, came) == ([MANY, 3, 1], [1])


def test_a_large_step_is_sent_once(home: DaskHome) -> None:
    lookup = np.arange(MANY * dask.SMALL)

    def looks_up(item: int) -> int:
        return int(lookup[item * dask.SMALL])

    assert isinstance(home.sent(len), bytes)
    assert not isinstance(home.sent(looks_up), bytes)
    assert counted(home, looks_up) == dask.SMALL * sum(range(MANY))


def test_what_is_bound_is_made_once(home: DaskHome, tmp_path: Path) -> None:
    def makes(item: int) -> int:
        with (tmp_path / str(item)).open("a") as file:
            file.write("x")
        return item

    made = home.hold(range(4)).bind(makes)
    assert made.map(str) == made.map(str)
    assert [(tmp_path / str(item)).read_text() for item in range(4)] == ["x"] * 4


def test_a_killed_worker_changes_nothing(home: DaskHome, tmp_path: Path) -> None:
    marker = tmp_path / "killed"

    def dies_once(item: int) -> int:
        if item == MANY // 2 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    assert counted(home, dies_once) == sum(range(MANY))
    assert marker.exists()


def test_what_a_killed_worker_held_is_made_again(home: DaskHome) -> None:
    squares = home.hold(range(MANY)).bind(lambda item: item**2)
    assert squares.reduce(lambda item: item, operator.add) == 2470
    os.kill(home.hold([0]).map(lambda _: os.getpid())[0], signal.SIGKILL)
    assert squares.reduce(lambda item: item, operator.add) == 2470


def test_what_kills_every_worker_is_one_clear_error(
    home: DaskHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "PATIENCE", 10)

    def dies(item: int) -> int:
        if item == MANY // 2:
            time.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    # Dask tries four times; on a busy machine it may not replace a worker that has just started
    with pytest.raises(EngineError, match=r"Dask scheduler tcp://127.* memory"):
        counted(home, dies)


def test_a_worker_out_of_memory_changes_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "full"

    def fills_once(item: int) -> int:
        if item == MANY // 2 and not marker.exists():
            marker.touch()
            held = b"x" * (2 * dask.BASE)
            time.sleep(60)  # until it is ended for what it holds
            return len(held)
        return item

    small = dask.home(Settings(memory=0))
    try:
        start = time.monotonic()
        assert counted(small, fills_once) == sum(range(MANY))
    finally:
        small.close()
    assert marker.exists()
    assert time.monotonic() - start < 60


def test_nothing_is_left_behind() -> None:
    others = workers_of(psutil.Process())
    cluster = dask.home(Settings())
    cluster.hold([1]).map(str)
    workers = [each for each in workers_of(psutil.Process()) if each not in others]
    cluster.close()
    assert len(workers) >= dask.WORKERS
    assert not any(each.is_running() and each.status() != "zombie" for each in workers)


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    head, *rows = (resource("sample_benchmarks") / "loans.csv").read_text().splitlines()
    table = tmp_path / "long.csv"  # which takes long
    table.write_text("\n".join([head, *(rows * 30)]))
    command = [sys.executable, "-m", "terrain", "analyze", str(table), "--engine", "dask"]
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "page.html")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # as in a terminal, the signal reaches the workers, too
    ) as running_command:
        started = psutil.Process(running_command.pid)
        while len(workers_of(started)) < dask.WORKERS:
            time.sleep(0.1)
        time.sleep(3)  # Dask starts them
        workers = workers_of(started)
        os.killpg(running_command.pid, signal.SIGINT)
        said = running_command.communicate(timeout=60)[1]
    assert (running_command.returncode, said.count("Traceback")) == (130, 0)
    assert not any(each.is_running() and each.status() != "zombie" for each in workers)
    assert list(tmp_path.iterdir()) == [table]


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """Return the workers that a process has started."""
    here = process.children(recursive=True)
    return [each for each in here if "spawn_main" in " ".join(each.cmdline())]


@contextmanager
def running(folder: Path, *, workers: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Yield the address of a scheduler, and its process."""
    told = folder / "scheduler.json"
    command = [sys.executable, "-m", "dask.__main__"]

    def start(*more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command, *more, "--no-dashboard", "--scheduler-file", str(told)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
    processes = [scheduler]
    try:
        while not told.exists():
            assert scheduler.poll() is None
            time.sleep(0.05)
        processes += [start("worker", "--nthreads", "1") for _ in range(workers)]
        yield json.loads(told.read_text())["address"], scheduler
    finally:
        for process in processes:
            for each in [*psutil.Process(process.pid).children(recursive=True), process]:
                each.kill()
            process.wait()


def test_a_named_scheduler_and_what_happens_when_it_goes_away(tmp_path: Path) -> None:
    def waits(item: int) -> int:
        time.sleep(30)
        return item

    with running(tmp_path, workers=1) as (address, scheduler):
        far = dask.home(Settings(scheduler=address))
        try:
            assert counted(far, lambda item: item) == sum(range(MANY))
            threading.Timer(1, scheduler.kill).start()
            with pytest.raises(EngineError, match=f"the Dask scheduler {address} went away"):
                counted(far, waits)
        finally:
            far.close()


def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "PATIENCE", 1)
    with (
        running(tmp_path, workers=0) as (address, _),
        pytest.raises(EngineError, match=f"the Dask scheduler {address} has no workers; start"),
    ):
        dask.home(Settings(scheduler=address))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address", "nosuch://x"])
def test_no_scheduler_at_all(address: str) -> None:
    sample = resource("sample_benchmarks") / "loans.csv"
    asked = ["analyze", str(sample), "--engine", "dask", "--scheduler", address]
    # a process of its own: clients that give up one after the other stumble over each other
    done = subprocess.run(
        [sys.executable, "-m", "terrain", *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"--scheduler {address}: no Dask scheduler answers" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("ends", "slices"), [((6_000,), 2), ((2_000, 2_001, 5_990, 6_000), 2), ((10, 3_000, 6_000), 0)]
)
def test_a_whole_analysis(
    home: DaskHome, ends: tuple[int, ...], slices: int, tmp_path: Path
) -> None:
    the_same_of_loans(home, tmp_path, ends, slices)


@pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
@settings(
    max_examples=4,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(table=tables(), share=st.floats(0, 1))
def test_a_whole_analysis_of_any_table(
    home: DaskHome, tmp_path: Path, table: pa.Table, share: float
) -> None:
    the_same_of_any(home, table, tmp_path, share, slices=2)


@pytest.mark.skipif(not CENSUS.is_file(), reason="shared/data/acs_income.parquet is not there")
def test_the_census(home: DaskHome, tmp_path: Path) -> None:
    the_same_of_the_census(home, tmp_path)
