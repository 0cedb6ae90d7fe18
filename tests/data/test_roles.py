"""Roles of columns: as named, as recognised, and every way in which that goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrain.data.recognition.roles import Roles, Wanted, recognise
from terrain.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.data.notes import Warned

N = 200
BITS = np.arange(N) % 2
RANDOM = np.random.default_rng(0)


def table(**columns: Any) -> pa.Table:
    return pa.table(columns)


def outcome(**columns: Any) -> pa.Table:
    return table(y_true=BITS, y_pred=1 - BITS, **columns)


def roles(of: pa.Table, **wanted: Any) -> Roles:
    return recognise(of, Wanted(**wanted))[0]


def warnings(of: pa.Table, **wanted: Any) -> dict[str, Warned]:
    return {warned.code: warned for warned in recognise(of, Wanted(**wanted))[1]}


def reason(of: pa.Table, name: str) -> str:
    return {left.column: left.reason for left in roles(of).left_out}[name]


def text(levels: int, form: str = "v{}") -> list[str]:
    return [form.format(row % levels) for row in range(N)]


# label, prediction and scores


@pytest.mark.parametrize(
    ("label", "prediction"),
    [
        ("y_true", "y_pred"),
        ("Y-True", "yhat"),
        ("label", "predicted"),
        ("Ground Truth", "y_hat"),
        ("target", "Prediction"),
        ("class", "predicted"),
        ("label_value", "model.output"),
    ],
)
def test_usual_names_are_recognised_whatever_their_case(label: str, prediction: str) -> None:
    found = roles(pa.table({label: BITS, prediction: BITS, "age": BITS + 1}))
    assert (found.label, found.prediction, found.features) == (label, prediction, ("age",))
    assert {said.because for said in found.said[:2]} == {"usual name"}


def test_a_surer_name_wins_and_the_other_is_a_feature() -> None:
    found = roles(outcome(outcome=BITS, decision=BITS))
    assert (found.label, found.prediction) == ("y_true", "y_pred")
    assert found.features == ("outcome", "decision")


def test_two_equally_usual_names_stop_and_name_the_option() -> None:
    with pytest.raises(
        UsageError,
        match=r"two columns could be the label: `y_true` and `label`; say --label y_true or",
    ):
        roles(outcome(label=BITS))
    assert roles(outcome(label=BITS), label="label").features == ("y_true",)


def test_three_equally_usual_names_are_counted() -> None:
    with pytest.raises(UsageError, match="3 columns could be the prediction"):
        roles(outcome(predicted=BITS, pred=BITS))


def test_a_name_that_cannot_be_meant_by_its_type_is_passed_over() -> None:
    found = roles(outcome(label=[[1]] * N, score=text(3)))
    assert (found.label, found.scores, found.features) == ("y_true", (), ("score",))


def test_what_the_user_names_stands() -> None:
    found = roles(
        table(a=BITS, b=BITS, c=BITS / 2, d=BITS, y_true=BITS, y_pred=BITS),
        label="a",
        prediction="b",
        scores=("c",),
        weight="d",
    )
    assert (found.label, found.prediction, found.scores, found.weight) == ("a", "b", ("c",), "d")
    assert {said.because for said in found.said if said.role != "features"} == {"named"}


def test_a_score_can_stand_in_for_the_prediction() -> None:
    found = roles(table(y=BITS, score=RANDOM.random(N)))
    assert (found.label, found.prediction, found.scores) == ("y", None, ("score",))


def test_a_score_of_nothing_but_labels_is_a_prediction() -> None:
    of = table(label_value=BITS, score=1.0 - BITS)
    found = roles(of)
    assert (found.prediction, found.scores) == ("score", ())
    assert "only labels" in found.said[1].because
    named = roles(of, scores=("score",))
    assert (named.prediction, named.scores) == (None, ("score",))


def test_one_score_for_each_class() -> None:
    names = np.array(["cat", "Dog", "green bird"])[np.arange(N) % 3]
    scores = {
        name: RANDOM.random(N) for name in ("prob_green_bird", "prob_dog", "prob_cat", "p_value")
    }
    found = roles(pa.table({"y_true": names, "y_pred": names, **scores}))
    assert set(found.scores) == {"prob_cat", "prob_dog", "prob_green_bird"}
    assert found.features == ("p_value",)


def test_a_family_that_misses_a_class_is_no_score() -> None:
    names = np.array(["cat", "dog", "bird"])[np.arange(N) % 3]
    found = roles(
        table(y_true=names, y_pred=names, prob_cat=RANDOM.random(N), prob_dog=RANDOM.random(N))
    )
    assert found.scores == ()


def test_two_whole_families_stop() -> None:
    scores = {name: RANDOM.random(N) for name in ("prob_0", "prob_1", "proba_0", "proba_1")}
    with pytest.raises(UsageError, match="two families of columns could be the scores"):
        roles(pa.table({"y_true": BITS, "y_pred": BITS, **scores}))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["prob_1"], ("prob_1",)),
        (["prob_0", "prob_1"], ("prob_0", "prob_1")),
        (["proba1", "proba0"], ("proba1", "proba0")),
        (["prob_0"], ()),
        (["y_prob", "prob_0", "prob_1"], ("y_prob",)),
        (["score", "prob_0", "prob_1"], ("prob_0", "prob_1")),
        (["p", "score"], ("score",)),
    ],
)
def test_scores_of_two_classes(columns: list[str], expected: tuple[str, ...]) -> None:
    scores = {name: RANDOM.random(N) for name in columns}
    assert roles(pa.table({"y_true": BITS, "y_pred": BITS, **scores})).scores == expected


def test_signs_of_classes_are_kept_apart() -> None:
    signs = BITS * 2 - 1
    scores = {"prob_-1": RANDOM.random(N), "prob_1": RANDOM.random(N)}
    assert roles(pa.table({"y_true": signs, "y_pred": signs, **scores})).scores == tuple(scores)


def test_the_score_of_a_regression_is_a_feature() -> None:
    found = roles(table(y_true=RANDOM.random(N), y_pred=RANDOM.random(N), score=RANDOM.random(N)))
    assert (found.scores, found.features) == ((), ("score",))


# errors of the user's own


def test_errors_stand_alone() -> None:
    found = roles(table(latency_ms=RANDOM.random(N), region=text(3)), errors=("latency_ms",))
    assert (found.label, found.errors, found.features) == (None, ("latency_ms",), ("region",))


def test_errors_stand_alone_even_where_labels_are_ambiguous() -> None:
    found = roles(outcome(label=BITS, late=BITS), errors=("late",))
    assert (found.label, found.prediction) == (None, None)


def test_errors_stand_beside_label_and_prediction() -> None:
    found = roles(outcome(late=BITS), errors=("late",))
    assert (found.label, found.prediction, found.errors) == ("y_true", "y_pred", ("late",))


def test_an_error_is_recognised_only_where_nothing_else_explains() -> None:
    assert roles(table(wrong=BITS, region=text(3))).errors == ("wrong",)
    beside = roles(outcome(wrong=BITS, region=text(3)))
    assert (beside.errors, beside.features) == ((), ("wrong", "region"))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["age"], "no column has a usual name for a label (y_true, label"),
        (
            ["y_true", "age"],
            "the label is `y_true`, but no column has a usual name for a prediction",
        ),
        (
            ["y_pred", "age"],
            "the prediction is `y_pred`, but no column has a usual name for a label",
        ),
        (["score", "age"], "a score is `score`, but no column has a usual name for a label"),
    ],
)
def test_without_an_outcome_it_says_what_was_looked_for(columns: list[str], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        roles(pa.table(dict.fromkeys(columns, BITS)))
    message = str(raised.value)
    assert said in message
    assert "`age`" in message
    assert "--error COLUMN" in message


def test_a_named_label_is_not_silently_replaced_by_an_error() -> None:
    with pytest.raises(UsageError, match="the label is `a`, but"):
        roles(table(a=BITS, wrong=BITS), label="a")


# names


def test_a_wrong_name_gets_the_nearest_right_one() -> None:
    with pytest.raises(
        UsageError,
        match=r"--features: no column `agee`; did you mean `age`\? The file has: `y_true`",
    ):
        roles(outcome(age=BITS), features=("agee",))


def test_of_many_columns_twenty_are_listed() -> None:
    many = pa.table({f"c{i}": [1] for i in range(10_000)})
    with pytest.raises(UsageError, match=r"no column `zzz`\. The file has: .*and 9,980 more$"):
        roles(many, label="zzz")


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        ({"label": "age", "prediction": "age"}, "--label and --prediction"),
        ({"label": "age", "features": ("age",)}, "--label and --features"),
        ({"features": ("age",), "exclude": ("age",)}, "--features and --exclude"),
        ({"id": "age", "group": "age"}, "--id and --group"),
    ],
)
def test_one_column_in_two_roles_is_refused(wanted: dict[str, Any], options: str) -> None:
    with pytest.raises(UsageError, match=f"`age` is named by both {options}"):
        roles(outcome(age=BITS), **wanted)


def test_roles_that_go_together() -> None:
    found = roles(
        outcome(sex=text(2), site=text(5)),
        features=("sex", "site", "sex"),
        sensitive=("sex",),
        group="site",
    )
    assert (found.features, found.sensitive, found.group) == (("sex", "site"), ("sex",), "site")


# identifiers, weights, raw content


@pytest.mark.parametrize("name", ["id", "person_id", "PassengerId", "uuid", "Unnamed: 0", "index"])
def test_an_id_is_named_so_and_different_in_every_row(name: str) -> None:
    ids = RANDOM.permutation(N * 7)[:N]
    found = roles(outcome(**{name: ids}))
    assert (found.id, found.features) == (name, ())
    repeated = roles(outcome(**{name: BITS}))
    assert (repeated.id, repeated.features) == (None, (name,))


def test_of_several_ids_the_surest_then_the_first() -> None:
    ids = RANDOM.permutation(N * 7)[:N]
    assert roles(outcome(index=ids, b_id=ids, a_id=ids)).id == "b_id"
    assert roles(outcome(b_id=ids, row_id=ids)).id == "row_id"


def test_a_weight_is_recognised_and_an_unsure_one_is_said() -> None:
    assert roles(outcome(sample_weight=BITS + 1)).weight == "sample_weight"
    assert "weight-guessed" not in warnings(outcome(sample_weight=BITS + 1))
    assert roles(outcome(weight=BITS + 1)).weight == "weight"
    assert warnings(outcome(weight=BITS + 1))["weight-guessed"].column == "weight"
    assert "weight-guessed" not in warnings(outcome(weight=BITS + 1), weight="weight")


@pytest.mark.parametrize("values", [BITS - 1, [None] + [1.5] * (N - 1), text(3)])
def test_what_cannot_weigh_is_no_weight(values: Any) -> None:
    assert roles(outcome(weight=values)).weight is None


def test_group_and_count_are_never_guessed() -> None:
    found = roles(outcome(group=text(3), count=BITS + 1))
    assert (found.group, found.count, found.features) == (None, None, ("group", "count"))
    assert "--count count" in warnings(outcome(count=BITS + 1))["perhaps-count"].advice
    assert "perhaps-count" not in warnings(outcome(count=BITS))
    assert roles(outcome(count=BITS + 1), count="count").features == ()


def test_paths_and_prose_are_raw_content() -> None:
    of = outcome(
        image=text(N, "images/{}.png"),
        url=text(N, "https://example.org/{}"),
        review=text(N, "The {} th guest found the room clean and the breakfast rather late."),
    )
    found = roles(of)
    assert (found.raw, found.features) == (("image", "url", "review"), ())
    assert "paths" in reason(of, "image")
    assert "free text" in reason(of, "review")
    assert roles(of, raw=("url",)).raw == ("url",)


# features


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([3.5] * N, "one value only"),
        ([None] * N, "missing values only"),
        ([[1]] * N, "lists"),
        ([{"a": 1}] * N, "records"),
        ([b"x"] * N, "binary"),
        (list(range(50, 50 + N)), "follow each other"),
        (text(N), "200 different values"),
        (text(150), "150 different values"),
    ],
)
def test_what_carries_no_condition_is_left_out_by_name(values: list[Any], said: str) -> None:
    of = outcome(x=values, age=BITS + 1)
    assert roles(of).features == ("age",)
    assert said in reason(of, "x")


@pytest.mark.parametrize(
    "values",
    [
        text(90),
        text(5, "a rather long name of a level, number {}, of a categorical feature"),
        text(2, "/dev/video{}"),
        [None] + [1] * (N - 1),
        list(RANDOM.random(N)),
        [str(value) for value in RANDOM.random(N)],
        list(BITS == 1),
    ],
)
def test_what_carries_a_condition_is_a_feature(values: list[Any]) -> None:
    assert roles(outcome(x=values)).features == ("x",)


def test_more_levels_than_codes_are_left_out() -> None:
    n = 150_000
    of = table(
        y_true=np.zeros(n, int), y_pred=np.zeros(n, int), x=[f"v{row % 70_000}" for row in range(n)]
    )
    assert reason(of, "x") == "has 70,000 levels, more than 65,000"
    with pytest.raises(UsageError, match=r"--features: `x` has 70,000 levels"):
        roles(of, features=("x",))


def test_an_id_that_repeats_groups_rows_unless_it_may_be_a_category() -> None:
    users = RANDOM.integers(0, 40, N)
    assert "40 values" in reason(outcome(user_id=users), "user_id")
    assert "40 values" in reason(outcome(patient=users), "patient")
    assert roles(outcome(store_id=BITS)).features == ("store_id",)
    assert roles(outcome(paid=users)).features == ("paid",)


def test_named_features_are_exactly_those() -> None:
    found = roles(
        outcome(age=BITS, sex=text(2), site=text(3)), features=("site",), sensitive=("sex",)
    )
    assert (found.features, found.sensitive, found.left_out) == (("site",), ("sex",), ())


def test_sensitive_columns_are_features_too() -> None:
    found = roles(outcome(age=BITS, sex=text(2)), sensitive=("sex",))
    assert (found.features, found.sensitive) == (("age", "sex"), ("sex",))


def test_excluded_columns_play_no_role() -> None:
    of = outcome(score=RANDOM.random(N), age=BITS)
    found = roles(of, exclude=("score",))
    assert (found.scores, found.features) == ((), ("age",))
    assert any(left.reason == "excluded by --exclude" for left in found.left_out)


@pytest.mark.parametrize(
    ("values", "code"),
    [(list(range(N)), "id-like"), ([1] * N, "constant"), ([None] * N, "empty")],
)
def test_a_named_feature_that_carries_little_stays_and_is_warned_about(
    values: list[Any], code: str
) -> None:
    of = outcome(x=values, age=BITS)
    assert roles(of, features=("x",)).features == ("x",)
    assert warnings(of, features=("x",))[f"{code}-feature"].column == "x"
    assert warnings(of, features=("age",)) == {}


@pytest.mark.parametrize("option", ["features", "sensitive"])
def test_a_named_column_without_levels_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match=rf"--{option}: `x` holds lists"):
        roles(outcome(x=[[1]] * N), **{option: ("x",)})


def test_stray_words_in_numbers_are_counted_and_shown() -> None:
    ages = [str(age % 60) for age in range(N - 5)] + ["unknown"] * 4 + ["?"]
    found = warnings(outcome(age=ages))["not-a-number"]
    assert (found.rows, found.column) == (5, "age")
    assert "5 rows (`unknown`, `?`)" in found.seen
    assert warnings(outcome(age=[str(age % 60) for age in range(N)])) == {}


def test_a_table_without_features_says_so() -> None:
    assert "no-features" in warnings(outcome())
    assert "no-features" not in warnings(outcome(age=BITS))


NAMES = st.sampled_from(
    ["age", "id", "user_id", "score", "p", "weight", "text", "group", "n", "é "]
)
VALUES = st.sampled_from(
    [text(3), text(N), list(range(N)), [1] * N, [None] * N, [[1]] * N, list(BITS), list(BITS / 3)]
)


@given(st.dictionaries(NAMES, VALUES))
def test_every_column_is_a_feature_or_left_out_with_a_reason(columns: dict[str, list[Any]]) -> None:
    of = outcome(**columns)
    found = roles(of)
    left = [left.column for left in found.left_out]
    assert sorted([*found.features, *left]) == sorted(of.column_names)
    assert all(left.reason for left in found.left_out)


# real tables


def test_compas_is_recognised_without_a_word(shared_data: Path) -> None:
    found = roles(pyarrow.csv.read_csv(shared_data / "compas.csv"))
    assert (found.label, found.prediction, found.id) == ("label_value", "score", "entity_id")
    assert found.features == ("race", "sex", "age_cat")


def test_adult_is_recognised_and_its_gains_stay_levels(shared_data: Path) -> None:
    of = pyarrow.csv.read_csv(shared_data / "adult_rf.csv")
    found = roles(of)
    assert (found.label, found.prediction, len(found.features)) == ("class", "predicted", 11)
    assert warnings(of) == {}
