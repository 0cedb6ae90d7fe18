"""The engine of Spark: the same answers, also when executors die; else one clear error."""

from __future__ import annotations

import contextlib
import operator
import os
import shutil
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from engine_laws import gives_the_same, keeps_what_steps_raise
from whole_analyses import the_same_of_loans

from terrain.engines import Settings
from terrain.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terrain.engines.spark import SparkHome

if not os.environ.get("CI") and shutil.which("java") is None:
    pytest.skip("Spark needs Java, which is not here", allow_module_level=True)

pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets that pyspark leaves open
]

CLUSTER = "local-cluster[2,1,1024]"
"""Two executors, each a process of its own with one core and 1 GiB."""


@pytest.fixture(scope="module")
def home() -> Iterator[SparkHome]:
    """Return a cluster on this machine."""
    from terrain.engines import spark  # noqa: PLC0415 - slow

    cluster = spark.home(Settings(master=CLUSTER))
    yield cluster
    cluster.close()


def executors() -> list[psutil.Process]:
    """Return the processes of the executors."""
    found = []
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended, or is about to
            if "CoarseGrainedExecutorBackend" in " ".join(each.cmdline()):
                found.append(each)
    return found


def test_the_same_as_in_this_process(home: SparkHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terrain.engines.spark.FAN_IN", 2)  # so that the tree has a depth
    gives_the_same(home, [[3, 8], [], [1, 1, 7], [0], [5]])


def test_what_steps_raise_comes_back_as_it_was(home: SparkHome) -> None:
    keeps_what_steps_raise(home)


def test_a_whole_analysis(home: SparkHome, tmp_path: Path) -> None:
    the_same_of_loans(home, tmp_path, (10, 3_000, 6_000), slices=0)  # each pass takes its time


def test_what_a_killed_executor_held_is_made_again(home: SparkHome) -> None:
    squares = home.hold(range(8)).bind(lambda item: item**2)
    assert squares.reduce(lambda item: item, operator.add) == 140
    executors()[0].kill()
    assert squares.reduce(lambda item: item, operator.add) == 140


def test_an_executor_killed_in_mid_run_changes_nothing(home: SparkHome, tmp_path: Path) -> None:
    marker = tmp_path / "killed"

    def dies_once(item: int) -> int:
        if item == 5 and not marker.exists():
            marker.touch()
            psutil.Process().parents()[1].kill()  # past the process that forks workers
        return item

    assert home.hold(range(8)).reduce(dies_once, operator.add) == 28
    assert marker.exists()


def test_what_kills_every_try_is_one_clear_error(home: SparkHome) -> None:
    with pytest.raises(EngineError, match=r"^Spark at local-cluster.* did not finish the work: "):
        home.hold([0]).map(lambda _: os.kill(os.getpid(), signal.SIGKILL))


def test_spark_that_goes_away_leaves_one_clear_error_and_nothing_else(home: SparkHome) -> None:
    javas = [each for each in psutil.Process().children(recursive=True) if each.name() == "java"]
    items = home.hold(range(4))
    next(each for each in javas if "SparkSubmit" in " ".join(each.cmdline())).kill()
    with pytest.raises(EngineError, match=r"^Spark at local-cluster"):
        items.map(str)
    home.close()
    _, alive = psutil.wait_procs(javas, 20)
    assert alive == []
