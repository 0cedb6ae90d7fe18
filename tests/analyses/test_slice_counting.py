"""Joint histograms are what a plain count says, however the features are put into blocks."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slice_parts import part_of_codes

from terrain.analyses.slices.choices import Choices
from terrain.analyses.slices.counting import add, covering, histograms_within, joint_histograms

if TYPE_CHECKING:
    from terrain.data.features import Selection
    from terrain.statistics.batch import Part

CELLS = {"a": 2, "b": 5, "c": 3, "d": 4, "e": 1}


@given(st.integers(1, 25), st.integers(1, 3))
def test_every_tuple_is_counted_once_in_a_block_that_holds_it(n: int, depth: int) -> None:
    features = [f"x{i}" for i in range(n)]
    cover = covering(features, depth)
    tuples = [features for _, held in cover for features in held]
    assert sorted(tuples) == sorted(combinations(features, depth))
    for block, held in cover:
        assert len(block) <= depth + 1
        assert all(set(features) <= set(block) for features in held)
    # a block as long as that serves several tuples, or there would be no point
    if n > 2 * depth:
        assert len(cover) < len(tuples)


def drawn(kind: str, n: int = 300) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return codes, twice as many as cells, events and exposure."""
    random = np.random.default_rng(3)
    codes = {name: random.integers(0, 2 * k, n).astype(np.uint8) for name, k in CELLS.items()}
    exposure = np.ones(n)
    if kind == "of some only":
        exposure = (random.random(n) < 0.6).astype(float)
    if kind == "weights":
        exposure = random.integers(1, 9, n).astype(float)
    events = exposure * (random.random(n) < 0.2)
    if kind == "losses":
        events = random.integers(0, 100, n).astype(float)
    return codes, events, exposure


def halved(name: str) -> Choices:
    """Return cells of two codes each; nobody looks at the choices."""
    return Choices(name, np.arange(2 * CELLS[name]) // 2, np.eye(CELLS[name]))


KINDS = ["errors", "of some only", "weights", "losses"]


@pytest.mark.parametrize(("batches", "at_once"), [(1, 300), (3, 300), (1, 70), (3, 70)])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_joint_histograms_equal_a_plain_count(
    monkeypatch: pytest.MonkeyPatch, kind: str, depth: int, batches: int, at_once: int
) -> None:
    monkeypatch.setattr("terrain.analyses.slices.counting.ROWS_AT_ONCE", at_once)
    codes, events, exposure = drawn(kind)
    part: Part = part_of_codes(codes, events, exposure, batches)
    found = dict(joint_histograms(part, {name: halved(name) for name in CELLS}, depth))
    assert sorted(found) == sorted(combinations(CELLS, depth))
    for features, histogram in found.items():
        for place in np.ndindex(*(CELLS[name] for name in features)):
            inside = np.all(
                [codes[f] // 2 == cell for f, cell in zip(features, place, strict=True)], axis=0
            )
            counted = [inside.sum(), exposure[inside].sum(), events[inside].sum()]
            assert histogram[(slice(None), *place)].tolist() == counted


@pytest.mark.parametrize("at_once", [300, 70])
@pytest.mark.parametrize("kind", KINDS)
def test_histograms_within_a_selection_equal_a_plain_count(
    monkeypatch: pytest.MonkeyPatch, kind: str, at_once: int
) -> None:
    monkeypatch.setattr("terrain.analyses.slices.counting.ROWS_AT_ONCE", at_once)
    codes, events, exposure = drawn(kind)
    sizes = {name: 2 * cells for name, cells in CELLS.items()}
    part: Part = part_of_codes(codes, events, exposure)
    within = (("b", (1, 2, 7)), ("d", (0, 3)))
    slots: list[tuple[str, Selection]] = [("a", ()), ("a", within), ("c", within)]
    (found,) = part.map(lambda batch: histograms_within(batch, slots, sizes))
    for (name, selection), histogram in found.items():
        held = np.all([np.isin(codes[f], allowed) for f, allowed in selection], axis=0)
        for code in range(sizes[name]):
            inside = held & (codes[name] == code)
            counted = [inside.sum(), exposure[inside].sum(), events[inside].sum()]
            assert histogram[:, code].tolist() == counted


def test_counts_of_many_batches_may_pass_32_bits() -> None:
    most = np.iinfo(np.int32).max
    counted = {("x",): np.array([most, 1], np.int32)}
    twice = add(counted, counted)
    assert add(twice, counted)["x",].tolist() == [3 * most, 3]
    summed = {("x",): np.array([0.5, 1.5])}
    assert add(summed, summed)["x",].tolist() == [1.0, 3.0]
