"""Benchmarks as hypothesis draws them, and benchmarks planted by a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from terrain.config import Plan
from terrain.data.benchmark import Benchmark
from terrain.data.deciding import Reading, decide
from terrain.data.outcome import outcome_of
from terrain.data.readers import Rows
from terrain.data.recognition.roles import Wanted, recognise
from terrain.study import Study, study_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LEVELS = ("north", "south", "", " x", "a, b", "missing", "é", "a and b < 3", "'q\" or x")
INTEGERS = st.integers(-3, 40)
NUMBERS = st.floats(-100, 100, allow_nan=False) | st.sampled_from([np.inf, -np.inf, 0.0, 0.5])
START = datetime(2020, 1, 1, tzinfo=UTC)
DATES = st.integers(0, 3_000).map(lambda hours: START + timedelta(hours=hours))


def columns(values: SearchStrategy[Any], n: int) -> SearchStrategy[list[Any]]:
    """Return columns of `n` values, some of them missing."""
    return st.lists(values | st.none(), min_size=n, max_size=n)


@st.composite
def tables(
    draw: st.DrawFn, *, task: str = "binary", weighted: bool | None = None, least: int = 8
) -> pa.Table:
    """Draw a table with features of every kind, an id, labels, predictions, perhaps weights.

    Each column's values are drawn, and dealt to its rows by a drawn seed: that is quicker than to
    draw every cell.
    """
    n = draw(st.integers(least, 60))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))

    def dealt(values: SearchStrategy[Any], kind: pa.DataType) -> pa.Array:
        few = draw(st.lists(values | st.none(), min_size=1, max_size=10))
        return pa.array([few[i] for i in generator.integers(0, len(few), n)], kind)

    data: dict[str, pa.Array] = {
        "age": dealt(INTEGERS, pa.int64()),
        "income": dealt(NUMBERS, pa.float64()),
        "region": dealt(st.sampled_from(LEVELS), pa.string()),
        "day": dealt(DATES, pa.timestamp("us", tz="UTC")),
        "member": dealt(st.booleans(), pa.bool_()),
        "key": pa.array([f"k{i}" for i in range(n)]),
    }
    wrong = generator.random(n) < draw(st.floats(0, 1))
    wrong[:2] = False, True  # neither all right nor all wrong
    if task == "binary":
        label = generator.integers(0, 2, n)
        data |= {"label": pa.array(label), "prediction": pa.array(label ^ wrong)}
    else:
        data["loss"] = pa.array(np.round(generator.exponential(size=n) * 10, 3) + wrong)
    if draw(st.booleans()) if weighted is None else weighted:
        weight = np.round(generator.exponential(size=n), 2) * (generator.random(n) < 0.9)
        data["weight"] = pa.array(np.where(np.arange(n) < 2, 1.0, weight))
    return pa.table(data)


FEATURES = ("age", "income", "region", "day", "member")
"""Of the tables above."""


def plan_for(table: pa.Table, **settings: Any) -> Plan:
    """Return the plan of a table that `tables` drew."""
    roles: dict[str, Any] = {"features": FEATURES, "id": "key"}
    if "weight" in table.column_names:
        roles["weight"] = "weight"
    if "loss" in table.column_names:
        roles["error"] = ("loss",)
    else:
        roles |= {"label": "label", "prediction": "prediction"}
    return Plan(**(roles | settings))


def benchmark_of(table: pa.Table, plan: Plan) -> Benchmark:
    """Return a table as a benchmark that was read from nowhere."""
    n = table.num_rows
    wanted = Wanted(
        label=plan.label,
        prediction=plan.prediction,
        scores=plan.score,
        errors=plan.error,
        features=plan.features,
        sensitive=plan.sensitive,
        id=plan.id,
        group=plan.group,
        weight=plan.weight,
        exclude=plan.exclude,
    )
    roles, _ = recognise(table, wanted)
    reading = Reading(task=plan.task, positive=plan.positive, threshold=plan.threshold)
    rows = Rows(table, (), np.zeros(n, np.uint32), np.arange(n), np.zeros(n, np.int64), (), ())
    decided = decide(table, roles, reading)
    return Benchmark(rows, roles, outcome_of(table, roles, decided), (), decided)


def study_from(table: pa.Table, **settings: Any) -> Study:
    """Return a table that `tables` drew, ready to be searched and measured."""
    plan = plan_for(table, **settings)
    return study_of(benchmark_of(table, plan), plan)


def noise(seed: int, n: int = 2_000, features: int = 20, rate: float = 0.15) -> pa.Table:
    """Return a table whose error has nothing to do with its features."""
    generator = np.random.default_rng(seed)
    half, quarter = features // 2, features // 4
    data: dict[str, Any] = {f"x{i}": generator.normal(size=n) for i in range(half)}
    data |= {f"b{i}": generator.integers(0, 2, n) for i in range(quarter)}
    data |= {f"c{i}": generator.choice(list("abcde"), n) for i in range(features - half - quarter)}
    return pa.table(data | {"wrong": (generator.random(n) < rate).astype(int)})
