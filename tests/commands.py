"""The command `terrain` as tests run it: inside this process, or as one of its own."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

import pytest

from terrain.cli import main

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = (sys.executable, "-m", "terrain")


class Done(NamedTuple):
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


def terrain(*arguments: str | Path) -> Done:
    """Run the command in this process, which is quick: the libraries are imported already."""
    out, err = io.StringIO(), io.StringIO()
    words = ["terrain", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as stop,
    ):
        main()
    code = stop.value.code
    assert isinstance(code, int)
    return Done(code, out.getvalue(), err.getvalue())


def process(*arguments: str, folder: Path, stdin: bytes = b"") -> Done:
    """Run the command as a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=folder, input=stdin, capture_output=True, check=False
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
