"""What the templates show is picked, ordered and placed rightly."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
import report_examples

from terrain.report.arrange import page_view
from terrain.report.views import Axis, Branch
from terrain.statistics.findings import Folded


def test_worst_regions_are_the_headline_ones() -> None:
    view = page_view(report_examples.compas()[0])
    assert [place.finding.id for place in view.first] == ["r1", "r2", "r3"]
    assert [place.finding.id for place in view.confirmed] == ["r1", "r2", "r3", "r4"]
    assert [place.finding.id for place in view.suspected] == ["r5", "r6"]


def test_a_further_description_lies_beneath_the_one_that_stands_for_it() -> None:
    document, _ = report_examples.compas()
    folded = msgspec.structs.replace(
        document.regions[0], headline=False, folded=Folded(under="r2", inside=0.9, jaccard=0.6)
    )
    view = page_view(msgspec.structs.replace(document, regions=(folded, *document.regions[1:])))
    assert [place.finding.id for place in view.first] == ["r2", "r3", "r4"]
    assert [place.finding.id for place in view.confirmed] == ["r2", "r3", "r4"]
    assert [place.finding.id for place in view.first[0].beneath] == ["r1"]
    assert "region=r1" in {place.anchor for place in view.places}  # it can still be looked into


def walk(branch: Branch) -> list[Branch]:
    return [branch, *(below for child in branch.children for below in walk(child))]


def test_tree_keeps_order_levels_and_trails() -> None:
    document, _ = report_examples.compas()
    tree = page_view(document).tree
    branches = walk(tree.root)
    assert [one.place.finding.id for one in branches] == [
        node.finding.id for node in document.tree.nodes
    ]
    for one in branches:
        assert one.level == len(one.place.trail) + 1
        assert one.height == sum(1 for below in walk(one) if not below.children) * 100
    assert tree.depth == max(one.level for one in branches) - 1


def test_drawn_branches_leave_side_by_side_and_meet_their_child() -> None:
    for one in walk(page_view(report_examples.compas()[0]).tree.root):
        for upper, lower in pairwise(one.limbs):
            assert upper.start + upper.width / 2 <= lower.start - lower.width / 2 + 0.2
        tops = [sum(child.height for child in one.children[:i]) for i in range(len(one.limbs))]
        middles = [top + child.height / 2 for top, child in zip(tops, one.children, strict=True)]
        assert [limb.end for limb in one.limbs] == middles


def test_darker_means_worse() -> None:
    branches = walk(page_view(report_examples.compas()[0]).tree.root)
    shades = [(one.place.target.value or 0, one.shade) for one in branches]
    assert [shade for _, shade in sorted(shades)] == sorted(shade for _, shade in shades)
    assert max(shades)[1] == 8


def test_worst_gap_is_confirmed_hurting_and_has_enough() -> None:
    document, _ = report_examples.compas()
    gap, *_ = page_view(document).gaps
    assert gap.difference.p_adjusted is not None
    assert gap.difference.p_adjusted <= 0.05
    assert (gap.difference.gap or 0) * (1 if gap.note.worse == "high" else -1) > 0
    key = next(key for key, note in document.metrics.items() if note is gap.note)
    everyone = [group for breakdown in document.breakdowns for group in breakdown.groups]
    hit = next(group for group in everyone if group.id == gap.place.finding.id)
    assert key not in hit.too_few
    strict = msgspec.structs.replace(document.method, alpha=1e-300)
    assert page_view(msgspec.structs.replace(document, method=strict)).gaps == ()


def test_metrics_that_mirror_each_other_are_drawn_once() -> None:
    view = page_view(report_examples.compas()[0])
    drawn = [table.key for table in view.breakdowns[0].tables if table.charted]
    assert drawn == ["error_rate", "fpr", "fnr", "precision", "selection_rate"]
    assert len(view.breakdowns[0].tables) == 7


@pytest.mark.parametrize(("value", "place"), [(0.0, 0.0), (0.5, 50.0), (2.0, 100.0), (-1.0, 0.0)])
def test_axis_keeps_inside(value: float, place: float) -> None:
    assert Axis(low=0.0, high=1.0).at(value) == place


def test_axis_of_a_single_value() -> None:
    assert Axis(low=0.0, high=0.0).shade(0.0) == 1
    assert Axis(low=0.0, high=0.0).shade(None) == 0
