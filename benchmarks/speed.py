"""Time and memory of whole processes, in turn with what a user would otherwise run.

This process stays small: a child's peak memory counts from that of its parent.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from terrain.data.features import Encoding

CENSUS = Path(__file__).parents[2] / "shared" / "data" / "acs_income.parquet"
CENSUS_ROWS = 332_900

READ_AND_GROW = """
import sys
import pandas as pd
from sklearn.preprocessing import OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier
table = pd.read_parquet(sys.argv[1]).drop(columns="person_id")
wrong = table.pop("label") != table.pop("prediction")
named = table.select_dtypes(exclude="number").columns
table[named] = OrdinalEncoder(encoded_missing_value=-1).fit_transform(table[named])
DecisionTreeClassifier(max_depth=4, min_samples_leaf=20).fit(table, wrong)
"""

READ_CSV = "import sys, pandas; pandas.read_csv(sys.argv[1])"
READ_PARQUET = "import sys, pandas; pandas.read_parquet(sys.argv[1])"

MAKE = """
import sys
import pyarrow.csv, pyarrow.parquet
from benchmarks import tables
table = getattr(tables, sys.argv[1])(int(sys.argv[2]))
pyarrow.parquet.write_table(table, sys.argv[3] + ".parquet")
plain = pyarrow.csv.WriteOptions(quoting_style="none")  # as pandas writes such a table
pyarrow.csv.write_csv(table, sys.argv[3] + ".csv", plain)
"""


class Case(NamedTuple):
    """A command, and its name in the table."""

    title: str
    command: Sequence[str]


class Cost(NamedTuple):
    """Of one run: seconds by the clock and by the processor, and the largest memory in MB."""

    wall: float
    cpu: float
    peak: float


class Growth(NamedTuple):
    """Of one tree: seconds by the clock and by the processor, and the impurity it removed."""

    wall: float
    cpu: float
    removed: float


def main(*, quick: bool) -> None:
    """Measure everything and print two tables; the first case of a group is what it is beside."""
    rows, rounds = (100_000, 1) if quick else (1_000_000, 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        groups = [_help(), _census(folder), *_million(folder, rows)]
        costs = [_in_turn(group, rounds) for group in groups]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            ours, theirs = pool.submit(_growers, folder / "large.parquet", rounds).result()
    console = Console()
    console.print(_processes(groups, costs, rounds))
    console.print(_trees(ours, theirs, rows))


def python(script: str, *arguments: str | Path) -> list[str]:
    """Return the command that runs a script in a process of its own."""
    return [sys.executable, "-c", script, *map(str, arguments)]


def _terrain(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "terrain", *map(str, arguments)]


def _analyze(source: Path, folder: Path, *options: str) -> list[str]:
    return _terrain("analyze", source, "-q", "-o", folder / "page.html", *options)


def _help() -> list[Case]:
    return [
        Case("python -c pass", python("pass")),
        Case("terrain --help (at most 0.3 s)", _terrain("--help")),
    ]


def _census(folder: Path) -> list[Case]:
    source = CENSUS
    if not source.is_file():
        source = folder / "survey.parquet"
        run(python(MAKE, "survey", str(CENSUS_ROWS), folder / "survey"))
    return [
        Case("census: pandas + scikit-learn tree", python(READ_AND_GROW, source)),
        Case("terrain, with page", _analyze(source, folder)),
        Case("the same, --slices 0", _analyze(source, folder, "--slices", "0")),
    ]


def _million(folder: Path, rows: int) -> list[list[Case]]:
    """Return the cases beside what reads the file, and no more."""
    stem = folder / "large"
    run(python(MAKE, "large", str(rows), stem))
    text, columns = stem.with_suffix(".csv"), stem.with_suffix(".parquet")
    what = ("--error", "wrong", "--sensitive", "level_0,level_2")
    return [
        [
            Case(f"{rows:,} × 20: pandas.{reader}", python(script, source)),
            Case(
                f"terrain, {kind}, slices of two conditions, groups, page",
                _analyze(source, folder, *what, "--slices", "2"),
            ),
            Case("the same, slices of three", _analyze(source, folder, *what)),
        ]
        for reader, script, source, kind in (
            ("read_csv", READ_CSV, text, "CSV"),
            ("read_parquet", READ_PARQUET, columns, "Parquet"),
        )
    ]


def _in_turn(cases: Sequence[Case], rounds: int) -> list[Cost]:
    """Return the median costs of commands that take turns."""
    taken = [[run(case.command) for case in cases] for _ in range(rounds)]
    return [Cost(*map(median, zip(*runs, strict=True))) for runs in zip(*taken, strict=True)]


def run(command: Sequence[str]) -> Cost:
    """Run a command to its end; a failure ends the benchmark with what it said.

    Python may keep the bytecode of modules, as installed packages have it.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{command} failed: {said.read().decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _growers(source: Path, rounds: int) -> tuple[Growth, Growth]:
    """Grow our tree and scikit-learn's, of depth 4, in turn on the same instances and cuts."""
    import numpy as np  # noqa: PLC0415 - in a process of its own
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - as above

    from terrain.analyses import tree  # noqa: PLC0415 - as above
    from terrain.app import read  # noqa: PLC0415 - as above
    from terrain.config import Plan  # noqa: PLC0415 - as above
    from terrain.statistics.batch import part_of  # noqa: PLC0415 - as above
    from terrain.study import study_of  # noqa: PLC0415 - as above

    plan = Plan(inputs=(str(source),), error=("wrong",))
    study = study_of(read(plan), plan)
    part = part_of(np.arange(len(study)), study.codes, study.measures, study.target, None)
    codes = np.column_stack([_cells(study.codes[f], e) for f, e in study.searchable.items()])
    wrong = study.loss()
    whole = len(wrong) * wrong.var()

    def ours() -> float:
        limits = tree.Limits(max_depth=4, min_rows=20)
        grown = tree.grow(part, study.searchable, limits)
        return float(sum(node.split.gain for node in grown if node.split) / whole)

    def theirs() -> float:
        model = DecisionTreeClassifier(max_depth=4, min_samples_leaf=20, random_state=0)
        found = model.fit(codes, wrong).tree_
        leaves = found.children_left < 0
        left = (found.impurity * found.n_node_samples)[leaves].sum()
        return float(1 - left / (found.impurity[0] * len(wrong)))

    taken = [(_timed(ours), _timed(theirs)) for _ in range(rounds)]
    first, second = (
        Growth(*map(median, zip(*runs, strict=True))) for runs in zip(*taken, strict=True)
    )
    return first, second


def _cells(codes: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Return the codes between the cuts that our tree tries: not all cuts are for trees."""
    import numpy as np  # noqa: PLC0415 - in a process of its own

    return np.searchsorted(encoding.coarse, codes) if encoding.coarse else codes


def _timed(grow: Callable[[], float]) -> Growth:
    begin, used = time.perf_counter(), time.process_time()
    removed = grow()
    return Growth(time.perf_counter() - begin, time.process_time() - used, removed)


def _processes(
    groups: Sequence[Sequence[Case]], costs: Sequence[Sequence[Cost]], rounds: int
) -> Table:
    table = Table("whole process", box=box.SIMPLE, title=f"Medians of {rounds}, in turn")
    for column in ("wall s", "×", "CPU s", "×", "peak MB"):
        table.add_column(column, justify="right", no_wrap=True)
    for cases, measured in zip(groups, costs, strict=True):
        beside = measured[0]
        for case, cost in zip(cases, measured, strict=True):
            wall, cpu = cost.wall / beside.wall, cost.cpu / beside.cpu
            table.add_row(
                case.title, f"{cost.wall:.2f}", f"{wall:.2f}", f"{cost.cpu:.2f}", f"{cpu:.2f}",
                f"{cost.peak:,.0f}",
            )  # fmt: skip
        table.add_section()
    return table


def _trees(ours: Growth, theirs: Growth, rows: int) -> Table:
    table = Table(
        "tree of depth 4", box=box.SIMPLE, title=f"The same instances and cuts, {rows:,} × 20"
    )
    for column in ("wall s", "×", "CPU s", "×", "impurity removed"):
        table.add_column(column, justify="right", no_wrap=True)
    for title, tree in (("scikit-learn's", theirs), ("ours", ours)):
        wall, cpu = tree.wall / theirs.wall, tree.cpu / theirs.cpu
        table.add_row(
            title, f"{tree.wall:.2f}", f"{wall:.2f}", f"{tree.cpu:.2f}", f"{cpu:.2f}",
            f"{tree.removed:.2%}",
        )  # fmt: skip
    return table
