"""What each condition adds, which regions lie beside, and which classes are confused."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEATURES, study_from, tables

from terrain.analyses.contributions import MOST_CONFUSIONS, confusions, neighbours, shapley
from terrain.data.regions import Condition

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from terrain.data.features import Selection
    from terrain.study import Study

RNG = np.random.default_rng(2)
N = 600


def inside(study: Study, selection: Selection) -> np.ndarray:
    masks = [np.isin(study.codes[feature], codes) for feature, codes in selection]
    return np.all([np.ones(len(study), bool), *masks], axis=0)


def rate(study: Study, selection: Selection) -> float:
    loss = study.loss()
    weight = study.exposure
    chosen = inside(study, selection) & (weight > 0)
    return float(np.average(loss[chosen], weights=weight[chosen]))


def published(study: Study) -> Selection:
    said = {
        "capital-gain": "0",
        "marital-status": "Married",
        "occupation": "Professional",
        "race": "White",
    }
    return tuple(
        (feature, study.encodings[feature].codes_of(
            Condition(feature=feature, kind="levels", levels=(level,))))
        for feature, level in said.items()
    )  # fmt: skip


def test_the_published_values_of_adult_come_out(adult_fpr: Study) -> None:
    region = published(adult_fpr)
    found = shapley(adult_fpr.halves(), region, adult_fpr.target)
    assert {feature: round(value, 4) for feature, value in found.items()} == {
        "capital-gain": 0.0089,
        "marital-status": 0.2441,
        "occupation": 0.2065,
        "race": 0.0096,
    }
    assert sum(found.values()) == pytest.approx(0.4691, abs=5e-5)


@given(tables(), st.data())
def test_contributions_are_the_mean_over_all_orders(table: pa.Table, data: st.DataObject) -> None:
    study = study_from(table)
    features = data.draw(st.lists(st.sampled_from(FEATURES), min_size=1, max_size=3, unique=True))
    anyone = data.draw(st.integers(0, len(study) - 1))
    region = tuple((f, (0, int(study.codes[f][anyone]))) for f in features)
    found = shapley(study.halves(), region, study.target)
    if not study.exposure[inside(study, region)].any():
        assert found == {}
        return
    for condition in region:
        gains = []
        for order in permutations(region):
            before = order[: order.index(condition)]
            gains.append(rate(study, (*before, condition)) - rate(study, before))
        assert found[condition[0]] == pytest.approx(np.mean(gains), abs=1e-9)


def test_a_region_nobody_is_in_has_no_contributions(make_study: Callable[..., Study]) -> None:
    columns = {"a": RNG.integers(0, 3, N), "wrong": RNG.integers(0, 2, N)}
    study = make_study(columns, error=("wrong",), features=("a",))
    assert (
        shapley(study.halves(), (("a", (study.encodings["a"].missing_code,)),), study.target) == {}
    )


def test_neighbours_differ_in_one_condition(make_study: Callable[..., Study]) -> None:
    columns = {
        "age": np.where(RNG.random(N) < 0.1, np.nan, RNG.integers(0, 6, N)),
        "city": RNG.choice(["a", "b", "c"], N),
        "wrong": RNG.integers(0, 2, N).astype(float),
    }
    study = make_study(columns, error=("wrong",), features=("age", "city"))
    region = (("age", (2, 3)), ("city", (1,)))
    found = neighbours(study.halves(), region, study.encodings, study.instrument, study.target)
    assert [(each.feature, each.how, dict(each.selection)[each.feature]) for each in found] == [
        ("age", "complement", (0, 1, 4, 5, 6)),
        ("age", "below", (0, 1)),
        ("age", "above", (4, 5)),
        ("city", "complement", (0, 2)),
    ]
    for each in found:
        chosen = inside(study, each.selection)
        assert each.instances == chosen.sum()
        assert each.estimate.value == pytest.approx(columns["wrong"][chosen].mean())
    ends = [(("age", (0,)),), (("age", (5, 6)),), (("age", (6,)),)]
    assert [
        [(each.how, each.selection[0][1]) for each in
         neighbours(study.halves(), end, study.encodings, study.instrument, study.target)]
        for end in ends
    ] == [
        [("complement", (1, 2, 3, 4, 5, 6)), ("above", (1,))],
        [("complement", (0, 1, 2, 3, 4)), ("below", (4,))],
        [("complement", (0, 1, 2, 3, 4, 5))],
    ]  # fmt: skip


def test_a_range_that_is_all_the_others_stands_there_once(make_study: Callable[..., Study]) -> None:
    columns = {"age": RNG.integers(0, 6, N), "wrong": RNG.integers(0, 2, N).astype(float)}
    study = make_study(columns, error=("wrong",), features=("age",))
    lower, upper = (0, 1, 2), (3, 4, 5)
    for here, beside in ((lower, upper), (upper, lower)):
        found = neighbours(
            study.halves(), (("age", here),), study.encodings, study.instrument, study.target
        )
        assert [(each.how, each.selection) for each in found] == [
            ("complement", (("age", beside),))
        ]


def test_confusions_agree_with_a_plain_count(make_study: Callable[..., Study]) -> None:
    classes = np.array(list("pqrst"))
    label = RNG.choice(classes, N)
    predicted = np.where(RNG.random(N) < 0.5, label, RNG.choice(classes[:4], N))
    city = RNG.choice(["a", "b", "c"], N)
    columns = {"city": city, "label": label, "prediction": predicted}
    study = make_study(columns, label="label", prediction="prediction", features=("city",))
    found = confusions(study.halves(), (("city", (1,)),), study.benchmark.outcome.classes)
    assert len(found) == MOST_CONFUSIONS
    chosen = city == "b"
    for each in found:
        pair = (label == each.label) & (predicted == each.predicted)
        assert each.label != each.predicted
        assert each.instances == (pair & chosen).sum()
        assert each.share == pytest.approx((pair & chosen).sum() / chosen.sum())
        assert each.overall == pytest.approx(pair.sum() / N)
    counts = [each.instances for each in found]
    assert counts == sorted(counts, reverse=True)
    rarest = min(counts)
    for one in classes:
        for other in set(classes) - {one}:
            if not any((each.label, each.predicted) == (one, other) for each in found):
                assert ((label == one) & (predicted == other) & chosen).sum() <= rarest


def test_rows_without_a_label_are_no_confusion(make_study: Callable[..., Study]) -> None:
    columns = {
        "city": ["a"] * 8,
        "label": ["p", "q", "r", None, "p", "q", "r", "q"],
        "prediction": ["q", "q", "r", "p", None, "q", "r", "q"],
    }
    study = make_study(columns, label="label", prediction="prediction", features=("city",))
    (only,) = confusions(study.halves(), (), study.benchmark.outcome.classes)
    assert only == ("p", "q", 1, 1 / 6, 1 / 6)


def test_two_classes_have_no_confusions_beyond_their_rates(adult_fpr: Study) -> None:
    assert confusions(adult_fpr.halves(), (), adult_fpr.benchmark.outcome.classes) == []
