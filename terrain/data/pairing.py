"""Which rows of several tables of predictions are the same instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.reading.joining import comparable, demand_unique, same_values
from terrain.data.wording import counted, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.benchmark import Benchmark

How = Literal["columns", "id", "position"]


HOW = {
    "columns": "predictions in columns of one table",
    "id": "by id",
    "position": "by position, as the tables are the same in all else",
}


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The instances that all tables have.

    Attributes
    ----------
    how
        ``columns`` of one table; by ``id``; by ``position``, as all else is the same.
    key
        The columns that hold the id, one for each table; empty otherwise.
    rows
        For each table the (m,) rows of the shared instances, in the order of the last table.
    alone
        For each table, how many of its rows are not shared.
    """

    how: How
    key: tuple[str, ...]
    rows: tuple[np.ndarray, ...]
    alone: tuple[int, ...]


def paired(benchmarks: Sequence[Benchmark], names: Sequence[str]) -> Paired | str:
    """Return which rows of the tables are the same instances, or why that cannot be told.

    By id, where every table has one; else by position, where the tables are the same in all that
    is no prediction and no score.

    Parameters
    ----------
    benchmarks
        One for each model; the last one's order counts.
    names
        What the tables are called.

    Raises
    ------
    DataError
        A table has an id twice, or ids cannot be compared.
    """
    keys = [benchmark.roles.id for benchmark in benchmarks]
    if all(key is not None for key in keys):
        return _by_id(benchmarks, [key for key in keys if key is not None], names)
    if any(key is not None for key in keys):
        lacking = [name for name, key in zip(names, keys, strict=True) if key is None]
        return f"no column of {listed(lacking)} is known to hold an id"
    return _by_position(benchmarks, names)


def _by_id(
    benchmarks: Sequence[Benchmark], keys: Sequence[str], names: Sequence[str]
) -> Paired | str:
    last = benchmarks[-1].table[keys[-1]]
    found: list[np.ndarray] = []
    for benchmark, key, name in zip(benchmarks, keys, names, strict=True):
        ours, theirs = comparable(last, benchmark.table[key])
        demand_unique(theirs, key, name)
        places = pc.index_in(ours, theirs, skip_nulls=True).combine_chunks()
        found.append(places.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))
    shared = np.all([places >= 0 for places in found], axis=0)
    if not shared.any():
        return f"no id is in all of {listed(names)}"
    rows = tuple(places[shared] for places in found)
    alone = tuple(b.table.num_rows - int(shared.sum()) for b in benchmarks)
    return Paired(how="id", key=tuple(keys), rows=rows, alone=alone)


def _by_position(benchmarks: Sequence[Benchmark], names: Sequence[str]) -> Paired | str:
    last = benchmarks[-1]
    for benchmark, name in zip(benchmarks[:-1], names, strict=False):
        if benchmark.table.num_rows != last.table.num_rows:
            return (
                f"there is no id, and `{name}` has {benchmark.table.num_rows:,} rows where "
                f"`{names[-1]}` has {last.table.num_rows:,}"
            )
        one, other = _given(benchmark), _given(last)
        if set(one) != set(other):
            apart = set(one) ^ set(other)
            return (
                f"there is no id, and the tables differ in their columns: {listed(sorted(apart))}"
            )
        differing = [column for column in one if not same_values(one[column], other[column])]
        if differing:
            return f"there is no id, and the tables differ in {listed(differing)}"
    return together(benchmarks, "position")


def _given(benchmark: Benchmark) -> dict[str, pa.ChunkedArray]:
    """Return the columns that no model made."""
    roles = benchmark.roles
    made = {roles.prediction, *roles.scores, *roles.errors}
    table = benchmark.table
    return {name: table[name] for name in table.column_names if name not in made}


def together(benchmarks: Sequence[Benchmark], how: How) -> Paired:
    """Return that the tables are paired row by row."""
    rows = np.arange(benchmarks[-1].table.num_rows)
    return Paired(how=how, key=(), rows=(rows,) * len(benchmarks), alone=(0,) * len(benchmarks))


def moved_features(benchmarks: Sequence[Benchmark], paired: Paired) -> tuple[int, list[str]]:
    """Return how many paired rows have another feature in another table, and which features."""
    last, moved, names = benchmarks[-1], np.zeros(len(paired.rows[-1]), dtype=bool), []
    for name in last.roles.features:
        ours = last.table[name].take(pa.array(paired.rows[-1]))
        for benchmark, rows in zip(benchmarks[:-1], paired.rows, strict=False):
            if name in benchmark.table.column_names:
                differ = _differ(ours, benchmark.table[name].take(pa.array(rows)))
                moved |= differ
                names += [name] * bool(differ.any())
    return int(moved.sum()), list(dict.fromkeys(names))


def _differ(ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> np.ndarray:
    """Return (m,) bool: where two columns differ; missing equals missing."""
    one, other = comparable(ours, theirs)
    unequal = pc.fill_null(pc.not_equal(one, other), False)
    lacking = pc.xor(pc.is_null(one), pc.is_null(other))
    return np.asarray(pc.or_(unequal, lacking).to_numpy())


def pairing_words(found: Paired, names: Sequence[str]) -> str:
    """Return how many instances were paired, how, and how many were not and why."""
    how = HOW[found.how] + (f" ({listed(dict.fromkeys(found.key))})" if found.key else "")
    said = f"{counted(len(found.rows[-1]), 'instance')} paired: {how}."
    for name, alone in zip(names, found.alone, strict=True):
        if alone:
            others = "the other" if len(names) == 2 else "some other"  # noqa: PLR2004 - two
            said += f" {counted(alone, 'row')} of `{name}` not paired: no such id in {others}."
    return said
