"""Comparing as a whole: every count against pandas, what pairs and what does not, and the laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrain.compare import Answer, Entrant, compare
from terrain.config import Plan
from terrain.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terrain.comparison import Compared, Comparison


def features(n: int, seed: int = 0) -> pd.DataFrame:
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


def predicted(frame: pd.DataFrame, rate: Any, seed: int) -> pd.DataFrame:
    wrong = np.random.default_rng(seed).random(len(frame)) < rate
    return frame.assign(prediction=np.where(wrong, 1 - frame.label, frame.label))


def planted(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return an old and a new model that errs 20 points more in the north, less in the south."""
    frame = features(n, seed)
    worse, better = frame.place == "north", frame.place == "south"
    return (
        predicted(frame, 0.25, seed + 1),
        predicted(frame, 0.25 + 0.2 * worse - 0.2 * better, seed + 2),
    )


def compared(folder: Path, *frames: pd.DataFrame, unpaired: bool = False, **plan: Any) -> Answer:
    entrants = []
    for letter, frame in zip("abcdef", frames, strict=False):
        frame.to_csv(folder / f"{letter}.csv", index=False)
        own = Plan(inputs=(str(folder / f"{letter}.csv"),), **plan)
        entrants.append(Entrant(name=letter, plan=own))
    return compare(entrants, unpaired=unpaired)


def document(folder: Path, *frames: pd.DataFrame, **more: Any) -> Comparison:
    return compared(folder, *frames, **more).comparison


def by_words(places: Sequence[Compared]) -> dict[str, Compared]:
    return {place.words: place for place in places}


def check_flips(found: Compared, inside: pd.DataFrame) -> None:
    """Compare a place with what pandas counts on the same instances."""
    old = inside.prediction_a != inside.label
    new = inside.prediction_b != inside.label
    rates = found.metrics["error_rate"]
    assert (rates.old.events, rates.old.exposure) == (old.sum(), len(inside))
    assert (rates.new.events, rates.new.exposure) == (new.sum(), len(inside))
    events = {name: (each.events, each.exposure) for name, each in found.flips.items()}
    assert events == {
        "churn": ((inside.prediction_a != inside.prediction_b).sum(), len(inside)),
        "newly_wrong": ((new & ~old).sum(), len(inside)),
        "newly_right": ((old & ~new).sum(), len(inside)),
        "compatibility": ((~old & ~new).sum(), (~old).sum()),
    }


def test_everything_is_what_pandas_counts(tmp_path: Path) -> None:
    old, new = planted(4_000, 1)
    new = new.sample(frac=1, random_state=0).iloc[:3_900]
    answer = compared(tmp_path, old, new, sensitive=("sex", "place"), cohorts={"young": "age < 40"})
    found = answer.comparison
    both = new.merge(old[["id", "prediction"]], on="id", suffixes=("_b", "_a"))
    assert found.overall is not None
    assert (found.pairing.how, found.pairing.paired, found.pairing.alone) == ("id", 3_900, (100, 0))
    assert "100 rows of `a` not paired" in found.pairing.said
    check_flips(found.overall, both)
    groups = by_words([group for each in found.groups for group in each.groups])
    check_flips(groups["sex = f"], both[both.sex == "f"])
    check_flips(groups["sex × place = m × east"], both[(both.sex == "m") & (both.place == "east")])
    check_flips(found.cohorts[0], both[both.age < 40])
    assert answer.contestants is not None
    discovery = answer.contestants.study.discovery
    for region in found.regions:
        rows = {
            "place = north": both.place == "north",
            "place = south": both.place == "south",
        }.get(region.words)
        if rows is None:
            continue
        assert region.support == rows.sum()
        half = ~discovery if region.measured_on == "second half" else discovery
        check_flips(region, both[rows & half])
    status = {region.words: region.status for region in found.regions}
    assert status["place = north"] == "worse"
    assert status["place = south"] == "better"
    assert "no difference beyond chance overall" in found.headline
    assert "One region got worse and one region got better" in found.headline


def test_half_of_alpha_is_for_regions(tmp_path: Path) -> None:
    found = document(tmp_path, *planted(4_000, 1))
    confirmed = [region for region in found.regions if region.status in {"worse", "better"}]
    assert confirmed
    for region in confirmed:
        assert region.p_adjusted is not None
        assert region.p_value is not None
        assert region.p_adjusted >= min(1.0, 2 * region.p_value)
        assert region.p_adjusted <= 0.05
    assert all(r.p_value is None for r in found.regions if r.status == "suspected")


@settings(max_examples=5)
@given(seed=st.integers(0, 1_000))
def test_swapping_the_models_turns_everything_round(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    old, new = planted(1_200, seed)
    there = document(tmp_path_factory.mktemp("x"), old, new, sensitive=("sex",))
    back = document(tmp_path_factory.mktemp("x"), new, old, sensitive=("sex",))
    turn = {"worse": "better", "better": "worse", "suspected": "suspected", "none": "none"}

    def said(found: Comparison, *, turned: bool) -> set[tuple[str, str, float]]:
        places = [*found.regions, *(group for each in found.groups for group in each.groups)]
        return {
            (
                place.words,
                turn[place.status] if turned else place.status,
                round((-1 if turned else 1) * (place.metrics["fnr"].difference.gap or 0.0), 12)
                + 0.0,
            )
            for place in places
        }

    assert said(there, turned=False) == said(back, turned=True)


def test_a_model_against_itself_changes_nothing_anywhere(tmp_path: Path) -> None:
    old, _ = planted(1_000, 3)
    found = document(tmp_path, old, old, sensitive=("sex",))
    assert found.regions == ()
    assert found.method.candidates == 0
    for group in found.groups[0].groups:
        assert all(not change.difference.gap for change in group.metrics.values())
        assert [group.flips[name].events for name in ("churn", "newly_wrong", "newly_right")] == [
            0
        ] * 3
        assert group.flips["compatibility"].value == 1


def test_two_columns_of_one_table_say_what_two_tables_say(tmp_path: Path) -> None:
    old, new = planted(2_000, 4)
    apart = document(tmp_path, old, new, sensitive=("sex",))
    table = new.assign(before=old.prediction)
    table.to_csv(tmp_path / "both.csv", index=False)
    entrants = [
        Entrant(
            name=column,
            plan=Plan(
                inputs=(str(tmp_path / "both.csv"),),
                prediction=column,
                exclude=(other,),
                sensitive=("sex",),
            ),
        )
        for column, other in (("before", "prediction"), ("prediction", "before"))
    ]
    together = compare(entrants).comparison
    assert together.pairing.how == "columns"
    assert together.overall == apart.overall
    assert together.regions == apart.regions
    assert together.groups == apart.groups


def test_rows_pair_by_position_where_nothing_else_differs(tmp_path: Path) -> None:
    old, new = (each.drop(columns="id") for each in planted(1_000, 5))
    found = document(tmp_path, old, new)
    assert found.pairing.how == "position"
    assert found.pairing.paired == 1_000
    new.loc[3, "age"] = 0
    found = document(tmp_path, old, new)
    assert found.pairing.how == "unpaired"
    assert "the tables differ in `age`" in found.pairing.said
    assert "not-paired" in {warned.code for warned in found.warnings}
    found = document(tmp_path, old, new.iloc[:-1])
    assert "`a` has 1,000 rows where `b` has 999" in found.pairing.said


def test_labels_that_differ_are_said_and_left_out(tmp_path: Path) -> None:
    old, new = planted(1_000, 6)
    old.loc[:11, "label"] = 1 - old.loc[:11, "label"]
    new["prediction"] = new.prediction.astype("Int64")
    new.loc[20:24, "prediction"] = pd.NA
    found = document(tmp_path, old, new)
    assert (found.pairing.differing, found.pairing.undefined) == (12, 5)
    assert {"labels-differ": 12, "unlabelled-pairs": 5}.items() <= {
        warned.code: warned.rows for warned in found.warnings
    }.items()
    assert found.benchmark.instances == 983


def test_classes_written_differently_or_missing_in_one_model_meet(tmp_path: Path) -> None:
    old, new = planted(1_000, 7)
    words = new.assign(
        label=new.label.map({0: "False", 1: "True"}),
        prediction=new.prediction.map({0: "False", 1: "True"}),
    )
    plain, said = document(tmp_path, old, new), document(tmp_path, old, words)
    assert plain.overall is not None
    assert said.overall is not None
    assert said.overall.metrics["fpr"] == plain.overall.metrics["fpr"]
    third = old.assign(prediction=old.prediction.astype(str).where(old.index != 3, "other"))
    found = document(tmp_path, third, new)
    assert found.benchmark.task == "multiclass"
    assert found.overall is not None
    assert (
        found.overall.metrics["error_rate"].old.events
        == (third.prediction != third.label.astype(str)).sum()
    )


def test_losses_rise_and_fall(tmp_path: Path) -> None:
    frame, generator = features(3_000), np.random.default_rng(0)
    y = generator.normal(0, 5, 3_000)
    frame = frame.assign(label=y)
    old = frame.assign(prediction=y + generator.normal(0, 1, 3_000))
    wide = np.where(frame.place == "east", 2.0, 1.0)
    new = frame.assign(prediction=y + generator.normal(0, 1, 3_000) * wide)
    found = document(tmp_path, old, new)
    before, after = abs(old.prediction - y), abs(new.prediction - y)
    assert found.overall is not None
    assert found.overall.flips["risen"].events == (after > before).sum()
    assert found.overall.flips["fallen"].events == (after < before).sum()
    assert "compatibility" not in found.flip_notes
    change = found.overall.metrics["mae"]
    assert change.difference.gap == pytest.approx((after - before).mean())
    assert [r.words for r in found.regions if r.status == "worse"] == ["place = east"]


@pytest.mark.parametrize("role", ["weight", "group"])
def test_weights_and_groups_are_heeded(tmp_path: Path, role: str) -> None:
    old, new = planted(2_000, 8)
    generator = np.random.default_rng(0)
    column = generator.integers(1, 400 if role == "group" else 4, 2_000)
    old, new = old.assign(column=column), new.assign(column=column)
    plain = document(tmp_path, old, new, exclude=("column",))
    found = document(tmp_path, old, new, **{role: "column"})
    assert found.overall is not None
    assert plain.overall is not None
    one, other = (
        each.overall.metrics["error_rate"].difference for each in (plain, found) if each.overall
    )
    assert (one.low, one.high) != (other.low, other.high)
    if role == "weight":
        wrong = (new.prediction != new.label).astype(int) - (old.prediction != old.label).astype(
            int
        )
        assert other.gap == pytest.approx(float(np.average(wrong, weights=column)))
    else:
        assert other.gap == pytest.approx(one.gap)
        assert "cluster-robust" in found.method.test


def test_several_models_have_a_best_one_here_and_another_there(tmp_path: Path) -> None:
    frame = features(6_000)
    north = frame.place == "north"
    first = predicted(frame, 0.2, 1)
    second = predicted(frame, 0.3 - 0.28 * north, 2)
    third = predicted(frame, 0.4, 3)
    found = document(tmp_path, first, second, third, sensitive=("place",))
    assert found.overall is None
    whole, *others = found.leaderboard
    assert whole.best == "a"
    errors = {
        name: (each.prediction != each.label).mean()
        for name, each in zip("abc", (first, second, third), strict=True)
    }
    assert {name: each.value for name, each in whole.target.items()} == pytest.approx(errors)
    assert whole.level_with == ("a",)
    regions = [each for each in others if each.id.startswith("r")]
    assert [(each.words, each.best) for each in regions] == [("place = north", "b")]
    groups = {each.words: each for each in others if each.id.startswith("g")}
    assert groups["place = north"].best == "b"
    assert groups["place = north"].behind["a"].gap == pytest.approx(
        (first.prediction != first.label)[north].mean()
        - (second.prediction != second.label)[north].mean()
    )
    assert "In one region another one beats it" in found.headline


def test_models_that_are_alike_are_level(tmp_path: Path) -> None:
    frame = features(2_000)
    frames = [predicted(frame, 0.2, seed) for seed in (1, 2, 3)]
    found = document(tmp_path, *frames)
    assert set(found.leaderboard[0].level_with) == set("abc")
    assert len(found.leaderboard) == 1
    assert "not to be told from it" in found.headline


def test_unpaired_by_wish_is_two_independent_samples(tmp_path: Path) -> None:
    old, new = planted(2_000, 9)
    paired, apart = document(tmp_path, old, new), document(tmp_path, old, new, unpaired=True)
    assert apart.pairing.how == "unpaired"
    assert apart.pairing.paired == 0
    assert paired.overall is not None
    assert apart.overall is not None
    one, other = paired.overall.metrics["fpr"], apart.overall.metrics["fpr"]
    assert (one.old.events, one.new.events) == (other.old.events, other.new.events)
    assert one.difference.gap == pytest.approx(other.difference.gap)
    assert apart.overall.flips == {}


def test_an_id_that_is_there_twice_is_named(tmp_path: Path) -> None:
    old, new = planted(400, 10)
    old.loc[7, "id"] = "p8"
    with pytest.raises(DataError, match=r"(?s)a has 1 value of `id` more than once: `p8`"):
        document(tmp_path, old, new, id="id")


def test_ids_without_a_partner_are_not_paired(tmp_path: Path) -> None:
    old, new = planted(400, 11)
    found = document(tmp_path, old, new.assign(id="q" + new.id))
    assert "no id is in all of `a`, `b`" in found.pairing.said


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    old, new = planted(400, 12)
    numbers = new.assign(label=new.label + 0.5, prediction=new.prediction * 0.7)
    with pytest.raises(DataError, match="do not do the same task"):
        document(tmp_path, old, numbers)
    turned = new.assign(label=1 - new.label)
    with pytest.raises(DataError, match="none has the same label"):
        document(tmp_path, old, turned)
    with pytest.raises(UsageError, match=r"--prediction: no column `nope`"):
        document(tmp_path, old, new, prediction="nope")
    with pytest.raises(DataError, match="`a` has no log loss"):
        document(tmp_path, old, new.assign(score=0.3), target="log_loss")
    with pytest.raises(DataError, match="cannot be paired"):
        document(tmp_path, old, new, new.assign(id="q" + new.id))


def test_an_own_error_that_is_not_always_zero_or_one_is_a_loss(tmp_path: Path) -> None:
    frame, generator = features(1_000).drop(columns="label"), np.random.default_rng(0)
    old = frame.assign(faults=generator.integers(0, 4, 1_000))
    new = frame.assign(faults=generator.integers(0, 2, 1_000))
    found = document(tmp_path, old, new, error=("faults",))
    assert found.overall is not None
    assert found.metrics["faults"].kind == "loss"
    assert found.overall.flips["risen"].events == (new.faults > old.faults).sum()
    assert found.overall.metrics["faults"].difference.gap == pytest.approx(
        new.faults.mean() - old.faults.mean()
    )
    assert document(tmp_path, new, old, error=("faults",)).metrics["faults"].kind == "loss"


def test_only_the_last_table_needs_what_instances_are(tmp_path: Path) -> None:
    old, new = planted(1_000, 2)
    found = document(
        tmp_path, old[["id", "label", "prediction"]], new, sensitive=("sex",), features=("age",)
    )
    assert len(found.groups[0].groups) == 2
    assert found.pairing.how == "id"


def test_features_that_differ_raise_a_doubt(tmp_path: Path) -> None:
    old, new = planted(1_000, 3)
    assert "features-differ" not in {w.code for w in document(tmp_path, old, new).warnings}
    old["age"] = old.age.astype("Int64")
    old.loc[:6, "age"] = 200
    old.loc[7:8, "age"] = pd.NA
    old.loc[5:9, "place"] = "nowhere"
    found = {w.code: w for w in document(tmp_path, old, new).warnings}["features-differ"]
    assert found.rows == 10
    assert "`age`, `place`" in found.seen
