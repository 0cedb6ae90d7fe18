"""What docs/scale.md says of passes is what an engine that counts them was asked for."""

from __future__ import annotations

import math

import pytest

from benchmarks.large import line
from benchmarks.passes import Log, counted
from terrain.analyses.slices.counting import AT_ONCE, covering


def test_passes_are_counted_by_stage_and_do_not_grow_with_features_to_rank() -> None:
    narrow, wide = (counted(features, 1, 4_000, sample=2_000) for features in (5, 7))
    ranked = [sum(each.stage == "ranking features" for each in passes) for passes in (narrow, wide)]
    assert ranked[0] == ranked[1] > 0
    for passes in (narrow, wide):
        assert {each.over for each in passes if each.stage == "measuring"} == {"Encoded"}
        assert all(each.sent > 0 for each in passes)
        assert all(each.states for each in passes if each.verb != "bind")


@pytest.mark.parametrize(("features", "depth", "passes"), [(20, 2, 4), (20, 3, 17), (29, 3, 50)])
def test_folds_of_the_slice_search(features: int, depth: int, passes: int) -> None:
    blocks = covering([f"x{i}" for i in range(features)], depth)
    assert math.ceil(len(blocks) / AT_ONCE) == passes


def test_a_log_knows_searching_as_one_stage() -> None:
    log = Log()
    log.say("searching pairs: 3 of 5 combinations of features")
    assert log.stage == "searching slices"
    log.say("measuring: 40%")
    assert log.stage == "measuring"


def test_a_line_through_what_lies_on_one() -> None:
    assert line([1, 2, 4], [5, 7, 11]) == pytest.approx((3, 2))
