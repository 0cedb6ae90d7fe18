"""A search takes little memory beside what it searches."""

from __future__ import annotations

import tracemalloc

import numpy as np
from slice_parts import part_of_codes

from terrain.analyses.slices import Bounds, search
from terrain.data.features import Encoding

N, FEATURES, CODES = 100_000, 20, 100


def test_a_search_of_depth_three_adds_less_than_twice_the_codes() -> None:
    random = np.random.default_rng(0)
    names = [f"x{i}" for i in range(FEATURES)]
    cuts = tuple(map(float, range(1, CODES)))
    encodings = {name: Encoding(feature=name, kind="range", cuts=cuts) for name in names}
    codes = {name: random.integers(0, CODES, N).astype(np.uint8) for name in names}
    planted = np.all([(codes[name] >= 20) & (codes[name] < 55) for name in names[:3]], axis=0)
    events = (random.random(N) < np.where(planted, 0.45, 0.15)).astype(float)
    part = part_of_codes(codes, events, np.ones(N))
    tracemalloc.start()
    try:
        found = search(part, encodings, Bounds(depth=3, min_rows=1_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [name for name, _ in found[0]] == names[:3]
    assert peak < 2 * N * FEATURES
