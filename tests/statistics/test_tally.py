"""Tallies of disjoint regions add; any batching gives the same integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import study_from, tables

from terrain.statistics import batch
from terrain.statistics.counting import (
    jaccard,
    overlaps,
    shared_sums,
    tally_partition,
    tally_selections,
)
from terrain.statistics.tally import Tally, count

if TYPE_CHECKING:
    from terrain.study import Study

STUDIES = st.one_of(tables(), tables(task="indicator")).map(study_from)


def parts(study: Study, regions: int) -> list[Tally]:
    """Return the tallies of the discovery half, dealt to regions by its first feature."""
    return tally_partition(study.halves()[0], lambda b: b.codes["age"] % regions, regions)


@given(STUDIES, st.integers(1, 5))
def test_parts_add_to_the_whole(study: Study, regions: int) -> None:
    found = parts(study, regions)
    (whole,) = parts(study, 1)
    assert (
        sum((tally.sums for tally in found), start=0 * whole.sums).tolist() == whole.sums.tolist()
    )
    first, *others = found
    rest = whole - first
    assert rest.sums.tolist() == sum((o.sums for o in others), start=0 * whole.sums).tolist()
    assert (first + rest).sums.tolist() == whole.sums.tolist()


@settings(max_examples=30)
@given(STUDIES, st.integers(1, 7))
def test_any_batches_give_the_same_integers(study: Study, size: int) -> None:
    selections = [(("region", (0,)),), (("age", (0, 1)), ("member", (0,)))]
    once = parts(study, 3), tally_selections(study.halves()[0], selections)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "BATCH", size)
        again = parts(study, 3), tally_selections(study.halves()[0], selections)
    assert [t.sums.tolist() for t in once[0]] == [t.sums.tolist() for t in again[0]]
    assert [[t.sums.tolist() for t in pair] for pair in once[1]] == [
        [t.sums.tolist() for t in pair] for pair in again[1]
    ]


@given(STUDIES)
def test_a_selection_and_its_complement_make_the_whole(study: Study) -> None:
    part = study.halves()[0]
    ((outside, inside),) = tally_selections(part, [(("income", (0, 1)), ("region", (0, 2)))])
    (whole,) = parts(study, 1)
    assert (inside + outside).sums.tolist() == whole.sums.tolist()
    inside_rows = [
        np.isin(b.codes["income"], (0, 1)) & np.isin(b.codes["region"], (0, 2))
        for b in [part.map(lambda b: b)[0]]
    ]
    assert inside.instances == inside_rows[0].sum()


def test_the_sums_of_a_loss_are_its_sums() -> None:
    generator = np.random.default_rng(0)
    n = 200
    loss = np.where(generator.random(n) < 0.1, np.nan, generator.normal(size=n))
    weight = generator.exponential(size=n)
    region = generator.integers(0, 3, n)
    table = pa.table({"loss": loss, "weight": weight, "x": np.arange(n) % 5})
    study = study_from(table, features=("x",), id=None)
    sums = count(study.measures, region, 3)
    for i in range(3):
        here = (region == i) & ~np.isnan(loss)
        e, x = (loss * weight)[here], weight[here]
        found = Tally(study.measures.layout, sums[i]).loss("loss")
        expected = (here.sum(), e.sum(), x.sum(), (e**2).sum(), (e * x).sum(), (x**2).sum())
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        assert Tally(study.measures.layout, sums[i]).instances == (region == i).sum()


@given(tables(), st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=1, max_size=4))
def test_overlaps_count_shared_instances(table: pa.Table, codes: list[set[int]]) -> None:
    study = study_from(table)
    selections = [(("age", tuple(sorted(chosen))),) for chosen in codes]
    shared = overlaps(study.halves()[0], selections)
    age = study.codes["age"][study.discovery]
    sets = [set(np.flatnonzero(np.isin(age, list(chosen)))) for chosen in codes]
    assert shared.tolist() == [[len(a & b) for b in sets] for a in sets]
    expected = [[len(a & b) / len(a | b) if a | b else 1.0 for b in sets] for a in sets]
    np.testing.assert_allclose(jaccard(shared), expected)


@given(STUDIES, st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=4))
def test_shared_sums_are_those_of_a_plain_loop(study: Study, codes: list[set[int]]) -> None:
    selections = [(("age", tuple(sorted(chosen))),) for chosen in codes]
    found = shared_sums(study.halves()[0], selections)
    age = study.codes["age"][study.discovery]
    sides = [np.isin(age, list(chosen)) for chosen in codes]
    for sums, values in zip(found, (study.events, study.exposure), strict=True):
        own = values[study.discovery]
        assert sums.tolist() == [[own[a & b].sum() for b in sides] for a in sides]
