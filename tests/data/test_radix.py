"""Numbers counted in cells: the same in any order, and as fine as the limit on cells allows."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.cuts import Frequencies
from terrain.data.radix import Cells, Counted, Ranges, keys_of, numbers_of_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NUMBERS = st.lists(st.floats(allow_nan=False) | st.integers(-9, 9).map(float), max_size=60)
PARTS = st.lists(NUMBERS, min_size=1, max_size=6)


def counted(numbers: Sequence[float], most: int) -> Counted:
    return Counted.of(keys_of(np.sort(np.array(numbers, np.float64))), most)


def told(state: Counted) -> tuple[list[int], list[int], int]:
    return state.first.tolist(), state.counts.tolist(), state.bits


@given(NUMBERS)
def test_keys_are_in_the_order_of_numbers_and_lead_back_to_them(numbers: list[float]) -> None:
    ascending = np.sort(np.array(numbers, np.float64))
    keys = keys_of(ascending)
    assert (ascending[1:] > ascending[:-1]).tolist() == (keys[1:] > keys[:-1]).tolist()
    assert (ascending[1:] == ascending[:-1]).tolist() == (keys[1:] == keys[:-1]).tolist()
    assert numbers_of_keys(keys).tolist() == ascending.tolist()
    assert not np.signbit(numbers_of_keys(keys_of(np.array([-0.0, 0.0])))).any()


@given(PARTS, st.integers(2, 12), st.data())
def test_counts_meet_in_any_order(parts: list[list[float]], most: int, data: st.DataObject) -> None:
    whole = told(counted([number for part in parts for number in part], most))
    states = [counted(part, most) for part in parts]
    assert told(reduce(or_, data.draw(st.permutations(states)))) == whole
    while len(states) > 1:  # any tree, too
        one = states.pop(data.draw(st.integers(0, len(states) - 1)))
        other = states.pop(data.draw(st.integers(0, len(states) - 1)))
        states.append(one | other)
    assert told(states[0]) == whole


@given(NUMBERS, st.integers(2, 12))
def test_cells_are_the_smallest_that_are_few_enough(numbers: list[float], most: int) -> None:
    state = counted(numbers, most)
    keys = [int(key) for key in keys_of(np.array(numbers, np.float64))]

    def cells(bits: int) -> dict[int, int]:
        first = [key >> bits << bits for key in keys]
        return {each: first.count(each) for each in sorted(first)}

    assert dict(zip(*told(state)[:2], strict=True)) == cells(state.bits)
    assert len(state.first) <= most
    assert not state.bits or len(cells(state.bits - 1)) > most


@given(NUMBERS, st.integers(2, 12), st.data())
def test_counting_again_within_all_cells_ends_at_each_number(
    numbers: list[float], most: int, data: st.DataObject
) -> None:
    keys = keys_of(np.sort(np.array(numbers, np.float64)))
    cells = Cells.of(Counted.of(keys, most))
    while len(unknown := np.flatnonzero(cells.bits)):
        places = np.array(data.draw(_some_of(unknown.tolist(), most // 2)))
        ranges = cells.ranges(places)
        assert isinstance(ranges, Ranges)
        cells = cells.refined(ranges, Counted.of(ranges.of(keys), most))
    found, expected = cells.frequencies(), Frequencies.of(np.sort(np.array(numbers, np.float64)))
    assert found.values.tolist() == expected.values.tolist()
    assert found.counts.tolist() == expected.counts.tolist()


def _some_of(places: list[int], most: int) -> st.SearchStrategy[list[int]]:
    chosen: Callable[[list[int]], list[int]] = sorted
    return st.lists(st.sampled_from(places), min_size=1, max_size=most, unique=True).map(chosen)


@given(numbers=NUMBERS, places=NUMBERS, bits=st.integers(0, 56), missing=st.booleans())
def test_what_is_near_holds_all_that_is_within(
    numbers: list[float], places: list[float], bits: int, *, missing: bool
) -> None:
    values = np.array(numbers + [np.nan] * missing, np.float64)
    first = np.unique(keys_of(np.array(places, np.float64)) >> np.uint64(bits) << np.uint64(bits))
    ranges = Ranges(first, bits)

    def within(some: np.ndarray) -> list[int]:
        present = np.sort(some[~np.isnan(some)])
        return [int(key) for key in ranges.of(keys_of(present))]

    assert within(ranges.near(values)) == within(values)


def test_little_is_near_besides() -> None:
    values = np.random.default_rng(0).normal(size=100_000)
    counted = Counted.of(keys_of(np.sort(values)), 10_000)
    ranges = Ranges(counted.first[::500], counted.bits)
    near = ranges.near(values)
    assert 0 < len(ranges.of(keys_of(np.sort(values)))) <= len(near) < 0.05 * len(values)
