"""The score that is asked for is the one that the slice search maximises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from strategies import study_from

from terrain.analyses import slices
from terrain.app import analyze
from terrain.collect.proposals import Searches, directions_of
from terrain.config import Plan

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain

N = 3_000
SCORES: tuple[dict[str, Any], ...] = (
    {"slice_score": "evidence"},
    {"slice_score": "divergence"},
    {"slice_score": "sliceline"},
    {"slice_score": "sliceline", "slice_alpha": 0.8},
)
FEATURES = {"features": ("x", "level"), "error": ("wrong",), "label": None, "prediction": None}


def table() -> pa.Table:
    """Return a table with errors everywhere: the smaller a region, the higher its rate."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=N).round(2)
    level = generator.choice(list("abcd"), N)
    chance = np.select([x > 2.3, x > 0.5, level == "a"], [1.0, 0.25, 0.05], 0.02)
    return pa.table({"x": x, "level": level, "wrong": (generator.random(N) < chance).astype(int)})


def found(folder: Path, **settings: Any) -> Terrain:
    path = folder / "table.parquet"
    parquet.write_table(table(), path)
    return analyze(Plan(inputs=(str(path),), error=("wrong",), rival=False, **settings)).terrain


def test_each_score_proposes_what_is_best_by_it() -> None:
    proposals = []
    for score in SCORES:
        study = study_from(table(), id=None, **FEATURES)
        searches = Searches(study, Plan(**score))
        part = directions_of(study)[0].searched
        proposals.append(searches.slice(part))
        bounds = slices.Bounds(
            depth=3,
            min_rows=searches.min_rows(part),
            score=score["slice_score"],
            alpha=score.get("slice_alpha", 0.95),
        )
        assert proposals[-1] == slices.search(part, study.searchable, bounds)
        assert not searches.warnings([proposals[-1]])
    assert len({tuple(each) for each in proposals}) == len(SCORES)


def test_a_score_changes_what_is_tested(tmp_path: Path) -> None:
    told = [
        {region.region.words for region in found(tmp_path, max_depth=1, **score).regions}
        for score in (SCORES[0], SCORES[2])
    ]
    assert told[0] != told[1]


def test_a_score_that_finds_nothing_is_warned_of(tmp_path: Path) -> None:
    quiet = found(tmp_path, slice_score="sliceline", slice_alpha=0.0)
    assert {region.found_by for region in quiet.regions} == {"tree"}
    (warned,) = (warned for warned in quiet.warnings if warned.code == "slices-none")
    assert "nothing by sliceline" in warned.seen
    for settings in ({"slice_score": "sliceline"}, {"slice_score": "sliceline", "slices": 0}):
        codes = {warned.code for warned in found(tmp_path, **settings).warnings}
        assert "slices-none" not in codes
