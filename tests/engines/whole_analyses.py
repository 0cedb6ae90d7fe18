"""Whole analyses, which must be the same wherever the instances live."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from strategies import plan_for
from study_parity import found_at

from terrain.config import Plan
from terrain.engines.memory import MemoryHome
from terrain.errors import DataError
from terrain.files import resource
from terrain.study import quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.engines import Home

CENSUS = Path(__file__).parents[3] / "shared" / "data" / "acs_income.parquet"


def the_same_of_loans(home: Home, folder: Path, ends: Sequence[int], slices: int = 2) -> None:
    """Demand the same document of the loans, in files that end at the given rows."""
    table = csv.read_csv(resource("sample_benchmarks") / "loans.csv")
    plan = Plan(
        inputs=tuple(_files(table, folder, ends)),
        sensitive=("sex", "region"),
        cohorts={"young": "age < 33 and region = north"},
        slices=slices,
        sample_rows=2_000 if len(ends) > 1 else 1_000_000,
    )
    with mock.patch.object(quantiles, "MOST", 1):  # without slices three passes for cut points
        assert found_at(home, plan) == found_at(MemoryHome(), plan)


def the_same_of_any(home: Home, table: pa.Table, folder: Path, share: float, slices: int) -> None:
    """Demand the same document, or the same refusal, of a table in two files."""
    ends = sorted({max(1, int(share * len(table))), len(table)})
    plan = plan_for(table, inputs=tuple(_files(table, folder, ends)), slices=slices)
    try:
        expected = found_at(MemoryHome(), plan)
    except DataError as refused:  # nothing to explain, and the like
        with pytest.raises(DataError, match=re.escape(str(refused))):
            found_at(home, plan)
        return
    assert found_at(home, plan) == expected


def the_same_of_the_census(home: Home, folder: Path, slices: int = 1) -> None:
    """Demand the same document of 332,900 people, of whom a sample is looked at."""
    table = parquet.read_table(CENSUS)
    plan = Plan(
        inputs=tuple(_files(table, folder, (100_000, 150_000, 332_900))),
        sensitive=("race",),
        slices=slices,
        rival=False,
        sample_rows=50_000,
    )
    assert found_at(home, plan) == found_at(MemoryHome(), plan)


def _files(table: pa.Table, folder: Path, ends: Sequence[int]) -> list[str]:
    start, paths = 0, []
    for end in ends:
        paths.append(str(folder / f"part-{end}.parquet"))
        parquet.write_table(table.slice(start, end - start), paths[-1])
        start = end
    return paths
