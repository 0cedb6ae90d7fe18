"""The engine of Spark: the same answers, also when executors die; else one clear error."""

from __future__ import annotations

import contextlib
import json
import operator
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from engine_laws import gives_the_same, keeps_what_steps_raise
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet
from strategies import tables
from study_parity import found_at
from whole_analyses import CENSUS, the_same_of_any, the_same_of_loans, the_same_of_the_census

from terrain.app import at_home, read
from terrain.config import Plan
from terrain.engines import Settings
from terrain.engines.memory import MemoryHome
from terrain.errors import DataError, EngineError, UsageError
from terrain.files import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from terrain.engines import Home
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


@settings(
    max_examples=2,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(table=tables(), share=st.floats(0, 1))
def test_a_whole_analysis_of_any_table(
    home: SparkHome, tmp_path: Path, table: pa.Table, share: float
) -> None:
    the_same_of_any(home, table, tmp_path, share, slices=1)


@pytest.mark.skipif(not CENSUS.is_file(), reason="shared/data/acs_income.parquet is not there")
def test_the_census(home: SparkHome, tmp_path: Path) -> None:
    the_same_of_the_census(home, tmp_path, slices=0)


@pytest.fixture
def loans(home: SparkHome, tmp_path: Path) -> Path:
    """Return a file of which Spark knows the rows as the view `loans`, in several partitions."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - slow

    file = tmp_path / "loans.parquet"
    table = csv.read_csv(resource("sample_benchmarks") / "loans.csv")
    parquet.write_table(table, file, row_group_size=1_000)
    session = SparkSession(home._context)  # noqa: SLF001 - as a user's session would
    session.read.parquet(str(file)).coalesce(3).createOrReplaceTempView("loans")
    return file


def found(home: Home, name: str, **settings: Any) -> dict[str, Any]:
    """Return the document of an analysis, without what tells where its rows came from."""
    plan = Plan(inputs=(name,), sensitive=("sex", "region"), slices=0, **settings)
    document: dict[str, Any] = json.loads(found_at(home, plan))
    del document["provenance"]
    document["benchmark"] |= {"name": "", "sources": []}
    return document


def test_a_table_is_what_a_file_of_its_rows_is(
    home: SparkHome, loans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terrain.data.reading.tables.ROWS", 700)
    assert found(home, "table:loans") == found(MemoryHome(), str(loans))


def test_the_source_of_a_table_is_its_name_and_a_digest_of_its_rows(
    home: SparkHome, loans: Path
) -> None:
    plan = Plan(inputs=("table:loans",), slices=0, rival=False)
    assert loans.is_file()
    one, other = (read(plan, home=home) for _ in range(2))
    [source] = one.rows.sources
    assert one.rows.sources == other.rows.sources
    assert (source.path, source.modified, source.is_file) == ("table:loans", None, False)
    assert source.instances == 6_000
    assert len(source.sha256) == 64
    with at_home(plan) as memory, pytest.raises(UsageError, match="--engine spark"):
        read(plan, home=memory)


def test_a_table_leaves_no_folder_behind(tmp_path: Path) -> None:
    table = csv.read_csv(resource("sample_benchmarks") / "loans.csv").slice(0, 200)
    parquet.write_table(table, tmp_path / "loans.parquet")
    command = ["analyze", f"table:parquet.`{tmp_path}/loans.parquet`", "--slices", "0", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "terrain", *command, "--engine", "spark", "-o", "page.html"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"loans.parquet", "page.html"}


def test_a_table_that_is_not_there_is_one_message(home: SparkHome) -> None:
    with pytest.raises(EngineError, match="no_such_table"):
        read(Plan(inputs=("table:no_such_table",)), home=home)


def test_a_table_without_rows_is_refused(home: SparkHome, loans: Path) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - slow

    session = SparkSession(home._context)  # noqa: SLF001 - as above
    session.read.parquet(str(loans)).limit(0).createOrReplaceTempView("none")
    with pytest.raises(DataError, match="no rows"):
        read(Plan(inputs=("table:none",)), home=home)


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
