"""Numbers that others published come out to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import slice_oracle
from msgspec.structs import replace

from terrain.app import analyze, read
from terrain.config import Plan
from terrain.study import study_of

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Group, Terrain


def groups(found: Terrain, feature: str) -> dict[str, Group]:
    (breakdown,) = (b for b in found.breakdowns if b.feature == feature)
    return {group.value: group for group in breakdown.groups}


def percent(value: float | None) -> float:
    assert value is not None
    return round(100 * value, 2)


@pytest.fixture(scope="module")
def compas(shared_data: Path) -> Terrain:
    plan = Plan(
        inputs=(str(shared_data / "compas.csv"),),
        label="label_value",
        prediction="score",
        id="entity_id",
        sensitive=("race", "sex", "age_cat"),
        reference=("race=Caucasian",),
        slices=0,
    )
    return analyze(plan).terrain


# ProPublica, "How We Analyzed the COMPAS Recidivism Algorithm" (2016): two-year recidivism
COMPAS = [
    ("race", "African-American", (990, 805, 532, 1369), (44.85, 27.99, 0.63, 0.65)),
    ("race", "Caucasian", (1139, 349, 461, 505), (23.45, 47.72, 0.59, 0.71)),
    ("sex", "Female", (609, 288, 195, 303), (32.11, 39.16, 0.51, 0.76)),
    ("sex", "Male", (2072, 994, 1021, 1732), (32.42, 37.09, 0.64, 0.67)),
    ("all", "all", (2681, 1282, 1216, 2035), (32.35, 37.40, 0.61, 0.69)),
]


@pytest.mark.parametrize(("feature", "value", "cells", "rates"), COMPAS)
def test_compas(
    compas: Terrain,
    feature: str,
    value: str,
    cells: tuple[int, ...],
    rates: tuple[float, ...],
) -> None:
    found = compas.overall if feature == "all" else groups(compas, feature)[value].finding.metrics
    events = tuple(found[name].events for name in ("tnr", "fpr", "fnr", "tpr"))
    assert events == cells
    fpr, fnr = percent(found["fpr"].value), percent(found["fnr"].value)
    shares = [found[name].value for name in ("precision", "npv")]
    assert (fpr, fnr, *(round(share or 0, 2) for share in shares)) == rates


def test_women_under_25_are_hidden_by_sex_alone(compas: Terrain) -> None:
    young = groups(compas, "sex × age_cat")["Female × Less than 25"]
    assert percent(young.finding.metrics["fpr"].value) == pytest.approx(61.7, abs=0.05)
    assert young.finding.support == 288
    alone = groups(compas, "sex")
    rates = [percent(alone[sex].finding.metrics["fpr"].value) for sex in ("Female", "Male")]
    assert [round(rate, 1) for rate in rates] == [32.1, 32.4]
    gap = young.gaps["fpr"]
    assert gap.p_adjusted is not None
    assert gap.p_adjusted < 1e-6


def test_compas_ratios_to_the_reference(compas: Terrain) -> None:
    race = groups(compas, "race")
    ratios = {
        "African-American": 1.9121,
        "Hispanic": 0.9159,
        "Native American": 1.5989,
    }
    for value, ratio in ratios.items():
        found = race[value].reference_gaps["fpr"].ratio
        assert found is not None
        assert round(found, 4) == ratio
    few = race["Native American"]
    assert (few.finding.metrics["fpr"].events, few.finding.metrics["fpr"].exposure) == (3, 8)
    assert "fpr" in few.too_few
    assert few.reference_gaps["fpr"].p_value is None
    assert race["Caucasian"].reference_gaps == {}


def test_compas_significance(compas: Terrain) -> None:
    black = groups(compas, "race")["African-American"].reference_gaps["fpr"].p_value
    assert black is not None
    assert f"{black:.1e}" == "3.4e-37"
    sex = groups(compas, "sex")["Female"].gaps["fpr"].p_value
    assert sex is not None
    assert round(sex, 2) == 0.89


@pytest.fixture(scope="module")
def income(shared_data: Path) -> Terrain:
    plan = Plan(
        inputs=(str(shared_data / "acs_income.parquet"),),
        features=("race", "sex"),
        sensitive=("race",),
        slices=0,
    )
    return analyze(plan).terrain


INCOME = {
    "White": (259_625, 0.8143, 0.1411, 0.7448),
    "Black or African American": (29_482, 0.8381, 0.0935, 0.6276),
    "Asian": (19_242, 0.8365, 0.1421, 0.8097),
    "Some other race": (12_646, 0.8621, 0.0485, 0.4533),
    "Two or more": (8_346, 0.8403, 0.0953, 0.6811),
}


def test_acs_income_overall(income: Terrain) -> None:
    names = ("accuracy", "tpr", "fpr", "selection_rate", "prevalence")
    found = tuple(round(income.overall[name].value or 0, 4) for name in names)
    assert found == (0.8202, 0.7347, 0.1297, 0.3530, 0.3691)
    assert income.benchmark.instances == 332_900
    assert income.method.scheme == "halves"


@pytest.mark.parametrize("race", INCOME)
def test_acs_income_by_race(income: Terrain, race: str) -> None:
    (group,) = (g for value, g in groups(income, "race").items() if value.startswith(race))
    rates = (round(group.finding.metrics[n].value or 0, 4) for n in ("accuracy", "fpr", "tpr"))
    assert (group.finding.support, *rates) == INCOME[race]


def test_adult(shared_data: Path) -> None:
    plan = Plan(
        inputs=(str(shared_data / "adult_rf.csv"),),
        label="class",
        prediction="predicted",
        positive=">50K",
        features=("age", "sex"),
        slices=0,
    )
    found = analyze(plan).terrain
    cells = tuple(found.overall[name].events for name in ("tnr", "fpr", "fnr", "tpr"))
    assert cells == (31309, 2705, 4372, 6836)
    rates = [round(found.overall[n].value or 0, 4) for n in ("fpr", "fnr", "error_rate")]
    assert rates == [0.0795, 0.3901, 0.1565]


# Pastor, de Alfaro and Baralis, "Looking for Trouble" (2021): support, value, divergence, t
DIVEXPLORER = {
    "fpr": (
        (
            "capital-gain = 0 and marital-status = Married and occupation = Professional "
            "and race = White"
        ),
        (2303, 0.5486, 0.4691, 25.79),
    ),
    "error_rate": (
        (
            'age = ">47" and capital-gain = 0 and capital-loss = 0 '
            "and education = High School grad and race = White and relationship = Husband"
        ),
        (2356, 0.4015, 0.2450, 23.94),
    ),
}


@pytest.fixture(scope="module")
def adult_plan(shared_data: Path) -> Plan:
    return Plan(
        inputs=(str(shared_data / "adult_rf.csv"),),
        label="class",
        prediction="predicted",
        positive=">50K",
        slices=0,
        rival=False,
    )


@pytest.mark.parametrize("metric", DIVEXPLORER)
def test_divexplorer_s_patterns(adult_plan: Plan, metric: str) -> None:
    words, (support, value, divergence, t) = DIVEXPLORER[metric]
    found = analyze(replace(adult_plan, cohorts={"pattern": words}, target=metric)).terrain
    (cohort,) = found.cohorts
    inside, overall = cohort.finding.metrics[metric], found.overall[metric]
    assert cohort.finding.support == support
    assert inside.value == pytest.approx(value, abs=5e-5)
    assert (inside.value or 0) - (overall.value or 0) == pytest.approx(divergence, abs=5e-5)
    standardized = slice_oracle.standardized_divergence(
        inside.events, inside.exposure, overall.events, overall.exposure
    )
    assert standardized == pytest.approx(t, abs=5e-3)


def test_every_frequent_pattern_of_adult_is_counted_as_pandas_counts_it(adult_plan: Plan) -> None:
    study = study_of(read(adult_plan), adult_plan)
    frame = pd.DataFrame(study.codes)
    events, exposure = pd.Series(study.events), pd.Series(study.exposure)
    least = int(np.ceil(0.05 * len(frame)))
    patterns = slice_oracle.frequent_patterns(frame, events, exposure, least)
    assert len(patterns) == 4_534  # as published
    found = study.instrument.selections(study.everything(), [box.selection for box in patterns])
    overall = study.events.sum() / study.exposure.sum()
    for box, (_, inside) in zip(patterns, found, strict=True):
        moments = inside.moments(study.target)
        assert (inside.tally.instances, moments.events, moments.exposure) == box[1:]
        assert (moments.value or 0) - overall == box.events / box.exposure - overall


# Fairlearn's user guide, "Assessment"
LABELS = "0 1 1 1 1 0 1 0 1 0 0 0 1 1 1 1 1 1"
PREDICTIONS = "0 0 1 0 1 1 1 0 0 1 1 1 1 0 0 1 1 0"
GROUPS = "b b a b b c c c a a c a b c c b c c"
FAIRLEARN = {
    "all": (0.5, 0.666667, 0.555556),
    "a": (0.5, 1.0, 0.75),
    "b": (0.6, 0.0, 0.5),
    "c": (0.4, 0.666667, 0.5),
}


def test_fairlearn(tmp_path: Path) -> None:
    rows = zip(LABELS.split(), PREDICTIONS.split(), GROUPS.split(), strict=True)
    path = tmp_path / "guide.csv"
    path.write_text("y_true,y_pred,part\n" + "".join(f"{y},{p},{g}\n" for y, p, g in rows))
    found = analyze(Plan(inputs=(str(path),), sensitive=("part",))).terrain
    shown: dict[str, Any] = {"all": found.overall}
    shown |= {value: group.finding.metrics for value, group in groups(found, "part").items()}
    assert {
        name: tuple(round(metrics[n].value, 6) for n in ("tpr", "fpr", "selection_rate"))
        for name, metrics in shown.items()
    } == FAIRLEARN
