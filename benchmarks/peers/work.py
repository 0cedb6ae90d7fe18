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
            found[name] = f"does not install on Python {version}"
    return found


def pieces(rows: int, without: Mapping[str, str]) -> Table:
    """Measure every tool on one table, in turn, and return a table of what they took.

    Parameters
    ----------
    rows
        Of the table, which has 20 features and one planted region.
    without
        Environments that are not there, and why.
    """
    title = f"The same work, {rows:,} × 20"
    table = Table("work", "tool", box=box.SIMPLE, title=title)
    for column in ("made", "CPU s", "×", "wall s", "×", "peak MB", "alone CPU s", "×"):
        table.add_column(column, justify="right", no_wrap=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make("three-numeric", 0, rows, folder)
        whole = processes.run(WHOLE.command(), folder)
        table.add_row("everything", WHOLE.title, *_cells(Work(whole), None))
        for piece, tools in PIECES.items():
            table.add_section()
            beside = None
            for tool in tools:
                if tool.environment in without:
                    table.add_row(piece, tool.title, "", without[tool.environment])
                    continue
                done = _done(tool, folder)
                table.add_row(piece, tool.title, *_cells(done, beside))
                beside, piece = beside or done, ""  # noqa: PLW2901 - named once
    return table


def _done(tool: Tool, folder: Path) -> Work:
    run = processes.run(tool.command(), folder)
    if run.failure:
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
        run.failure or f"{run.cpu:.1f}",
        least + _times(run.cpu, cpu),
        f"{run.wall:.1f}",
        least + _times(run.wall, wall),
        f"{run.peak:,.0f}",
        alone,
        _times(work.alone, beside and beside.alone),
    ]


def _times(taken: float | None, beside: float | None) -> str:
    return f"{taken / beside:.1f}" if taken and beside else ""
