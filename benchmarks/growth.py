"""How time grows with rows and with features: exponents, fitted and drawn."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.speed import Cost, python, run

ROWS = (100_000, 1_000_000, 10_000_000)
FEATURES = (5, 20, 80)
QUICK_ROWS = (10_000, 30_000, 100_000)
USUAL = 20
"""Features while rows grow."""

PIECE = 1_000_000
"""Rows that are drawn at once."""

SHORT = 0.2
"""CPU seconds of the largest table below which a stage is not told apart."""

PLOT = Path(__file__).parents[1] / "docs" / "growth.svg"

MAKE = """
import sys
from pyarrow import parquet
from benchmarks import tables
n, features, file, piece = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
writer = None
for seed, start in enumerate(range(0, n, piece)):
    table = tables.large(min(piece, n - start), seed, width=features)
    writer = writer or parquet.ParquetWriter(file, table.schema)
    writer.write_table(table)
writer.close()
"""

ANALYZE = """
import json, sys, time
from pathlib import Path
stages = [["imports", 0.0]]
def say(stage):
    stages.append([stage, time.process_time()])
from terrain import app
from terrain.config import Plan
plan = Plan(inputs=(sys.argv[1],), error=("wrong",), sensitive=("level_0",))
app.analyze_to_files(plan, Path(sys.argv[2]), None, say)
say("end")
Path(sys.argv[3]).write_text(json.dumps(stages))
"""


PART_OF = dict.fromkeys(["searching pairs", "searching triples"], "searching slices")
"""What the command says while a stage lasts, and the stage."""


class Grown(NamedTuple):
    """One analysis: what it took in all, and the CPU seconds of each stage."""

    rows: int
    features: int
    cost: Cost
    stages: dict[str, float]


def main(*, quick: bool) -> None:
    """Measure, print the exponents and, but for a quick run, draw them for the docs."""
    rows = QUICK_ROWS if quick else ROWS
    longer = [_measured(n, USUAL) for n in rows]
    middle = rows[1]
    wider = [longer[1] if f == USUAL else _measured(middle, f) for f in FEATURES]
    console = Console()
    title = f"{USUAL} features, from {rows[0]:,} to {rows[-1]:,} rows"
    console.print(_table(longer, [each.rows for each in longer], "rows", title))
    title = f"{middle:,} rows, from {FEATURES[0]} to {FEATURES[-1]} features"
    console.print(_table(wider, [each.features for each in wider], "features", title))
    if not quick:
        _draw(longer, wider)
        console.print(f"drawn: {PLOT}")


def _measured(rows: int, features: int) -> Grown:
    """Analyze a table of a size; nothing of it is left."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, stages = folder / "table.parquet", folder / "stages.json"
        made = python(MAKE, str(rows), str(features), source, str(PIECE))
        subprocess.run(made, check=True)
        cost = run(python(ANALYZE, source, folder / "page.html", stages))
        said = json.loads(stages.read_text())
    spent: dict[str, float] = {}
    for (told, begin), (_, end) in pairwise(said):
        stage = PART_OF.get(name := told.split(":")[0], name)
        spent[stage] = spent.get(stage, 0.0) + end - begin
    return Grown(rows, features, cost, spent)


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return the slope of the line of least squares through the logarithms.

    Examples
    --------
    >>> round(exponent([10, 100, 1000], [1.0, 10.0, 100.0]), 6)
    1.0
    """
    x, y = [math.log(size) for size in sizes], [math.log(each) for each in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covered = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return covered / sum((a - mean_x) ** 2 for a in x)


def _series(found: list[Grown]) -> dict[str, list[float]]:
    """Return the CPU seconds at each size: in all, and of the stages that take some time."""
    longest = max(found, key=lambda each: each.cost.cpu).stages
    kept = [stage for stage, seconds in longest.items() if seconds >= SHORT]
    stages = {s: [max(each.stages.get(s, 0.0), 1e-3) for each in found] for s in kept}
    return {"everything": [each.cost.cpu for each in found], **stages}


def _table(found: list[Grown], sizes: list[int], of: str, title: str) -> Table:
    table = Table("CPU s", box=box.SIMPLE, title=title)
    for size in sizes:
        table.add_column(f"{size:,}", justify="right", no_wrap=True)
    table.add_column("exponent", justify="right")
    table.add_column("last step", justify="right")
    for stage, seconds in _series(found).items():
        told = (f"{each:.2f}" for each in seconds)
        fitted, last = exponent(sizes, seconds), exponent(sizes[1:], seconds[1:])
        table.add_row(stage, *told, f"{fitted:.2f}", f"{last:.2f}")
    table.add_section()
    table.add_row("wall s", *(f"{each.cost.wall:.2f}" for each in found))
    table.add_row("peak MB", *(f"{each.cost.peak:,.0f}" for each in found))
    if of == "rows":
        per_row = (f"{1e6 * each.cost.cpu / each.rows:.2f}" for each in found)
        table.add_row("CPU µs a row", *per_row)
    return table


def _draw(longer: list[Grown], wider: list[Grown]) -> None:
    """Write both as one drawing on white, which is read in light and dark."""
    import altair as alt  # noqa: PLC0415 - this process must stay small until all is measured
    import vl_convert  # noqa: PLC0415 - as above

    panels = alt.hconcat(
        _panel([each.rows for each in longer], _series(longer), f"rows, of {USUAL} features"),
        _panel(
            [each.features for each in wider],
            _series(wider),
            f"features, of {wider[0].rows:,} rows",
        ),
    )
    panels = panels.resolve_scale(color="independent").configure(background="white")
    PLOT.write_text(vl_convert.vegalite_to_svg(panels.to_dict(validate=False)) + "\n")


def _panel(sizes: list[int], series: dict[str, list[float]], title: str) -> Any:  # noqa: ANN401 - a chart of Altair
    import altair as alt  # noqa: PLC0415 - as above

    values = [
        {
            "size": size,
            "seconds": seconds,
            "stage": f"{stage}: exponent {exponent(sizes, each):.2f}",
        }
        for stage, each in series.items()
        for size, seconds in zip(sizes, each, strict=True)
    ]
    log = alt.Scale(type="log", nice=False)
    return (
        alt.Chart(alt.InlineData(values=values), width=260, height=300)
        .mark_line(point=True)
        .encode(
            x=alt.X("size:Q", title=title, scale=log, axis=alt.Axis(values=sizes, format="~s")),
            y=alt.Y("seconds:Q", title="CPU seconds", scale=log),
            color=alt.Color(
                "stage:N",
                title=None,
                sort=None,
                scale=alt.Scale(scheme="tableau20"),
                legend=alt.Legend(labelLimit=260),
            ),
        )
    )


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
