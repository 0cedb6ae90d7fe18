"""A tool under measurement, and what it did on one table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.peers import environment, processes

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
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
    environment
        The one that it runs in otherwise.
    options
        Further arguments of its script.
    """

    title: str
    script: str | None
    ours: bool = False
    environment: str = "peers"
    options: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """Return what reads table.parquet and writes found.json."""
        if self.script is None:
            command = [sys.executable, "-m", "terrain", "analyze", "table.parquet"]
            return [*command, "--error", "wrong", "--json", "found.json", "-o", "page.html", "-q"]
        python = sys.executable if self.ours else str(environment.python_of(self.environment))
        script = f"{HERE}/tools/{self.script}"
        return [python, "-W", "ignore", script, "table.parquet", "found.json", *self.options]


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
    search_cpu, search_memory
        Seconds of processor that the search alone took and MB that it added, where known.
    """

    shape: str
    run: processes.Run
    alike: Sequence[float] = ()
    search_cpu: float | None = None
    search_memory: float | None = None

    def recovers(self, first: int) -> bool:
        """Return whether one of the first few regions is the planted one."""
        return any(jaccard >= ALIKE for jaccard in self.alike[:first])


def make(shape: str, seed: int, instances: int, folder: Path) -> None:
    """Write table.parquet and planted.npy."""
    script = [sys.executable, f"{HERE}/planted.py", shape, str(seed), str(instances)]
    subprocess.run([*script, "table.parquet", "planted.npy"], cwd=folder, check=True)


def measure(tool: Tool, shape: str, folder: Path) -> Result:
    """Return what a tool does on the table in a folder."""
    run = processes.run(tool.command(), folder)
    if run.failure:
        return Result(shape, run)
    file = folder / "found.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    if tool.script is None:
        failing = [each["region"] for each in found["regions"] if each["status"] == "failing"]
        found = {"regions": [region["conditions"] for region in failing]}
        file.write_text(json.dumps(found), encoding="utf-8")
    judge = [sys.executable, f"{HERE}/judge.py", "table.parquet", "planted.npy", "found.json"]
    alike = subprocess.run(judge, cwd=folder, check=True, stdout=subprocess.PIPE).stdout
    memory = found["search_memory"] / 1024 if "search_memory" in found else None
    return Result(shape, run, json.loads(alike), found.get("search_cpu"), memory)
