"""The command line: parse, one call of `app`, print, exit code."""

from __future__ import annotations

import gc
import sys

SELDOM = (20_000, 50, 100)
"""When Python looks for garbage that refers to itself: a command makes little and ends soon."""

WAIT = 0.001
"""Seconds after which a thread may ask another for the interpreter: most need it for a moment."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main() -> None:
    """Run the command line and exit; no traceback for anything wrong with the input."""
    try:
        from terrain.cli.commands import run  # noqa: PLC0415 - Ctrl-C may come during an import
        from terrain.engines.allocation import keep_memory  # noqa: PLC0415 - as above

        keep_memory()
        gc.set_threshold(*SELDOM)
        sys.setswitchinterval(WAIT)
        code = run()
    except KeyboardInterrupt:
        print("terrain: interrupted; no file is half-written", file=sys.stderr)  # noqa: T201 - click may not be there yet
        code = INTERRUPTED
    sys.exit(code)
