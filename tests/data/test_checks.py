"""Every warning, seen where it is due and silent on a healthy benchmark."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.checking import table as checked
from terrain.data.checking.checks import check
from terrain.data.deciding import Reading, decide
from terrain.data.outcome import outcome_of
from terrain.data.recognition.roles import Wanted, recognise

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.data.notes import Warned

N = 2_000


def healthy(n: int = N) -> dict[str, Any]:
    """Return a benchmark that is wrong in 15% of its rows, for no reason in its features."""
    random = np.random.default_rng(7)
    label = random.integers(0, 2, n)
    prediction = np.where(random.random(n) < 0.15, 1 - label, label)
    return {
        "row_id": np.arange(n),
        "y_true": label,
        "y_pred": prediction,
        "y_prob": np.where(prediction == 1, 1 - random.random(n) / 2, random.random(n) * 0.499),
        "age": random.integers(18, 90, n),
        "income": random.normal(size=n),
        "region": np.array(["north", "east", "south"])[random.integers(0, 3, n)],
    }


def healthy_regression(n: int = N) -> dict[str, Any]:
    random = np.random.default_rng(8)
    label = random.normal(50, 10, n)
    return {
        "y_true": label,
        "y_pred": label + random.normal(0, 3, n),
        "age": random.integers(18, 90, n),
        "income": random.normal(size=n),
    }


def healthy_classes(n: int = N) -> dict[str, Any]:
    """Return a benchmark of three classes with a probability for each."""
    random = np.random.default_rng(9)
    names = np.array(["bird", "cat", "dog"])
    label = random.integers(0, 3, n)
    prediction = np.where(random.random(n) < 0.2, (label + 1) % 3, label)
    scores = np.full((n, 3), 0.2)
    scores[np.arange(n), prediction] = 0.6
    return {
        "y_true": names[label],
        "y_pred": names[prediction],
        **{f"prob_{name}": scores[:, place] for place, name in enumerate(names)},
        "income": random.normal(size=n),
    }


def warnings(columns: dict[str, Any], **wanted: Any) -> dict[str, Warned]:
    """Return the warnings of a table by their codes, of which each appears once."""
    table = pa.table(columns)
    roles, _ = recognise(table, Wanted(**wanted))
    found = check(table, roles, outcome_of(table, roles, decide(table, roles, Reading())))
    codes = {warned.code: warned for warned in found}
    assert len(codes) == len(found), found
    assert all(warned.seen.endswith(".") and warned.advice.endswith(".") for warned in found)
    return codes


@pytest.mark.parametrize("benchmark", [healthy, healthy_regression, healthy_classes])
def test_a_healthy_benchmark_is_not_warned_about(benchmark: Any) -> None:
    assert warnings(benchmark()) == {}


def test_the_users_own_healthy_error_is_not_warned_about() -> None:
    columns = healthy()
    error = columns["y_true"] != columns["y_pred"]
    features = {"age": columns["age"], "income": columns["income"]}
    assert warnings({"wrong": error, **features}) == {}
    assert warnings({"late": columns["income"] ** 2, "age": columns["age"]}, errors=("late",)) == {}


# labels, predictions, errors


def test_an_accuracy_that_flipping_turns_to_good() -> None:
    columns = healthy()
    columns["y_pred"] = 1 - columns["y_pred"]
    del columns["y_prob"]
    found = warnings(columns)
    assert list(found) == ["inverted"]
    assert "is 14.2%" in found["inverted"].seen
    assert "make it 85.8%" in found["inverted"].seen
    wrong = int(np.sum(columns["y_true"] != columns["y_pred"]))
    assert found["inverted"].rows == wrong


def test_an_accuracy_below_a_constant_guess() -> None:
    columns = healthy()
    columns["y_true"] = (np.arange(N) % 10 == 0).astype(int)
    columns["y_pred"] = np.where(np.arange(N) % 3 == 0, 1, columns["y_true"])
    del columns["y_prob"]
    found = warnings(columns)["below-constant"]
    assert "below the 90.0% of always guessing `0`" in found.seen
    assert "inverted" not in warnings(columns)


def test_a_coin_is_not_called_inverted() -> None:
    columns = healthy(100)
    columns["y_true"], columns["y_pred"] = np.arange(100) % 2, np.arange(100) // 2 % 2
    columns["y_pred"][:4] = 1 - columns["y_true"][:4]
    del columns["y_prob"]
    assert "inverted" not in warnings(columns)


def test_a_constant_prediction() -> None:
    columns = healthy()
    columns["y_pred"] = np.ones(N, int)
    columns["y_prob"] = 0.5 + columns["y_prob"] / 2
    assert "Every prediction is `1`" in warnings(columns)["constant-prediction"].seen
    regression = healthy_regression()
    regression["y_pred"] = np.full(N, 50.5)
    assert "50.5" in warnings(regression)["constant-prediction"].seen


def test_a_constant_label() -> None:
    columns = healthy()
    columns["y_true"] = np.zeros(N, int)
    found = warnings(columns)
    assert "Every label is `0`" in found["constant-label"].seen
    assert "below-constant" not in found


def test_a_class_that_only_predictions_hold() -> None:
    columns = healthy_classes()
    columns["y_pred"][:7] = "wolf"
    columns = {name: columns[name] for name in ("y_true", "y_pred", "income")}
    found = warnings(columns)["classes-only-predicted"]
    assert (found.rows, "`wolf` in 7 rows" in found.seen) == (7, True)
    columns["y_pred"] = np.array([name.replace("cat", " Cat") for name in columns["y_pred"]])
    assert "`cat` look like one class" in warnings(columns)["classes-only-predicted"].advice


def test_missing_labels_predictions_and_errors_are_counted() -> None:
    columns = healthy()
    columns["y_true"] = [None, None, *columns["y_true"][2:]]
    columns["y_pred"] = [*columns["y_pred"][:-1], None]
    columns["late"] = [None, None, None, *columns["income"][3:] ** 2]
    found = warnings(columns, errors=("late",))
    assert {code: warned.rows for code, warned in found.items()} == {
        "missing-labels": 2,
        "missing-predictions": 1,
        "missing-errors": 3,
    }
    assert "2 rows (0.1%)" in found["missing-labels"].seen


def test_a_missing_score_is_a_missing_prediction_where_it_decides() -> None:
    columns = healthy()
    del columns["y_pred"]
    columns["y_prob"][:5] = np.nan
    assert warnings(columns)["missing-predictions"].column == "y_prob"


def test_predictions_on_another_scale() -> None:
    columns = healthy_regression()
    columns["y_pred"] = columns["y_pred"] * 1000
    found = warnings(columns)["regression-offset"]
    assert "R² is -" in found.seen
    assert "straight line" in found.advice
    columns["y_pred"] = np.random.default_rng(1).normal(90, 10, N)
    assert "same rows" in warnings(columns)["regression-offset"].advice


def test_no_error_at_all() -> None:
    columns = healthy()
    columns["y_pred"] = columns["y_true"]
    del columns["y_prob"]
    assert warnings(columns)["no-errors"].rows == N


def test_nothing_but_errors() -> None:
    assert warnings({"wrong": np.ones(N), "age": healthy()["age"]})["all-wrong"].rows == N


def test_too_few_errors() -> None:
    error = (np.arange(N) < 19).astype(int)
    columns = {"wrong": error, "income": healthy()["income"]}
    assert "1 in only 19 of 2,000 rows" in warnings(columns)["few-errors"].seen
    error[19] = 1
    assert warnings(columns) == {}


# scores


def test_scores_outside_their_range() -> None:
    columns = healthy()
    columns["y_prob"][:3] = [1.5, -0.25, 2.0]
    found = warnings(columns)
    assert list(found) == ["scores-outside"]
    assert found["scores-outside"].rows == 3
    assert "from -0.25 to 2" in found["scores-outside"].seen


def test_scores_that_do_not_sum_to_one() -> None:
    columns = healthy_classes()
    columns["prob_cat"][:4] += 0.1
    found = warnings(columns)
    assert list(found) == ["scores-do-not-sum"]
    assert found["scores-do-not-sum"].rows == 4


@pytest.mark.parametrize("decided", [True, False])
def test_scores_of_the_other_class(*, decided: bool) -> None:
    columns = healthy()
    columns["y_prob"] = 1 - columns["y_prob"]
    if not decided:
        del columns["y_pred"]
    found = warnings(columns)
    assert "AUC is 0.1" in found["inverted-scores"].seen
    assert ("score-disagrees" if decided else "inverted") in found


def test_a_weak_score_is_not_called_inverted() -> None:
    columns = {name: values[:40] for name, values in healthy().items() if name != "y_pred"}
    columns["y_true"] = np.arange(40) % 2
    columns["y_prob"] = (
        np.where(np.arange(40) % 5 < 3, 1 - columns["y_true"], columns["y_true"]) / 2
    )
    assert "inverted-scores" not in warnings(columns)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5]), st.booleans()), min_size=60))
def test_the_auc_is_the_share_of_pairs_ranked_right(rows: list[tuple[float, bool]]) -> None:
    positives = [score for score, label in rows if label]
    negatives = [score for score, label in rows if not label]
    if not positives or not negatives:
        return
    pairs = [(p > q) + (p == q) / 2 for p in positives for q in negatives]
    auc = sum(pairs) / len(pairs)
    columns = {
        "y_true": [int(label) for _, label in rows],
        "y_prob": [score for score, _ in rows],
    }
    found = warnings(columns).get("inverted-scores")
    n = len(positives) * len(negatives)
    far = 3 * ((len(rows) + 1) / 12 / n) ** 0.5
    assert (found is not None) == (auc < 0.4 and auc + far < 0.5)
    if found is not None:
        assert f"AUC is {auc:.3f}" in found.seen


def test_a_score_that_does_not_decide_as_the_prediction_does() -> None:
    columns = healthy()
    columns["y_prob"] = np.random.default_rng(3).random(N)
    assert "same model" in warnings(columns)["score-disagrees"].advice
    columns["y_pred"] = (columns["y_prob"] >= 0.3).astype(int)
    found = warnings(columns)["score-disagrees"]
    assert "threshold between 0.29" in found.advice
    rows = int(np.sum((columns["y_prob"] >= 0.3) & (columns["y_prob"] < 0.5)))
    assert found.rows == rows


def test_scores_of_classes_that_decide_otherwise() -> None:
    columns = healthy_classes()
    columns["prob_cat"], columns["prob_dog"] = columns["prob_dog"], columns["prob_cat"]
    assert "highest score" in warnings(columns)["score-disagrees"].seen


# leaks


@pytest.mark.parametrize(
    ("code", "source"),
    [("leaks-label", "y_true"), ("copies-prediction", "y_pred"), ("leaks-error", "error")],
)
def test_a_feature_in_disguise(code: str, source: str) -> None:
    columns = healthy()
    columns["error"] = (columns["y_true"] != columns["y_pred"]).astype(int)
    words = np.array(["low", "high"])[columns[source]]
    words[0] = "low"
    del columns["error"]
    found = warnings({**columns, "flag": words})
    assert list(found) == [code]
    assert found[code].column == "flag"
    words[: N // 100] = "low"
    assert warnings({**columns, "flag": words}) == {}


def test_a_number_with_a_threshold_gives_the_label_away() -> None:
    columns = healthy()
    noise = np.random.default_rng(2).random(N)
    found = warnings({**columns, "days": columns["y_true"] * 3 + noise})
    assert list(found) == ["leaks-label"]
    assert warnings({**columns, "days": columns["y_true"] * 0.9 + noise}) == {}


def test_a_feature_of_many_levels_gives_nothing_away() -> None:
    columns = healthy()
    levels = [f"{label}{row % 150}" for row, label in enumerate(columns["y_true"])]
    assert warnings({**columns, "code": levels}) == {}


def test_a_rare_label_is_not_given_away_by_any_feature() -> None:
    columns = healthy(20_000)
    columns["y_true"] = (np.arange(20_000) < 15).astype(int)
    columns["y_pred"] = (np.arange(20_000) % 900 < 20).astype(int)
    del columns["y_prob"]
    assert "leaks-label" not in warnings(columns)


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("leaks-label", lambda label, guess: label * 2.2 + 1),  # noqa: ARG005 - of the two, one
        ("leaks-error", lambda label, guess: guess - label),
        ("leaks-error", lambda label, guess: np.abs(guess - label) / 60),
        ("copies-prediction", lambda label, guess: guess),  # noqa: ARG005 - of the two, one
    ],
)
def test_a_quantity_in_disguise(code: str, make: Any) -> None:
    columns = healthy_regression()
    leak = make(columns["y_true"], columns["y_pred"])
    assert list(warnings({**columns, "leak": leak})) == [code]
    noise = np.random.default_rng(4).normal(0, np.std(leak) / 5, N)
    assert warnings({**columns, "leak": leak + noise}) == {}


def test_the_users_own_error_in_disguise() -> None:
    columns = healthy()
    late = np.exp(columns["income"])
    found = warnings({"late": late, "age": columns["age"], "ms": late * 1000}, errors=("late",))
    assert list(found) == ["leaks-error"]


# rows, levels, numbers


def test_copies_of_rows_are_counted() -> None:
    columns = {name: np.append(values, values[:12]) for name, values in healthy().items()}
    assert warnings(columns, id="row_id")["duplicates"].rows == 12
    columns["income"][-1] += 1
    found = warnings(columns, id="row_id")["duplicates"]
    assert (found.rows, "Drop" in found.advice) == (11, True)
    del columns["row_id"]
    assert "--id" in warnings(columns)["duplicates"].advice


@given(
    st.lists(st.tuples(*[st.sampled_from([None, 0, 1])] * 3), min_size=4, max_size=30),
    st.sampled_from([1, 3, 10_000]),
)
def test_copies_are_those_that_a_set_of_rows_loses(
    rows: list[tuple[int | None, ...]], first: int
) -> None:
    a, b, c = zip(*rows, strict=True)
    columns = {
        "wrong": [1, 0] * (len(rows) // 2) + [1] * (len(rows) % 2),
        "a": a,
        "b": [None if value is None else str(value) for value in b],
        "c": pa.array(c, pa.float64()),
    }
    expected = len(rows) - len(set(zip(columns["wrong"], rows, strict=True)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "FIRST", first)
        found = warnings(columns).get("duplicates")
    assert (found.rows if found else 0) == expected


def test_columns_of_every_type_are_compared() -> None:
    columns = {
        "wrong": [0, 1, 1],
        "nothing": pa.nulls(3),
        "flag": [True, None, None],
        "day": [dt.date(2024, 1, 1), dt.date(2024, 1, 2), dt.date(2024, 1, 2)],
        "hour": [dt.time(1), dt.time(2), dt.time(2)],
        "took": [dt.timedelta(1), None, None],
        "price": [Decimal("1.5"), Decimal("2.5"), Decimal("2.5")],
        "bytes": [b"x", b"y", b"y"],
        "view": pa.array(["x", "y", "y"], pa.string_view()),
        "category": pa.array([7, 8, 8]).dictionary_encode(),
        "big": pa.array([2**63, 5, 5], pa.uint64()),
    }
    assert warnings(columns)["duplicates"].rows == 1
    for name, values in columns.items():
        if name not in {"wrong", "nothing"}:
            apart = pa.concat_arrays([pa.array(values).slice(1), pa.array(values).slice(0, 1)])
            assert "duplicates" not in warnings({**columns, "wrong": [0, 1, 1], name: apart})


def test_rows_with_records_are_not_compared() -> None:
    columns = {"wrong": [0, 1, 1], "age": [1, 2, 2], "boxes": [[1], [2], [3]]}
    assert "duplicates" not in warnings(columns)


def test_levels_that_differ_in_case_or_blanks() -> None:
    columns = healthy()
    columns["region"][:30] = "North"
    found = warnings(columns)
    assert list(found) == ["mixed-case-levels"]
    north = int(np.sum(columns["region"] == "north"))
    assert found["mixed-case-levels"].rows == north + 30
    assert f'"North" (30), "north" ({north:,})' in found["mixed-case-levels"].seen
    columns["region"] = columns["region"].astype(object)
    columns["region"][:30] = " north"
    found = warnings(columns)
    assert list(found) == ["padded-levels"]
    assert found["padded-levels"].rows == 30


def test_infinite_values_are_counted() -> None:
    columns = healthy()
    columns["income"][:3] = [np.inf, -np.inf, np.nan]
    found = warnings(columns)
    assert (list(found), found["infinite"].rows) == (["infinite"], 2)


def test_an_id_that_repeats_lacks_a_group() -> None:
    columns = {**healthy(), "user_id": np.arange(N) % 500}
    found = warnings(columns)["group-missing"]
    assert found.column == "user_id"
    assert "2,000 rows hold 500 values" in found.seen
    assert warnings(columns, group="user_id") == {}
    assert warnings({**columns, "user_id": np.arange(N) % 3}) == {}


def test_a_named_id_that_repeats_lacks_a_group() -> None:
    assert warnings(healthy(), id="age")["group-missing"].column == "age"


# real tables and time


def test_real_benchmarks_are_healthy(shared_data: Path) -> None:
    for name, expected in (("compas", []), ("adult_rf", ["duplicates"])):
        table = pyarrow.csv.read_csv(shared_data / f"{name}.csv")
        roles, _ = recognise(table, Wanted())
        found = check(table, roles, outcome_of(table, roles, decide(table, roles, Reading())))
        assert [warned.code for warned in found] == expected


def test_a_large_benchmark_is_checked_in_a_moment(shared_data: Path) -> None:
    table = pyarrow.parquet.read_table(shared_data / "acs_income.parquet")
    roles, _ = recognise(table, Wanted())
    outcome = outcome_of(table, roles, decide(table, roles, Reading()))
    begun = time.process_time()
    assert check(table, roles, outcome) == ()
    assert time.process_time() - begun < 2  # five times what it takes here
