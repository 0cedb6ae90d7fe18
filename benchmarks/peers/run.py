"""terrain beside other tools that look for failing regions, on the same tables, in turn.

python benchmarks/peers/run.py [recovery|speed|work] [--tables N] [--peer-tables N] [--rows N]
    [--quick]

Recovery: is a planted region found, which no grid of bins aligns with? Speed: what does a search of
depth 3 over 20 features cost? Work: what do tree, heatmap, regions and groups take, beside the
tools that are used for each? The last two at 100,000 and at 1,000,000 instances.
"""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.peers import environment, work
from benchmarks.peers.processes import SECONDS
from benchmarks.peers.tool import Result, Tool, make, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHAPES = ("two-numeric", "numeric-and-level", "three-numeric")
"""As in planted.py, which this process must not import: it would no longer be small."""
ROWS = 100_000
WIDTH = 130
WHICH = ("recovery", "speed", "work")

TERRAIN = Tool("terrain analyze", None, ours=True)
SEARCH = Tool("terrain's slice search alone", "terrain_slices.py", ours=True)
TREE = Tool("scikit-learn tree, depth 6", "sklearn_tree.py")
DEPTH_FIRST = Tool("pysubgroup DFS, 6 bins", "pysubgroup_dfs.py")
FAIRLEARN = Tool("fairlearn, told the features", "fairlearn_groups.py")
SLOWER = {
    DEPTH_FIRST: 15,
    Tool("pysubgroup beam, ranges of 16 bins", "pysubgroup_beam.py"): 6,
    Tool("sliceline, 5 bins", "sliceline_slices.py"): 3,
    Tool("divexplorer, 6 bins", "divexplorer_patterns.py"): 3,
}
"""Tools that take 9 s to minutes a table, and how many tables they get: some minutes for each."""


def main() -> None:
    """Measure what is asked for and print it."""
    parser = ArgumentParser(description="terrain beside other tools that find failing regions.")
    parser.add_argument("which", nargs="?", choices=WHICH, help="default: all")
    parser.add_argument("--tables", type=int, default=50, metavar="N", help="planted tables")
    parser.add_argument(
        "--peer-tables", type=int, default=15, metavar="N", help="most that the slower peers get"
    )
    parser.add_argument(
        "--quick", action="store_true", help="3 planted tables, the rest at one size"
    )
    parser.add_argument("--rows", type=int, nargs="+", metavar="N", help="sizes of speed and work")
    parser.add_argument(
        "--seconds", type=int, default=SECONDS, metavar="S", help="of processor a tool of work gets"
    )
    asked = parser.parse_args()
    environment.ensure()
    console = Console(width=WIDTH)
    sizes = asked.rows or ([ROWS] if asked.quick else [ROWS, 10 * ROWS])
    if asked.which in {None, "recovery"}:
        tables = 3 if asked.quick else asked.tables
        wanted = dict.fromkeys((TERRAIN, SEARCH, TREE, FAIRLEARN), tables)
        most = min(tables, asked.peer_tables)
        wanted |= {tool: min(number, most) for tool, number in SLOWER.items() if most}
        console.print(_recovery(_planted(wanted)))
    if asked.which in {None, "speed"}:
        for rows in sizes:
            console.print(_speed(rows))
    if asked.which in {None, "work"}:
        bench = work.Bench(work.missing(), asked.seconds)
        for rows in sizes:
            console.print(bench.pieces(rows))


def _planted(wanted: Mapping[Tool, int]) -> dict[Tool, list[Result]]:
    """Return each tool's results on its number of tables; a tool that fails gets no more."""
    results: dict[Tool, list[Result]] = {tool: [] for tool in wanted}
    numbers = range(max(wanted.values()))
    for number in track(numbers, "planted tables", console=Console(stderr=True)):
        due = [tool for tool, tables in wanted.items() if number < tables]
        going = [tool for tool in due if not any(each.run.failure for each in results[tool])]
        shape = SHAPES[number % len(SHAPES)]
        for tool, result in _in_turn(going, shape, number, ROWS):
            results[tool].append(result)
    return results


def _in_turn(tools: Iterable[Tool], shape: str, seed: int, rows: int) -> list[tuple[Tool, Result]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(shape, seed, rows, folder)
        return [(tool, measure(tool, shape, folder)) for tool in tools]


def _recovery(results: Mapping[Tool, Sequence[Result]]) -> Table:
    table = Table("tool", box=box.SIMPLE, title=f"Planted regions recovered, {ROWS:,} × 20")
    for column in ("as first", "in first ten", *SHAPES, "CPU s", "wall s", "peak MB"):
        table.add_column(column, justify="right")
    for tool, all_of_it in results.items():
        by_shape = [[each for each in all_of_it if each.shape == shape] for shape in SHAPES]
        table.add_row(
            tool.title,
            _share(all_of_it, 1),
            _share(all_of_it, 10),
            *(_share(some, 1) for some in by_shape),
            *_costs(all_of_it),
        )
    return table


def _share(results: Sequence[Result], first: int) -> str:
    return f"{sum(each.recovers(first) for each in results)} of {len(results)}"


def _costs(results: Sequence[Result]) -> list[str]:
    """Return the median CPU, wall and memory; how it failed instead of the time, if it did."""
    cpu, wall, peak, failures = zip(*(each.run for each in results), strict=True)
    failure = next(filter(None, failures), None)
    return [failure or f"{median(cpu):.1f}", f"{median(wall):.1f}", f"{median(peak):,.0f}"]


def _speed(rows: int) -> Table:
    title = f"Depth 3, {rows:,} × 20 ({20 * rows / 1024**2:,.0f} MB as one byte a value)"
    table = Table("tool", box=box.SIMPLE, title=title)
    for column in ("CPU s", "wall s", "peak MB", "search CPU s", "DFS takes", "search adds MB"):
        table.add_column(column, justify="right")
    results = _in_turn([DEPTH_FIRST, SEARCH, TERRAIN], "three-numeric", 0, rows)
    (_, beside), *_ = results
    for tool, result in results:
        table.add_row(tool.title, *_costs([result]), *_search(result, beside))
    return table


def _search(result: Result, beside: Result) -> list[str]:
    """Return what the search took, how many times longer the other took, and its memory."""
    if result.search_cpu is None or result.search_memory is None:
        return []
    times = "" if beside.search_cpu is None else f"{beside.search_cpu / result.search_cpu:.1f} ×"
    return [f"{result.search_cpu:.2f}", times, f"{result.search_memory:,.0f}"]


if __name__ == "__main__":
    main()
