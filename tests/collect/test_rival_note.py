"""The rival beside the model: what pandas would count, what is planted, what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import oracle
import pyarrow as pa
import pytest
from scipy import stats
from strategies import benchmark_of

from terrain import study as studies
from terrain.analyses.rival import folds_of, rival
from terrain.collect.rival import rival_note
from terrain.config import Plan
from terrain.study import study_of

if TYPE_CHECKING:
    import pandas as pd

    from terrain.document import RivalNote
    from terrain.study import Study

N = 4_000
HALVES = ("second half", "first half")


def ready(columns: dict[str, Any], **settings: Any) -> tuple[Study, Plan]:
    plan = Plan(label="label", prediction="prediction", id=None, **settings)
    return study_of(benchmark_of(pa.table(columns), plan), plan), plan


def note_of(study: Study, plan: Plan) -> RivalNote:
    found = rival_note(study, plan, dict.fromkeys(HALVES[: 1 + study.cross_fit], 10))
    assert found is not None
    return found


def features(generator: np.random.Generator, n: int = N) -> dict[str, Any]:
    return {
        "age": generator.integers(20, 80, n),
        "place": generator.choice(["north", "south", "west"], n),
        "x": generator.normal(size=n),
    }


def planted(seed: int = 0, n: int = N, noise: float = 0.1) -> dict[str, Any]:
    """Return a model that knows the truth, and says the opposite in one region."""
    generator = np.random.default_rng(seed)
    columns = features(generator, n)
    truth = columns["age"] >= 50
    label = np.where(generator.random(n) < noise, ~truth, truth)
    inverted = (columns["place"] == "north") & (columns["age"] >= 65)
    said = np.where(inverted, ~truth, truth)
    return columns | {"label": label.astype(int), "prediction": said.astype(int)}


def frame_of(study: Study) -> pd.DataFrame:
    """Return the table with the rival's predictions, each taught by the other half, in words."""
    benchmark = study.benchmark
    fold = folds_of(
        benchmark.table, study.discovery, group=benchmark.roles.group, instance_id=None, seed=0
    )
    found = rival(study.codes, study.searchable, benchmark.outcome, fold, 0)
    assert found is not None
    across = np.where(study.discovery, found.predictions[1], found.predictions[0])
    classes = np.array(benchmark.outcome.classes)
    frame: pd.DataFrame = benchmark.table.to_pandas()
    frame["rival"] = classes[across] if len(classes) else across
    return frame


def region_in(name: str, frame: pd.DataFrame) -> np.ndarray:
    return np.asarray(frame.eval(name))


INVERTED = "place == 'north' and age >= 65"


def jaccard(note: RivalNote, frame: pd.DataFrame) -> float:
    found = oracle.inside(note.wins[0].finding.region, frame)
    truth = region_in(INVERTED, frame)
    return float((found & truth).sum() / (found | truth).sum())


def test_both_error_rates_and_their_difference_are_what_pandas_counts() -> None:
    study, plan = ready(planted())
    note, frame = note_of(study, plan), frame_of(study)
    ours = frame.prediction != frame.label
    theirs = frame.rival.astype(int) != frame.label
    assert note.metric == "error_rate"
    assert note.rival.value == theirs.mean()
    assert (note.rival.events, note.rival.exposure) == (theirs.sum(), N)
    assert note.difference.gap == pytest.approx(theirs.mean() - ours.mean())
    only_ours, only_theirs = (ours & ~theirs).sum(), (theirs & ~ours).sum()
    exact = stats.binomtest(only_ours, only_ours + only_theirs).pvalue
    assert note.difference.p_value == pytest.approx(exact, rel=0.5)
    gap, low, high = note.difference.gap, note.difference.low, note.difference.high
    assert gap is not None
    assert low is not None
    assert high is not None
    assert low < gap < high < 0


@pytest.mark.parametrize("below", [N, studies.CROSS_FIT_BELOW])
def test_a_region_where_the_model_is_inverted_is_named_and_measured_where_unseen(
    monkeypatch: pytest.MonkeyPatch, below: int
) -> None:
    monkeypatch.setattr(studies, "CROSS_FIT_BELOW", below)
    study, plan = ready(planted(), slices=2)
    note, frame = note_of(study, plan), frame_of(study)
    assert jaccard(note, frame) > 0.8
    assert len(note.wins) == 1
    (win,) = note.wins
    found = win.finding
    inside = oracle.inside(found.region, frame)
    assert (found.id, found.status, found.p_adjusted) == ("w1", "none", None)
    assert found.support == inside.sum()
    if not study.cross_fit:
        assert found.measured_on == "second half"
    unseen = study.discovery == (found.measured_on == "first half")
    ours = (frame.prediction != frame.label)[inside & unseen]
    theirs = (frame.rival.astype(int) != frame.label)[inside & unseen]
    assert found.metrics["error_rate"].value == ours.mean()
    assert found.discovery is not None
    assert found.discovery.exposure == (inside & ~unseen).sum()
    assert win.rival.value == theirs.mean()
    assert win.difference.gap == pytest.approx(theirs.mean() - ours.mean())
    p_value = stats.binomtest(
        (ours & ~theirs).sum(), (ours != theirs).sum(), alternative="greater"
    ).pvalue
    assert win.difference.p_value == pytest.approx(p_value)
    assert win.difference.p_adjusted == pytest.approx(p_value * note.candidates)


def test_a_model_that_knows_what_can_be_known_is_beaten_nowhere() -> None:
    beaten = 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        columns = features(generator, 1_000)
        chance = 1 / (1 + np.exp(-(columns["age"] - 50) / 10))
        columns["label"] = (generator.random(1_000) < chance).astype(int)
        noisy = generator.random(1_000) < 0.02 * (seed % 2)
        columns["prediction"] = (chance > 0.5) ^ noisy
        beaten += bool(note_of(*ready(columns, slices=2)).wins)
    # a tool that is wrong in 5% of its runs would exceed 3 of 20 with a probability of 2%
    assert beaten <= 3


def test_a_weight_counts_as_so_many_instances_overall() -> None:
    columns = planted()
    weight = np.where(np.arange(N) % 2 == 0, 3.0, 1.0)
    study, plan = ready(columns | {"weight": weight}, weight="weight")
    note, frame = note_of(study, plan), frame_of(study)
    ours = frame.prediction != frame.label
    theirs = frame.rival.astype(int) != frame.label
    assert note.rival.value == pytest.approx(np.average(theirs, weights=weight))
    assert note.difference.gap == pytest.approx(
        np.average(theirs.astype(int) - ours.astype(int), weights=weight)
    )
    assert jaccard(note, frame) > 0.8


def test_rows_of_one_group_count_as_one() -> None:
    columns = planted(n=500)
    repeated = {name: np.repeat(values, 8) for name, values in columns.items()}
    person = np.repeat(np.arange(500), 8)
    study, plan = ready(repeated | {"person": person}, group="person")
    apart, _ = ready(repeated)
    note, frame = note_of(study, plan), frame_of(study)
    assert note.difference.gap == pytest.approx(
        (frame.rival.astype(int) != frame.label).mean() - (frame.prediction != frame.label).mean()
    )
    widths = [
        (each.difference.high or 0) - (each.difference.low or 0)
        for each in (note, note_of(apart, plan))
    ]
    assert widths[0] == pytest.approx(widths[1] * np.sqrt(8), rel=0.4)
    halves = frame.groupby("person").rival.nunique()
    assert halves.max() == 1  # one half predicted all rows of a person


def test_numbers_are_compared_by_their_distance() -> None:
    generator = np.random.default_rng(3)
    columns = features(generator)
    truth = 10.0 * (columns["age"] >= 50)
    columns["label"] = truth + generator.normal(size=N)
    far = 20.0 * region_in(INVERTED, pa.table(columns).to_pandas())
    columns["prediction"] = truth + far + generator.normal(0, 0.1, N)
    study, plan = ready(columns, slices=2)
    note, frame = note_of(study, plan), frame_of(study)
    ours, theirs = ((frame[each] - frame.label).abs() for each in ("prediction", "rival"))
    assert note.metric == "mae"
    assert note.rival.value == pytest.approx(theirs.mean())
    assert note.difference.gap == pytest.approx(theirs.mean() - ours.mean())
    assert note.difference.p_value == pytest.approx(stats.ttest_rel(theirs, ours).pvalue, rel=1e-6)
    assert jaccard(note, frame) > 0.8
    win = note.wins[0]
    assert win.difference.gap == pytest.approx(
        (win.rival.value or 0) - (win.finding.metrics["mae"].value or 0)
    )


def test_several_classes() -> None:
    columns = planted()
    names = np.array(["cat", "dog", "eel"])
    third = columns["place"] == "south"
    for each in ("label", "prediction"):
        columns[each] = names[np.where(third, 2, columns[each])]
    study, plan = ready(columns, slices=2)
    note, frame = note_of(study, plan), frame_of(study)
    assert note.rival.value == (frame.rival != frame.label).mean()
    assert {term.says for term in note.terms} <= set(names)
    assert jaccard(note, frame) > 0.8


def test_instances_without_label_or_prediction_are_compared_in_neither() -> None:
    columns = planted()
    rows = np.arange(N)
    for each, lost in (("label", rows % 5 == 0), ("prediction", rows % 7 == 0)):
        columns[each] = pa.array(columns[each], mask=lost)
    study, plan = ready(columns)
    note, frame = note_of(study, plan), frame_of(study)
    both = frame[frame.label.notna() & frame.prediction.notna()]
    assert note.rival.exposure == len(both)
    assert note.rival.value == (both.rival.astype(int) != both.label).mean()
    assert note.rows == frame.label.notna().sum()


def test_the_target_of_the_search_does_not_matter() -> None:
    columns = planted()
    usual = note_of(*ready(columns))
    other = note_of(*ready(columns, target="fnr"))
    assert other.rival == usual.rival
    assert other.difference == usual.difference
    assert other.wins[0].finding.target == "fnr"
    assert other.wins[0].difference == usual.wins[0].difference


def test_without_labels_there_is_no_rival() -> None:
    columns = features(np.random.default_rng(0)) | {"wrong": np.arange(N) % 7 == 0}
    plan = Plan(error=("wrong",), slices=0)
    study = study_of(benchmark_of(pa.table(columns), plan), plan)
    assert rival_note(study, plan, dict.fromkeys(HALVES, 10)) is None
