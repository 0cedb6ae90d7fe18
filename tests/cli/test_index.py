"""`terrain index` from the shell: analyses of one benchmark over time, and bad input."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from commands import terrain

from terrain.data.samples import sample_bytes

if TYPE_CHECKING:
    from pathlib import Path


def test_reports_of_two_models_are_listed(tmp_path: Path) -> None:
    table = tmp_path / "loans.csv"
    table.write_bytes(sample_bytes("loans"))
    days = {}
    for number in (1, 2):
        changed = datetime(2026, number, 3, 12, tzinfo=UTC)
        days[f"v{number}"] = f"{changed:%Y-%m-%d}"
        os.utime(table, (changed.timestamp(),) * 2)
        done = terrain(
            *("analyze", table, "--slices", "0", "--no-rival", "-q", "--model", f"v{number}"),
            *("--benchmark", "credit", "-o", tmp_path / f"v{number}.html"),
            *("--json", tmp_path / f"v{number}.json"),
        )
        assert done.code == 0, done.err
    done = terrain("index", tmp_path)
    assert (done.code, done.out) == (0, f"{tmp_path / 'index.html'}: an overview of 2 reports\n")
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r'<a href="\./(v\d)\.html">([-\d]+)', page) == sorted(days.items())[::-1]
    assert page.count("<bdi>credit</bdi>") >= 3
    assert "<bdi>v1</bdi>" in page
    assert "model <bdi>v1</bdi>" in (tmp_path / "v1.html").read_text()


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    done = terrain("index", tmp_path / "nowhere")
    assert done.code == 2
    assert done.err.startswith(f"terrain: there is no folder {tmp_path / 'nowhere'}")
    done = terrain("index", tmp_path, "-o", tmp_path)
    assert done.code == 2
    assert done.err.count("\n") == 1


def test_an_overview_needs_no_table_libraries(tmp_path: Path) -> None:
    code = (
        "import sys; from terrain.overview.write import write_overview; from pathlib import Path; "
        f"write_overview(Path({str(tmp_path)!r})); "
        "print({'pandas', 'sklearn', 'altair', 'vl_convert'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
