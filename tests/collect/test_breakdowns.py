"""Groups are compared with their complement and a reference, adjusted over all groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.multitest import multipletests
from strategies import study_from

from terrain.analyses.groups import measure, partitions
from terrain.collect.breakdowns import Question, breakdowns
from terrain.collect.gaps import FEW
from terrain.errors import UsageError
from terrain.statistics.tests import two_rates

if TYPE_CHECKING:
    from terrain.document import Breakdown, Group

N = 3_000


def table() -> pa.Table:
    generator = np.random.default_rng(0)
    race = np.array(["w", "x", "y", "z"])[np.searchsorted([0.6, 0.9, 0.997], generator.random(N))]
    sex = generator.choice(["f", "m"], N)
    label = generator.integers(0, 2, N)
    chance = np.where((race == "x") & (sex == "f"), 0.5, 0.15)
    wrong = generator.random(N) < chance
    return pa.table(
        {"race": race, "sex": sex, "label": label, "prediction": np.where(wrong, 1 - label, label)}
    )


def compared(*reference: str, **more: Any) -> tuple[Breakdown, ...]:
    study = study_from(table(), features=("race", "sex"), sensitive=("race", "sex"), id=None,
                       slices=0, **more)  # fmt: skip
    support = {
        f: np.bincount(study.codes[f], minlength=study.encodings[f].size) for f in ("race", "sex")
    }
    found, _ = partitions(("race", "sex"), study.encodings, support, 2)
    measured = [(p, measure(p, study.halves(), study.instrument)) for p in found]
    question = Question(study.instrument, study.target, study.encodings,
                        reference or ("largest",), 0.05, 0)  # fmt: skip
    return breakdowns(measured, question)


def groups(found: tuple[Breakdown, ...]) -> list[Group]:
    return [group for breakdown in found for group in breakdown.groups]


def test_every_metric_of_every_group_is_what_pandas_says() -> None:
    found = compared()
    assert [b.feature for b in found] == ["race", "sex", "race × sex"]
    frame = table().to_pandas()
    frame["wrong"] = frame.label != frame.prediction
    for group in groups(found):
        inside = np.logical_and.reduce([frame[f] == v for f, v in group.values.items()])
        metrics = group.finding.metrics
        assert group.finding.support == inside.sum()
        assert metrics["error_rate"].value == pytest.approx(frame.wrong[inside].mean())
        negatives = inside & (frame.label == 0)
        assert metrics["fpr"].exposure == negatives.sum()
        if not negatives.any():
            assert metrics["fpr"].value is group.gaps["fpr"].gap is None
            continue
        assert metrics["fpr"].value == pytest.approx(frame.prediction[negatives].mean())
        gap = group.gaps["fpr"]
        rest = ~inside & (frame.label == 0)
        assert gap.gap == pytest.approx(
            frame.prediction[negatives].mean() - frame.prediction[rest].mean()
        )


def test_p_values_are_adjusted_over_all_groups_of_all_breakdowns() -> None:
    found = groups(compared())
    for metric in ("error_rate", "fpr", "precision"):
        tested = [g.gaps[metric] for g in found if g.gaps[metric].p_value is not None]
        raw = np.array([gap.p_value for gap in tested], dtype=float)
        adjusted = np.array([gap.p_adjusted for gap in tested], dtype=float)
        np.testing.assert_allclose(adjusted, multipletests(raw, method="holm")[1])
    failing = {group.value for group in found if group.finding.status == "failing"}
    assert failing == {"x", "x × f", "f"}
    for group in found:
        assert group.finding.p_adjusted == group.gaps["error_rate"].p_adjusted


def test_small_groups_are_listed_and_say_that_they_are_too_small() -> None:
    found = groups(compared())
    (z,) = (group for group in found if group.value == "z")
    negatives = z.finding.metrics["fpr"].exposure
    assert negatives < FEW
    assert "fpr" in z.too_few
    assert z.gaps["fpr"].p_value is None
    assert z.gaps["fpr"].gap is not None
    assert all(("fpr" in g.too_few) == (g.finding.metrics["fpr"].exposure < FEW) for g in found)


@pytest.mark.parametrize(
    ("reference", "race", "sex", "both"),
    [
        (("largest",), ("w", "largest"), None, None),
        (("race=y", "sex=f"), ("y", "chosen"), ("f", "chosen"), ("y × f", "chosen")),
        (("race=y",), ("y", "chosen"), None, None),
        (("best",), None, ("m", "best"), None),
    ],
)
def test_the_reference_is_chosen_largest_or_best(
    reference: tuple[str, ...], race: Any, sex: Any, both: Any
) -> None:
    found = compared(*reference)
    for breakdown, expected in zip(found, (race, sex, both), strict=True):
        said = breakdown.reference, breakdown.reference_rule
        assert expected is None or said == expected
        own = {group.value: group for group in breakdown.groups}
        base = own[breakdown.reference or ""]
        assert base.reference_gaps == {}
        for value, group in own.items():
            if group is not base:
                gap = group.reference_gaps["error_rate"]
                ours, others = (g.finding.metrics["error_rate"] for g in (group, base))
                assert gap.against == breakdown.reference
                assert gap.gap == pytest.approx((ours.value or 0) - (others.value or 0)), value
                if gap.p_value is not None:
                    assert gap.p_value == pytest.approx(two_rates(
                        int(ours.events), int(ours.exposure),
                        int(others.events), int(others.exposure),
                    ))  # fmt: skip


def test_an_unknown_reference_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no group is `race=ww`; did you mean `race=w`"):
        compared("race=ww")


def test_the_spread_is_that_of_the_groups_with_enough_instances() -> None:
    race = compared()[0]
    spread = race.spreads["fpr"]
    rated = {
        g.value: g.finding.metrics["fpr"].value or 0 for g in race.groups if "fpr" not in g.too_few
    }
    assert spread.gap == pytest.approx(max(rated.values()) - min(rated.values()))
    assert (rated[spread.highest], rated[spread.lowest]) == (
        max(rated.values()),
        min(rated.values()),
    )
    assert 0 < spread.expected < spread.gap
    assert spread.p_value < 0.05


def test_intersections_are_shrunk_towards_an_additive_fit() -> None:
    *single, both = compared()
    assert all(group.shrunken == {} for b in single for group in b.groups)
    for group in both.groups:
        estimate, shrunken = group.finding.metrics["error_rate"], group.shrunken["error_rate"]
        assert 0 <= shrunken <= 1
        if estimate.exposure > 500:
            assert shrunken == pytest.approx(estimate.value, abs=0.03)
