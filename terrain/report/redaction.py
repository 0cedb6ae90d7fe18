"""Rows of which a reader sees only what conditions are made of, and what the outcome is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from terrain.report.instances import Instances

BLACK = "▇"
"""What stands in place of a value; a missing one stays missing."""

SHOWN = {"feature", "sensitive", "label", "prediction", "score", "error", "weight"}
"""Roles whose values stay. In a comparison a role is followed by its model: "score of new"."""


def redacted(table: pa.Table, marked: dict[str, str]) -> pa.Table:
    """Return a table in which every value of a column with another role, or none, is black.

    Parameters
    ----------
    table
        (n,) rows.
    marked
        By column, its role.
    """
    columns = {
        name: column if marked.get(name, "").split(" of ")[0] in SHOWN else _black(column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return pa.table(columns)


def redacted_instances(instances: Instances) -> Instances:
    """Return instances with a redacted table."""
    return replace(instances, table=redacted(instances.table, instances.marked))


def _black(column: pa.ChunkedArray) -> pa.ChunkedArray:
    missing = np.asarray(column.is_null())
    codes = pa.array(np.zeros(len(column), np.int32), mask=missing)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array([BLACK]))])
