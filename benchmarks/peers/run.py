"""terrain beside other tools that look for failing regions, on the same tables, in turn.

python benchmarks/peers/run.py [recovery|speed] [--tables N] [--peer-tables N] [--quick]

Recovery: is a planted region found, which no grid of bins aligns with? Speed: what does a search of
depth 3 over 20 features cost, at 100,000 and at 1,000,000 instances?
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.peers import environment, processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
SHAPES = ("two-numeric", "numeric-and-level", "three-numeric")
ALIKE = 0.8
"""The Jaccard index from which on a region found is the planted one."""


class Tool(NamedTuple):
    """A tool under measurement.

    Attributes
    ----------
    title
        Its name in the tables that are printed.
    script
        In the folder tools; None for terrain's own command.
    ours
        Whether it runs in terrain's environment.
    """

    title: str
    script: str | None
    ours: bool = False

    def command(self, folder: Path) -> list[str | Path]:
        """Return what to run in a folder with table.parquet; it writes found.json."""
        if self.script is None:
            files = ["-o", "page.html", "--json", "found.json", "-q"]
            return [sys.executable, "-m", "terrain", "analyze", "table.parquet", "--error", "wrong",
                    *files]  # fmt: skip
        python = sys.executable if self.ours else environment.PYTHON
        return [python, HERE / "tools" / self.script, "table.parquet", folder / "found.json"]


TERRAIN = Tool("terrain analyze", None, ours=True)
SEARCH = Tool("terrain, its slice search alone", "terrain_slices.py", ours=True)
DEPTH_FIRST = Tool("pysubgroup DFS, 6 bins", "pysubgroup_dfs.py")
TREE = Tool("scikit-learn tree, depth 6", "sklearn_tree.py")
PEERS = (
    TREE,
    DEPTH_FIRST,
    Tool("pysubgroup beam, ranges of 16 bins", "pysubgroup_beam.py"),
    Tool("sliceline, 5 bins", "sliceline_slices.py"),
    Tool("divexplorer, 6 bins", "divexplorer_patterns.py"),
    Tool("fairlearn, told the features", "fairlearn_groups.py"),
)


class Result(NamedTuple):
    """What one tool did on one table.

    Attributes
    ----------
    shape
        Of the planted region.
    run
        What it took.
    alike
        The Jaccard index of each of its regions with the planted one, best region first.
    search
        Seconds of processor and KiB of memory that the search alone added; None where unknown.
    """

    shape: str
    run: processes.Run
    alike: Sequence[float] = ()
    search: tuple[float, float] | None = None

    def recovered(self, first: int) -> bool:
        """Return whether one of the first few regions is the planted one."""
        return any(jaccard >= ALIKE for jaccard in self.alike[:first])


def main() -> None:
    """Measure what is asked for and print it."""
    parser = ArgumentParser(description="terrain beside other tools that find failing regions.")
    parser.add_argument("which", nargs="?", choices=["recovery", "speed"], help="default: both")
    parser.add_argument("--tables", type=int, default=50, metavar="N", help="planted tables")
    parser.add_argument(
        "--peer-tables", type=int, default=9, metavar="N", help="how many of them the peers get"
    )
    parser.add_argument("--quick", action="store_true", help="three tables; speed at one size")
    asked = parser.parse_args()
    environment.ensure()
    console = Console()
    if asked.which != "speed":
        tables = (3, 3) if asked.quick else (asked.tables, asked.peer_tables)
        recovery(console, *tables)
    if asked.which != "recovery":
        speed(console, [100_000] if asked.quick else [100_000, 1_000_000])


def recovery(console: Console, tables: int, peer_tables: int) -> None:
    """Print how often each tool finds the planted region; the shapes take turns."""
    table = _table("The planted region is recovered (Jaccard at least .8), 100,000 × 20")
    for column in ("tables", "first of list", "in first ten", *SHAPES, "CPU s", "wall s", "MB"):
        table.add_column(column, justify="right")
    counts = {TERRAIN: tables, TREE: tables}
    for tool in console.status_each((TERRAIN, *PEERS)):
        pass
    console.print(table)
