"""Out of core, in pieces of any size, from any format: the same document, byte for byte."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from strategies import plan_for, tables
from study_parity import cut_into, found_by

from terrain import app
from terrain.config import Plan
from terrain.errors import DataError, UsageError
from terrain.files import resource

if TYPE_CHECKING:
    from collections.abc import Mapping

LOANS = str(resource("sample_benchmarks") / "loans.csv")
CENSUS = Path(__file__).parents[3] / "shared" / "data" / "acs_income.parquet"


@pytest.mark.parametrize("sample_rows", [1_000_000, 2_000])
@pytest.mark.parametrize(
    "asked",
    [
        {"sensitive": ("sex",), "cohorts": {"young": "age < 33 and region = north"}},
        {"weight": "amount", "slices": 1},
        {"group": "region", "slices": 1},
        {"error": ("amount",), "slices": 2, "rival": False},
        {"target": "fpr", "slices": 2, "rival": False},
    ],
    ids=["plain", "weights", "groups", "losses", "fpr"],
)
def test_in_pieces_the_document_is_the_same(asked: Mapping[str, Any], sample_rows: int) -> None:
    plan = Plan(inputs=(LOANS,), sample_rows=sample_rows, **asked)
    whole = found_by(plan)
    with cut_into(700):
        assert found_by(plan, memory="1KB") == whole
    assert (b'"instances":6000' in whole) or b'"instances": 6000' in whole


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=8,
    deadline=None,
)
@given(table=tables(), rows=st.integers(1, 400))
def test_of_any_table_in_pieces_of_any_size(table: pa.Table, rows: int, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(table, path, row_group_size=max(rows // 2, 1))
    plan = plan_for(table, inputs=(str(path),), slices=2)
    try:
        whole = found_by(plan)
    except DataError as refused:  # nothing to explain, and the like: then in pieces, too
        with cut_into(rows), pytest.raises(DataError, match=str(refused)[:20]):
            found_by(plan, memory="1KB")
        return
    with cut_into(rows):
        assert found_by(plan, memory="1KB") == whole


def test_a_sample_is_looked_at_and_all_instances_are_measured(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    n = 30_000
    age = generator.integers(18, 80, n)
    wrong = generator.random(n) < np.where(age < 25, 0.5, 0.1)
    rare = np.where(np.arange(n) == n - 1, "once", "often")
    columns = {"age": age, "rare": rare, "label": np.zeros(n, int), "prediction": wrong.astype(int)}
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table(columns), path)
    plan = Plan(inputs=(str(path),), sample_rows=2_000, features=("age", "rare"))
    document = found_by(plan)
    assert b'"instances": 30000' in document or b'"instances":30000' in document
    assert b"once" in document  # no sample of 2,000 need hold it; the census of all does
    assert found_by(plan, memory="1KB") == document


def test_a_page_of_a_sample_says_of_how_many_instances_it_carries_some(tmp_path: Path) -> None:
    plan = Plan(inputs=(LOANS,), sample_rows=2_000, slices=1, rival=False)
    page = tmp_path / "page.html"
    app.analyze_to_files(plan, page, None, lambda _: None)
    said = re.search(r"This page carries ([\d,]+) of 6,000 instances", page.read_text("utf-8"))
    assert said is not None
    assert int(said[1].replace(",", "")) < 6_000


@pytest.mark.parametrize("asked", [{"inference": "permutation"}, {"tree": "sklearn"}])
def test_what_needs_all_instances_in_one_place_is_refused_of_a_sample(
    asked: Mapping[str, Any],
) -> None:
    with pytest.raises(UsageError, match="needs all 6,000 instances in one place"):
        found_by(Plan(inputs=(LOANS,), sample_rows=2_000, **asked))


@pytest.mark.skipif(not CENSUS.is_file(), reason="shared/data/acs_income.parquet is not there")
def test_the_census_in_pieces() -> None:
    plan = Plan(inputs=(str(CENSUS),), sensitive=("sex",), slices=1, rival=False)
    whole = found_by(plan, sample_rows=50_000)
    with cut_into(60_000):
        assert found_by(plan, memory="1KB", sample_rows=50_000) == whole
