"""The tree partitions, equals scikit-learn's on codes, and finds what it is there to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from given import Given, plain
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from strategies import study_from, tables

from terrain.analyses.tree import Grown, Limits, grow
from terrain.analyses.tree.growing import Branching, route
from terrain.data.features import Encoding
from terrain.data.outcome import Outcome
from terrain.engines.memory import Memory
from terrain.statistics.batch import Batch, Part
from terrain.statistics.measures import take_measures
from terrain.statistics.measuring import measures_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.study import Study

GROWERS: tuple[Any, ...] = ("histogram", "sklearn")


def part_of(codes: Mapping[str, Any], loss: Any, weight: Any = None, batches: int = 1) -> Part:
    """Return codes and a loss (NaN where undefined) as a part that a tree can grow on."""
    loss = np.asarray(loss, dtype=float)
    exposure = np.where(np.isnan(loss), 0.0, 1.0 if weight is None else weight)
    events = np.nan_to_num(loss) * exposure
    measures = measures_of(Outcome(task="indicator"), len(loss))
    return Memory(
        [
            Batch(
                codes={name: np.asarray(c, np.uint8)[rows] for name, c in codes.items()},
                measures=take_measures(plain(measures), rows),
                target=Given(events[rows], exposure[rows]),
                cluster=None,
            )
            for rows in np.array_split(np.arange(len(loss)), batches)
        ]
    )


def ranges(name: str, codes: int) -> Encoding:
    return Encoding(feature=name, kind="range", cuts=tuple(map(float, range(1, codes))))


def levels(name: str, codes: int) -> Encoding:
    return Encoding(feature=name, kind="levels", levels=tuple(f"l{i:03}" for i in range(codes)))


def named(*encodings: Encoding) -> dict[str, Encoding]:
    return {encoding.feature: encoding for encoding in encodings}


def leaves(grown: tuple[Grown, ...]) -> list[Grown]:
    return [node for node in grown if not node.children]


def impurity(part: Part, grown: tuple[Grown, ...]) -> float:
    """Return the weighted sum of squares that is left within the leaves."""
    (batch,) = part.map(lambda b: b)
    total = 0.0
    for leaf in leaves(grown):
        inside = batch.mask(leaf.selection) & (batch.exposure > 0)
        value, weight = batch.events[inside] / batch.exposure[inside], batch.exposure[inside]
        total += float(weight @ (value - np.average(value, weights=weight)) ** 2)
    return total


LIMITS = st.builds(
    Limits,
    max_depth=st.integers(1, 4),
    min_rows=st.integers(2, 6),
    max_leaves=st.none() | st.integers(2, 6),
)
STUDIES = st.one_of(tables(), tables(task="indicator")).map(study_from)


@settings(max_examples=50)
@given(STUDIES, LIMITS, st.sampled_from(GROWERS))
def test_children_add_to_their_parent_and_leaves_to_the_whole(
    study: Study, limits: Limits, grower: Any
) -> None:
    searched, (seen, unseen) = study.searched_halves()[0], study.halves()
    grown = grow(searched, study.searchable, limits, grower)
    selections = [node.selection for node in grown]
    for part in (seen, unseen):
        tallies = [inside.tally for _, inside in study.instrument.selections(part, selections)]
        for node, tally in zip(grown, tallies, strict=True):
            if node.children:
                first, second = (tallies[child] for child in node.children)
                assert (first + second).sums.tolist() == tally.sums.tolist()
        (batch,) = part.map(lambda b: b)
        held = np.sum([batch.mask(leaf.selection) for leaf in leaves(grown)], axis=0)
        assert (held == 1).all()
    for node, (_, inside) in zip(grown, study.instrument.selections(seen, selections), strict=True):
        # scikit-learn counts the instances that weigh something
        assert node.rows == inside.tally.instances or grower == "sklearn"


@settings(max_examples=50)
@given(STUDIES, LIMITS)
def test_limits_are_kept_and_the_worse_child_comes_first(study: Study, limits: Limits) -> None:
    grown = grow(study.searched_halves()[0], study.searchable, limits)
    assert len(leaves(grown)) <= (limits.max_leaves or len(grown))
    for place, node in enumerate(grown):
        assert len(node.selection) <= limits.max_depth
        if node.parent >= 0:
            assert place in grown[node.parent].children
            assert node.rows >= limits.min_rows
        if node.children:
            worse, better = (grown[child] for child in node.children)
            assert worse.rate >= better.rate
            assert worse.rows + better.rows == node.rows


@given(STUDIES, st.integers(1, 9))
def test_batches_do_not_change_the_tree(study: Study, batches: int) -> None:
    limits = Limits(max_depth=3, min_rows=2)
    (batch,) = study.searched_halves()[0].map(lambda b: b)
    found = []
    for k in (1, batches):
        rows = np.array_split(np.random.default_rng(k).permutation(len(batch)), k)
        part = Memory(
            [
                Batch(
                    codes={name: codes[r] for name, codes in batch.codes.items()},
                    measures=take_measures(batch.measures, r),
                    target=batch.target,
                    cluster=None,
                )
                for r in rows
            ]
        )
        found.append(grow(part, study.searchable, limits))
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["gini", "squared_error", "weighted"])
def test_on_ordered_codes_the_impurity_is_that_of_scikit_learn(seed: int, kind: str) -> None:
    generator = np.random.default_rng(seed)
    n = 600
    table = generator.integers(0, 12, (n, 4))
    chance = 0.2 + 0.5 * (table[:, 0] > 7) * (table[:, 1] < 4)
    loss = (generator.random(n) < chance).astype(float)
    if kind != "gini":
        loss = loss * 3 + generator.normal(size=n)
    weight = generator.integers(1, 5, n).astype(float) if kind == "weighted" else None
    settings = {"max_depth": 3, "min_samples_leaf": 15, "random_state": 0}
    model = (
        DecisionTreeClassifier(**settings) if kind == "gini" else DecisionTreeRegressor(**settings)
    ).fit(table, loss, sample_weight=weight)
    tree = model.tree_
    at_leaves = tree.children_left < 0
    expected = (tree.weighted_n_node_samples * tree.impurity)[at_leaves].sum()
    part = part_of({f"x{i}": table[:, i] for i in range(4)}, loss, weight)
    encodings = named(*(ranges(f"x{i}", 12) for i in range(4)))
    limits = Limits(max_depth=3, min_rows=15)
    for grower in GROWERS:
        found = impurity(part, grow(part, encodings, limits, grower))
        assert found * (2 if kind == "gini" else 1) == pytest.approx(expected)


def test_the_gain_is_what_the_split_takes_from_the_impurity() -> None:
    generator = np.random.default_rng(3)
    loss = generator.normal(size=300)
    part = part_of({"x": generator.integers(0, 9, 300), "c": generator.integers(0, 5, 300)}, loss)
    grown = grow(part, named(ranges("x", 9), levels("c", 5)), Limits(max_depth=3, min_rows=5))
    gains = sum(node.split.gain for node in grown if node.split)
    assert impurity(part, grown) == pytest.approx(((loss - loss.mean()) ** 2).sum() - gains)


def test_a_set_of_levels_is_the_best_of_all_sets() -> None:
    generator = np.random.default_rng(4)
    codes, loss = generator.integers(0, 6, 200), generator.normal(size=200)
    part = part_of({"c": codes}, loss)
    (root, *_) = grow(part, named(levels("c", 6)), Limits(max_depth=1, min_rows=1))
    assert root.split is not None

    def gain(chosen: int) -> float:
        inside = (chosen >> codes) & 1 == 1
        return float(
            sum(loss[side].sum() ** 2 / side.sum() for side in (inside, ~inside))
            - loss.sum() ** 2 / 200
        )

    assert root.split.gain == pytest.approx(max(gain(chosen) for chosen in range(1, 2**6 - 1)))


def test_a_rare_level_is_found() -> None:
    generator = np.random.default_rng(0)
    rare = np.arange(2_000) < 20
    codes = np.where(rare, 37, generator.integers(0, 99, 2_000) + 1)
    codes[(codes == 37) & ~rare] = 0
    loss = generator.random(2_000) < np.where(rare, 0.7, 0.15)
    part = part_of({"c": codes, "x": generator.integers(0, 10, 2_000)}, loss)
    grown = grow(part, named(levels("c", 100), ranges("x", 10)), Limits(max_depth=4, min_rows=10))
    best = max(leaves(grown), key=lambda leaf: leaf.rate * (leaf.rows >= 15))
    assert any(37 in dict(node.selection).get("c", ()) and node.rows <= 60 for node in grown[1:])
    assert 37 in dict(best.selection)["c"]


def test_the_order_of_levels_is_fitted_inside_each_node() -> None:
    generator = np.random.default_rng(0)
    a, c = generator.integers(0, 2, 20_000), generator.integers(0, 4, 20_000)
    # over both values of `a` the rates ascend: that order never sets 0 and 2 against 1 and 3
    rates = np.array([[0.0, 0.40, 0.1, 0.5], [0.86, 0.54, 0.9, 0.58]])
    part = part_of({"a": a, "c": c}, generator.random(20_000) < rates[a, c])
    encodings, limits = named(ranges("a", 2), levels("c", 4)), Limits(max_depth=2, min_rows=20)
    grown = grow(part, encodings, limits)
    found = [dict(leaf.selection) for leaf in leaves(grown)]
    assert {(held["a"][0], held["c"][:2]) for held in found} == {
        (0, (0, 2)),
        (0, (1, 3)),
        (1, (0, 2)),
        (1, (1, 3)),
    }
    assert impurity(part, grown) < 0.95 * impurity(part, grow(part, encodings, limits, "sklearn"))


@pytest.mark.parametrize("kind", [ranges, levels])
@pytest.mark.parametrize("missing_rate", [0.9, 0.02])
def test_missing_is_a_side_of_its_own(kind: Any, missing_rate: float) -> None:
    generator = np.random.default_rng(1)
    codes = generator.integers(0, 4, 1_000)  # code 3 is missing
    chance = np.where(codes == 3, missing_rate, 0.4)
    part = part_of({"f": codes}, generator.random(1_000) < chance)
    encoding = kind("f", 3)
    (root, *_) = grow(part, {"f": encoding}, Limits(max_depth=1, min_rows=5))
    assert root.split is not None
    assert (3,) in (root.split.worse, root.split.better)


def test_missing_goes_to_the_side_that_it_resembles() -> None:
    codes = np.repeat([0, 1, 2, 3], 50)
    for high in ((0, 3), (1, 2, 3)):
        loss = np.isin(codes, high).astype(float)
        part = part_of({"f": codes}, loss)
        (root, *_) = grow(part, named(ranges("f", 3)), Limits(max_depth=1, min_rows=5))
        assert root.split is not None
        assert root.split.worse == high


def test_a_level_that_the_part_never_shows_goes_to_the_larger_side() -> None:
    codes = np.repeat([0, 2], [30, 70])
    part = part_of({"f": codes}, codes == 0)
    (root, *_) = grow(part, named(levels("f", 3)), Limits(max_depth=1, min_rows=5))
    assert root.split is not None
    assert (root.split.worse, root.split.better) == ((0,), (1, 2, 3))


def test_the_most_telling_splits_are_kept_under_a_limit_of_leaves() -> None:
    generator = np.random.default_rng(2)
    part = part_of(
        {f"x{i}": generator.integers(0, 6, 500) for i in range(3)}, generator.normal(size=500)
    )
    encodings = named(*(ranges(f"x{i}", 6) for i in range(3)))
    remaining = [
        impurity(part, grow(part, encodings, Limits(max_depth=4, min_rows=5, max_leaves=k)))
        for k in range(2, 9)
    ]
    falls = -np.diff(remaining)
    assert (falls > 0).all()
    greedy = min(
        remaining[0] - node.split.gain
        for node in grow(part, encodings, Limits(max_depth=2, min_rows=5))[1:3]
        if node.split
    )
    assert remaining[1] == pytest.approx(greedy)


def test_weights_move_the_split() -> None:
    codes = np.tile([0, 1, 2], 100)
    loss = np.select([codes == 0, codes == 1], [0.0, 0.5], 1.0) + np.arange(300) % 2
    limits = Limits(max_depth=1, min_rows=5)
    for heavy, worse in ((0, (1, 2)), (2, (2,))):
        weight = np.where(codes == heavy, 20.0, 1.0)
        (root, *_) = grow(part_of({"f": codes}, loss, weight), named(ranges("f", 3)), limits)
        assert root.split is not None
        assert root.split.worse[: len(worse)] == worse


def test_nothing_to_split_is_one_leaf() -> None:
    part = part_of({"f": np.tile([0, 1], 20)}, np.ones(40))
    assert len(grow(part, named(ranges("f", 2)), Limits(max_depth=3, min_rows=2))) == 1


def test_a_part_without_instances_is_one_leaf() -> None:
    part = part_of({"f": np.zeros(0)}, np.zeros(0))
    for grower in GROWERS:
        (root,) = grow(part, named(ranges("f", 2)), Limits(max_depth=3, min_rows=2), grower)
        assert root.rows == 0


def test_without_features_there_is_one_leaf() -> None:
    part = part_of({}, np.tile([0, 1], 20))
    for grower in GROWERS:
        (root,) = grow(part, {}, Limits(max_depth=3, min_rows=2), grower)
        assert (root.rows, root.rate) == (40, 0.5)


def test_instances_are_routed_from_the_root_down() -> None:
    part = part_of({"f": [0, 1, 2, 0], "g": [0, 0, 1, 1]}, np.zeros(4))
    (batch,) = part.map(lambda b: b)
    splits = [Branching(0, "f", (0,), 1, 2), Branching(1, "g", (1,), 3, 4)]
    assert route(batch, splits).tolist() == [4, 2, 2, 3]
