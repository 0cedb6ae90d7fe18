"""Rows come back from the page as they went in, within the budget."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import report_examples
from hypothesis import given, settings
from hypothesis import strategies as st

from terrain.report.instances import Embedded, Instances, embed, selected, worst_first
from terrain.report.packing import GROUP


def read_block(embedded: Embedded, name: str) -> bytes:
    text = next(block.text for block in embedded.blocks if block.name == name)
    return gzip.decompress(base64.b64decode(text))


def read_rows(embedded: Embedded) -> list[dict[str, Any]]:
    """Return the carried rows as a reader's script would put them together."""
    numbers = np.frombuffer(read_block(embedded, "numbers"), "<u4")
    rows = []
    for start in range(0, embedded.carried, GROUP):
        held = json.loads(read_block(embedded, f"rows-{start // GROUP}"))
        for at, cells in enumerate(zip(*held["columns"], strict=True)):
            number = int(numbers[start + at])
            record = held["record"][at] + number
            rows.append(
                {
                    "number": number,
                    "cells": cells,
                    "record": record,
                    "line": held["line"][at] + record,
                    "source": held["source"][at],
                }
            )
    return rows


def test_all_rows_come_back() -> None:
    _, instances = report_examples.compas(9000)
    embedded = embed(instances, max_bytes=12_000_000, seed=0)
    assert embedded.tier == "all"
    rows = read_rows(embedded)
    assert sorted(row["number"] for row in rows) == list(range(9000))
    plain = instances.table.to_pylist()
    for row in rows[::97]:
        assert list(row["cells"]) == list(plain[row["number"]].values())
        assert row["record"] == row["number"]
        assert row["line"] == row["number"] + 2


@pytest.mark.parametrize("name", ["prices", "noise"])
def test_order_is_worst_first_and_then_by_leaf(name: str) -> None:
    _, instances = getattr(report_examples, name)()
    order = worst_first(instances)
    keys = [(-instances.loss[row], instances.leaf[row], row) for row in order]
    assert keys == sorted(keys)


def test_undefined_losses_come_last() -> None:
    _, instances = report_examples.noise()
    loss = instances.loss.copy()
    loss[0] = np.nan
    changed = replace(instances, loss=loss)
    assert worst_first(changed)[-1] == 0
    embedded = embed(changed, max_bytes=12_000_000, seed=0)
    assert read_block(embedded, "loss")[-1] == 255


@given(budget=st.integers(2_000, 60_000), name=st.sampled_from(["compas", "prices", "hostile"]))
@settings(max_examples=15, deadline=None)
def test_budget_is_kept_and_the_worst_are_in(budget: int, name: str) -> None:
    _, instances = getattr(report_examples, name)()
    embedded = embed(instances, max_bytes=budget, seed=0)
    assert embedded.size <= budget or embedded.carried <= 1
    carried = {row["number"] for row in read_rows(embedded)}
    if embedded.tier != "all" and budget > 20_000:
        worst = instances.loss.argmax()
        assert instances.loss[sorted(carried)].max() == instances.loss[worst]
        for finding in instances.selections:
            assert carried & set(np.flatnonzero(selected(instances, finding)))


def large() -> Instances:
    """Return many wide rows with few codes: too many to carry, their codes are not."""
    n = 30_000
    rng = np.random.default_rng(0)
    codes = {"a": rng.integers(0, 4, n).astype(np.uint8), "b": rng.integers(0, 300, n, "u2")}
    texts = pa.array([rng.bytes(20).hex() for _ in range(n)])
    return Instances(
        table=pa.table({"text": texts}),
        marked={},
        loss=(rng.random(n) < 0.1).astype(float),
        leaf=(codes["a"] > 1).astype(np.int32),
        codes=codes,
        selections={"n0": (), "r1": (("a", (1, 3)), ("b", tuple(range(150))))},
        source=np.zeros(n, np.uint32),
        record=np.arange(n),
        line=np.zeros(n, np.int64),
    )


def test_index_of_all_rows_gives_exact_counts() -> None:
    instances = large()
    embedded = embed(instances, max_bytes=600_000, seed=0)
    assert embedded.tier == "index"
    assert embedded.index["indexed"] == 30_000
    assert 0 < embedded.carried < 30_000
    kept = np.ones(30_000, dtype=bool)
    for feature, allowed in embedded.index["selections"]["r1"]:
        width = "<u1" if embedded.index["widths"][feature] == 1 else "<u2"
        kept &= np.isin(np.frombuffer(read_block(embedded, f"codes-{feature}"), width), allowed)
    assert kept.sum() == selected(instances, "r1").sum()
    places = np.frombuffer(read_block(embedded, "places"), "<u4")
    numbers = np.frombuffer(read_block(embedded, "numbers"), "<u4")
    for feature, codes in enumerate(instances.codes.values()):
        read = np.frombuffer(read_block(embedded, f"codes-{feature}"), codes.dtype)
        assert (read[places] == codes[numbers]).all()
    loss = np.frombuffer(read_block(embedded, "loss"), "u1")
    assert (loss[places] == instances.loss[numbers]).all()
    assert loss.sum() == instances.loss.sum()


def test_sample_holds_right_ones_too_and_follows_the_seed() -> None:
    instances = large()
    once, again, other = (embed(instances, max_bytes=200_000, seed=seed) for seed in (1, 1, 2))
    assert once == again
    assert once.blocks != other.blocks
    losses = instances.loss[[row["number"] for row in read_rows(once)]]
    assert 0 < losses.mean() < 1


@pytest.mark.parametrize(
    ("array", "shown"),
    [
        (pa.array([1.5, float("nan"), None, float("-inf")]), [1.5, ["NaN"], None, ["-inf"]]),
        (pa.array([0.1, None], pa.float32()), [0.1, None]),
        (pa.array([2**53, 2**53 + 1, None]), [2**53, [str(2**53 + 1)], None]),
        (pa.array([2**64 - 1], pa.uint64()), [[str(2**64 - 1)]]),
        (pa.array([None, None], pa.int64()), [None, None]),
        (pa.array(["", None, "x"]), ["", None, "x"]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array([True, None]), [True, None]),
        (pa.array([0, None], pa.date32()), ["1970-01-01", None]),
        (pa.array([0], pa.timestamp("s", "UTC")), ["1970-01-01 00:00:00Z"]),
        (pa.array([b"\xff", None]), [["0xff"], None]),
        (pa.array([[1, 2], None]), [["[1, 2]"], None]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_every_kind_of_value(array: pa.Array, shown: list[Any]) -> None:
    n = len(array)
    instances = Instances(
        table=pa.table({"x": array}),
        marked={},
        loss=np.zeros(n),
        leaf=np.zeros(n, np.int32),
        codes={},
        selections={},
        source=np.zeros(n, np.uint32),
        record=np.arange(n),
        line=np.zeros(n, np.int64),
    )
    rows = read_rows(embed(instances, max_bytes=10_000, seed=0))
    assert [row["cells"][0] for row in rows] == shown
