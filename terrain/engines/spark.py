"""The engine of Spark: on this machine, or the one whose master is named.

Items are an RDD. What is bound is kept by the executors, on their disks where memory is short, and
computed again by its lineage where an executor is lost. The package travels with the work, so that
every executor counts alike; what it imports has to be installed there.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkConf, SparkContext, StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from terrain.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark import RDD

    from terrain.engines import Engine, Settings

Item = TypeVar("Item")
State = TypeVar("State")
New = TypeVar("New")

FAN_IN = 8
"""States that meet at a time."""

SHARES = 4
"""Partitions for each core: enough to spread uneven items, few enough to start quickly."""

HERE = "local[2,4]"
"""Two cores of this machine; a part of the work is tried up to four times."""


class _Failed(NamedTuple):
    """What stands for a state that could not be made.

    An exception would come back as text, after Spark had tried the same thing four times.
    """

    error: Exception


class Spark(Generic[Item]):
    """Items that executors hold; see `terrain.engines.Engine`."""

    def __init__(self, home: SparkHome, items: RDD) -> None:
        self._home = home
        self._items = items

    def map(self, step: Callable[[Item], State]) -> list[State]:
        """Return the state of each item, in the order of the items."""
        states = self._home.result(self._items.map(partial(_applied, step)).collect)
        return [_sound(state) for state in states]

    def reduce(
        self,
        step: Callable[..., State],
        merge: Callable[[State, State], State],
        beside: Engine[Any] | None = None,
    ) -> State:
        """Return the merged states of all items; they meet on the executors, in a tree."""
        states = self._made(step, beside)
        depth = max(1, math.ceil(math.log(self._items.getNumPartitions(), FAN_IN)))
        met = self._home.result(lambda: states.treeReduce(partial(_merged, merge), depth))
        return cast("State", _sound(met))

    def bind(self, step: Callable[..., New], beside: Engine[Any] | None = None) -> Engine[New]:
        """Return what a function makes of the items, kept by the executors."""
        made = self._made(step, beside)
        return Spark(self._home, made.persist(StorageLevel.MEMORY_AND_DISK))

    def _made(self, step: Callable[..., Any], beside: Engine[Any] | None) -> RDD:
        if beside is None:
            return self._items.map(partial(_applied, step))
        others = cast("Spark[Any]", beside)._items  # noqa: SLF001 - of this home
        return self._items.zip(others).map(partial(_applied_to_pair, step))


class SparkHome:
    """Executors; see `terrain.engines.Home`.

    Parameters
    ----------
    context
        Through which they are reached.
    folder
        What executors fetch, where Spark was started for this home and goes with it; None if
        others use it too.
    """

    name = "spark"

    def __init__(
        self, context: SparkContext, folder: tempfile.TemporaryDirectory[str] | None = None
    ) -> None:
        self._context = context
        self._folder = folder
        self._master = context.master

    def hold(self, items: Sequence[Item]) -> Engine[Item]:
        """Return items that live here."""
        partitions = min(len(items), SHARES * self._context.defaultParallelism)
        return Spark(self, self.result(lambda: self._context.parallelize(items, partitions)))

    def table(
        self, name: str, step: Callable[[Iterator[Any]], Iterator[bytes]]
    ) -> Engine[tuple[bytes, int]]:
        """Return what a function makes of the Arrow batches of a table of the catalogue.

        Parameters
        ----------
        name
            As Spark knows it: a table, or a view of this session.
        step
            Takes the batches of a partition; what it yields is numbered through all partitions.

        Raises
        ------
        EngineError
            There is no such table, or it cannot be read.
        """

        def numbered() -> RDD:
            frame = SparkSession(self._context).table(name)
            made = frame.mapInArrow(partial(_as_batches, step), "made binary")
            kept = made.rdd.map(_only_value).persist(StorageLevel.MEMORY_AND_DISK)
            return kept.zipWithIndex()

        return Spark(self, self.result(numbered))

    def result(self, work: Callable[[], State]) -> State:
        """Return what work comes to.

        Raises
        ------
        EngineError
            Spark gave it up, or went away.
        """
        try:
            return work()
        except (Py4JError, PySparkException, OSError, EOFError) as error:
            raise EngineError(
                f"Spark at {self._master} did not finish the work: {_reason(error)}"
            ) from error

    def close(self) -> None:
        """Leave the executors; Spark ends if it was started for this."""
        if self._folder is not None:
            with contextlib.suppress(Py4JError, OSError):
                self._context.stop()
            _end_gateway()
            self._folder.cleanup()


def home(settings: Settings) -> SparkHome:
    """Return Spark as a home: that of the named master, or one on this machine.

    A context that is already active in this process is used, and left open.

    Raises
    ------
    EngineError
        There is no Java, or the master cannot be reached.
    """
    if SparkContext._active_spark_context is not None:  # noqa: SLF001 - nothing public tells
        return SparkHome(SparkContext.getOrCreate())
    master = settings.master or HERE
    folder = tempfile.TemporaryDirectory(prefix="terrain-")
    with _quiet() as said:
        try:
            context = SparkContext(conf=_conf(master, folder.name))
            context.setLogLevel("OFF")
            context.addPyFile(str(_package(Path(folder.name))))
        except (Py4JError, PySparkException, OSError) as error:
            # that Java did not start is all that pyspark knows; Java says why
            reason = _said(said) if isinstance(error, PySparkException) else _reason(error)
            _end_gateway()
            folder.cleanup()
            raise EngineError(
                f"Spark cannot start with the master {master}: {reason}. It needs Java 17 or later "
                "(in Debian: apt-get install default-jre-headless), and a master that answers"
            ) from error
    _be_silent(context)
    return SparkHome(context, folder)


def _conf(master: str, folder: str) -> SparkConf:
    """Return what Spark is told; it may use a folder that goes with the home."""
    conf = SparkConf().setMaster(master).setAppName("terrain")
    # without it, whoever asks for a table gets a folder where the command runs
    conf.set("spark.sql.warehouse.dir", f"{folder}/warehouse")
    conf.set("spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false")
    if master.startswith("local"):
        # pyspark reads these two nowhere else; without them it takes another Python, and listens
        # to the network
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
    return conf


def _package(folder: Path) -> Path:
    """Return this package, packed."""
    root = Path(__file__).parents[1]
    path = folder / "terrain.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(root.rglob("*.py")):
            archive.write(file, file.relative_to(root.parent))
    return path


@contextlib.contextmanager
def _quiet() -> Iterator[Any]:
    """Keep what a starting process says from the terminal; it is in the file that is yielded."""
    with tempfile.TemporaryFile() as said, contextlib.ExitStack() as last:
        before = os.dup(2)
        last.callback(os.close, before)
        sys.stderr.flush()
        os.dup2(said.fileno(), 2)
        last.callback(os.dup2, before, 2)
        yield said


def _be_silent(context: SparkContext) -> None:
    """Keep pyspark from printing a traceback of its own where Spark goes away."""
    if not logging.getLogger().handlers:  # py4j would have one made that prints
        logging.getLogger().addHandler(logging.NullHandler())
    context._accumulatorServer.handle_error = lambda *_: None  # noqa: SLF001 - it has no setting


def _said(said: Any) -> str:  # noqa: ANN401 - an open file
    """Return the last line that is none of a stack."""
    said.seek(0)
    lines = [line.strip() for line in said.read().decode(errors="replace").split("\n")]
    return next(
        (line for line in reversed(lines) if line and not line.startswith("at ")), "no word"
    )


def _end_gateway() -> None:
    """End the Java process that pyspark leaves running for the next context."""
    gateway = SparkContext._gateway  # noqa: SLF001 - nothing public ends it
    if gateway is None:
        return
    with contextlib.suppress(Py4JError, OSError):
        gateway.shutdown()
    with contextlib.suppress(OSError):
        gateway.proc.stdin.close()  # upon which it ends
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001


def _reason(error: Exception) -> str:
    """Return the first line of what went wrong."""
    try:
        if isinstance(error, Py4JJavaError):
            said = str(error.java_exception.getMessage())
        else:
            said = str(error)
    except (Py4JError, OSError):  # who knows it has ended
        return "it ended"
    return next((line.strip() for line in said.split("\n") if line.strip()), type(error).__name__)


def _as_batches(
    step: Callable[[Iterator[Any]], Iterator[bytes]], batches: Iterator[Any]
) -> Iterator[Any]:
    """Yield what a function makes of batches, as Spark takes it back: a column of one row each."""
    import pyarrow as pa  # noqa: PLC0415 - on executors

    for made in step(batches):
        yield pa.RecordBatch.from_arrays([pa.array([made], pa.binary())], ["made"])


def _only_value(row: Any) -> bytes:  # noqa: ANN401 - of pyspark
    return bytes(row[0])


def _sound(state: State | _Failed) -> State:
    if isinstance(state, _Failed):
        raise state.error
    return state


def _applied(step: Callable[..., State], *items: Any) -> State | _Failed:  # noqa: ANN401 - any items
    for item in items:
        if isinstance(item, _Failed):
            return item
    try:
        return step(*items)
    except MemoryError:
        raise  # another executor may have room
    except Exception as error:  # noqa: BLE001 - it is raised where the state is asked for
        return _Failed(error)


def _applied_to_pair(step: Callable[..., State], items: tuple[Any, Any]) -> State | _Failed:
    return _applied(step, *items)


def _merged(
    merge: Callable[[State, State], State], one: State | _Failed, other: State | _Failed
) -> State | _Failed:
    return _applied(merge, one, other)
