"""The condition under which a failing region is back to normal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from terrain.analyses.repairs import MOST_LEVELS, Repair, repair

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.study import Study

RNG = np.random.default_rng(8)
N = 8_000
CITY = RNG.choice(["a", "b", "c"], N)
AGE = np.where(RNG.random(N) < 0.05, np.nan, RNG.integers(0, 8, N))
TOWN = np.char.mod("t%02d", RNG.integers(0, 20, N))
FEATURES = ("city", "age", "town")
REGION = (("city", (1,)),)


def repaired(study: Study, min_support: int = 50) -> Repair | None:
    return repair(
        *study.searched_halves(),
        REGION,
        encodings=study.searchable,
        instrument=study.instrument,
        target=study.target,
        min_support=min_support,
    )


def loss_of(found: Repair) -> float:
    return np.nan if found.estimate.value is None else found.estimate.value


def study_with(make_study: Callable[..., Study], rate: np.ndarray) -> Study:
    wrong = (RNG.random(N) < rate).astype(float)
    columns = {"city": CITY, "age": AGE, "town": TOWN, "wrong": wrong}
    return make_study(columns, error=("wrong",), features=FEATURES)


def test_the_range_that_holds_no_failure_is_found_whole(make_study: Callable[..., Study]) -> None:
    normal = (AGE >= 2) & (AGE < 6)
    study = study_with(make_study, np.where((CITY == "b") & ~normal, 0.7, 0.1))
    found = repaired(study)
    assert found is not None
    assert found.feature == "age"
    assert set(found.codes) >= {2, 3, 4, 5}
    unseen = ~study.discovery & (CITY == "b") & np.isin(study.codes["age"], found.codes)
    assert found.instances == unseen.sum()
    assert found.estimate.value == pytest.approx(study.loss()[unseen].mean())
    assert loss_of(found) < 0.25


def test_a_few_levels_repair_and_their_complement_too(make_study: Callable[..., Study]) -> None:
    few = np.isin(TOWN, ["t03", "t11"])
    for normal in (few, ~few):
        study = study_with(make_study, np.where((CITY == "b") & ~normal, 0.8, 0.05))
        found = repaired(study)
        assert found is not None
        assert found.feature == "town"
        levels = {study.encodings["town"].levels[code] for code in found.codes}
        assert levels >= ({"t03", "t11"} if normal is few else set(np.unique(TOWN[~few])))
        assert min(len(levels), 20 - len(levels)) <= MOST_LEVELS


def test_missingness_can_repair(make_study: Callable[..., Study]) -> None:
    study = study_with(make_study, np.where((CITY == "b") & ~np.isnan(AGE), 0.8, 0.05))
    found = repaired(study, min_support=20)
    assert found is not None
    assert (found.feature, found.codes) == ("age", (study.encodings["age"].missing_code,))


def test_it_is_best_among_all_single_conditions(make_study: Callable[..., Study]) -> None:
    rate = np.where(CITY == "b", 0.3 + 0.05 * np.nan_to_num(AGE, nan=8.0), 0.1)
    study = study_with(make_study, rate)
    seen, loss = study.discovery, study.loss()
    overall = loss[seen].mean()
    codes = study.codes["age"]
    ranges = [tuple(range(a, b + 1)) for a in range(8) for b in range(a, 8)]
    best = min(
        (max(loss[chosen].mean() - overall, 0.0), -chosen.sum(), condition)
        for condition in ranges
        if (chosen := seen & (CITY == "b") & np.isin(codes, condition)).sum() >= 50
    )
    found = repair(
        *study.searched_halves(),
        REGION,
        encodings={"age": study.encodings["age"]},
        instrument=study.instrument,
        target=study.target,
        min_support=50,
    )
    assert found is not None
    assert found.codes == best[2]


def test_what_leaves_too_few_is_no_repair(make_study: Callable[..., Study]) -> None:
    study = study_with(make_study, np.where(CITY == "b", 0.5, 0.1))
    assert repaired(study, min_support=N) is None


def test_a_region_named_in_full_has_no_repair(make_study: Callable[..., Study]) -> None:
    study = make_study({"city": CITY, "wrong": (CITY == "b") * 1.0}, error=("wrong",),
                       features=("city",))  # fmt: skip
    assert repaired(study) is None


def test_what_unseen_instances_deny_is_no_repair(make_study: Callable[..., Study]) -> None:
    study = study_with(make_study, np.where(CITY == "b", 0.5, 0.1))
    normal = (AGE < 4) == study.discovery  # the opposite in the two halves
    wrong = np.where((CITY == "b") & ~normal, 1.0, 0.0)
    again = make_study({"city": CITY, "age": AGE, "town": TOWN, "wrong": wrong}, error=("wrong",),
                       features=("city", "age"), exclude=("town",))  # fmt: skip
    assert repaired(replace(again, discovery=study.discovery)) is None


def test_a_loss_is_repaired_in_either_direction(make_study: Callable[..., Study]) -> None:
    for sign in (1.0, -1.0):
        loss = 10 + sign * 5 * ((CITY == "b") & (AGE >= 4)) + RNG.normal(size=N)
        columns = {"city": CITY, "age": AGE, "town": TOWN, "loss": loss}
        study = make_study(columns, error=("loss",), features=FEATURES)
        found = repaired(study)
        assert found is not None
        assert found.feature == "age"
        assert set(found.codes) & {0, 1, 2, 3}
        assert abs(loss_of(found) - 10) < 2


@pytest.mark.parametrize("absent", ["no levels", "no levels in the region"])
def test_a_feature_without_a_value_in_the_region_repairs_nothing(
    make_study: Callable[..., Study], absent: str
) -> None:
    inside = CITY == "b"
    town = [None if absent == "no levels" or b else t for b, t in zip(inside, TOWN, strict=True)]
    wrong = (RNG.random(N) < np.where(inside, 0.7, 0.1)).astype(float)
    columns = {"city": CITY, "town": pa.array(town, pa.string()), "wrong": wrong}
    study = make_study(columns, error=("wrong",), features=("city", "town"))
    assert repaired(study) is None
