"""A table larger than the memory allowed, beside DuckDB on the same work.

Tables are written in chunks and removed afterwards. The work that is compared is cut points,
codes, a tree of depth 4 and the groups of two features, by `benchmarks/peers/tools/duckdb_tree.py`
(exact quantiles, grouping sets) and `terrain_large.py` beside it. The whole analysis is measured at
five sizes, and a line drawn through them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.peers.environment import ensure
from benchmarks.speed import Case, Cost, run

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
MEMORY = "100MB"
"""What codes may take; the rest of the gigabyte is for the program, its sample and its work."""

CHUNK = 250_000

PEER, ALL = "DuckDB, tree and groups", "terrain, slices of two, rival, page too"

WRITE = """
import sys
import pyarrow.parquet
from benchmarks import tables
rows, chunk, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
writer = None
for start in range(0, rows, chunk):
    table = tables.large(min(chunk, rows - start), seed=start)
    writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
    writer.write_table(table)
writer.close()
"""


SIZES, QUICK_SIZES = (1, 2, 5, 10, 20), (0.1, 2)
"""Million rows; DuckDB has the first and the last of them only."""


class Measured(NamedTuple):
    """One process."""

    rows: int
    case: Case
    cost: Cost


def main(*, quick: bool, sizes: Sequence[float] | None = None) -> None:
    """Measure one to twenty million rows, or the sizes asked for, and print two tables."""
    millions = sizes or (QUICK_SIZES if quick else SIZES)
    wanted = [round(each * 1e6) for each in millions]
    duckdb = ensure("duckdb", HERE / "peers" / "duckdb.txt")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = []
        for rows in wanted:
            source = folder / f"{rows}.parquet"
            run([sys.executable, "-c", WRITE, str(rows), str(CHUNK), str(source)])
            cases = _cases(rows, source, duckdb)
            asked = cases if rows in {wanted[0], wanted[-1]} else cases[-1:]
            found += [Measured(rows, each, run(each.command)) for each in asked]
            source.unlink()
    console = Console(width=110)
    console.print(_table([each for each in found if each.rows in {wanted[0], wanted[-1]}]))
    console.print(_by_rows([each for each in found if each.case.title == ALL]))


def _cases(rows: int, source: Path, duckdb: Path) -> list[Case]:
    asked = ("--error", "wrong", "--sensitive", "level_0,level_2", "--memory", MEMORY, "-q")
    page = str(source.with_suffix(".html"))
    tools = HERE / "peers" / "tools"
    same = (sys.executable, str(tools / "terrain_large.py"), str(source), MEMORY)
    terrain = (sys.executable, "-m", "terrain", "analyze", str(source), *asked, "-o", page)
    return [
        Case(f"{rows:,} × 20: {PEER}", (str(duckdb), str(tools / "duckdb_tree.py"), str(source))),
        Case("terrain, the same work", same),
        Case(ALL, (*terrain, "--slices", "2")),
    ]


def _table(found: Sequence[Measured]) -> Table:
    table = Table("whole process", box=box.SIMPLE, title=f"--memory {MEMORY}, one round, in turn")
    for column in ("wall s", "× DuckDB", "CPU s", "× DuckDB", "µs a row", "peak MB"):
        table.add_column(column, justify="right", no_wrap=True)
    beside = found[0].cost
    for rows, case, cost in found:
        beside = cost if PEER in case.title else beside
        table.add_row(
            case.title, f"{cost.wall:.1f}", f"{cost.wall / beside.wall:.2f}", f"{cost.cpu:.1f}",
            f"{cost.cpu / beside.cpu:.2f}", f"{cost.wall / rows * 1e6:.2f}", f"{cost.peak:,.0f}",
        )  # fmt: skip
    return table


def _by_rows(found: Sequence[Measured]) -> Table:
    """Return what the whole analysis takes at each size, beside a straight line through it."""
    rows = [each.rows for each in found]
    once, each_row = line(rows, [each.cost.cpu for each in found])
    title = f"{ALL}: CPU s = {once:.1f} + {1e6 * each_row:.2f} × million rows"
    table = Table("rows", box=box.SIMPLE, title=title)
    for column in ("wall s", "CPU s", "by the line", "CPU µs a row", "peak MB"):
        table.add_column(column, justify="right", no_wrap=True)
    for n, _, cost in found:
        table.add_row(
            f"{n:,}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{once + each_row * n:.1f}",
            f"{cost.cpu / n * 1e6:.2f}", f"{cost.peak:,.0f}",
        )  # fmt: skip
    return table


def line(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Return the intercept and the slope of the line of least squares of the relative errors.

    Examples
    --------
    >>> once, each = line([1, 2, 4], [5, 7, 11])
    >>> round(once, 9), round(each, 9)
    (3.0, 2.0)
    """
    weights = [1 / value**2 for value in y]
    total = sum(weights)
    mean_x = sum(w * a for w, a in zip(weights, x, strict=True)) / total
    mean_y = sum(w * b for w, b in zip(weights, y, strict=True)) / total
    pairs = list(zip(weights, x, y, strict=True))
    covered = sum(w * (a - mean_x) * (b - mean_y) for w, a, b in pairs)
    slope = covered / sum(w * (a - mean_x) ** 2 for w, a, _ in pairs)
    return mean_y - slope * mean_x, slope
