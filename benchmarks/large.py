"""A table larger than the memory allowed, beside DuckDB on the same work.

Tables are written in chunks and removed afterwards. The work that is compared is cut points,
codes, a tree of depth 4 and the groups of two features; DuckDB does it by exact quantiles and
grouping sets, see `benchmarks/peers/tools/duckdb_tree.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.peers.environment import ensure
from benchmarks.speed import Case, Cost, run

HERE = Path(__file__).parent
MEMORY = "600MB"
"""What codes and table may take; the rest of the gigabyte is for the program and its sample."""

CHUNK = 250_000

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


def main(*, quick: bool) -> None:
    """Measure one and twenty million rows (a tenth of it, quickly) and print a table."""
    few, many = (100_000, 2_000_000) if quick else (1_000_000, 20_000_000)
    duckdb = ensure("duckdb", HERE / "peers" / "duckdb.txt")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = []
        for rows in (few, many):
            source = folder / f"{rows}.parquet"
            run([sys.executable, "-c", WRITE, str(rows), str(CHUNK), str(source)])
            found += [(rows, each, run(each.command)) for each in _cases(rows, source, duckdb)]
            source.unlink()
    Console().print(_table(found))


def _cases(rows: int, source: Path, duckdb: Path) -> list[Case]:
    asked = ("--error", "wrong", "--sensitive", "level_0,level_2", "--memory", MEMORY, "-q")
    page = str(source.with_suffix(".html"))
    terrain = (sys.executable, "-m", "terrain", "analyze", str(source), *asked, "-o", page)
    peer = HERE / "peers" / "tools" / "duckdb_tree.py"
    return [
        Case(f"{rows:,} × 20: DuckDB, tree and groups", (str(duckdb), str(peer), str(source))),
        Case("terrain, tree and groups", (*terrain, "--slices", "0", "--no-rival")),
        Case("terrain, slices of two, rival, page too", (*terrain, "--slices", "2")),
    ]


def _table(found: list[tuple[int, Case, Cost]]) -> Table:
    table = Table("whole process", box=box.SIMPLE, title=f"--memory {MEMORY}, one round, in turn")
    for column in ("wall s", "× DuckDB", "CPU s", "µs a row", "peak MB"):
        table.add_column(column, justify="right", no_wrap=True)
    beside = found[0][2]
    for rows, case, cost in found:
        beside = cost if "DuckDB" in case.title else beside
        table.add_row(
            case.title, f"{cost.wall:.1f}", f"{cost.wall / beside.wall:.2f}", f"{cost.cpu:.1f}",
            f"{cost.wall / rows * 1e6:.2f}", f"{cost.peak:,.0f}",
        )  # fmt: skip
    return table
