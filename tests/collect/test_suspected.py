"""Which suspected regions are shown, and in which order, is none of the unseen half's business."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from strategies import study_from

from terrain.analyses import slices, tree
from terrain.collect import search
from terrain.collect.proposals import directions_of, named
from terrain.collect.regions import regions_of
from terrain.collect.search import Judge

if TYPE_CHECKING:
    from terrain.statistics.findings import Find, Finding
    from terrain.study import Study

N = 20_000
"""Instances: so many that one half is searched."""

FEATURES = tuple("abcdefgh")


def study_of_noise(seed: int) -> Study:
    generator = np.random.default_rng(0)
    data = {name: generator.integers(0, 8, N) for name in FEATURES}
    data |= {"key": np.arange(N), "wrong": (generator.random(N) < 0.2).astype(int)}
    study = study_from(
        pa.table(data), features=FEATURES, id="key", error=("wrong",), label=None, prediction=None
    )
    unseen = np.flatnonzero(~study.discovery)
    rate = np.random.default_rng(seed).random()
    data["wrong"][unseen] = np.random.default_rng(seed).random(len(unseen)) < rate
    return study_from(
        pa.table(data), features=FEATURES, id="key", error=("wrong",), label=None, prediction=None
    )


def suspected(study: Study, find: Find) -> list[Finding]:
    judge = Judge(
        instrument=study.instrument, target=study.target, alpha=0.0, margin=1.1, seed=0,
        limit=20, encodings=study.searchable, find=find,
    )  # fmt: skip
    (direction,) = directions_of(study)
    limits = tree.Limits(max_depth=3, min_rows=100, max_leaves=8)
    grown = tree.grow(direction.searched, study.searchable, limits)
    bounds = slices.Bounds(depth=2, min_rows=100, find=find)
    sliced = slices.search(direction.searched, study.searchable, bounds)
    family = search.tested(judge, [(direction, named(grown, sliced))])
    found, _ = regions_of(judge, family, study, study.halves())
    return found


@pytest.mark.parametrize("find", ["failing", "best"])
def test_the_unseen_half_chooses_and_orders_nothing(find: Find) -> None:
    first, *others = (suspected(study_of_noise(seed), find) for seed in range(4))
    words = [(each.region.words, each.folded, each.discovery) for each in first]
    assert len(words) > 2
    assert {each.status for each in first} == {"suspected"}
    for other in others:
        assert [(each.region.words, each.folded, each.discovery) for each in other] == words
    contradicted = [each.contradicted(find) for found in (first, *others) for each in found]
    assert 0 < sum(contradicted) < len(contradicted)


@pytest.mark.parametrize("find", ["failing", "best"])
def test_a_region_is_contradicted_where_it_does_not_lie_on_the_searched_side(find: Find) -> None:
    for each in suspected(study_of_noise(0), find):
        inside, rest = each.metrics["wrong"].value, each.rest.value if each.rest else None
        assert inside is not None
        assert rest is not None
        assert each.contradicted(find) == (inside <= rest if find == "failing" else inside >= rest)
