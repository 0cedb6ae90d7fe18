"""Regions taken apart: every figure is that of a naive count on the part the search did not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from strategies import benchmark_of

from terrain.app import analyze
from terrain.collect.details import detailed
from terrain.config import Plan
from terrain.data.features import region_of
from terrain.statistics.findings import Detail, Estimate, Finding
from terrain.study import Study, study_of

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.data.features import Selection

N = 6_000
BAD = (("a", (1, 2)), ("b", (0,)))
FEWEST = {"second half": 20, "first half": 20}


@pytest.fixture(scope="module")
def study() -> Study:
    """Return digits 0 to 3: the region fails, but not where `c` is y; there 2 is taken for 3."""
    generator = np.random.default_rng(0)
    a, b = (generator.integers(0, 4, N).astype(float) for _ in range(2))
    c = generator.choice(["x", "y"], N)
    label = generator.integers(0, 4, N)
    bad = np.isin(a, (1, 2)) & (b == 0) & (c == "x")
    wrong = generator.random(N) < np.where(bad, 0.6, 0.1)
    table = pa.table(
        {"a": a, "b": b, "c": c, "label": label, "prediction": np.where(wrong, label ^ 1, label)}
    )
    plan = Plan(label="label", prediction="prediction", features=("a", "b", "c"), slices=0)
    return study_of(benchmark_of(table, plan), plan)


def found(study: Study, selection: Selection, measured_on: str, rate: float = 0.9) -> Finding:
    """Return a region as a search would, as far as details depend on it."""
    return Finding(
        id=f"{measured_on}{len(selection)}",
        region=region_of(selection, study.encodings),
        support=0,
        coverage=0.0,
        error_coverage=None,
        status="suspected",
        target=study.target.name,
        metrics={study.target.name: Estimate(value=rate, events=0, exposure=0)},
        measured_on=measured_on,
    )


def taken_apart(study: Study, measured_on: str) -> Detail:
    (finding,) = detailed(study, [found(study, BAD, measured_on)], FEWEST)
    assert finding.detail is not None
    return finding.detail


def columns(study: Study, measured_on: str) -> dict[str, np.ndarray]:
    """Return the columns of the unseen instances, and which are wrong."""
    unseen = ~study.discovery if measured_on == "second half" else study.discovery
    table = study.benchmark.table
    names = ("a", "b", "c", "label", "prediction")
    columns = {name: np.asarray(table[name].to_pylist())[unseen] for name in names}
    return columns | {"wrong": columns["label"] != columns["prediction"]}


@pytest.mark.parametrize("measured_on", ["second half", "first half"])
def test_contributions_are_shapley_values_on_unseen_instances(
    study: Study, measured_on: str
) -> None:
    detail, data = taken_apart(study, measured_on), columns(study, measured_on)
    a, b, wrong = np.isin(data["a"], (1, 2)), data["b"] == 0, data["wrong"]
    both, none = wrong[a & b].mean(), wrong.mean()
    of_a = (wrong[a].mean() - none + both - wrong[b].mean()) / 2
    first, second = detail.contributions
    assert (first.words, second.words) == ("1 <= a < 3", "b = 0")
    assert first.value == pytest.approx(of_a)
    assert second.value == pytest.approx(both - none - of_a)
    assert first.share == pytest.approx(of_a / (both - none))


@pytest.mark.parametrize("measured_on", ["second half", "first half"])
def test_the_repair_is_measured_on_unseen_instances(study: Study, measured_on: str) -> None:
    detail, data = taken_apart(study, measured_on), columns(study, measured_on)
    inside = np.isin(data["a"], (1, 2)) & (data["b"] == 0) & (data["c"] == "y")
    assert detail.repair is not None
    assert detail.repair.words == "c = y"
    assert detail.repair.support == inside.sum()
    assert detail.repair.estimate.value == pytest.approx(data["wrong"][inside].mean())


def test_a_repair_is_claimed_only_beyond_its_interval(study: Study) -> None:
    (hardly,) = detailed(study, [found(study, BAD, "second half", rate=0.12)], FEWEST)
    assert hardly.detail is not None
    assert hardly.detail.repair is None


def test_a_repair_leaves_enough_instances(study: Study) -> None:
    fewest = dict.fromkeys(FEWEST, N)
    (finding,) = detailed(study, [found(study, BAD, "second half")], fewest)
    assert finding.detail is not None
    assert finding.detail.repair is None


def test_neighbours_say_what_they_are_and_hold_it(study: Study) -> None:
    data = columns(study, "second half")
    a, b, wrong = data["a"], data["b"], data["wrong"]
    expected = {
        "not (1 <= a < 3)": ~np.isin(a, (1, 2)) & (b == 0),
        "a = 0": (a == 0) & (b == 0),
        "a = 3": (a == 3) & (b == 0),
        "b >= 1": np.isin(a, (1, 2)) & (b > 0),
        "b = 1": np.isin(a, (1, 2)) & (b == 1),
    }
    neighbours = taken_apart(study, "second half").neighbours
    assert {each.words: each.support for each in neighbours} == {
        words: inside.sum() for words, inside in expected.items()
    }
    for each in neighbours:
        assert each.estimate.value == pytest.approx(wrong[expected[each.words]].mean())


def test_confusions_are_counted_on_unseen_instances(study: Study) -> None:
    data = columns(study, "first half")
    inside = np.isin(data["a"], (1, 2)) & (data["b"] == 0)
    confusions = taken_apart(study, "first half").confusions
    assert len(confusions) == 4
    for each in confusions:
        pair = (data["label"] == int(each.label)) & (data["prediction"] == int(each.predicted))
        assert each.count == (pair & inside).sum()
        assert each.share == pytest.approx((pair & inside).sum() / inside.sum())
        assert each.overall == pytest.approx(pair.mean())


def test_bounds_of_the_other_direction_change_nothing(study: Study) -> None:
    one = found(study, BAD, "second half")
    other = found(study, (("a", (3,)),), "first half")
    alone = detailed(study, [one], FEWEST)
    assert detailed(study, [one, other], FEWEST)[0] == alone[0]


def test_every_region_of_a_document_has_details(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "digits.parquet"
    parquet.write_table(study.benchmark.table, path)
    plan = Plan(inputs=(str(path),), label="label", prediction="prediction", slices=2)
    regions = analyze(plan).terrain.regions
    assert {region.measured_on for region in regions} == {"second half", "first half"}
    for region in regions:
        assert region.detail is not None
        value = region.metrics[region.target].value
        assert value is not None
        overall = value / region.lift if region.lift else 0.0
        parts = [each.value for each in region.detail.contributions]
        assert sum(parts) == pytest.approx(value - overall)
    again = msgspec.json.decode(msgspec.json.encode(regions), type=tuple[Finding, ...])
    assert again == regions
