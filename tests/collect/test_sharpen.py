"""Bounds move to where the searched half's own values divide best, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import study_from

from terrain.analyses.slices import Bounds, score_of
from terrain.app import Analysis, analyze
from terrain.collect.proposals import directions_of
from terrain.collect.sharpen import PASSES, Found, sharpened
from terrain.config import Plan
from terrain.data.arrow import numbers_of
from terrain.data.cuts import roundest
from terrain.data.features import Encoding, region_of
from terrain.publish import instances_of
from terrain.report import json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terrain.analyses.slices.scores import Kind, Score
    from terrain.data.features import Selection
    from terrain.data.regions import Condition
    from terrain.study import Study

ORDERED = ("x", "count", "day")
START = datetime(2020, 1, 1, tzinfo=UTC)


def table(seed: int, n: int = 400, *, weighted: bool = False, loss: bool = False) -> pa.Table:
    """Return a table whose errors lie in a box that no cut point knows."""
    random = np.random.default_rng(seed)
    x, count = random.normal(size=n), random.integers(0, 60, n)
    hours, levels = random.integers(0, 4_000, n), random.choice(list("abc"), n)
    inside = (x > 0.237) & (count < 41) & (hours > 713)
    wrong = (random.random(n) < np.where(inside, 0.8, 0.1)).astype(float)
    data: dict[str, Any] = {
        "x": pa.array(np.where(random.random(n) < 0.05, np.nan, x), from_pandas=True),
        "count": count,
        "day": pa.array([START + timedelta(hours=int(hour)) for hour in hours]),
        "level": levels,
        "wrong": np.round(wrong + random.exponential(size=n), 3) if loss else wrong.astype(int),
    }
    if weighted:
        data["weight"] = np.round(random.exponential(size=n), 2) * (random.random(n) < 0.9)
    return pa.table(data)


def study_of_table(data: pa.Table, **settings: Any) -> Study:
    roles = {"features": (*ORDERED, "level"), "id": None, "error": ("wrong",),
             "label": None, "prediction": None}  # fmt: skip
    weight = "weight" if "weight" in data.column_names else None
    return study_from(data, **(roles | {"slices": 0, "bins": 4, "weight": weight} | settings))


def drawn_slice(random: np.random.Generator, study: Study) -> Selection:
    """Draw one to three conditions: ranges, levels, missingness."""
    chosen: list[tuple[str, tuple[int, ...]]] = []
    for name in random.permutation([*ORDERED, "level"])[: random.integers(1, 4)].tolist():
        encoding = study.encodings[name]
        if not encoding.ordered:
            chosen.append((name, (int(random.integers(encoding.missing_code)),)))
            continue
        first, last = sorted(random.integers(0, encoding.missing_code, 2).tolist())
        alone = encoding.has_missing and random.random() < 0.1
        codes = (encoding.missing_code,) if alone else tuple(range(first, last + 1))
        chosen.append((name, codes))
    return tuple(chosen)


class Oracle:
    """The same, with every row counted again for every cut."""

    def __init__(self, study: Study, half: np.ndarray, bounds: Bounds, score: Score) -> None:
        self.study, self.bounds, self.score = study, bounds, score
        columns = {name: numbers_of(study.benchmark.table[name]) for name in ORDERED}
        codes = {f"{name} code": codes for name, codes in study.codes.items()}
        target = {"exposure": study.exposure, "events": study.events}
        self.rows = pd.DataFrame({**columns, **codes, **target})[half]

    def scored(self, selection: Selection, conditions: dict[str, Condition]) -> float:
        held = self.rows[self.inside(selection, conditions)]
        if (held["exposure"] > 0).sum() < self.bounds.min_rows:
            return -np.inf
        sums = held[["exposure", "events"]].sum().to_numpy(float)
        return float(self.score(sums[:1], sums[1:])[0])

    def inside(self, selection: Selection, conditions: dict[str, Condition]) -> np.ndarray:
        held = np.ones(len(self.rows), bool)
        for name, codes in selection:
            if name not in conditions:
                held &= self.rows[f"{name} code"].isin(codes).to_numpy()
                continue
            low, high = conditions[name].low, conditions[name].high
            values = self.rows[name].to_numpy()
            held &= ~np.isnan(values)
            held &= (values >= (-np.inf if low is None else low)) & (
                values < (np.inf if high is None else high)
            )
        return held

    def sharpened(self, selection: Selection) -> dict[str, Condition]:
        encodings = self.study.encodings
        conditions = {
            name: encodings[name].condition(codes)
            for name, codes in selection
            if encodings[name].ordered and encodings[name].missing_code not in codes
        }
        for _ in range(PASSES):
            for name, side, near in self.bounds_of(selection, conditions):
                self.move(selection, conditions, name, side, near)
        return conditions

    def bounds_of(
        self, selection: Selection, conditions: dict[str, Condition]
    ) -> Iterator[tuple[str, str, tuple[int, int]]]:
        for name in list(conditions):
            codes = dict(selection)[name]
            if min(codes) > 0:
                yield name, "low", (min(codes) - 1, min(codes))
            if max(codes) < self.study.encodings[name].missing_code - 1:
                yield name, "high", (max(codes), max(codes) + 1)

    def move(
        self,
        selection: Selection,
        conditions: dict[str, Condition],
        name: str,
        side: str,
        near: tuple[int, int],
    ) -> None:
        def with_bound(end: float | None) -> dict[str, Condition]:
            moved = msgspec.structs.replace(conditions[name], **{side: end})
            return {**conditions, name: moved}

        open_rows = self.rows[self.inside(selection, with_bound(None))]
        values = np.unique(open_rows[name][open_rows[f"{name} code"].isin(near)])
        tried = [self.scored(selection, with_bound(float(value))) for value in values[1:]]
        now = self.scored(selection, conditions)
        best = max(tried, default=-np.inf)
        if not best > 0 or now >= self.score.indistinct(best):
            return
        first = last = tried.index(best)
        while first and tried[first - 1] >= self.score.indistinct(best):
            first -= 1
        while last + 1 < len(tried) and tried[last + 1] >= self.score.indistinct(best):
            last += 1
        # the cut before values[k + 1] was tried k-th
        cut = roundest(values[first], values[last + 1], conditions[name].scale)
        conditions.update(with_bound(cut))


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["evidence", "divergence", "sliceline"]),
    st.sampled_from(["failing", "best"]),
    st.booleans(),
    st.booleans(),
)
def test_each_bound_is_the_best_of_every_cut_near_it(
    seed: int, kind: Kind, find: Literal["failing", "best"], weighted: bool, first: bool
) -> None:
    random = np.random.default_rng(seed)
    study = study_of_table(table(seed, weighted=weighted, loss=random.random() < 0.5))
    selection = drawn_slice(random, study)
    bounds = Bounds(depth=3, min_rows=int(random.integers(2, 30)), score=kind, find=find)
    parts = study.searched_halves()
    found = [Found(parts[0], bounds, [selection] if first else []),
             Found(parts[1], bounds, [] if first else [selection])]  # fmt: skip
    fine, slices = sharpened(study, found, Plan())
    half = study.discovery if first else ~study.discovery
    score = score_of(parts[not first], bounds)
    assert score is not None
    oracle = Oracle(study, half, bounds, score)
    expected = oracle.sharpened(selection)
    (own,) = slices[not first]
    held = np.logical_and.reduce([np.isin(fine.codes[name], codes) for name, codes in own])
    assert (held[half] == oracle.inside(selection, expected)).all()
    cuts = {cut for name in expected for cut in fine.encodings[name].cuts}
    moved = {end for each in expected.values() for end in (each.low, each.high)} - cuts
    assert moved <= {None} | {v + k for v in range(60) for k in (0, 1)}  # `count = 7` has no cuts
