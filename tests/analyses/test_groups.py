"""Groups of a breakdown partition the instances, the missing ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from strategies import study_from, tables

from terrain.analyses.groups import MISSING, MOST_GROUPS, MeasuredGroup, measure, partitions

if TYPE_CHECKING:
    from terrain.study import Study


def broken_down(study: Study, *features: str, depth: int = 1) -> dict[str, list[MeasuredGroup]]:
    """Return the measured groups of every breakdown, by its name."""
    support = {f: np.bincount(study.codes[f], minlength=study.encodings[f].size) for f in features}
    found, _ = partitions(features, study.encodings, support, depth)
    return {p.name: measure(p, study.halves(), study.instrument) for p in found}


def of(depth: int = 1, **columns: Any) -> dict[str, list[MeasuredGroup]]:
    n = len(next(iter(columns.values())))
    table = pa.table(columns | {"loss": np.arange(n) % 7 + 1.0})
    study = study_from(table, features=tuple(columns), id=None)
    return broken_down(study, *columns, depth=depth)


def sizes(groups: list[MeasuredGroup]) -> dict[str, int]:
    return {" × ".join(level.value for level in g.levels): g.inside.tally.instances for g in groups}


@settings(max_examples=50)
@given(tables())
def test_groups_partition_the_instances(table: pa.Table) -> None:
    study = study_from(table)
    frame = table.to_pandas()
    first, second = (study.instrument.whole(half) for half in study.halves())
    whole = (first + second).tally.sums.tolist()
    for name, groups in broken_down(study, "age", "region", "member", depth=3).items():
        assert np.sum([g.inside.tally.sums for g in groups], axis=0).tolist() == whole
        for group in groups:
            assert (group.inside.tally + group.outside.tally).sums.tolist() == whole
        support = [group.inside.tally.instances for group in groups]
        assert support == sorted(support, reverse=True)
        if "age" not in name:  # an age may stand in a range
            features = name.split(" × ")
            counted = frame.groupby(features, dropna=False, observed=True).size()
            assert sorted(support) == sorted(counted)


def test_missing_values_are_a_group() -> None:
    groups = of(place=["a", None, "b", "a", None, "a"])["place"]
    assert sizes(groups) == {"a": 3, MISSING: 2, "b": 1}


def test_intersections_hold_every_combination_that_occurs() -> None:
    found = of(depth=2, sex=["f", "m", "f", "m"] * 2, race=["x", "y", "y", "y"] * 2)
    assert list(found) == ["sex", "race", "sex × race"]
    assert sizes(found["sex × race"]) == {"m × y": 4, "f × x": 2, "f × y": 2}


def test_few_numbers_are_groups_of_their_own_and_many_are_ranges() -> None:
    assert sizes(of(age=[3, 4, 3, 9])["age"]) == {"3": 2, "4": 1, "9": 1}
    many = of(age=np.arange(100))["age"]
    assert len(many) == 5
    assert all(15 <= size <= 25 for size in sizes(many).values())
    assert any("to under" in value for value in sizes(many))


def test_an_intersection_too_wide_is_named_but_not_shown() -> None:
    n = MOST_GROUPS + 100
    data = {"a": [f"l{i % 30}" for i in range(n)], "b": [f"k{i % 29}" for i in range(n)]}
    study = study_from(pa.table(data | {"loss": np.arange(n) % 3}), features=("a", "b"), id=None)
    support = {f: np.bincount(study.codes[f], minlength=40) for f in data}
    found, wide = partitions(tuple(data), study.encodings, support, 2)
    assert [p.name for p in found] == ["a", "b"]
    assert wide == ["a × b"]


def test_with_groups_of_rows_a_complement_is_measured_and_not_subtracted() -> None:
    n = 60
    table = pa.table(
        {
            "place": ["a", "b"] * (n // 2),
            "user": [f"u{i // 4}" for i in range(n)],
            "loss": np.arange(n) % 5 / 5,
        }
    )
    study = study_from(table, features=("place",), id=None, group="user")
    (a, b) = broken_down(study, "place")["place"]
    moments, other = (g.inside.clustered["loss"] for g in (a, b))
    assert moments.units == other.units == 15
    assert a.outside.clustered["loss"] == other
    sums = np.bincount(np.arange(n)[::2] // 4, (np.arange(n) % 5 / 5)[::2])
    assert moments.events_squared == np.float64(sums @ sums).round(12) or np.isclose(
        moments.events_squared, sums @ sums
    )


def test_a_level_called_missing_is_not_the_missing_values() -> None:
    groups = of(place=["missing", None, "b", "missing", None, "missing"])["place"]
    assert sizes(groups) == {"missing": 3, "(missing)": 2, "b": 1}
