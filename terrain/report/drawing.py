"""Charts drawn by a process of its own: it starts while this one starts, and reads.

Altair and the renderer take a second to start, during which they keep the interpreter to
themselves; so another interpreter does it, which ends with this one or when it is told to.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import IO, TYPE_CHECKING

from terrain.report.charts import interval_chart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from terrain.report.views import MetricTable

_started: list[subprocess.Popen[bytes]] = []
"""The process that draws, if there is one."""

LOST = (OSError, EOFError, pickle.PickleError)
"""What is seen of a process that has gone."""


@contextmanager
def drawing_ahead(*, wanted: bool) -> Iterator[None]:
    """Have a process ready that draws charts, if any are wanted.

    Where none can be started, as on a machine that has no room for one, charts are drawn here.
    """
    if not wanted or not sys.executable:
        yield
        return
    command = [sys.executable, "-c", f"from {__name__} import serve; serve()"]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us
        )
    except OSError:
        yield
        return
    _started.append(process)
    try:
        yield
    finally:
        _started.remove(process)
        process.kill()
        process.communicate()


def drawn(table: MetricTable, title: str) -> Markup:
    """Return `interval_chart`, drawn by the process that was started for it, or else here."""
    return _drawn(pickle.dumps((table, title)))


@lru_cache(maxsize=256)  # a page is rendered twice: without its rows, to see what room they have
def _drawn(request: bytes) -> Markup:
    if _started:
        process = _started[-1]
        with suppress(*LOST):
            _open(process.stdin).write(request)
            _open(process.stdin).flush()
            found: Markup = pickle.load(_open(process.stdout))  # noqa: S301 - from our own process
            return found
    return interval_chart(*pickle.loads(request))  # noqa: S301 - pickled a moment ago


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def serve() -> None:
    """Draw what is asked for on standard input, until that ends."""
    import altair  # noqa: F401, ICN001, PLC0415 - the start is what takes long
    import vl_convert  # noqa: PLC0415 - as above

    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"})
    while True:
        try:
            table, title = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        except EOFError:
            return
        pickle.dump(interval_chart(table, title), sys.stdout.buffer)
        sys.stdout.buffer.flush()
