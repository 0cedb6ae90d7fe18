"""A benchmark: the table, what each column is, and what the model did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from terrain.data.arrow import numbers_of
from terrain.data.checking.checks import check
from terrain.data.deciding import decide
from terrain.data.hidden import NOTHING_HIDDEN, Hidden
from terrain.data.outcome import outcome_of
from terrain.data.readers import Rows, join, read
from terrain.data.recognition.roles import recognise
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.deciding import Decided, Reading
    from terrain.data.notes import Warned
    from terrain.data.outcome import Outcome
    from terrain.data.recognition.roles import Roles, Wanted
    from terrain.data.where import Where, Whole

MOST_REPEATED = 50_000_000
"""Most instances that a count column may stand for."""


@dataclass(frozen=True)
class Benchmark:
    """Instances with their roles.

    Attributes
    ----------
    rows
        The table, and where each row comes from.
    roles
        Which column is what.
    outcome
        What the model did on every instance.
    warnings
        What appears wrong.
    decided
        How outcomes are read.
    whole
        All instances, where they do not lie in the table, or not only; None: the table is all.
    """

    rows: Rows
    roles: Roles
    outcome: Outcome
    warnings: tuple[Warned, ...]
    decided: Decided
    whole: Whole | None = None

    @property
    def table(self) -> pa.Table:
        """The (n,) instances that are looked at, all columns."""
        return self.rows.table

    def read_as(self, outcome: Outcome) -> Benchmark:
        """Return the benchmark with another reading of what the model did."""
        return replace(self, outcome=outcome)


def load(
    inputs: Sequence[str] | Rows,
    metadata: Sequence[str],
    on: str | None,
    wanted: Wanted,
    reading: Reading,
    *,
    compared: Sequence[str] = (),
    hidden: Hidden = NOTHING_HIDDEN,
    where: Where | None = None,
) -> Benchmark:
    """Read a benchmark.

    Parameters
    ----------
    inputs
        Files, patterns, folders, or ``-``; or rows that are in memory already.
    metadata, on
        Files of further columns, and the column that joins them.
    wanted
        The roles that the user names.
    reading
        How outcomes are read.
    compared
        Further sensitive features, where the table has them.
    hidden
        Columns that are left out of everything.
    where
        Where the table is kept, and how much of it is looked at; None: all, here.

    Raises
    ------
    DataError, UsageError
        The input cannot be read, or a column cannot play its role.
    """
    joined = bool(metadata) or wanted.count is not None
    if isinstance(inputs, Rows) or where is None or where.in_one_place(inputs, joined=joined):
        rows = read_rows(inputs, metadata, on, hidden)
        if wanted.count is not None and wanted.count in rows.table.column_names:
            rows = _repeated(rows, wanted.count)
        rows, whole = (rows, None) if where is None else where.looked_at(rows, reading)
    else:
        rows, whole = where.spread(inputs, reading, hidden)
    present = tuple(name for name in compared if name in rows.table.column_names)
    wanted = replace(wanted, sensitive=wanted.sensitive + present)
    roles, warnings = recognise(rows.table, wanted)
    if roles.count is not None:
        rows = replace(rows, table=rows.table.drop_columns([roles.count]))
    decided = decide(rows.table, roles, reading)
    outcome = outcome_of(rows.table, roles, decided)
    checks = check(rows.table, roles, outcome, sampled=whole is not None and whole.sampled)
    return Benchmark(rows, roles, outcome, (*rows.warnings, *warnings, *checks), decided, whole)


def read_rows(
    inputs: Sequence[str] | Rows, metadata: Sequence[str], on: str | None, hidden: Hidden
) -> Rows:
    """Return the rows of a benchmark, each once, without hidden columns; see `load`."""
    tables = [inputs if isinstance(inputs, Rows) else read(inputs)]
    if metadata:
        tables.append(read(metadata))
    hidden.refuse_unknown([name for rows in tables for name in rows.table.column_names])
    rows, *more = map(hidden.left_out, tables)
    for further in more:
        rows = join(rows, further, on or "")
    return hidden.noted(rows)


def _repeated(rows: Rows, column: str) -> Rows:
    """Return each row as often as its count says."""
    counts = numbers_of(rows.table[column])
    bad = np.flatnonzero(~(counts >= 0) | (counts != np.floor(counts)))
    if len(bad):
        raise DataError(
            f"the count `{column}` must be a whole number of at least 0 in every row; row "
            f"{bad[0] + 1:,} has {counts[bad[0]]:g} ({len(bad):,} rows in all)"
        )
    if not 0 < counts.sum() <= MOST_REPEATED:
        raise DataError(
            f"the count `{column}` sums to {counts.sum():,.0f} instances, not between 1 and "
            f"{MOST_REPEATED:,}. Name it as --weight instead"
        )
    chosen = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
    note = f"{len(counts):,} rows stand for {len(chosen):,} instances by the count `{column}`"
    return replace(
        rows,
        table=rows.table.take(pa.array(chosen)),
        source=rows.source[chosen],
        record=rows.record[chosen],
        line=rows.line[chosen],
        notes=(*rows.notes, note),
    )
