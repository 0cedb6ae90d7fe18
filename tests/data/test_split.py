"""Halves hang on what the rows are, on nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import tables

from terrain.data.split import discovery_part

N = 4_000


def halves(
    table: pa.Table, group: str | None = None, instance_id: str | None = None, seed: int = 0
) -> np.ndarray:
    return discovery_part(table, group=group, instance_id=instance_id, seed=seed)[0]


def many() -> pa.Table:
    """Return rows of every type."""
    generator = np.random.default_rng(0)
    moments = [datetime.fromtimestamp(i, UTC) for i in generator.integers(0, 2**31, N)]
    return pa.table(
        {
            "id": np.arange(N),
            "group": generator.integers(0, 400, N),
            "x": np.where(generator.random(N) < 0.1, np.nan, generator.normal(size=N)),
            "text": [("a", "b", "", None)[i] for i in generator.integers(0, 4, N)],
            "flag": generator.random(N) < 0.5,
            "when": moments,
        }
    )


@given(tables(), st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_rows_and_columns_does_not_matter(
    table: pa.Table, random: Any, seed: int
) -> None:
    order = list(range(table.num_rows))
    random.shuffle(order)
    columns = list(table.column_names)
    random.shuffle(columns)
    shuffled = table.take(order).select(columns)
    for how in ({}, {"instance_id": "key"}, {"group": "region"}):
        found = halves(table, seed=seed, **how)
        assert halves(shuffled, seed=seed, **how).tolist() == found[order].tolist()


@pytest.mark.parametrize(
    ("group", "instance_id", "by"),
    [("group", "id", "group"), (None, "id", "id"), (None, None, "row")],
)
def test_about_half_by_group_else_id_else_row(
    group: str | None, instance_id: str | None, by: str
) -> None:
    half, said = discovery_part(many(), group=group, instance_id=instance_id, seed=0)
    assert said == by
    assert 0.44 < half.mean() < 0.56


def test_a_group_is_never_divided() -> None:
    table = many()
    group = table["group"].to_numpy()
    half = halves(table, group="group")
    assert not set(group[half]) & set(group[~half])


def test_the_id_decides_whatever_else_the_row_holds() -> None:
    table = many()
    other = table.set_column(2, "x", pa.array(np.zeros(N)))
    assert halves(other, instance_id="id").tolist() == halves(table, instance_id="id").tolist()
    assert halves(other).tolist() != halves(table).tolist()


@pytest.mark.parametrize("how", [{}, {"instance_id": "id"}, {"group": "group"}])
def test_another_seed_is_another_split(how: dict[str, str]) -> None:
    table = many()
    same = [np.mean(halves(table, seed=0, **how) == halves(table, seed=s, **how)) for s in (1, 2)]
    assert all(0.4 < share < 0.6 for share in same)


def test_equal_rows_are_halved() -> None:
    table = pa.table({"x": ["a"] * 3_000 + ["b"] * 1_000})
    half = halves(table)
    assert 0.45 < half[:3_000].mean() < 0.55
    assert 0.45 < half[3_000:].mean() < 0.55


def test_a_missing_value_is_not_an_empty_text() -> None:
    empty = halves(pa.table({"x": [""] * 400, "id": np.arange(400)}))
    missing = halves(pa.table({"x": pa.array([None] * 400, pa.string()), "id": np.arange(400)}))
    assert empty.tolist() != missing.tolist()


@given(st.integers(2, 12))
def test_a_handful_has_two_halves(n: int) -> None:
    half = halves(pa.table({"id": np.arange(n)}), instance_id="id")
    assert 0 < half.sum() < n


def test_nothing_about_the_split_shows_in_a_column() -> None:
    table = many()
    half = halves(table, instance_id="id")
    assert abs(np.corrcoef(half, table["id"].to_numpy())[0, 1]) < 0.05
    assert abs(np.corrcoef(half, np.arange(N) % 2)[0, 1]) < 0.05
