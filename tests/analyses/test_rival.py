"""The small model that the one under test should beat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from terrain.analyses import rival as rivals
from terrain.analyses.rival import Rival, folds_of, rival
from terrain.data.split import discovery_part

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.study import Study

RNG = np.random.default_rng(11)
N = 2_000
FOLD = np.arange(N) % 4
A, B, NOISE = RNG.integers(0, 2, N), RNG.integers(0, 2, N), RNG.normal(size=N)
AGE = RNG.integers(20, 60, N)
CITY = RNG.choice(["north", "south", "west"], N)
FEATURES = ("a", "b", "noise", "age", "city")


def study_with(make_study: Callable[..., Study], label: np.ndarray) -> Study:
    wrong = np.where(np.arange(N) % 7 == 0, label[::-1], label)
    columns = {"a": A, "b": B, "noise": NOISE, "age": AGE, "city": CITY}
    columns |= {"label": label, "prediction": wrong}
    return make_study(columns, label="label", prediction="prediction", features=FEATURES)


def rival_of(
    study: Study, fold: np.ndarray = FOLD, seed: int = 0, features: tuple[str, ...] = FEATURES
) -> Rival:
    encodings = {feature: study.encodings[feature] for feature in features}
    found = rival(study.codes, encodings, study.benchmark.outcome, fold, seed)
    assert found is not None
    return found


def unseen(found: Rival, fold: np.ndarray = FOLD) -> np.ndarray:
    """Return what each half is said to be by what the other one taught."""
    return np.where(fold < 2, found.predictions[1], found.predictions[0])


def chance(rate: np.ndarray, seed: int = 7) -> np.ndarray:
    return (np.random.default_rng(seed).random(N) < rate).astype(int)


def test_terms_that_add_up_make_a_regression(make_study: Callable[..., Study]) -> None:
    odds = 3.0 * A - 2.0 * (CITY == "north") + 1.2 * B + 1.2 * (AGE >= 40) - 2.0
    label = chance(1 / (1 + np.exp(-odds)))
    found = rival_of(study_with(make_study, label))
    assert found.kind == "linear"
    assert found.rows == N
    assert len(found.terms) <= 12
    first, second = found.terms[:2]
    assert (first.words, first.says) == ("a = 1", "1")
    assert first.weight == pytest.approx(3, abs=0.6)
    assert second.words == "city = north"
    assert second.weight == pytest.approx(-2, abs=0.6)
    best = ((odds > 0) != label).mean()
    assert (unseen(found) != label).mean() < best + 0.02


def test_an_interaction_makes_a_tree(make_study: Callable[..., Study]) -> None:
    label = np.where(np.random.default_rng(1).random(N) < 0.05, 1 - (A ^ B), A ^ B)
    found = rival_of(study_with(make_study, label), features=("a", "b"))
    assert found.kind == "tree"
    assert (unseen(found) != label).mean() < 0.08
    assert {(frozenset(term.words.split(" and ")), term.says) for term in found.terms} == {
        (frozenset({f"a = {a}", f"b = {b}"}), str(a ^ b)) for a in (0, 1) for b in (0, 1)
    }
    assert all(0.9 < term.weight < 1 for term in found.terms)


@pytest.mark.parametrize("half", [0, 1])
def test_predictions_of_a_half_come_from_its_labels_alone(
    make_study: Callable[..., Study], half: int
) -> None:
    ours = half == FOLD // 2
    label = chance(np.where(A == 1, 0.7, 0.3))
    elsewhere = np.where(ours, label, chance(np.full(N, 0.5), 2))  # the other half's labels differ
    study = study_with(make_study, label)
    outcome = replace(study.benchmark.outcome, label=elsewhere)
    changed = replace(study, benchmark=replace(study.benchmark, outcome=outcome))
    first, second = rival_of(study), rival_of(changed)  # codes and cut points are the same
    assert not np.array_equal(first.predictions[1 - half], second.predictions[1 - half])
    assert np.array_equal(first.predictions[half], second.predictions[half])


@pytest.mark.parametrize("quarter", range(4))
def test_no_instance_is_predicted_by_a_model_that_has_seen_it(
    make_study: Callable[..., Study], quarter: int
) -> None:
    label = np.where(quarter == FOLD, 1 - A, A)  # one quarter is the opposite of all others
    found = rival_of(study_with(make_study, label), features=("a",))
    own = quarter // 2 == FOLD // 2
    within = found.predictions[quarter // 2]
    assert (within != label)[own].all()
    across = found.predictions[1 - quarter // 2]
    assert np.array_equal(across != label, quarter == FOLD)


def test_noise_is_not_learned(make_study: Callable[..., Study]) -> None:
    label = chance(np.full(N, 0.5))
    found = rival_of(study_with(make_study, label))
    assert all((each != label).mean() > 0.45 for each in found.predictions)


def test_more_than_two_classes(make_study: Callable[..., Study]) -> None:
    label = np.where(CITY == "north", "p", np.where(A == 1, "q", "r"))
    study = study_with(make_study, label)
    found = rival_of(study)
    classes = np.array(study.benchmark.outcome.classes)
    assert all(np.array_equal(classes[each], label) for each in found.predictions)
    assert ("city = north", "p") in {(term.words, term.says) for term in found.terms[:3]}
    assert {term.says for term in found.terms} <= {"p", "q", "r"}


def test_numbers_are_predicted_in_their_own_unit(make_study: Callable[..., Study]) -> None:
    label = 100.5 + 30 * (AGE >= 40) - 10 * (CITY == "south")
    label += np.random.default_rng(1).normal(size=N)
    found = rival_of(study_with(make_study, label))
    assert np.sqrt(np.mean((unseen(found) - label) ** 2)) < 6
    assert found.terms[0].says is None
    assert found.kind == "linear"
    south = next(term for term in found.terms if term.words == "city = south")
    assert south.weight == pytest.approx(-10, abs=1)
    assert unseen(found).dtype == np.float64


def test_unlabelled_instances_are_predicted_but_not_learned_from(
    make_study: Callable[..., Study],
) -> None:
    study = study_with(make_study, A)
    label = np.where(np.arange(N) % 10 == 0, -1, A).astype(np.int32)
    outcome = replace(study.benchmark.outcome, label=label)
    found = rival(study.codes, study.searchable, outcome, FOLD, 0)
    assert found is not None
    assert found.rows == (label >= 0).sum()
    assert all(np.array_equal(each, A) for each in found.predictions)


def test_a_large_table_is_sampled_and_the_seed_decides(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "MOST_ROWS", 300)
    study = study_with(make_study, chance(np.where(A == 1, 0.7, 0.3)))
    first, again, other = (rival_of(study, seed=seed) for seed in (0, 0, 1))
    assert first.rows == 300
    assert first.terms == again.terms
    assert np.array_equal(first.predictions, again.predictions)
    assert first.terms != other.terms
    assert np.shape(first.predictions) == (2, N)


def test_where_there_is_nothing_to_learn_there_is_no_rival(
    make_study: Callable[..., Study],
) -> None:
    study = study_with(make_study, A)
    outcome = study.benchmark.outcome
    few = np.full(N, -1, np.int32)
    few[:79] = A[:79]  # one quarter has 19 of them
    for label in (None, few, np.zeros(N, np.int32)):
        unlearnable = replace(outcome, label=label)
        assert rival(study.codes, study.searchable, unlearnable, FOLD, 0) is None
    assert rival(study.codes, {}, outcome, FOLD, 0) is None
    assert rival(study.codes, study.searchable, outcome, np.minimum(FOLD, 2), 0) is None


def test_a_quarter_that_holds_nearly_everything_can_be_predicted(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "MOST_ROWS", 100)
    fold = np.minimum(np.arange(N) // 20, 3)
    found = rival_of(study_with(make_study, A), fold, features=("a",))
    assert np.array_equal(unseen(found, fold), A)


def test_folds_keep_groups_together_and_begin_with_the_halves_of_the_study() -> None:
    person = np.arange(N) // 4
    table = pa.table({"person": person, "x": NOISE})
    half, _ = discovery_part(table, group="person", instance_id=None, seed=3)
    fold = folds_of(table, half, group="person", instance_id=None, seed=3)
    assert all(len(np.unique(fold[person == each])) == 1 for each in range(50))
    assert np.array_equal(fold < 2, half)
    assert np.bincount(fold, minlength=4).min() > N / 6
    other = folds_of(table, half, group="person", instance_id=None, seed=4)
    assert not np.array_equal(fold, other)
