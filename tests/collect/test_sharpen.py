"""Bounds move to where the searched half's own values divide best, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import study_from

from terrain.analyses.slices import Bounds, score_of
from terrain.analyses.tree import Limits, grow
from terrain.app import analyze
from terrain.collect.proposals import Searches, directions_of
from terrain.collect.sharpen import PASSES, Found, sharpened
from terrain.config import Plan
from terrain.data.arrow import numbers_of
from terrain.data.cuts import roundest
from terrain.data.features import Encoding, region_of, selection_of
from terrain.data.regions import Condition
from terrain.report import json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.analyses.slices.scores import Kind, Score
    from terrain.analysis import Analysis
    from terrain.data.features import Selection
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

    def _scored(self, selection: Selection, conditions: dict[str, Condition]) -> float:
        held = self.rows[self.inside(selection, conditions)]
        if (held["exposure"] > 0).sum() < self.bounds.min_rows:
            return -np.inf
        sums = held[["exposure", "events"]].sum().to_numpy(float)
        return float(self.score(sums[:1], sums[1:])[0])

    def inside(self, selection: Selection, conditions: dict[str, Condition]) -> np.ndarray:
        """Return which rows satisfy a slice of which some conditions are others."""
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
        """Return the ranges of a slice with every bound moved."""
        encodings = self.study.encodings
        conditions = {
            name: encodings[name].condition(codes)
            for name, codes in selection
            if encodings[name].ordered and encodings[name].missing_code not in codes
        }
        for _ in range(PASSES):
            for name, side, near in self._bounds_of(selection, conditions):
                self._move(selection, conditions, name, side, near)
        return conditions

    def _bounds_of(
        self, selection: Selection, conditions: dict[str, Condition]
    ) -> Iterator[tuple[str, str, tuple[int, int]]]:
        for name in list(conditions):
            codes = dict(selection)[name]
            if min(codes) > 0:
                yield name, "low", (min(codes) - 1, min(codes))
            if max(codes) < self.study.encodings[name].missing_code - 1:
                yield name, "high", (max(codes), max(codes) + 1)

    def _move(
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
        tried = [self._scored(selection, with_bound(float(value))) for value in values[1:]]
        now = self._scored(selection, conditions)
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
@example(seed=2073, kind="sliceline", find="failing", weighted=True, first=False)
@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(["evidence", "divergence", "sliceline"]),
    find=st.sampled_from(["failing", "best"]),
    weighted=st.booleans(),
    first=st.booleans(),
)
def test_each_bound_is_the_best_of_every_cut_near_it(
    seed: int, kind: Kind, find: Literal["failing", "best"], *, weighted: bool, first: bool
) -> None:
    random = np.random.default_rng(seed)
    study = study_of_table(table(seed, weighted=weighted, loss=random.random() < 0.5))
    selection = drawn_slice(random, study)
    bounds = Bounds(depth=3, min_rows=int(random.integers(2, 30)), score=kind, find=find)
    parts = study.exposed_halves()
    found = [Found(parts[0], bounds, [selection] if first else []),
             Found(parts[1], bounds, [] if first else [selection])]  # fmt: skip
    fine, slices = sharpened(study, found, Plan())
    half = (study.discovery == first) & (study.exposure > 0)
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


@pytest.fixture(scope="module")
def banded() -> tuple[Study, list[Found]]:
    study = study_of_table(table(3, 4_000))
    searches = Searches(study, Plan(slices=2))
    return study, [
        Found(one.searched, searches.bounds(one.searched), searches.slice(one.searched))
        for one in directions_of(study)
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_bounds_never_look_at_the_half_that_measures(
    banded: tuple[Study, list[Found]], place: int
) -> None:
    study, found = banded
    half = (study.discovery, ~study.discovery)[place]
    others = replace(study, events=np.where(half, study.events, 1 - study.events))
    only = [each._replace(slices=each.slices if i == place else []) for i, each in enumerate(found)]
    fine, slices = sharpened(study, only, Plan())
    again, same = sharpened(others, only, Plan())
    assert any(fine.encodings[name] != study.encodings[name] for name in ORDERED)
    assert again.encodings == fine.encodings
    assert same == slices


def test_each_half_has_the_bounds_that_it_finds_alone(banded: tuple[Study, list[Found]]) -> None:
    study, found = banded
    assert len(found) == 2
    fine, both = sharpened(study, found, Plan())
    for place in (0, 1):
        only = [e._replace(slices=e.slices if i == place else []) for i, e in enumerate(found)]
        own, slices = sharpened(study, only, Plan())
        words = [region_of(each, own.encodings).words for each in slices[place]]
        assert [region_of(each, fine.encodings).words for each in both[place]] == words


def test_what_a_tree_may_see_stays_as_it_was(banded: tuple[Study, list[Found]]) -> None:
    study, found = banded
    fine, _ = sharpened(study, found, Plan())
    assert fine.compacted(()).encodings == study.compacted(()).encodings
    limits = Limits(max_depth=4, min_rows=20)
    old, new = (
        [
            region_of(node.selection, each.encodings).words
            for node in grow(directions_of(each)[0].searched, each.searchable, limits)
        ]
        for each in (study, fine)
    )
    assert old == new


def test_permutations_judge_the_search_that_they_repeat(banded: tuple[Study, list[Found]]) -> None:
    study, found = banded
    fine, slices = sharpened(study, found, Plan(inference="permutation"))
    assert fine is study
    assert slices == [list(each.slices) for each in found]


def test_more_codes_than_a_byte_holds(banded: tuple[Study, list[Found]]) -> None:
    study, found = banded
    encoding = study.encodings["x"]
    room = np.iinfo(np.uint8).max + 1 - encoding.size
    # as many cuts again as leave no room for another
    edges = np.linspace(-1e-6, 0, room, endpoint=False).tolist()
    full = study.refined([Condition(feature="x", kind="range", low=edge) for edge in edges])
    assert full.codes["x"].dtype == np.uint8
    slices = [[each for each in one.slices if dict(each).get("x")] for one in found]
    recoded = [
        [selection_of(region_of(each, study.encodings), full.encodings) for each in half]
        for half in slices
    ]
    parts = full.exposed_halves()
    wide = [Found(parts[i], found[i].bounds, recoded[i]) for i in (0, 1)]
    fine, moved = sharpened(full, wide, Plan())
    assert fine.codes["x"].dtype == np.uint16
    assert fine.codes["x"].max() == fine.encodings["x"].missing_code > 255
    assert len(moved[0]) > 0


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the plan of 100,000 rows of which 0.7%, in one band, have 60% errors, others 15%."""
    random = np.random.default_rng(0)
    x = random.uniform(0, 25, 100_000)
    wrong = random.random(len(x)) < np.where((x >= 2.63) & (x < 2.81), 0.6, 0.15)
    data = pa.table({"x": x, "y": random.normal(size=len(x)), "wrong": wrong.astype(int)})
    path = tmp_path_factory.mktemp("band") / "band.parquet"
    pq.write_table(data, path)
    return Plan(
        inputs=(str(path),), error=("wrong",), features=("x", "y"), sensitive=("x",),
        slices=1, rival=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def described(band: Plan) -> Analysis:
    return analyze(band)


def band_of(found: Analysis) -> Condition:
    (region,) = (r for r in found.terrain.regions if r.status == "failing" and r.folded is None)
    (condition,) = region.region.conditions
    return condition


def test_a_narrow_band_is_described_as_it_is(described: Analysis) -> None:
    condition, region = band_of(described), described.terrain.regions[0]
    assert condition.low == pytest.approx(2.63, abs=0.01)
    assert condition.high == pytest.approx(2.81, abs=0.01)
    rate = region.metrics[region.target]
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low < 0.6 < rate.high


def test_the_same_bounds_twice(described: Analysis, band: Plan) -> None:
    assert json.encode(analyze(band).terrain) == json.encode(described.terrain)


def test_the_document_keeps_the_bounds_that_it_shows(described: Analysis) -> None:
    condition = band_of(described)
    encoding = msgspec.convert(described.terrain.encoding, dict[str, Encoding])["x"]
    assert {condition.low, condition.high} <= set(encoding.cuts)
    assert len(encoding.cuts) < 40


def test_what_is_ranked_and_compared_has_the_cut_points_that_it_had(described: Analysis) -> None:
    condition, terrain = band_of(described), described.terrain
    stretches = [each.condition for note in terrain.features for each in note.profile]
    groups = [group for breakdown in terrain.breakdowns for group in breakdown.groups]
    listed = [*stretches, *(group.finding.region.conditions[0] for group in groups)]
    assert len(stretches) > 20
    assert len(groups) > 3
    ends = {end for each in listed for end in (each.low, each.high)}
    assert ends.isdisjoint({condition.low, condition.high})
