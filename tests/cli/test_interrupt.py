"""Ctrl-C at a terminal ends everything and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 300_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("stage", ["starting", "drawing the page"])
def test_ctrl_c_in_the_middle_leaves_nothing(tmp_path: Path, stage: str) -> None:
    random = np.random.default_rng(0)
    table = {f"x{i}": random.normal(size=ROWS) for i in range(6)}
    group, wrong = random.integers(0, 3, ROWS), random.integers(0, 2, ROWS)
    source, scratch = tmp_path / "rows.csv", tmp_path / "scratch"
    scratch.mkdir()
    csv.write_csv(pa.table({**table, "group": group, "wrong": wrong}), source)
    screen, terminal = os.openpty()
    command = [
        "analyze",
        str(source),
        "--error",
        "wrong",
        "--sensitive",
        "group",
        "--json",
        "out.json",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "terrain", *command],
        stderr=terminal,
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(scratch)},
        start_new_session=True,
    ) as process:
        os.close(terminal)
        said = b""
        while stage.encode() not in said:
            said += os.read(screen, 4096)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of the group
        said += _rest(screen)
    os.close(screen)
    # if the signal came while Python ran a text as code, as dataclasses do, it ends by the signal
    assert process.returncode in {130, -signal.SIGINT}  # to a shell both are 130
    assert b"Traceback" not in said
    assert b"terrain: interrupted; no file is half-written" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "scratch"]
    assert list(scratch.iterdir()) == []


def _rest(screen: int) -> bytes:
    """Return what is written until nobody holds the terminal any more."""
    said = b""
    while True:
        try:
            said += (more := os.read(screen, 4096))
        except OSError:  # how Linux says so
            return said
        if not more:
            return said
