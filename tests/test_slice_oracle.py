"""The slice oracle itself, held to published figures and to counts done by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
import slice_oracle as oracle

if TYPE_CHECKING:
    from pathlib import Path

CODES = pd.DataFrame({"age": [0, 0, 1, 1, 2, 2, 3], "region": [0, 1, 1, 1, 0, 2, 2]})
EVENTS = pd.Series([1, 0, 1, 1, 0, 0, 1])
EXPOSURE = pd.Series([1, 1, 1, 1, 1, 0, 1])
AGE = oracle.ordered_conditions(3, missing_code=3)


@pytest.mark.parametrize(
    ("alpha", "events", "support", "score"),
    [
        (0.96, 993, 2_756, 0.8753603400072594),
        (0.99, 701, 1_858, 1.2938073290192469),
        (0.68, 4_054, 14_439, 0.1702100909914827),
    ],
)
def test_sliceline_scores_are_the_published_ones(
    alpha: float, events: int, support: int, score: float
) -> None:
    found = oracle.sliceline_score(events, support, 4_966, 32_561, alpha)
    assert found == pytest.approx(score, rel=0, abs=1e-12)


class Adult(NamedTuple):
    """The features, and by name the events and exposure of the targets of the published rows."""

    features: pd.DataFrame
    targets: dict[str, tuple[pd.Series, pd.Series]]


@pytest.fixture(scope="module")
def adult(shared_data: Path) -> Adult:
    table = pd.read_csv(shared_data / "adult_rf.csv", dtype=str)
    positive, called = table.pop("class") == ">50K", table.pop("predicted") == ">50K"
    targets = {
        "error": (positive != called, positive | ~positive),
        "fpr": (~positive & called, ~positive),
        "fnr": (positive & ~called, positive),
    }
    return Adult(table, {name: (e.astype(int), n.astype(int)) for name, (e, n) in targets.items()})


@pytest.mark.parametrize(
    ("target", "items", "support", "value", "divergence", "t"),
    [
        (
            "fpr",
            {
                "capital-gain": "0",
                "marital-status": "Married",
                "occupation": "Professional",
                "race": "White",
            },
            2_303,
            0.5486,
            0.4691,
            25.79,
        ),
        (
            "error",
            {
                "age": ">47",
                "capital-gain": "0",
                "capital-loss": "0",
                "education": "High School grad",
                "race": "White",
                "relationship": "Husband",
            },
            2_356,
            0.4015,
            0.2450,
            23.94,
        ),
    ],
)
def test_adult_rows_are_the_published_ones(
    adult: Adult,
    target: str,
    items: dict[str, str],
    support: int,
    value: float,
    divergence: float,
    t: float,
) -> None:
    held = np.logical_and.reduce([adult.features[name] == level for name, level in items.items()])
    events, exposure = adult.targets[target]
    inside, whole = (events[held].sum(), exposure[held].sum()), (events.sum(), exposure.sum())
    rate = inside[0] / inside[1]
    assert held.sum() == support
    assert rate == pytest.approx(value, abs=5e-5)
    assert rate - whole[0] / whole[1] == pytest.approx(divergence, abs=5e-5)
    assert oracle.standardized_divergence(*inside, *whole) == pytest.approx(t, abs=5e-3)


def test_adult_has_the_published_number_of_frequent_patterns_and_the_trap_among_them(
    adult: Adult,
) -> None:
    coded = adult.features.apply(lambda column: pd.factorize(column, sort=True)[0])
    events, exposure = adult.targets["fnr"]
    least = int(np.ceil(0.05 * len(coded)))
    found = oracle.frequent_patterns(coded, events, exposure, least)
    assert len(found) == 4_534
    trap = [
        box
        for box in found
        if len(box.selection) == 8 and box.support == 2_307 and box.events == box.exposure > 0
    ]
    whole = float(events.sum()), float(exposure.sum())
    scores = [oracle.standardized_divergence(box.events, box.exposure, *whole) for box in trap]
    assert scores == [pytest.approx(2.51, abs=5e-3)]


def test_frequent_patterns_count_what_every_box_counts() -> None:
    equalities = {name: [(code,) for code in range(4)] for name in map(str, CODES)}
    boxes = oracle.every_box(CODES, EVENTS, EXPOSURE, equalities, depth=2)
    frequent = {box for box in boxes if box.support >= 2}
    assert set(oracle.frequent_patterns(CODES, EVENTS, EXPOSURE, 2)) == frequent


def test_levels_stand_in_the_order_of_their_rates_those_without_exposure_last() -> None:
    region = pd.Series([0, 0, 1, 1, 2, 3])
    events, exposure = pd.Series([1, 0, 1, 1, 0, 1]), pd.Series([1, 1, 1, 1, 0, 1])
    assert oracle.rate_order(region, events, exposure) == [0, 1, 3, 2]


def test_an_ordered_feature_has_every_range_once() -> None:
    assert len(oracle.ordered_conditions(6)) == 6 * 7 // 2 - 1
    assert len(set(oracle.ordered_conditions(6))) == 6 * 7 // 2 - 1
    assert oracle.ordered_conditions(6, missing_code=6)[-1] == (6,)


def test_a_feature_with_levels_has_ranges_of_their_order_and_complements_of_single_levels() -> None:
    found = oracle.level_conditions([3, 1, 0, 2])
    singles = {(0,), (1,), (2,), (3,)}
    longer = {(1, 3), (0, 1, 3), (0, 1), (0, 1, 2), (0, 2)}
    complements = {(1, 2, 3), (0, 2, 3), (0, 1, 2), (0, 1, 3)}
    assert len(found) == len(set(found))
    assert set(found) == singles | longer | complements


def test_every_box_is_every_conjunction() -> None:
    region = oracle.level_conditions(oracle.rate_order(CODES["region"], EVENTS, EXPOSURE))
    conditions = {"age": AGE, "region": region}
    boxes = list(oracle.every_box(CODES, EVENTS, EXPOSURE, conditions, depth=2))
    assert len(boxes) == len(AGE) + len(region) + len(AGE) * len(region)
    counted = {box.selection: box[1:] for box in boxes}
    assert counted[(("age", (0, 1)),)] == (4, 3.0, 4.0)
    assert counted[("age", (1, 2)), ("region", (0, 1))] == (3, 2.0, 3.0)
    assert counted[("age", (3,)), ("region", (0,))] == (0, 0.0, 0.0)


def test_disjoint_conditions_add_to_the_whole() -> None:
    boxes = oracle.every_box(CODES[["age"]], EVENTS, EXPOSURE, {"age": AGE}, depth=1)
    counted = {box.selection[0][1]: np.array(box[1:]) for box in boxes}
    whole = counted[0, 1, 2] + counted[3,]
    assert tuple(whole) == (7, 4, 6)
    assert tuple(counted[0,] + counted[1, 2] + counted[3,]) == (7, 4, 6)
