"""Cut points told piece by piece are those of the whole column in one place."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from study_parity import cut_into

from terrain import app
from terrain.config import Plan
from terrain.data.features import fit
from terrain.data.pieces import Kept, Taken
from terrain.study import Study, quantiles, study_of
from terrain.study.quantiles import cut_by_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

NONE = np.zeros(0, np.int64)


@dataclass
class InAnyOrder:
    """An engine whose states meet two by two, in an order that a seed tells."""

    items: list[Any]
    seed: int = 0
    passes: int = 0

    def reduce(
        self, step: Callable[..., Any], merge: Callable[..., Any], beside: InAnyOrder
    ) -> Any:
        """Return the merged states of all items."""
        self.passes += 1
        step = pickle.loads(pickle.dumps(step))  # noqa: S301 - as it is sent to a worker
        states = [step(*each) for each in zip(self.items, beside.items, strict=True)]
        generator = np.random.default_rng(self.seed)
        while len(states) > 1:
            one = states.pop(generator.integers(len(states)))
            other = states.pop(generator.integers(len(states)))
            states.append(pickle.loads(pickle.dumps(merge(one, other))))  # noqa: S301
        return states[0]


def pieces_of(column: pa.Array, discovery: np.ndarray, ends: list[int], seed: int) -> Any:
    """Return a column and the bits of its discovery half in pieces with the given ends."""
    table, pieces, halves, start = pa.table({"x": column}), [], [], 0
    for end in [*sorted({end for end in ends if end < len(column)}), len(column)]:
        rows = table.slice(start, end - start)
        pieces.append(Kept(start, Taken(rows, NONE, NONE, NONE)))
        halves.append(np.packbits(discovery[start:end]))
        start = end
    return InAnyOrder(pieces, seed), InAnyOrder(halves)


def many(make: Callable[[np.random.Generator], Any]) -> st.SearchStrategy[list[Any]]:
    """Return hundreds of values that a drawn seed makes: more than one pass can tell apart."""
    return st.integers(0, 2**32).map(lambda seed: make(np.random.default_rng(seed)).tolist())


def bits(generator: np.random.Generator) -> np.ndarray:
    """Return numbers of any bits: of every size, and NaN, which is missing."""
    return generator.integers(-(2**63), 2**63 - 1, 300).view(np.float64)


def near(generator: np.random.Generator) -> np.ndarray:
    """Return numbers some of the smallest steps from another: none of them is round."""
    base = np.array(generator.lognormal(3, 9)).view(np.int64)
    return (base + generator.integers(-500, 500, 300)).view(np.float64)


def seconds(generator: np.random.Generator) -> np.ndarray:
    """Return whole numbers of any size."""
    return generator.integers(0, 2 ** generator.integers(1, 41), 300)


FLOATS = st.floats() | st.sampled_from([0.0, -0.0, np.inf, -np.inf, 5e-324, -5e-324])

KINDS: dict[str, tuple[st.SearchStrategy[list[Any]], pa.DataType]] = {
    "few": (st.lists(FLOATS | st.none(), min_size=1, max_size=30), pa.float64()),
    "bits": (many(bits), pa.float64()),
    "near": (many(near), pa.float64()),
    "normal": (many(lambda generator: generator.normal(size=300)), pa.float64()),
    "narrow": (many(lambda generator: generator.normal(size=300)), pa.float32()),
    "large": (many(lambda g: g.integers(2**53, 2**53 + 2 ** g.integers(1, 62), 300)), pa.int64()),
    "small": (st.lists(st.integers(-5, 200) | st.none(), min_size=1), pa.int16()),
    "whole": (many(lambda g: g.integers(-5, 500, 300).astype(float)), pa.float64()),
    "decimals": (
        many(seconds).map(lambda them: [Decimal(i) / 100 for i in them]),
        pa.decimal128(20, 2),
    ),
    "dates": (many(seconds), pa.timestamp("ms", "UTC")),
    "durations": (many(seconds), pa.duration("ms")),
    "texts": (
        many(seconds).map(lambda them: [*(f"{i / 8:.12g}" for i in them), "n/a", "-0", "inf"]),
        pa.string(),
    ),
}


@st.composite
def columns(draw: st.DrawFn) -> pa.ChunkedArray:
    """Draw a column of some hundred values, a few of which are drawn and hold most of it."""
    held, kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    few = draw(held)
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(1, 400))
    heavy = draw(st.sampled_from([0.0, 0.3, 0.9]))  # of one value
    places = np.where(
        generator.random(n) < heavy,
        generator.integers(0, len(few)),
        generator.permutation(np.arange(n) % len(few)),
    )
    column = pa.array(few, kind).take(pa.array(places))
    return pa.chunked_array([column.dictionary_encode() if kind == pa.string() else column])


@settings(max_examples=300)
@given(
    column=columns(),
    seed=st.integers(0, 2**32),
    ends=st.lists(st.integers(0, 400), max_size=6),
    bins=st.integers(2, 5),
    resolution=st.none() | st.integers(2, 12),
)
def test_cut_points_are_those_of_the_whole_column(
    column: pa.ChunkedArray, seed: int, ends: list[int], bins: int, resolution: int | None
) -> None:
    discovery = np.random.default_rng(seed).random(len(column)) < 0.5
    expected = fit("x", column, discovery, bins, resolution=resolution)
    few = slice(0, max(len(column) // 3, 1))
    look = fit("x", column[few], np.zeros(len(column[few]), bool))
    assume(look.kind == expected.kind)  # which column is what, a look tells
    pieces, halves = pieces_of(column, discovery, ends, seed)
    with mock.patch.object(quantiles, "MOST", 1):
        found = cut_by_all(pieces, halves, {"x": look}, bins, resolution)["x"]
    told = {"single": (), "has_missing": False}  # what the census tells
    assert msgspec.json.encode(msgspec.structs.replace(found, **told)) == msgspec.json.encode(
        msgspec.structs.replace(expected, **told)
    )


def test_most_columns_need_one_pass_or_two() -> None:
    generator = np.random.default_rng(0)
    n = 200_000
    discovery = generator.random(n) < 0.5
    cents = np.round(generator.lognormal(3, 1, n), 2)
    normal = generator.normal(size=n)
    zeros = np.where(generator.random(n) < 0.4, 0.0, normal)
    near = 1e6 + generator.random(n) * 1e-6
    for column, passes in ((cents, 1), (normal, 2), (zeros, 2), (near, 1)):
        pieces, halves = pieces_of(pa.array(column), discovery, [n // 3], 0)
        look = fit("x", pa.chunked_array([column[:1_000]]), np.zeros(1_000, bool))
        with mock.patch.object(quantiles, "MOST", 1 << 15):
            found = cut_by_all(pieces, halves, {"x": look}, 16, 100)["x"]
        assert found.cuts == fit("x", pa.chunked_array([column]), discovery, resolution=100).cuts
        assert pieces.passes == passes


def table(n: int = 20_000) -> pa.Table:
    """Return rows with an id, features of every kind, and a fraction in one of the last rows."""
    generator = np.random.default_rng(1)
    age = generator.integers(18, 90, n)
    whole = generator.integers(0, 500, n).astype(float)
    whole[-7] = 2.5
    texts = np.where(generator.random(n) < 0.02, "unknown", np.round(whole * 3 / 8, 2).astype(str))
    return pa.table(
        {
            "id": [f"i{place}" for place in range(n)],
            "age": age,
            "whole": whole,
            "normal": np.where(generator.random(n) < 0.1, np.nan, generator.normal(size=n)),
            "amount": pa.array(np.round(generator.lognormal(5, 2, n), 2)).cast(pa.float32()),
            "text": texts,
            "when": pa.array(generator.integers(0, 2**31, n)).cast(pa.timestamp("s")),
            "region": generator.choice(["north", "south"], n),
            "member": generator.random(n) < 0.5,
            "label": np.zeros(n, int),
            "prediction": (generator.random(n) < np.where(age < 25, 0.5, 0.1)).astype(int),
        }
    )


def studied(plan: Plan) -> Study:
    with app.at_home(plan) as home:
        return study_of(app.read(plan, home=home), plan)


FEATURES = ("age", "whole", "normal", "amount", "text", "when", "region", "member")


@pytest.mark.parametrize("settings", [{}, {"memory": "1KB"}], ids=["memory", "pieces"])
def test_a_sample_decides_nothing_about_cut_points(
    settings: Mapping[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "rows.parquet"
    parquet.write_table(table(), path, row_group_size=3_000)
    asked: dict[str, Any] = {"inputs": (str(path),), "features": FEATURES, "id": "id"}
    whole = Plan(**asked)
    sampled = Plan(**asked, **settings, sample_rows=1_500)
    with cut_into(3_000):
        expected, found = studied(whole), studied(sampled)
    assert found.sampled
    assert not expected.sampled
    assert found.encodings == expected.encodings
    assert found.encodings["whole"].scale == "number"
    shown = [
        app.analyze(Plan(**asked, **more, slices=0, rival=False)).terrain.encoding
        for more in ({}, {**settings, "sample_rows": 1_500})
    ]
    assert shown[0] == shown[1]
