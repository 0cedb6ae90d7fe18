"""terrain's page beside reports of other tools, on the same table.

python benchmarks/report/run.py [--rows 100000 1000000] [--no-peers]

What a page takes on the disk, how long it takes to be made and to open, what it holds in memory,
and how long a reader waits for the rows of a region. A tool that needs more than the limits is
stopped, and what it said last stands in the table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers import environment, processes

HERE = Path(__file__).parent
TERRAIN = [sys.executable, "-m", "terrain", "analyze", "table.parquet", "-q", "-o", "page.html"]
OURS = {"terrain": TERRAIN, "terrain --full-rows": [*TERRAIN, "--full-rows"]}
PEERS = {"skrub": "TableReport", "ydata_profiling": "ydata-profiling", "evidently": "Evidently"}

SECONDS, GIGABYTES = 600, 12
"""Of the processor's time, and of memory, for each of the others."""
OUR_SECONDS, OUR_GIGABYTES = 3_600, 24
"""The same for terrain: what it takes is what is asked."""


HEADS = (
    *("tool", "rows", "made in s", "CPU s", "peak MB"),
    *("bytes", "opens in s", "CPU s", "page MB", "region"),
)


class Line(NamedTuple):
    """A line of the table: what a tool took, or how it failed."""

    title: str
    rows: int
    run: processes.Run
    megabytes: float = 0.0
    files: int = 0
    opened: dict[str, float] | None = None

    def __str__(self) -> str:
        """Return it as Markdown."""
        run = self.run
        made = f"| {self.title} | {self.rows:,} | {run.wall:.0f} | {run.cpu:.0f} | {run.peak:,.0f} "
        if self.opened is None:
            return f"{made}| {run.failure} | | | | |"
        beside = f" in {self.files:,} files" if self.files > 1 else ""
        region = self.opened["region"]
        return (
            f"{made}| {self.megabytes:,.1f} MB{beside} | {self.opened['seconds']:.2f} "
            f"| {self.opened['cpu']:.2f} "
            f"| {self.opened['megabytes']:,.0f} | {'' if region < 0 else f'{region:.0f} ms'} |"
        )


def main() -> None:
    """Measure and print, line by line."""
    parser = ArgumentParser(description="terrain's page beside reports of other tools.")
    sizes = [100_000, 1_000_000, 10_000_000]
    parser.add_argument("--rows", type=int, nargs="+", default=sizes, metavar="N")
    parser.add_argument("--no-peers", action="store_true", help="terrain alone")
    asked = parser.parse_args()
    print(f"| {' | '.join(HEADS)} |")
    print(f"|---|---:|---:|---:|---:|---|{'---:|' * 4}")
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            maker = [sys.executable, f"{HERE}/mixed.py", str(rows), "table.parquet"]
            subprocess.run(maker, cwd=folder, check=True)
            for title, command in OURS.items():
                limits = OUR_SECONDS, OUR_GIGABYTES
                print(_line(title, rows, command, folder, limits), flush=True)
            for tool, title in {} if asked.no_peers else PEERS.items():
                python = environment.ensure(tool, HERE / "requirements" / f"{tool}.txt")
                command = [str(python), f"{HERE}/peer.py", tool, "table.parquet"]
                limits = SECONDS, GIGABYTES
                print(_line(title, rows, command, folder, limits), flush=True)


def _line(title: str, rows: int, command: list[str], folder: Path, limits: tuple[int, int]) -> Line:
    """Run a command that makes a page, look at the page, and remove it."""
    run = processes.run(command, folder, *limits)
    page = folder / "page.html"
    if run.failure or not page.is_file():
        return Line(title, rows, run._replace(failure=run.failure or "wrote no page"))
    files = [page, *(folder / "page_rows").glob("*")]
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    looking = [sys.executable, f"{HERE}/page.py", "page.html", "opened.json"]
    subprocess.run(looking, cwd=folder, check=True)
    opened = json.loads((folder / "opened.json").read_text())
    for file in files:
        file.unlink()
    return Line(title, rows, run, megabytes, len(files), opened)


if __name__ == "__main__":
    main()
