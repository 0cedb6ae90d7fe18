"""How often an analysis goes through its instances, and what each pass sends: counted, not timed.

An engine that counts stands between the analysis and the engine of this process. Nothing of it
depends on how fast the machine is, so these numbers repeat.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import cloudpickle
import pyarrow.parquet as pq
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import tables
from terrain import app
from terrain.config import Plan
from terrain.engines.memory import MemoryHome
from terrain.publish import instances_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terrain.engines import Engine, Settings

ROWS, PIECE = 500_000, 250_000
"""Of the tables, and of their row groups."""

WIDTHS, QUICK_WIDTHS = (5, 10, 20, 40, 80), (5, 20)
USUAL = 20


class Pass(NamedTuple):
    """One call of an engine.

    Attributes
    ----------
    stage
        What the analysis said that it was doing.
    verb
        ``reduce``, ``map`` or ``bind``.
    over
        The kind of item: what is read is no `Encoded`.
    sent
        Bytes of the function, pickled.
    states
        Bytes of the state of each item, pickled; nothing of what is bound, which stays.
    """

    stage: str
    verb: str
    over: str
    sent: int
    states: tuple[int, ...]


@dataclass
class Log:
    """The passes of one analysis."""

    stage: str = "reading"
    passes: list[Pass] = field(default_factory=list)

    def say(self, stage: str) -> None:
        """Take note of what is being done, not of how far it is; what searches is one stage."""
        if not stage.startswith("searching"):
            self.stage = stage.partition(":")[0]
        else:
            self.stage = "searching slices"

    def told(self, verb: str, over: str, weighed: Weighed) -> None:
        """Take note of a pass."""
        sent = len(cloudpickle.dumps(weighed.step))
        self.passes.append(Pass(self.stage, verb, over, sent, tuple(weighed.sizes)))


class Weighed:
    """A function whose states are weighed, pickled, as they are made."""

    def __init__(self, step: Callable[..., Any]) -> None:
        self.step = step
        self.sizes: list[int] = []

    def __call__(self, *items: Any) -> Any:  # noqa: ANN401 - of any items
        """Return the state of an item, and take note of its bytes."""
        state = self.step(*items)
        self.sizes.append(len(pickle.dumps(state, protocol=5)))
        return state


class Counting:
    """An engine of this process that tells of what it is asked; see `terrain.engines.Engine`."""

    def __init__(self, log: Log, engine: Any, over: str) -> None:  # noqa: ANN401 - of any items
        self._log = log
        self.engine = engine
        self._over = over

    def map(self, step: Callable[..., Any]) -> list[Any]:
        """Return the state of each item."""
        weighed = Weighed(step)
        states: list[Any] = self.engine.map(weighed)
        self._log.told("map", self._over, weighed)
        return states

    def reduce(
        self,
        step: Callable[..., Any],
        merge: Callable[[Any, Any], Any],
        beside: Engine[Any] | None = None,
    ) -> Any:  # noqa: ANN401 - of any state
        """Return the merged states of all items."""
        weighed = Weighed(step)
        merged = self.engine.reduce(weighed, merge, _counted(beside))
        self._log.told("reduce", self._over, weighed)
        return merged

    def bind(self, step: Callable[..., Any], beside: Engine[Any] | None = None) -> Counting:
        """Return what a function makes of the items."""
        made = self.engine.bind(step, _counted(beside))
        self._log.told("bind", self._over, Weighed(step))
        return Counting(self._log, made, type(made.item(0)).__name__)


def _counted(beside: Engine[Any] | None) -> Any:  # noqa: ANN401 - of any items
    """Return the engine that counts nothing."""
    return beside.engine if isinstance(beside, Counting) else beside


class CountingHome:
    """A home in this process that tells of what it is asked; see `terrain.engines.Home`."""

    name = "memory"

    def __init__(self, log: Log, _: str, settings: Settings) -> None:
        self._log = log
        self._home = MemoryHome(settings.memory)

    def hold(self, items: Sequence[Any]) -> Engine[Any]:
        """Return items that live here."""
        return Counting(self._log, self._home.hold(items), type(items[0]).__name__)

    def close(self) -> None:
        """Do nothing, as nothing is left."""


def main(*, quick: bool) -> None:
    """Count the passes of tables of several widths and print two tables."""
    found = {
        (features, depth): counted(features, depth)
        for features in (QUICK_WIDTHS if quick else WIDTHS)
        for depth in (2, 3)
    }
    console = Console(width=110)
    console.print(_by_width(found))
    console.print(_by_stage(found[USUAL, 2], found[USUAL, 3]))


def counted(features: int, depth: int, rows: int = ROWS, *, sample: int = ROWS // 2) -> list[Pass]:
    """Return the passes of the analysis of a table, its page's instances included.

    Parameters
    ----------
    features
        Of the table.
    depth
        Conditions in a slice.
    rows
        Of the table.
    sample
        Rows that are looked at: of a table with more, all rows are asked for levels and losses.
    """
    log = Log()
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "table.parquet"
        pq.write_table(tables.large(rows, width=features), source, row_group_size=PIECE)
        plan = Plan(
            inputs=(str(source),),
            error=("wrong",),
            slices=depth,
            sample_rows=sample,
            memory="1MB",  # so that it is not read at once
        )
        with patch.object(app, "home_of", partial(CountingHome, log)):
            analysis = app.analyze(plan, log.say)
            log.say("drawing the page")
            instances_of(analysis.terrain, analysis.study)
    return log.passes


def _by_width(found: dict[tuple[int, int], list[Pass]]) -> Table:
    title = f"Passes of an analysis, {ROWS:,} rows"
    table = Table("features", "slices of", box=box.SIMPLE, title=title)
    for column in (
        "over files", "over pieces", "over codes", "binds", "KB back, most", "all passes, MB back",
        "KB sent, most", "all, MB sent",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    for (features, depth), passes in found.items():
        over = Counter(_kind(each) for each in passes if each.verb != "bind")
        codes = [each for each in passes if _kind(each) == "codes"]
        back = [max(each.states, default=0) for each in codes]
        sent = [each.sent for each in codes]
        table.add_row(
            str(features), str(depth), str(over["files"]), str(over["pieces"]), str(over["codes"]),
            str(sum(each.verb == "bind" for each in passes)),
            f"{max(back) / 1e3:,.0f}", f"{sum(back) / 1e6:,.2f}",
            f"{max(sent) / 1e3:,.0f}", f"{sum(sent) / 1e6:,.2f}",
        )  # fmt: skip
    return table


def _kind(each: Pass) -> str:
    """Return what a pass is over: codes, pieces of the table, or files as a whole."""
    return {"Encoded": "codes", "FilePiece": "pieces"}.get(each.over, "files")


def _by_stage(two: list[Pass], three: list[Pass]) -> Table:
    table = Table("stage", box=box.SIMPLE, title=f"{USUAL} features: passes, and MB back a piece")
    stages: dict[str, list[list[int]]] = defaultdict(lambda: [[], []])
    for column, passes in enumerate((two, three)):
        for each in passes:
            if each.verb != "bind":
                stages[each.stage][column].append(max(each.states, default=0))
    for header in ("slices of two", "MB", "slices of three", "MB"):
        table.add_column(header, justify="right")
    for stage, columns in stages.items():
        cells = [cell for sizes in columns for cell in (str(len(sizes)), f"{sum(sizes) / 1e6:.2f}")]
        table.add_row(stage, *cells)
    return table
