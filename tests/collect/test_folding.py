"""Descriptions of one failure are grouped, and the simplest good one stands for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from strategies import study_from

from terrain.collect import search
from terrain.collect.folding import Fold, folded, shared_by
from terrain.collect.search import Direction
from terrain.statistics.candidates import EXPLAINED, Candidate, explained

if TYPE_CHECKING:
    import pandas as pd

    from terrain.data.features import Selection
    from terrain.study import Study

N = 8_000
CORE: Selection = (("a", (1,)), ("b", (0,)))
DILUTED: Selection = (("a", (1,)),)
WITHIN: Selection = (("a", (1,)), ("b", (0,)), ("c", (0, 1)))
TWIN: Selection = (("proxy", (1,)),)
HOTTER: Selection = (("a", (1,)), ("b", (0,)), ("c", (3,)))
STRAY: Selection = (("stray", (1,)),)
OTHER: Selection = (("c", (2,)),)
WIDE: Selection = (("wide", (1,)),)


@pytest.fixture(scope="module")
def study() -> Study:
    generator = np.random.default_rng(0)
    a, b, c = (generator.integers(0, 4, N) for _ in range(3))
    core = (a == 1) & (b == 0)
    proxy = np.where(generator.random(N) < 0.02, ~core, core).astype(int)
    stray = (generator.random(N) < np.where(core, 0.35, 0.2)).astype(int)
    chance = np.select([core & (c == 3), core, c == 2], [0.95, 0.5, 0.3], 0.1)
    wrong = (generator.random(N) < chance).astype(int)
    wide = (core | (generator.random(N) < 0.04)).astype(int)
    features = {"a": a, "b": b, "c": c, "proxy": proxy, "stray": stray, "wide": wide}
    return study_from(pa.table({**features, "wrong": wrong}), features=tuple(features), id=None,
                      error=("wrong",), label=None, prediction=None, slices=0)  # fmt: skip


def items(study: Study, *selections: Selection) -> list[search.Tested]:
    narrow, full = study.searched_halves(), study.halves()
    direction = Direction(narrow[0], full[0], full[1], "second half")
    nothing: Any = None
    return [
        search.Tested(Candidate(selection, 0.0, nothing, 0.0, "slices"), nothing, direction, 0.0)
        for selection in selections
    ]


def judge_of(study: Study) -> search.Judge:
    return search.Judge(
        instrument=study.instrument, target=study.target, alpha=0.05, margin=1.1, seed=0,
        limit=20, encodings=study.searchable,
    )  # fmt: skip


def folds(study: Study, *selections: Selection, confirmed: int | None = None) -> list[Fold]:
    regions = items(study, *selections)
    shared = shared_by(regions, study.halves())
    known = len(regions) if confirmed is None else confirmed
    return folded(regions, known, judge_of(study), shared)


def rows(study: Study, selection: Selection) -> pd.Series:
    frame = study.benchmark.table.to_pandas()
    inside = np.logical_and.reduce([np.isin(frame[f], codes) for f, codes in selection])
    return frame.index.to_series()[inside]


def test_what_is_explained_by_a_region_lies_beneath_it(study: Study) -> None:
    assert folds(study, CORE, OTHER, DILUTED, WITHIN) == [Fold(0, (2, 3)), Fold(1, ())]


def test_the_simplest_description_of_mostly_the_same_instances_stands_for_it(study: Study) -> None:
    assert folds(study, CORE, TWIN) == [Fold(1, (0,))]
    # simpler still, but three in four of its instances are others
    assert folds(study, CORE, DILUTED) == [Fold(0, (1,))]


def test_a_simpler_description_that_dilutes_the_failure_does_not_stand_for_it(study: Study) -> None:
    shared = shared_by(items(study, CORE, WIDE), study.halves())
    assert shared.jaccard[0, 1] > 0.5
    assert folds(study, CORE, WIDE) == [Fold(0, (1,))]


def test_a_core_that_is_still_worse_than_the_rest_stays_apart(study: Study) -> None:
    assert folds(study, CORE, HOTTER) == [Fold(0, ()), Fold(1, ())]
    assert folds(study, CORE, WITHIN) == [Fold(0, (1,))]  # no worse than the rest of the core


def test_a_region_that_hardly_touches_another_is_no_description_of_it(study: Study) -> None:
    # what little excess it has does lie in the core, but so do only few of its instances
    shares = explained(study.exposed_halves()[0], [STRAY, CORE])
    assert shares[0, 1] >= EXPLAINED
    assert folds(study, CORE, STRAY) == [Fold(0, ()), Fold(1, ())]


def test_what_is_suspected_stands_for_nothing_confirmed(study: Study) -> None:
    assert folds(study, CORE, TWIN, confirmed=1) == [Fold(0, (1,))]


def test_regions_that_merely_overlap_stay_apart(study: Study) -> None:
    assert folds(study, OTHER, DILUTED) == [Fold(0, ()), Fold(1, ())]


def test_what_regions_share_is_counted_over_all_instances(study: Study) -> None:
    shared = shared_by(items(study, CORE, TWIN), study.halves())
    one, other = (set(rows(study, selection)) for selection in (CORE, TWIN))
    assert shared.jaccard[0, 1] == pytest.approx(len(one & other) / len(one | other))
    assert shared.inside[0, 1] == pytest.approx(len(one & other) / len(one))
    assert shared.inside[1, 0] == pytest.approx(len(one & other) / len(other))


def test_nothing_found_is_nothing_to_fold(study: Study) -> None:
    assert folds(study) == []
