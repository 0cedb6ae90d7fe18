"""Candidates of both directions are one family; what is found carries both halves' numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.multitest import multipletests
from strategies import study_from

from terrain.analyses.tree import Limits, grow
from terrain.collect import search
from terrain.collect.cover import MOST, cover, distinct
from terrain.collect.headline import headline
from terrain.collect.method import method_of
from terrain.collect.search import Direction, Judge, region_findings
from terrain.collect.shown_tree import shown_tree, with_status
from terrain.config import Plan
from terrain.data.features import region_of
from terrain.statistics.confirmation import worse

if TYPE_CHECKING:
    from terrain.collect.search import Tested
    from terrain.data.features import Selection
    from terrain.study import Study

N = 6_000
BAD: Selection = (("a", (1,)), ("b", (0,)))
OTHER: Selection = (("c", (2,)),)
NOTHING: Selection = (("c", (0,)), ("b", (1,)))


def frame_of(study: Study) -> Any:
    return study.benchmark.table.to_pandas()


@pytest.fixture(scope="module")
def study() -> Study:
    generator = np.random.default_rng(0)
    a, b, c = (generator.integers(0, 4, N) for _ in range(3))
    chance = np.select([(a == 1) & (b == 0), c == 2], [0.6, 0.3], 0.1)
    table = pa.table({"a": a, "b": b, "c": c, "wrong": (generator.random(N) < chance).astype(int)})
    return study_from(table, features=("a", "b", "c"), id=None, error=("wrong",),
                      label=None, prediction=None, slices=0)  # fmt: skip


@pytest.fixture(scope="module")
def judge(study: Study) -> Judge:
    return Judge(
        instrument=study.instrument, target=study.target, alpha=0.05, margin=1.1, seed=0,
        limit=20, encodings=study.searchable,
    )  # fmt: skip


@pytest.fixture(scope="module")
def directions(study: Study) -> list[Direction]:
    narrow, full = study.searched_halves(), study.halves()
    return [
        Direction(narrow[0], full[0], full[1], "second half"),
        Direction(narrow[1], full[1], full[0], "first half"),
    ]


@pytest.fixture(scope="module")
def family(judge: Judge, directions: list[Direction]) -> list[Tested]:
    proposed = [(BAD, "tree"), (OTHER, "tree"), (NOTHING, "tree")]
    return search.tested(judge, [(direction, proposed) for direction in directions])


def test_holm_runs_over_the_candidates_of_both_directions(family: list[Tested]) -> None:
    assert {item.direction.measured_on for item in family} == {"second half", "first half"}
    raw = [item.test.p_value for item in family]
    np.testing.assert_allclose(
        [item.p_adjusted for item in family], multipletests(raw, method="holm")[1]
    )


def test_the_limit_is_shared_by_the_directions(judge: Judge, directions: list[Direction]) -> None:
    proposed = [(BAD, "tree"), (OTHER, "tree")]
    few = judge._replace(limit=2)
    assert len(search.tested(few, [(direction, proposed) for direction in directions])) == 2
    assert len(search.tested(judge, [(directions[0], proposed)])) == 2


def test_findings_say_found_at_and_confirmed_at(
    study: Study, judge: Judge, family: list[Tested]
) -> None:
    ranked = distinct(family, study.halves())
    assert len({item.candidate.selection for item in ranked}) == len(ranked) < len(family)
    found = region_findings(judge, ranked, study.encodings, len(study))
    frame = frame_of(study)
    for number, (finding, item) in enumerate(zip(found, ranked, strict=True), 1):
        assert finding.id == f"r{number}"
        assert finding.status == ("failing" if item.p_adjusted <= 0.05 else "suspected")
        assert (finding.p_adjusted is None) == (finding.status == "suspected")
        inside = np.logical_and.reduce(
            [np.isin(frame[f], codes) for f, codes in item.candidate.selection]
        )
        unseen = ~study.discovery if finding.measured_on == "second half" else study.discovery
        assert finding.support == inside.sum()
        assert finding.metrics["wrong"].value == pytest.approx(frame.wrong[inside & unseen].mean())
        assert finding.discovery is not None
        assert finding.discovery.value == pytest.approx(frame.wrong[inside & ~unseen].mean())
    assert [f.region.words for f in found if f.status == "failing"] == ["a = 1 and b = 0", "c = 2"]


def test_the_short_list_covers_what_its_regions_cover(
    study: Study, judge: Judge, family: list[Tested]
) -> None:
    confirmed = [item for item in distinct(family, study.halves()) if judge.confirms(item)]
    found = cover(confirmed, study.target, "failing")
    assert {confirmed[place].candidate.selection for place in found.places} == {BAD, OTHER}
    frame = frame_of(study)
    before = np.zeros(len(frame), dtype=bool)
    coverage = error_coverage = 0.0
    for item in (confirmed[place] for place in found.places):
        inside = np.logical_and.reduce(
            [np.isin(frame[f], codes) for f, codes in item.candidate.selection]
        )
        unseen = study.discovery == (item.direction.measured_on == "first half")
        added = inside & ~before & unseen
        coverage += (inside & ~before).mean()
        error_coverage += frame.wrong[added].sum() / frame.wrong[unseen].sum()
        before |= inside
    assert found.coverage == pytest.approx(coverage)
    assert found.error_coverage == pytest.approx(error_coverage)
    again = cover(confirmed * 3, study.target, "failing")
    assert len(again.places) <= MOST
    assert again.coverage == found.coverage  # a region adds nothing to itself
    assert cover([], study.target, "failing").places == ()


@pytest.mark.parametrize(
    ("k", "words"), [(1, "One failing region covers"), (2, "Two failing regions cover")]
)
def test_the_headline_counts_and_measures(
    study: Study, judge: Judge, family: list[Tested], k: int, words: str
) -> None:
    confirmed = [item for item in distinct(family, study.halves()) if judge.confirms(item)][:k]
    short = cover(confirmed, study.target, "failing")
    assert short.error_coverage is not None
    whole = study.instrument.whole(study.halves()[0])
    overall = whole.estimate(study.target)
    method = method_of(study, Plan(), len(family), whole)
    said = headline(study.target.note, overall, int(overall.exposure), (short, k), method)
    assert words in said
    assert f"{100 * short.coverage:.1f}% of the instances" in said
    assert f"{100 * short.error_coverage:.1f}% of the" in said


def test_the_shown_tree_is_measured_on_unseen_instances_and_folded(
    study: Study, judge: Judge, directions: list[Direction]
) -> None:
    grown = grow(directions[0].searched, study.searchable, Limits(max_depth=4, min_rows=10))
    tree, selections = shown_tree(judge, grown, directions[0], study.encodings, "histogram")
    nodes = {node.finding.id: node for node in tree.nodes}
    splits = sum(node.split is not None for node in grown)
    kept = [node for node in tree.nodes if node.children]
    assert tree.folded == splits - len(kept) > 0
    frame = frame_of(study)[~study.discovery]
    for node, selection in zip(tree.nodes, selections, strict=True):
        assert node.finding.region == region_of(selection, study.encodings)
        inside = np.logical_and.reduce(
            [np.isin(frame[f], codes) for f, codes in selection], initial=True
        )
        inside = np.broadcast_to(inside, len(frame))
        assert node.finding.metrics["wrong"].events == frame.wrong[inside].sum()
        if node.parent is not None:
            parent = nodes[node.parent]
            assert node.finding.id in parent.children
            assert node.condition in node.finding.region.conditions
        assert (node.split_p is not None) == bool(node.children)

    def confirmed(name: str) -> bool:
        node = nodes[name]
        split = node.split_p is not None and node.split_p <= judge.alpha
        return split or any(confirmed(child) for child in node.children)

    assert all(confirmed(node.finding.id) for node in kept)


def test_a_tree_of_noise_is_folded_to_its_root(
    study: Study, judge: Judge, directions: list[Direction]
) -> None:
    strict = judge._replace(alpha=1e-300)
    grown = grow(directions[0].searched, study.searchable, Limits(max_depth=3, min_rows=10))
    tree, _ = shown_tree(strict, grown, directions[0], study.encodings, "histogram")
    assert len(tree.nodes) == 1
    assert tree.folded == sum(node.split is not None for node in grown)


def test_splits_are_tested_worse_against_better_child(
    study: Study, judge: Judge, directions: list[Direction]
) -> None:
    grown = grow(directions[0].searched, study.searchable, Limits(max_depth=1, min_rows=10))
    tree, _ = shown_tree(judge, grown, directions[0], study.encodings, "histogram")
    sides = study.instrument.selections(
        directions[0].unseen, [grown[child].selection for child in grown[0].children]
    )
    (_, first), (_, second) = sides
    assert tree.nodes[0].split_p == pytest.approx(worse(first, second, study.target))


def test_a_node_that_is_a_region_says_so(
    study: Study, judge: Judge, directions: list[Direction], family: list[Tested]
) -> None:
    grown = grow(directions[0].searched, study.searchable, Limits(max_depth=4, min_rows=10))
    shown = shown_tree(judge, grown, directions[0], study.encodings, "histogram")
    found = region_findings(judge, distinct(family, study.halves()), study.encodings, len(study))
    marked = with_status(*shown, found, study.encodings, directions[0])
    same = {n.finding.region.words: n.finding for n in marked.nodes if n.finding.same_as}
    assert same
    regions = {finding.id: finding for finding in found}
    for finding in same.values():
        assert finding.same_as is not None
        assert finding.status == regions[finding.same_as].status
    assert marked.nodes[0].finding.same_as is None
