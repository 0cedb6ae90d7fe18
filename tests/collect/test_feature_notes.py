"""What a document says of features agrees with pandas, whatever the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import oracle
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import FEATURES, benchmark_of, study_from, tables

from terrain.collect.features import features_of
from terrain.config import Plan
from terrain.data.features import selection_of
from terrain.data.regions import Region
from terrain.study import Study, study_of

if TYPE_CHECKING:
    from terrain.document import FeatureNote


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Return the features as the oracle reads them: numbers, dates as seconds, and texts."""
    frame = pd.DataFrame(index=range(table.num_rows))
    for name in FEATURES:
        column = table[name]
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
            frame[name] = [None if v is None else v / 1e6 for v in column.to_pylist()]
            frame[name] = frame[name].astype(float)
        elif pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
            values = column.cast(pa.string()).to_pylist()
            frame[name] = pd.Series(values, dtype=object)
        else:
            frame[name] = pd.Series(column.to_pylist(), dtype=float)
    return frame


@settings(max_examples=25)
@given(st.sampled_from(["binary", "loss"]).flatmap(lambda task: tables(task=task, least=20)))
def test_stretches_and_cells_hold_what_their_words_say(table: pa.Table) -> None:
    study = study_from(table)
    notes, heatmap = features_of(study)
    frame, loss = frame_of(table), study.loss()
    weight = study.weight()
    mass = np.ones(len(loss)) if weight is None else weight
    held: dict[str, list[np.ndarray]] = {}
    for note in notes:
        held[note.feature] = [
            oracle.inside(Region.of(each.condition), frame) for each in note.profile
        ]
        assert np.sum(held[note.feature], axis=0).tolist() == [1] * len(frame)
        for each, inside in zip(note.profile, held[note.feature], strict=True):
            assert each.support == inside.sum() > 0
            known = inside & ~np.isnan(loss)
            assert each.estimate.exposure == pytest.approx(mass[known].sum())
            if mass[known].sum():
                expected = np.average(loss[known], weights=mass[known])
                assert each.estimate.value == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert heatmap is not None
    assert (heatmap.down, heatmap.across) == (notes[0].feature, notes[1].feature)
    for row, down in zip(heatmap.cells, held[heatmap.down], strict=True):
        for cell, across in zip(row, held[heatmap.across], strict=True):
            assert cell.support == (down & across).sum()
            assert cell.estimate.events == pytest.approx(
                np.nansum((loss * mass)[down & across]), rel=1e-6, abs=1e-6
            )


@settings(max_examples=10)
@given(tables(least=20))
def test_finer_codes_of_a_document_hold_the_same_instances(table: pa.Table) -> None:
    study = study_from(table, slices=3)
    notes, _ = features_of(study)
    coarse = study.compacted(())
    for note in notes:
        for each in note.profile:
            fine, rough = (
                np.isin(one.codes[note.feature], selection_of(
                    Region.of(each.condition), one.encodings)[0][1])
                for one in (study, coarse)
            )  # fmt: skip
            assert (fine == rough).all()


N = 4_000
RNG = np.random.default_rng(2)
AGE = RNG.integers(18, 90, N)
CITY = np.array([f"city {i:02}" for i in range(30)])[np.minimum(RNG.geometric(0.15, N) - 1, 29)]
WRONG = (RNG.random(N) < np.where(AGE < 30, 0.5, 0.1)).astype(float)


def planted(**more: np.ndarray) -> Study:
    gap = np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N).round(2))
    plan = Plan(error=("wrong",))
    table = pa.table({"city": CITY, "gap": gap, "age": AGE, "wrong": WRONG, **more})
    return study_of(benchmark_of(table, plan), plan)


def words(note: FeatureNote) -> list[str]:
    return [each.words for each in note.profile]


def test_the_most_telling_feature_leads_and_words_are_short() -> None:
    notes, _ = features_of(
        planted(
            day=AGE.astype("datetime64[D]"),
            same=np.array([None if age < 40 else "u" for age in AGE]),
        )
    )
    by_name = {note.feature: note for note in notes}
    assert {notes[0].feature, notes[1].feature} == {"age", "day"}
    assert notes[0].explained > 0.1
    assert [note.explained for note in notes] == sorted(
        (note.explained for note in notes), reverse=True
    )
    assert words(by_name["age"])[0].startswith("< ")
    assert " to " in words(by_name["age"])[1]
    assert words(by_name["age"])[-1].startswith(">= ")
    assert " to < " in words(by_name["gap"])[1]
    assert words(by_name["gap"])[-1] == "missing"
    assert words(by_name["city"])[:2] == ["city 00", "city 01"]
    assert words(by_name["city"])[-1] == f"{len(set(CITY)) - 11} others"
    assert words(by_name["day"])[0].startswith("< 1970-0")
    assert words(by_name["same"]) == ["any value", "missing"]


def test_a_level_called_missing_and_a_missing_value_stay_apart() -> None:
    town = np.where(AGE < 30, "missing", np.where(AGE < 50, "b", "c")).astype(object)
    town[AGE == 60] = None
    by_name = {note.feature: note for note in features_of(planted(town=town))[0]}
    assert words(by_name["town"]) == ["b", "c", "missing", "(missing)"]


def test_one_feature_has_no_heatmap() -> None:
    table = pa.table({"age": AGE, "wrong": WRONG})
    plan = Plan(error=("wrong",))
    notes, heatmap = features_of(study_of(benchmark_of(table, plan), plan))
    assert [note.feature for note in notes] == ["age"]
    assert heatmap is None


def test_a_sensitive_column_that_is_no_feature_is_ranked_too() -> None:
    plan = Plan(error=("wrong",), features=("city",), sensitive=("age",))
    table = pa.table({"city": CITY, "age": AGE, "wrong": WRONG})
    notes, _ = features_of(study_of(benchmark_of(table, plan), plan))
    assert notes[0].feature == "age"
