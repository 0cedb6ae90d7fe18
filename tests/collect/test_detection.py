"""A candidate counts as much as it stands out among what the same search finds on noise."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from strategies import study_from

from terrain.app import analyze
from terrain.config import Plan
from terrain.data.features import selection_of
from terrain.errors import UsageError
from terrain.statistics.candidates import evidence, price_of, worths

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.analysis import Analysis
    from terrain.data.features import Selection
    from terrain.document import Terrain

N = 600
PERMUTATIONS = 19


def table(seed: int, *, planted: bool) -> pa.Table:
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(2, N)).round(2)
    level = generator.choice(["a", "b", "c"], N)
    chance = np.where(planted & (x > 1) & (level == "a"), 0.9, 0.2)
    return pa.table({"x": x, "y": y, "level": level,
                     "wrong": (generator.random(N) < chance).astype(int)})  # fmt: skip


def analyzed(folder: Path, data: pa.Table, **settings: Any) -> Analysis:
    path = folder / "table.parquet"
    parquet.write_table(data, path)
    plan = Plan(inputs=(str(path),), error=("wrong",), inference="permutation", slices=2,
                permutations=PERMUTATIONS)  # fmt: skip
    return analyze(msgspec.structs.replace(plan, **settings))


def found(folder: Path, data: pa.Table, **settings: Any) -> Terrain:
    return analyzed(folder, data, **settings).terrain


def test_what_stands_out_is_confirmed_and_measured_as_ever(tmp_path: Path) -> None:
    data = table(0, planted=True)
    analysis = analyzed(tmp_path, data)
    best = analysis.terrain.regions[0]
    assert best.status == "failing"
    assert {condition.feature for condition in best.region.conditions} == {"x", "level"}
    assert best.p_adjusted == best.p_value == 1 / (PERMUTATIONS + 1)
    assert analysis.terrain.method.test.startswith("19 permutations")
    codes = analysis.study.codes
    inside = np.logical_and.reduce(
        [np.isin(codes[f], held) for f, held in selection_of(best.region, analysis.study.encodings)]
    )
    unseen = analysis.study.discovery == (best.measured_on == "first half")
    wrong = data["wrong"].to_numpy()
    assert best.metrics["wrong"].value == pytest.approx(wrong[inside & unseen].mean())
    assert best.discovery is not None
    assert best.discovery.value == pytest.approx(wrong[inside & ~unseen].mean())


def test_noise_is_seldom_confirmed(tmp_path: Path) -> None:
    alarms = 0
    for seed in range(40):
        regions = found(tmp_path, table(seed, planted=False), slices=0, seed=seed).regions
        alarms += any(region.status == "failing" for region in regions)
    assert alarms <= 6  # 2 expected at most, sd 1.4


def test_the_same_seed_gives_the_same_p_values(tmp_path: Path) -> None:
    data = table(1, planted=False)
    once, again, other = (
        [r.p_value for r in found(tmp_path, data, slices=1, alpha=0.5, seed=seed).regions]
        for seed in (3, 3, 4)
    )
    assert once == again != other


def test_the_best_regions_are_detected_too(tmp_path: Path) -> None:
    data = table(0, planted=True)
    right = pa.array(1 - data["wrong"].to_numpy())
    opposite = data.set_column(data.column_names.index("wrong"), "wrong", right)
    best = found(tmp_path, opposite, find="best").regions[0]
    assert best.status == "best"
    assert {condition.feature for condition in best.region.conditions} == {"x", "level"}


def test_a_worth_is_evidence_less_price() -> None:
    data = table(2, planted=True)
    study = study_from(data, features=("x", "y", "level"), id=None, error=("wrong",),
                       label=None, prediction=None, slices=0)  # fmt: skip
    selections: list[Selection] = [(("level", (0,)),), (("x", (0, 1)), ("level", (1, 2)))]
    (outside, inside), *_ = study.instrument.selections(study.everything(), selections)
    worth = partial(worths, study.everything(), selections, study.target, study.searchable)
    by_hand = evidence(inside.moments(study.target), outside.moments(study.target))
    assert worth("failing")[0] == pytest.approx(by_hand - price_of(selections[0], study.searchable))
    assert inside.tally.instances == (data.to_pandas()["level"] == "a").sum()
    assert worth("best")[0] == pytest.approx(-by_hand - price_of(selections[0], study.searchable))


def test_too_few_permutations_are_refused() -> None:
    with pytest.raises(UsageError, match="take at least 99"):
        Plan(inference="permutation", alpha=0.01, permutations=98)
    Plan(inference="permutation", alpha=0.01, permutations=99)
    Plan(alpha=0.01, permutations=19)
