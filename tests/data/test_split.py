"""Halves hang on what the rows are, on nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.util import hash_array
from strategies import tables

from terrain.data import split
from terrain.data.split import discovery_part, half_by_place

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


WHEN = [datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 2)]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([0.0, -0.0, 2.5, float("nan"), None]),
        pa.array([1, None, 3], pa.int32()),
        pa.array([1, -2, 3], pa.int16()),
        pa.array([2**63, 1], pa.uint64()),
        pa.array([*WHEN, None]),
        pa.array([*(each.date() for each in WHEN), None]),
        pa.array([*(each.time() for each in WHEN), None]),
        pa.array([*(each - WHEN[0] for each in WHEN), None]),
        pa.array([Decimal("1.50"), None, Decimal("2.00")]),
        pa.array([b"x", None, b"y", b"x"]),
        pa.array([[1], None, [1, 2]]),
        pa.nulls(3),
    ],
    ids=lambda values: str(values.type),
)
def test_values_are_hashed_as_pandas_hashes_them(values: pa.Array) -> None:
    column = pa.chunked_array([values, pa.nulls(1, values.type)])
    if pa.types.is_floating(values.type):
        hashed = hash_array(column.to_numpy() + 0)
    elif pa.types.is_integer(values.type):  # which a missing one does not make fractions
        hashed = hash_array(column.fill_null(0).to_numpy())
        hashed[column.is_null().to_numpy()] = split.MISSING
    else:
        texts = np.array([str(value) for value in column.to_pylist()], dtype=object)
        hashed = hash_array(texts, categorize=False)
    seeds = range(64)
    expected = [
        [_mixed(int(key) + 0x9E3779B97F4A7C15 * (seed + 1)) < 2**63 for key in hashed]
        for seed in seeds
    ]
    table = pa.table({"id": column})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split, "CHUNK", 2)
        found = [halves(table, instance_id="id", seed=seed).tolist() for seed in seeds]
    told = [seed for seed in seeds if len(set(expected[seed])) == 2]
    assert told or values.null_count == len(values)
    assert [found[seed] for seed in told] == [expected[seed] for seed in told]


def _mixed(key: int) -> int:
    """Return splitmix64's finaliser of a key, in Python's own integers."""
    key %= 2**64
    key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    key = (key ^ (key >> 27)) * 0x94D049BB133111EB % 2**64
    return key ^ (key >> 31)


@pytest.mark.parametrize("how", ["id", "group", None])
def test_pieces_are_halved_as_the_whole_wherever_values_are_missing(how: str | None) -> None:
    """A piece without a missing value does not know that another has one."""
    table, at = many(), np.arange(N)
    for name in table.column_names:
        place = table.column_names.index(name)
        some = pa.array(at >= N - 5)
        lacking = pc.if_else(some, pa.scalar(None, table[name].type), table[name])
        table = table.set_column(place, name, lacking)

    def half(rows: slice) -> list[bool]:
        group, instance_id = (how if how == each else None for each in ("group", "id"))
        found = half_by_place(
            table[rows], group=group, instance_id=instance_id, seed=0, at=at[rows]
        )
        return found.tolist()

    assert half(slice(0, N // 2)) + half(slice(N // 2, N)) == half(slice(0, N))
