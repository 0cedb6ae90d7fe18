"""Limits on a change where both models predicted the same instances."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from gate_examples import document, grouped, policy, rate
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multinomial

from terrain.checking import check, old_model
from terrain.config import Plan
from terrain.errors import DataError, UsageError
from terrain.gate.judge import judge
from terrain.gate.pairs import PairedChange, Pairs, Worse
from terrain.statistics.changes import Law
from terrain.statistics.metrics import Moments
from terrain.statistics.paired import FEWEST, strict_interval

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.gate.verdict import Judgement, Verdict

WHOLE = "all instances"


def table(n: int, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(n)],
            "age": generator.integers(18, 90, n),
            "place": generator.choice(["north", "south", "east", "west"], n),
            "sex": generator.choice(["f", "m"], n),
            "label": generator.integers(0, 2, n),
        }
    )


def said(frame: pd.DataFrame, wrong: np.ndarray) -> pd.DataFrame:
    return frame.assign(prediction=np.where(wrong, 1 - frame.label, frame.label))


def regressed(n: int = 3000, worse: int = 150, better: int = 90) -> tuple[pd.DataFrame, ...]:
    """Return an old model that errs on 20%, and a new one that differs on so many instances."""
    generator, frame = np.random.default_rng(1), table(n)
    old = generator.random(n) < 0.2
    new = old.copy()
    new[generator.choice(np.flatnonzero(~old), worse, replace=False)] = True
    new[generator.choice(np.flatnonzero(old), better, replace=False)] = False
    return said(frame, old), said(frame, new)


def checked(
    folder: Path, old: pd.DataFrame, new: pd.DataFrame, *rules: dict[str, Any], **plan: Any
) -> Verdict:
    for frame, name in ((old, "old.csv"), (new, "new.csv")):
        frame.to_csv(folder / name, index=False)
    settings = Plan(inputs=(str(folder / "new.csv"),), **plan)
    return check(settings, policy(*rules), old_model(settings, str(folder / "old.csv")))[0]


def one(found: Verdict, where: str = WHOLE) -> Judgement:
    (judged,) = (each for each in found.judgements if each.where == where)
    return judged


def signs(first: int, second: int, n: int) -> Moments:
    """Return the moments of n differences, so many of them 1 and so many -1."""
    change, flips = float(first - second), float(first + second)
    return Moments(change, n, flips, change, n, n, counted=False)


def law(first: int, second: int, n: int) -> Law:
    return Law(gap=(first - second) / n, moments=signs(first, second, n), signs=True)


def pairs(where: str, first: int, second: int, n: int, **more: Any) -> Pairs:
    """Return pairs of which the new model errs on so many where the old did not, and reversed."""
    change = PairedChange(rate(100 + second, n), rate(100 + first, n), law(first, second, n), n)
    changes = {(where, name): change for name in ("error_rate", "tpr")}
    return Pairs(name="old.csv", said="so many paired", changes=changes, **more)


@pytest.mark.parametrize("error", [0.05, 0.01, 0.001])
@pytest.mark.parametrize("limit", [-0.05, 0.0, 0.01, 0.1])
@pytest.mark.parametrize("n", [20, 45])
def test_the_strict_bound_keeps_its_level_in_all_tables(n: int, limit: float, error: float) -> None:
    tables = [(a, b, n - a - b) for a, b in itertools.product(range(n + 1), repeat=2) if a + b <= n]
    beyond = []
    for first, second, _ in tables:
        low, _ = strict_interval(signs(first, second, n), signs=True, level=1.0 - 2.0 * error)
        assert low is not None
        beyond.append(low > limit + 1e-12)
    for share in np.linspace(0.0, 0.45, 19):
        first = share + limit
        if first < 0.0 or first + share > 1.0:
            continue
        chances = multinomial.pmf(tables, n, [first, share, max(1.0 - first - share, 0.0)])
        assert chances[beyond].sum() <= 1.1 * error


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_strict_bound_mirrors_and_holds_the_difference(
    further: int, first: int, second: int
) -> None:
    n = first + second + further
    low, high = strict_interval(signs(first, second, n), signs=True, level=0.95)
    turned = strict_interval(signs(second, first, n), signs=True, level=0.95)
    assert low is not None
    assert high is not None
    assert turned.low == pytest.approx(-high)
    assert -1.0 <= low <= (first - second) / n <= high <= 1.0


def test_a_mean_of_few_has_no_strict_bound() -> None:
    few = Moments(1.0, FEWEST - 1, 9.0, 1.0, FEWEST - 1, FEWEST - 1, counted=False)
    assert strict_interval(few, signs=False, level=0.95) == (None, None)
    assert strict_interval(signs(0, 0, 0), signs=True, level=0.95) == (None, None)


def test_two_points_are_seen_in_pairs_only(tmp_path: Path) -> None:
    """2 points of 3,000 instances, the models differ on 8%; a limit of 0.5 points at 5%."""
    old, new = regressed()
    rule = {"rise_at_most": 0.005}
    paired = checked(tmp_path, old, new, rule)
    judged = one(paired)
    assert judged.outcome == "failed"
    assert judged.value == pytest.approx(0.02)
    assert paired.baseline == f"{tmp_path / 'old.csv'}: 3,000 instances paired: by id (`id`)"
    assert "would decide sooner" not in judged.reason
    before = check(Plan(inputs=(str(tmp_path / "old.csv"),)), policy({"at_most": 1.0}))[1]
    unpaired = check(Plan(inputs=(str(tmp_path / "new.csv"),)), policy(rule), before)[0]
    assert unpaired.outcome == "passed"


def test_changes_are_those_of_pandas(tmp_path: Path) -> None:
    old, new = regressed()
    found = checked(
        tmp_path, old.iloc[::-1], new,
        {"metric": "fnr", "groups": "sex", "rise_at_most": 0.0},
        {"metric": "accuracy", "fall_at_most": 0.0},
        {"cohort": "older", "rise_at_most": 0.0},
        {"groups": "age", "rise_at_most": 0.0},
        cohorts={"older": "age >= 61"},
    )  # fmt: skip
    both = new.merge(old[["id", "prediction"]], on="id", suffixes=("", "_old"))
    wrong, before = both.prediction != both.label, both.prediction_old != both.label
    change = wrong.astype(int) - before.astype(int)
    assert one(found).value == pytest.approx(change.mean())
    assert one(found, "cohort older").value == pytest.approx(change[both.age >= 61].mean())
    ages = [each for each in found.judgements if each.where.startswith("age = ")]
    assert len(ages) > 2
    assert sum(each.exposure or 0 for each in ages) == len(both)
    assert sum((each.value or 0) * (each.exposure or 0) for each in ages) == pytest.approx(
        change.sum()
    )
    for sex in "fm":
        inside = (both.sex == sex) & (both.label == 1)
        judged = one(found, f"sex = {sex}")
        assert judged.value == pytest.approx(change[inside].mean())
        assert (judged.events, judged.exposure) == (wrong[inside].sum(), inside.sum())


def test_the_same_predictions_twice_pass(tmp_path: Path) -> None:
    old, _ = regressed()
    rules = {"rise_at_most": 0.0}, {"groups": "sex", "rise_at_most": 0.0}
    regions = {"regions": True, "rise_at_most": 0.0}
    found = checked(tmp_path, old, old, *rules, regions)
    assert {each.outcome for each in found.judgements} == {"passed"}
    assert len(found.judgements) == 4
    assert found.judgements[-1].reason == "no region that got worse was confirmed"


def test_what_is_not_paired_and_what_is_labelled_otherwise_is_said(tmp_path: Path) -> None:
    old, new = regressed()
    old = old[10:].copy()
    old.loc[old.index[:4], "label"] = 1 - old.label[:4]
    found = checked(tmp_path, old, new, {"rise_at_most": 0.0})
    assert found.baseline is not None
    assert "2,990 instances paired: by id (`id`). 10 rows of" in found.baseline
    assert "4 pairs with two different labels left out" in found.baseline
    assert one(found).exposure == 2986


def test_by_position_where_nothing_else_differs(tmp_path: Path) -> None:
    old, new = (frame.drop(columns="id") for frame in regressed())
    found = checked(tmp_path, old, new, {"rise_at_most": 0.005})
    assert "by position" in (found.baseline or "")
    assert one(found).outcome == "failed"
    with pytest.raises(DataError, match=r"cannot be paired: there is no id.*--baseline"):
        checked(tmp_path, old[1:], new, {"rise_at_most": 0.005})


def test_no_shared_id_names_the_way_out(tmp_path: Path) -> None:
    old, new = regressed(300, 15, 9)
    other = old.assign(id=[f"q{i}" for i in range(300)])
    with pytest.raises(DataError, match=r"no id is in all of.*--baseline"):
        checked(tmp_path, other, new, {"rise_at_most": 0.0})


def test_a_group_without_pairs_is_undecided(tmp_path: Path) -> None:
    old, new = regressed()
    found = checked(
        tmp_path, old[old.place != "north"], new, {"groups": "place", "rise_at_most": 0.5}
    )
    assert one(found, "place = north").outcome == "undecided"
    assert one(found, "place = north").reason == "none of its instances is paired"
    assert one(found, "place = south").outcome == "passed"


def test_a_group_that_is_gone_is_undecided(tmp_path: Path) -> None:
    old, new = regressed()
    rule = {"groups": ["place", "place × sex"], "rise_at_most": 0.5}
    found = checked(tmp_path, old, new[new.place != "north"], rule)
    gone = {each.where for each in found.judgements if each.outcome == "undecided"}
    assert gone == {"place = north", "place × sex = north × f", "place × sex = north × m"}
    assert "does not" in one(found, "place = north").reason
    assert len(found.judgements) == 12


def test_a_metric_of_one_model_only_is_undecided(tmp_path: Path) -> None:
    old, new = regressed(600, 30, 18)
    scored = new.assign(score=np.where(new.prediction == 1, 0.8, 0.1) + 0.05 * (new.age > 50))
    found = checked(tmp_path, old, scored, {"metric": "auc", "fall_at_most": 0.5})
    assert (found.outcome, found.judgements[0].reason) == (
        "undecided",
        "not both models have a `auc`",
    )


def test_a_region_that_got_worse_fails(tmp_path: Path) -> None:
    """30 points worse in the north, which is 25%, and better elsewhere: equal overall."""
    generator, frame = np.random.default_rng(3), table(4000)
    north = frame.place == "north"
    old = said(frame, generator.random(4000) < 0.25)
    new = said(frame, generator.random(4000) < np.where(north, 0.55, 0.15))
    whole, regions = {"rise_at_most": 0.0}, {"regions": True, "rise_at_most": 0.05}
    found = checked(tmp_path, old, new, whole, regions)
    assert one(found).outcome == "passed"
    failed = [each for each in found.judgements if each.outcome == "failed"]
    assert [each.where for each in failed] == ["place = north"]
    unseen = failed[0].exposure or 0
    assert 0.3 * north.sum() < unseen < 0.7 * north.sum()
    large = checked(tmp_path, old, new, {**regions, "min_coverage": 0.5})
    assert large.outcome == "passed"
    with pytest.raises(UsageError, match="a rule limits the rise of `fnr` in them"):
        checked(tmp_path, old, new, {**regions, "metric": "fnr"})


def test_regions_need_pairs() -> None:
    rule = policy({"regions": True, "rise_at_most": 0.05})
    for before in (None, pairs(WHOLE, 5, 5, 1000)):
        judged = judge(rule, document((30, 200)), before).judgements[0]
        assert judged.outcome == "undecided"
        assert "--baseline-preds" in judged.reason


def test_every_region_that_was_tested_counts() -> None:
    change = PairedChange(rate(10, 200), rate(26, 200), law(20, 4, 200), 200)
    worse = (Worse("age < 30", 0.2, change),)
    rule, now = policy({"regions": True, "rise_at_most": 0.02}), document((30, 200))
    few, many = (
        judge(rule, now, Pairs(name="o", said="", worse=worse, candidates=size)).judgements[0]
        for size in (1, 20)
    )
    assert (few.outcome, many.outcome) == ("failed", "passed")
    assert many.p_adjusted == pytest.approx(20 * (many.p_value or 0))
    proven = policy({"regions": True, "rise_at_most": 0.02}, mode="prove")
    nothing = Pairs(name="o", said="", worse=(), candidates=9)
    assert judge(rule, now, nothing).outcome == "passed"
    assert judge(proven, now, nothing).outcome == "undecided"


@pytest.mark.parametrize(
    ("limit", "first", "second", "outcome"),
    [
        ("rise_at_most", 40, 10, "failed"),
        ("rise_at_most", 10, 40, "passed"),
        ("fall_at_most", 10, 40, "failed"),
        ("fall_at_most", 40, 10, "passed"),
        ("rise_at_most", 0, 0, "passed"),
    ],
)
def test_a_fall_is_judged_from_above(limit: str, first: int, second: int, outcome: str) -> None:
    found = judge(policy({limit: 0.0}), document((130, 1000)), pairs(WHOLE, first, second, 1000))
    assert found.outcome == outcome


def test_proof_takes_the_far_bound() -> None:
    rule, now = policy({"rise_at_most": 0.05}, mode="prove"), document((130, 1000))
    assert judge(rule, now, pairs(WHOLE, 0, 0, 1000)).outcome == "passed"
    assert judge(rule, now, pairs(WHOLE, 1, 0, 20)).outcome == "undecided"
    place = judge(rule, now, pairs(WHOLE, 46, 4, 1000)).judgements[0]
    assert (place.outcome, place.needed is not None) == ("undecided", True)


def test_groups_that_are_equal_fail_as_rarely_as_promised() -> None:
    """Ten groups of 100, of which each model errs on 15%, on others in part."""
    generator = np.random.default_rng(5)
    groups = [f"g{i}" for i in range(10)]
    now = grouped(dict.fromkeys(groups, (15, 100)))
    rule, failed = policy({"groups": "sex", "rise_at_most": 0.0}), 0
    for _ in range(200):
        changes: dict[tuple[str, str], PairedChange] = {}
        for name in groups:
            first, second, _ = generator.multinomial(100, [0.06, 0.06, 0.88])
            changes |= pairs(f"sex = {name}", int(first), int(second), 100).changes
        found = judge(rule, now, Pairs(name="old", said="", changes=changes))
        failed += found.outcome == "failed"
    assert failed <= 14  # of 200 at 5%: beyond with a chance of 8%, here it is far fewer
