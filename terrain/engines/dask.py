"""The engine of a Dask cluster: one on this machine, or the one whose scheduler is named.

An item, a step and a merge travel as bytes within the tasks that unpack them, never as data laid
onto a worker: whatever a lost worker held, the scheduler has computed again by the others.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
from concurrent.futures import CancelledError
from functools import reduce as fold
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import cloudpickle
import dask
import psutil
from distributed import Client, KilledWorker, LocalCluster, wait
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.registry import get_backend
from distributed.system import MEMORY_LIMIT

from terrain.errors import EngineError
from terrain.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from distributed import Future

    from terrain.engines import Engine, Settings

Item = TypeVar("Item")
State = TypeVar("State")
New = TypeVar("New")

FAN_IN = 8
"""States that one task merges."""

WORKERS = 2
"""Processes of a cluster on this machine; more gain nothing, as counting is bound by memory."""

BASE = 512 << 20
"""Bytes that a worker takes before it holds anything."""

SMALL = 1 << 16
"""Bytes of a function that go with every task that calls it; it saves the wait for one more."""

PATIENCE = 60
"""Seconds after which a scheduler that does not answer, or has no worker, is given up."""

LOOK = 5
"""Seconds between two looks at whether it still has."""


class Dask(Generic[Item]):
    """Items on the workers of a cluster; see `terrain.engines.Engine`."""

    def __init__(self, home: DaskHome, items: Sequence[Future]) -> None:
        self._home = home
        self._items = items

    def map(self, step: Callable[[Item], State]) -> list[State]:
        """Return the state of each item, in the order of the items."""
        return self._home.results(self._applied(step))

    def reduce(
        self,
        step: Callable[..., State],
        merge: Callable[[State, State], State],
        beside: Engine[Any] | None = None,
    ) -> State:
        """Return the merged states of all items; they meet on the workers, in a tree."""
        states, merging, depth = self._applied(step, beside), self._home.sent(merge), 0
        while len(states) > 1:
            depth += 1  # what merges comes before what is still to be counted: it frees memory
            groups = [states[start : start + FAN_IN] for start in range(0, len(states), FAN_IN)]
            states = self._home.tasks(_merged, merging, groups, priority=depth)
        return cast("State", self._home.results(states)[0])

    def bind(self, step: Callable[..., New], beside: Engine[Any] | None = None) -> Engine[New]:
        """Return what a function makes of the items, kept on the workers."""
        return Dask(self._home, self._applied(step, beside))

    def _applied(
        self, step: Callable[..., Any], beside: Engine[Any] | None = None
    ) -> Sequence[Future]:
        others = [] if beside is None else [cast("Dask[Any]", beside)._items]  # noqa: SLF001 - of this home
        return self._home.tasks(_applied, self._home.sent(step), self._items, *others)


class DaskHome:
    """A cluster; see `terrain.engines.Home`.

    Parameters
    ----------
    client
        Connected to its scheduler.
    cluster
        That of this machine, which goes with its home; None if others use it too.
    """

    name = "dask"

    def __init__(self, client: Client, cluster: LocalCluster | None = None) -> None:
        self._client = client
        self._cluster = cluster
        self._address = client.scheduler.address

    def hold(self, items: Sequence[Item]) -> Engine[Item]:
        """Return items that live here; each is sent once."""
        packed = [cloudpickle.dumps(item) for item in items]
        with self._told():
            return Dask(self, self._client.map(_unpacked, packed, pure=False))

    def sent(self, function: Callable[..., Any]) -> bytes | Future:
        """Return a function as tasks take it: a large one is sent once, however many call it."""
        packed: bytes = cloudpickle.dumps(function)
        if len(packed) <= SMALL:
            return packed
        with self._told():
            return self._client.submit(_unpacked, packed, pure=False)

    def tasks(
        self,
        call: Callable[..., Any],
        function: bytes | Future,
        *each: Sequence[Any],
        priority: int = 0,
    ) -> Sequence[Future]:
        """Return the tasks that call a function that was sent, one with each of some arguments."""
        functions = [function] * len(each[0])
        with self._told():
            return cast(
                "Sequence[Future]",
                self._client.map(call, functions, *each, pure=False, priority=priority),
            )

    def results(self, tasks: Sequence[Future]) -> list[Any]:
        """Return what tasks came to.

        Raises
        ------
        EngineError
            The scheduler or all workers went away, or one task kills every worker.
        """
        with self._told():
            missed = 0
            while missed * LOOK < PATIENCE:
                try:
                    with self._client.as_current():
                        wait(tasks, timeout=LOOK)
                    return cast("list[Any]", self._client.gather(tasks))
                except TimeoutError:
                    missed = 0 if self._client.nthreads() else missed + 1
        raise EngineError(
            f"the Dask scheduler {self._address} has had no worker for {PATIENCE} seconds; "
            "start some, with more memory if those before ended, and run this again"
        )

    def close(self) -> None:
        """Leave the cluster, and end it if it is that of this machine."""
        with contextlib.suppress(OSError, TimeoutError, CancelledError):
            self._client.close(timeout=LOOK)
        if self._cluster is not None:
            self._cluster.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what Dask raises on its own account into an error that names the scheduler."""
        try:
            yield
        except KilledWorker as error:
            raise EngineError(
                f"a part of the work ended {error.allowed_failures + 1} workers of the Dask "
                f"scheduler {self._address} in turn, most likely for want of memory: give them "
                "more, or split the input into more files"
            ) from error
        except (CancelledError, OSError, TimeoutError) as error:
            if self._client.status == "running" and not isinstance(error, CancelledError):
                raise
            raise EngineError(
                f"the Dask scheduler {self._address} went away before the work was done; see why "
                "it ended, and run this again"
            ) from error


def home(settings: Settings) -> DaskHome:
    """Return a cluster: the named one, or one on this machine that goes with its home.

    Raises
    ------
    EngineError
        The scheduler cannot be reached, or its workers lack this version of terrain.
    """
    for name in ("distributed", "tornado", "asyncio"):  # what matters comes as an exception
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"})
    if settings.scheduler is None:
        try:
            cluster = _cluster(settings.memory)
        except (OSError, RuntimeError) as error:
            raise EngineError(f"a Dask cluster cannot start here: {error}") from error
        return DaskHome(Client(cluster, set_as_default=False), cluster)
    try:
        _reach(settings.scheduler)
        client = Client(settings.scheduler, timeout=LOOK, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise EngineError(
            f"--scheduler {settings.scheduler}: no Dask scheduler answers there; start one with "
            "`dask scheduler`, and give the address that it prints"
        ) from error
    try:
        _refuse_unfit(client, settings.scheduler)
    except BaseException:
        client.close()
        raise
    return DaskHome(client)


def _reach(address: str) -> None:
    """Knock at an address: a client that finds nobody there cannot be ended without noise.

    Raises
    ------
    OSError, ValueError
        Nobody answers; it is no address.
    """
    scheme, location = parse_address(address)
    get_backend(scheme)
    with socket.create_connection(parse_host_port(location), timeout=LOOK):
        pass


def _cluster(memory: int | None) -> LocalCluster:
    """Return a cluster on this machine; what is over its memory goes to the disk."""
    free = min(psutil.virtual_memory().available, MEMORY_LIMIT) if memory is None else memory
    # Ctrl-C in a terminal reaches all its processes; who starts the workers is to end them. They
    # inherit what is blocked now.
    resource_tracker.ensure_running()  # which unblocks it when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            memory_limit=BASE + free // WORKERS,
            # a worker that pauses for want of memory could wait forever; one that ends starts anew
            config={"distributed.worker.memory.pause": False},
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # a port of its own, so that clusters do not collide
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _refuse_unfit(client: Client, address: str) -> None:
    """Refuse a cluster without workers, or whose workers cannot do what they will be asked."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise EngineError(
            f"the Dask scheduler {address} has no workers; start some with `dask worker {address}`"
        ) from error
    for worker, found in client.run(_version, on_error="return").items():
        if found != __version__:
            raise EngineError(
                f"the Dask worker {worker} cannot help: here is terrain {__version__}, there "
                f"{found}; install error-terrain {__version__} there"
            )


def _version() -> str:
    return __version__


def _unpacked(content: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    return cloudpickle.loads(content)


def _applied(step: bytes | Callable[..., State], *items: Any) -> State:  # noqa: ANN401 - any items
    call = _unpacked(step) if isinstance(step, bytes) else step
    return cast("State", call(*items))


def _merged(merge: bytes | Callable[[State, State], State], states: list[State]) -> State:
    return fold(_unpacked(merge) if isinstance(merge, bytes) else merge, states)
