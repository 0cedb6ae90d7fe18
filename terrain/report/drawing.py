"""Charts drawn by a process of its own, which starts while this one searches.

The renderer takes half a second to start, during which it keeps the interpreter to itself; so
another interpreter does it, which ends with this one or when it is told to.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

from terrain.report.charts import drawing_of, interval_chart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from markupsafe import Markup

    from terrain.report.views import MetricTable

Process = subprocess.Popen[bytes]

_asking: list[Drawer] = []
"""What draws elsewhere, if anything does."""

LOST = (OSError, EOFError, pickle.PickleError)
"""What is seen of a process that has gone."""


@contextmanager
def drawing_ahead(*, wanted: bool, after: Sequence[Future[Any]] = ()) -> Iterator[None]:
    """Have a process ready that draws charts, if any are wanted.

    Where none can be started, as on a machine that has no room for one, charts are drawn here.

    Parameters
    ----------
    wanted
        Whether any chart may be asked for.
    after
        What is to be done first, as it uses the processor well.
    """
    if not wanted:
        yield
        return
    with ThreadPoolExecutor(1) as thread:
        drawer = Drawer(thread, after)
        _asking.append(drawer)
        try:
            yield
        finally:
            _asking.remove(drawer)
            drawer.end()


class Drawer:
    """A process that draws, and the thread that asks it.

    Parameters
    ----------
    thread
        It starts the process, sends it what is asked for, and waits for the answer.
    after
        What is to be done before the process is started.
    """

    def __init__(self, thread: ThreadPoolExecutor, after: Sequence[Future[Any]] = ()) -> None:
        self._thread = thread
        self._asked: dict[bytes, Future[Markup]] = {}
        self._process: Process | None = None
        self._ended = False
        thread.submit(self._start, after)

    def _start(self, after: Sequence[Future[Any]]) -> None:
        wait(after)
        if self._ended or not sys.executable:
            return
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-c", f"from {__name__} import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for us
            )

    def end(self) -> None:
        """End the process and what is asked of it."""
        self._ended = True
        if self._process is not None:
            self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def ask(self, request: bytes) -> Future[Markup]:
        """Return what will be the chart; each is drawn once."""
        if request not in self._asked:
            self._asked[request] = self._thread.submit(self._draw, request)
        return self._asked[request]

    def _draw(self, request: bytes) -> Markup:
        if self._process is not None:
            with suppress(*LOST):
                _open(self._process.stdin).write(request)
                _open(self._process.stdin).flush()
                found: Markup = pickle.load(_open(self._process.stdout))  # noqa: S301 - from our own process
                return found
        return _drawn(request)


def ask(tables: Iterable[MetricTable]) -> None:
    """Have charts drawn elsewhere, if there is what draws, while the caller goes on."""
    for drawer in _asking[-1:]:
        for table in tables:
            drawer.ask(_request(table))


def drawn(table: MetricTable) -> Markup:
    """Return the `interval_chart` of a table, drawn by the process for that, or else here."""
    request = _request(table)
    return _asking[-1].ask(request).result() if _asking else _drawn(request)


def _request(table: MetricTable) -> bytes:
    return pickle.dumps(drawing_of(table))


@lru_cache(maxsize=256)  # a page is rendered twice: without its rows, to see what room they have
def _drawn(request: bytes) -> Markup:
    return interval_chart(pickle.loads(request))  # noqa: S301 - pickled a moment ago


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def serve() -> None:
    """Draw what is asked for on standard input, until that ends."""
    import vl_convert  # noqa: PLC0415 - what takes long is its first drawing

    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"})
    while True:
        try:
            drawing = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        except EOFError:
            return
        pickle.dump(interval_chart(drawing), sys.stdout.buffer)
        sys.stdout.buffer.flush()
