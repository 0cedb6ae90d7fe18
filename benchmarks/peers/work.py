"""The same work by terrain and by the tools that people use for it today, piece by piece."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.table import Table

from benchmarks.peers import environment, processes
from benchmarks.peers.tool import Tool, make

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OTHERS = ("erroranalysis", "deepchecks")
"""Environments of the tools that want older packages than the rest; each has a file of its own."""

WHOLE = Tool("terrain analyze: all of this, with page", None, ours=True)
PIECES: Mapping[str, Sequence[Tool]] = {
    "tree of depth 4": [
        Tool("terrain", "terrain_tree.py", ours=True),
        Tool("Error Analysis", "erroranalysis_tree.py", environment="erroranalysis"),
    ],
    "heatmap of two features": [
        Tool("terrain, with intervals", "terrain_heatmap.py", ours=True),
        Tool("Error Analysis", "erroranalysis_heatmap.py", environment="erroranalysis"),
    ],
    "regions of two conditions": [
        Tool("terrain, all rows", "terrain_slices.py", ours=True, options=("2",)),
        Tool("Deepchecks, 10,000 rows", "deepchecks_segments.py", environment="deepchecks"),
    ],
    "slices of three conditions": [
        Tool("terrain", "terrain_slices.py", ours=True),
        Tool("pysubgroup DFS, 6 bins", "pysubgroup_dfs.py"),
        Tool("divexplorer, 6 bins", "divexplorer_patterns.py"),
    ],
    "groups with intervals": [
        Tool("terrain, gaps and tests too", "terrain_groups.py", ours=True),
        Tool("fairlearn, 100 bootstraps", "fairlearn_intervals.py"),
    ],
}
"""By what is asked for: terrain's piece of work first, then the peers."""

HOPELESS = 2
"""Times the limit that a tool would take, going by a smaller table, to get no larger one."""

WIDEST = 14
"""Characters of a failure that the table shows; all of it is told beside."""


class Work(NamedTuple):
    """What one tool did.

    Attributes
    ----------
    run
        What the whole process took.
    alone
        Seconds of processor without starting, reading and encoding.
    made
        Nodes, cells, segments, slices or groups.
    """

    run: processes.Run
    alone: float | None = None
    made: int | None = None


def missing() -> dict[str, str]:
    """Set up the environments; return why those cannot be had that cannot."""
    found = {}
    for name in OTHERS:
        try:
            environment.ensure(name, environment.HERE / f"{name}.txt")
        except subprocess.CalledProcessError:
            version = ".".join(map(str, sys.version_info[:2]))
            found[name] = f"not on {version}"
    return found


class Bench:
    """Measures all tools on tables of growing size.

    Parameters
    ----------
    without
        Environments that are not there, and why.
    seconds
        Of processor that a tool may take.
    """

    def __init__(self, without: Mapping[str, str], seconds: int) -> None:
        self._without = without
        self._seconds = seconds
        self._before: dict[Tool, tuple[int, float]] = {}

    def pieces(self, rows: int) -> Table:
        """Measure every tool on one table, in turn, and return a table of what they took.

        Parameters
        ----------
        rows
            Of the table, which has 20 features and one planted region.
        """
        table = Table("work", box=box.SIMPLE, title=f"The same work, {rows:,} × 20")
        for column in ("made", "CPU s", "×", "wall s", "×", "peak MB", "alone CPU s", "×"):
            table.add_column(column, justify="right", no_wrap=True)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make("three-numeric", 0, rows, folder)
            table.add_row(WHOLE.title, *_cells(_done(WHOLE, folder, self._seconds), None))
            for piece, tools in PIECES.items():
                table.add_section()
                table.add_row(f"[b]{piece}")
                beside = None
                for tool in tools:
                    if why := self._why_not(tool, rows):
                        table.add_row(f"  {tool.title}", "", why)
                        continue
                    done = _done(tool, folder, self._seconds)
                    self._before[tool] = rows, done.run.cpu
                    table.add_row(f"  {tool.title}", *_cells(done, beside))
                    beside = beside or done
        return table

    def _why_not(self, tool: Tool, rows: int) -> str | None:
        """Return why a tool is not run: it is not there, or a smaller table told enough."""
        if tool.environment in self._without:
            return self._without[tool.environment]
        smaller, seconds = self._before.get(tool, (rows, 0.0))
        return "too slow" if seconds * rows / smaller > HOPELESS * self._seconds else None


def _done(tool: Tool, folder: Path, seconds: int) -> Work:
    run = processes.run(tool.command(), folder, seconds)
    if run.failure:
        print(f"{tool.title}: {run.failure}", file=sys.stderr)
    if run.failure or tool is WHOLE:
        return Work(run)
    found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return Work(run, found["search_cpu"], found.get("made", len(found.get("regions", ()))))


def _cells(work: Work, beside: Work | None) -> list[str]:
    """Return the cells of a row, with the ratios to the work that it stands beside."""
    run = work.run
    least = ">" if run.failure else ""
    made = "" if work.made is None else str(work.made)
    cpu, wall = (None, None) if beside is None else (beside.run.cpu, beside.run.wall)
    alone = "" if work.alone is None else f"{work.alone:.2f}"
    return [
        made,
        f"{run.cpu:.1f}" if run.failure is None else run.failure[:WIDEST],
        least + _times(run.cpu, cpu),
        f"{run.wall:.1f}",
        least + _times(run.wall, wall),
        f"{run.peak:,.0f}",
        alone,
        _times(work.alone, beside and beside.alone),
    ]


def _times(taken: float | None, beside: float | None) -> str:
    return f"{taken / beside:.1f}" if taken and beside else ""
