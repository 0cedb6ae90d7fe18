"""Several models on the same instances: paired, labels checked, outcomes alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from terrain.data.alike import (
    defined,
    differing_labels,
    in_common,
    taken,
    with_the_same_classes,
)
from terrain.data.notes import Warned
from terrain.data.pairing import moved_features
from terrain.data.wording import counted, listed
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.benchmark import Benchmark
    from terrain.data.outcome import Outcome
    from terrain.data.pairing import Paired


@dataclass(frozen=True, kw_only=True)
class Matched:
    """The (n,) instances on which models are compared.

    Attributes
    ----------
    benchmark
        The last model's, these instances only; its table has no column that a model made.
    outcomes
        Of each model: classes, labels and weights are the same in all.
    shown
        The table with what each model made.
    marked
        By column that a model made, what it is: "old prediction".
    differing, undefined
        Shared instances that were left out: their label is not the same in all tables; a label or
        a prediction is missing in one.
    moved
        Shared instances that have another feature in another table, and which features.
    """

    benchmark: Benchmark
    outcomes: tuple[Outcome, ...]
    shown: pa.Table
    marked: dict[str, str]
    differing: int
    undefined: int
    moved: tuple[int, list[str]]


def matched(benchmarks: Sequence[Benchmark], names: Sequence[str], paired: Paired) -> Matched:
    """Return the shared instances with the outcome of every model.

    Raises
    ------
    DataError
        The models do not do the same task, or no instance is left.
    """
    outcomes = with_the_same_classes(
        [taken(b.outcome, rows) for b, rows in zip(benchmarks, paired.rows, strict=True)]
    )
    n = len(paired.rows[-1])
    differing = np.resize(differing_labels(outcomes), n) if outcomes[-1].label is not None else None
    differing = np.zeros(n, dtype=bool) if differing is None else differing
    whole = defined(outcomes, n)
    kept = np.flatnonzero(whole & ~differing)
    if not len(kept):
        raise DataError(
            f"of {counted(n, 'shared instance')} of {listed(names)} none has the same label and a "
            "prediction in all: check that label and prediction are the right columns of each"
        )
    rows = [each[kept] for each in paired.rows]
    last = benchmarks[-1]
    given = _without(last.table, _made(benchmarks))
    shown, marked = _with_predictions(benchmarks, names, rows, paired.how == "columns")
    common = in_common([taken(outcome, kept) for outcome in outcomes])
    return Matched(
        benchmark=replace(
            last,
            rows=replace(
                last.rows,
                table=given.take(pa.array(rows[-1])),
                source=last.rows.source[rows[-1]],
                record=last.rows.record[rows[-1]],
                line=last.rows.line[rows[-1]],
            ),
            outcome=common[-1],
        ),
        outcomes=tuple(common),
        shown=shown,
        marked=marked,
        differing=int(differing.sum()),
        undefined=int((~whole & ~differing).sum()),
        moved=moved_features(benchmarks, paired) if paired.how == "id" else (0, []),
    )


def _made(benchmarks: Sequence[Benchmark]) -> set[str | None]:
    """Return the columns that some model made."""
    return {
        name
        for benchmark in benchmarks
        for name in (
            benchmark.roles.prediction,
            *benchmark.roles.scores,
            *benchmark.roles.errors,
        )
    }


def _without(table: pa.Table, names: set[str | None]) -> pa.Table:
    return table.drop_columns([name for name in table.column_names if name in names])


def _with_predictions(
    benchmarks: Sequence[Benchmark],
    names: Sequence[str],
    rows: Sequence[np.ndarray],
    one_table: bool,  # noqa: FBT001 - a fact, no switch
) -> tuple[pa.Table, dict[str, str]]:
    """Return the last table with what every model made beside it, and what these columns are."""
    last = benchmarks[-1].table.take(pa.array(rows[-1]))
    columns = dict(zip(last.column_names, last.columns, strict=True))
    marked: dict[str, str] = {}
    for benchmark, name, chosen in zip(benchmarks, names, rows, strict=True):
        roles = benchmark.roles
        made = {roles.prediction: "prediction"} | dict.fromkeys(roles.scores, "score")
        made |= dict.fromkeys(roles.errors, "error")
        for column, role in made.items():
            if column is None:
                continue
            title = (
                column if one_table or benchmark is benchmarks[-1] else _free(columns, column, name)
            )
            columns[title] = benchmark.table[column].take(pa.array(chosen))
            marked[title] = f"{role} of {name}"
    return pa.table(columns), marked


def _free(columns: dict[str, pa.ChunkedArray], column: str, name: str) -> str:
    """Return a name for another model's column that no column has."""
    title = f"{column} ({name})"
    while title in columns:
        title += "'"
    return title


def doubts(matched: Matched) -> tuple[Warned, ...]:
    """Return warnings of instances that could not be compared, or are perhaps not the same."""
    found = []
    rows, features = matched.moved
    if rows:
        found.append(
            Warned(
                code="features-differ",
                seen=f"{counted(rows, 'paired instance')} had another value of {listed(features)} "
                "in another table; conditions are made of the last table's.",
                advice="Check that an id means the same instance in every table.",
                rows=rows,
            )
        )
    if matched.differing:
        found.append(
            Warned(
                code="labels-differ",
                seen=f"{counted(matched.differing, 'paired instance')} had another label in "
                "another table, and were left out.",
                advice="See which labels are right, and that an id means the same instance in "
                "every table.",
                rows=matched.differing,
            )
        )
    if matched.undefined:
        found.append(
            Warned(
                code="unlabelled-pairs",
                seen=f"{counted(matched.undefined, 'paired instance')} lacked a label or a "
                "prediction in one of the tables, and were left out.",
                advice="Give every model's prediction for each instance.",
                rows=matched.undefined,
            )
        )
    return tuple(found)
