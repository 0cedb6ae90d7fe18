"""The judge as a pure function: a table of edge cases, and laws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from gate_examples import (
    breakdown,
    cohort,
    document,
    grouped,
    policy,
    rate,
    region,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from terrain.errors import UsageError
from terrain.gate.baseline import Baseline
from terrain.gate.judge import judge
from terrain.gate.policy import Policy, TableRules
from terrain.statistics.findings import Estimate
from terrain.statistics.intervals import clopper_pearson

if TYPE_CHECKING:
    from terrain.document import Terrain
    from terrain.gate.verdict import Judgement, Outcome

OVERALL = document((30, 200))
LOW, HIGH = clopper_pearson(30, 200, level=0.9)
EQUAL = {"f": (15, 100), "m": (15, 100)}
APART = {"f": (45, 150), "m": (20, 200)}
TWO = grouped(EQUAL)


def only(
    found: Terrain, rule: dict[str, Any], baseline: Terrain | None = None, **more: Any
) -> Judgement:
    """Return the judgement of a rule at its only place."""
    before = None if baseline is None else Baseline(baseline)
    (judgement,) = judge(policy(rule, **more), found, before).judgements
    return judgement


# what: document, rule, outcome in each mode (no evidence of harm, prove, point), part of the reason
CASES: list[tuple[str, Terrain, dict[str, Any], tuple[str, str, str], str]] = [
    ("lower bound equal to the limit", OVERALL, {"at_most": LOW},
     ("passed", "undecided", "failed"), "chance explains it"),
    ("lower bound just beyond", OVERALL, {"at_most": (LOW or 0) - 1e-9},
     ("failed", "failed", "failed"), "by its bound"),
    ("upper bound equal to the limit", OVERALL, {"at_most": HIGH},
     ("passed", "passed", "passed"), "keeps"),
    ("upper bound just beyond", OVERALL, {"at_most": (HIGH or 0) - 1e-9},
     ("passed", "undecided", "passed"), "keeps"),
    ("estimate equal to the limit", OVERALL, {"at_most": 0.15},
     ("passed", "undecided", "passed"), "keeps 15%"),
    ("the other side: lower limit", OVERALL, {"at_least": 0.5},
     ("failed", "failed", "failed"), "is beyond 50%, and at most"),
    ("lower limit that is kept", OVERALL, {"at_least": 0.05},
     ("passed", "passed", "passed"), "keeps 5%"),
    ("no exposure", document({"error_rate": rate(1, 9), "tpr": rate(0, 0)}),
     {"metric": "tpr", "at_least": 0.5}, ("undecided",) * 3, "no actual positives"),
    ("one instance, wrong", document((1, 1)), {"at_most": 0.3},
     ("passed", "undecided", "failed"), "1 of 1 instances) is beyond 30%, but chance"),
    ("one instance, right", document((0, 1)), {"at_most": 0.3},
     ("passed", "undecided", "passed"), "0% (0 of 1 instances) keeps 30%"),
    ("limit 0, one event", document((1, 10**6)), {"at_most": 0.0},
     ("failed", "failed", "failed"), "is beyond 0%"),
    ("limit 0, no event", document((0, 10**6)), {"at_most": 0.0},
     ("passed", "undecided", "passed"), "keeps 0%"),
    ("limit 1", document((9, 9)), {"at_most": 1.0}, ("passed", "passed", "passed"), "keeps 100%"),
    ("no baseline", OVERALL, {"rise_at_most": 0.01}, ("undecided",) * 3, "no baseline"),
    ("no such breakdown", TWO, {"groups": "race", "at_most": 0.5},
     ("undecided",) * 3, "there are no groups of race"),
    ("no breakdown at all", OVERALL, {"groups": "*", "at_most": 0.5},
     ("undecided",) * 3, "name --sensitive features"),
    ("no such cohort", document(cohorts=[cohort("night", (1, 9))]), {"cohort": "nigt",
     "at_most": 1}, ("undecided",) * 3, "no cohort nigt; did you mean `night`?"),
    ("no cohort at all", OVERALL, {"cohort": "*", "at_least_instances": 5},
     ("undecided",) * 3, "there are no cohorts"),
    ("a cohort", document(cohorts=[cohort("night", (90, 100))]), {"cohort": "night",
     "at_most": 0.3}, ("failed",) * 3, "90.0% (90 of 100 instances)"),
    ("enough instances", OVERALL, {"at_least_instances": 200}, ("passed",) * 3, "200 instances"),
    ("one too few", OVERALL, {"at_least_instances": 201}, ("failed",) * 3, "1 too few"),
    ("an empty cohort", document(cohorts=[cohort("night", (0, 0))]),
     {"cohort": "night", "at_least_instances": 1}, ("failed",) * 3, "0 instances"),
    ("confirmed region", document(regions=[region("r1", (90, 100))]),
     {"regions": True, "at_most": 0.3}, ("failed",) * 3, "is beyond 30%"),
    ("suspected region only", document(regions=[region("r1", (90, 100), "suspected")]),
     {"regions": True, "at_most": 0.3}, ("passed", "undecided", "passed"), "1 suspected"),
    ("region that is too small", document(regions=[region("r1", (90, 100), coverage=0.01)]),
     {"regions": True, "min_coverage": 0.02, "at_most": 0.3},
     ("passed", "undecided", "passed"), "no failing region of at least 2.0% of the instances"),
    ("a single group has no others", grouped({"f": (9, 90)}), {"gap": "sex", "at_most": 0.1},
     ("undecided",) * 3, "undefined among the others"),
    ("a ratio of 0", grouped({"f": (2, 9), "m": (0, 9)}),
     {"gap": "sex", "metric": "tpr", "against": "reference", "ratio_at_least": 0.8},
     ("passed", "undecided", "failed"), "0 (0% against 22.2%"),
    ("a ratio by 0", grouped({"f": (0, 9), "m": (5, 9)}),
     {"gap": "sex", "metric": "tpr", "against": "reference", "ratio_at_least": 0.8},
     ("undecided",) * 3, "divide by 0"),
    ("unknown variance", document({"error_rate": rate(1, 9), "mae": Estimate(
        value=3.0, events=27.0, exposure=9.0, units=9.0)}),
     {"metric": "mae", "at_most": 2.0}, ("undecided", "undecided", "failed"),
     "no bound of it is known"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "place"), [("no-evidence-of-harm", 0), ("prove", 1), ("point", 2)]
)
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_edges(case: Any, mode: Any, place: int) -> None:
    _, found, rule, outcomes, reason = case
    judgement = only(found, rule, mode=mode)
    assert judgement.outcome == outcomes[place]
    if place == 0:
        assert reason in judgement.reason


BASELINES: list[tuple[str, Terrain, Outcome, str]] = [
    ("the same", TWO, "passed", "keeps"),
    ("far better", grouped({"f": (1, 1000), "m": (1, 1000)}), "failed", "adjusted p"),
    ("another schema", msgspec.structs.replace(TWO, schema_version=2), "undecided", "version 2"),
    ("fewer groups", grouped({"x": (15, 100), "m": (15, 100)}), "undecided", "no sex = f"),
    ("no groups", document((30, 200)), "undecided", "no sex = f"),
    ("empty group", grouped({"f": (0, 0), "m": (15, 100)}), "undecided", "undefined in the base"),
    ("another metric", document({"tpr": rate(3, 9)}), "undecided", "says nothing of"),
    ("another class", msgspec.structs.replace(
        TWO, benchmark=msgspec.structs.replace(TWO.benchmark, positive="0")),
     "undecided", "means something else"),
]  # fmt: skip


@pytest.mark.parametrize("case", BASELINES, ids=[case[0] for case in BASELINES])
def test_baselines(case: Any) -> None:
    _, before, outcome, reason = case
    verdict = judge(policy({"groups": "sex", "rise_at_most": 0.05}), TWO, Baseline(before))
    first = verdict.judgements[0]
    assert (first.where, first.outcome) == ("sex = f", outcome)
    assert reason in first.reason
    assert verdict.baseline == f"preds, {before.benchmark.instances:,} instances"


def test_a_fall_is_a_rise_of_the_other() -> None:
    now, before = document((100, 1000)), document((300, 1000))
    assert only(now, {"fall_at_most": 0.1}, before).outcome == "failed"
    assert only(now, {"rise_at_most": 0.1}, before).outcome == "passed"
    assert only(before, {"rise_at_most": 0.1}, now).outcome == "failed"
    assert only(now, {"fall_at_most": 0.1}, before).value == pytest.approx(0.2)


def test_other_instances_are_told_that_pairs_decide_sooner() -> None:
    now, before = document((110, 1000)), document((90, 1000))
    unpaired = judge(policy({"rise_at_most": 0.0}), now, Baseline(before)).judgements[0]
    assert unpaired.outcome == "passed"
    assert "by both models would decide sooner" in unpaired.reason


@pytest.mark.parametrize(
    ("metric", "hurt"), [("error_rate", "sex = f"), ("tpr", "sex = m"), ("selection_rate", "both")]
)
def test_a_gap_is_what_hurts(metric: str, hurt: str) -> None:
    verdict = judge(policy({"gap": "sex", "metric": metric, "at_most": 0.05}), grouped(APART))
    failed = [each.where for each in verdict.judgements if each.outcome == "failed"]
    assert failed == (["sex = f", "sex = m"] if hurt == "both" else [hurt])


def test_a_ratio_is_what_hurts() -> None:
    for metric, hurt in (("error_rate", "sex = f"), ("tpr", "sex = m")):
        asked = policy({"gap": "sex", "metric": metric, "ratio_at_least": 0.8})
        verdict = judge(asked, grouped(APART))
        assert [j.where for j in verdict.judgements if j.outcome == "failed"] == [hurt]
        assert min(j.value or 1 for j in verdict.judgements) == pytest.approx(1 / 3)


def test_the_reference_group_is_not_compared_with_itself() -> None:
    rule = {"gap": "sex", "against": "reference", "at_most": 0.05}
    verdict = judge(policy(rule), grouped({"f": (9, 90), "m": (9, 90), "x": (1, 9)}))
    assert [each.where for each in verdict.judgements] == ["sex = m", "sex = x"]


def test_a_reference_that_was_chosen_for_its_rate_decides_nothing() -> None:
    found = grouped(APART)
    best = msgspec.structs.replace(found.breakdowns[0], reference_rule="best")
    found = msgspec.structs.replace(found, breakdowns=(best,))
    judgement = only(found, {"gap": "sex", "against": "reference", "at_most": 0.05})
    assert (judgement.outcome, judgement.where) == ("undecided", "sex = m")


@pytest.mark.parametrize(
    ("found", "rule", "where"),
    [
        (grouped({"f": (9, 90)}), {"gap": "sex", "against": "reference"}, "sex"),
        (TWO, {"groups": ["*", "race"]}, "race"),
        (OVERALL, {"groups": ["*"]}, "every group"),
        (document(cohorts=[cohort("day", (1, 9))]), {"cohort": ["*", "night"]}, "cohort night"),
    ],
)
def test_no_place_is_dropped_silently(found: Terrain, rule: dict[str, Any], where: str) -> None:
    last = judge(policy({**rule, "at_most": 0.9}), found).judgements[-1]
    assert (last.outcome, last.where) == ("undecided", where)


def test_a_group_that_is_gone_is_missed() -> None:
    before = Baseline(grouped({**EQUAL, "x": (3, 30)}))
    verdict = judge(policy({"groups": "sex", "at_most": 0.9}), TWO, before)
    assert verdict.outcome == "undecided"
    assert "the baseline has this group" in verdict.judgements[-1].reason
    assert judge(policy({"groups": "sex", "at_most": 0.9}), TWO, Baseline(TWO)).outcome == "passed"


def test_others_that_cannot_be_counted_come_from_the_document() -> None:
    found = grouped(EQUAL)
    weighted = Estimate(value=0.15, events=15, exposure=100, deviation=0.04, units=80)
    groups = tuple(
        msgspec.structs.replace(
            group,
            finding=msgspec.structs.replace(group.finding, metrics={"error_rate": weighted}),
            gaps={"error_rate": msgspec.structs.replace(
                group.gaps["error_rate"], other=msgspec.structs.replace(weighted, value=0.9))},
        )
        for group in found.breakdowns[0].groups
    )  # fmt: skip
    changed = msgspec.structs.replace(found.breakdowns[0], groups=groups)
    verdict = judge(policy({"gap": "sex", "metric": "error_rate", "ratio_at_least": 0.8}),
                    msgspec.structs.replace(found, breakdowns=(changed,)))  # fmt: skip
    assert [each.value for each in verdict.judgements] == pytest.approx([6, 6])


def test_a_breakdown_is_known_in_any_order() -> None:
    found = document((30, 200), [breakdown("sex × race", EQUAL)])
    for name in ("sex × race", "race×sex", "*"):
        assert len(judge(policy({"groups": name, "at_most": 0.5}), found).judgements) == 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"metric": "eror_rate", "at_most": 0.3}, r"no metric of preds; did you mean `error_rate`"),
        ({"at_most": 30}, r"`at_most = 30` can never decide.*say 0\.3"),
        ({"gap": "sex", "at_most": 10}, r"say 0\.1"),
        ({"rise_at_most": 1.5}, r"say 0\.015"),
    ],
)
def test_what_no_document_can_keep(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        judge(policy(rule), OVERALL)


def test_a_policy_must_demand_something() -> None:
    with pytest.raises(UsageError, match="demands nothing"):
        judge(Policy(), OVERALL)
    assert judge(Policy(table=TableRules(at_least_rows=1)), OVERALL).outcome == "passed"


def test_a_warning_does_not_fail() -> None:
    verdict = judge(policy({"at_most": 0.01, "severity": "warn"}, {"at_most": 0.9}), OVERALL)
    assert verdict.outcome == "passed"
    assert [each.outcome for each in verdict.judgements] == ["failed", "passed"]
    assert verdict.headline.endswith("1 warning.")


@pytest.mark.parametrize(
    ("rule", "undecided", "code"),
    [
        ({"at_most": 0.9}, None, 0),
        ({"at_most": 0.01}, "pass", 1),
        ({"rise_at_most": 0.1}, None, 3),
        ({"rise_at_most": 0.1}, "fail", 1),
        ({"rise_at_most": 0.1}, "pass", 0),
        ({"rise_at_most": 0.1}, "warn", 0),
    ],
)
def test_exit_codes(rule: dict[str, Any], undecided: Any, code: int) -> None:
    assert judge(policy(rule, undecided=undecided), OVERALL).exit_code == code


def test_regions_pay_for_every_candidate() -> None:
    rule = {"regions": True, "at_most": 0.3}
    one, many = (
        only(document(regions=[region("r1", (41, 100))], candidates=tested), rule)
        for tested in (1, 20)
    )
    assert one.outcome == "failed"
    assert many.outcome == "passed"
    assert many.p_adjusted == pytest.approx(20 * (many.p_value or 0))


def test_a_search_for_the_best_says_nothing_of_failing() -> None:
    found = document()
    found = msgspec.structs.replace(
        found, method=msgspec.structs.replace(found.method, find="best")
    )
    assert only(found, {"regions": True, "at_most": 0.3}).outcome == "undecided"


rates = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
documents = st.lists(rates, min_size=1, max_size=5).map(
    lambda counts: grouped({f"v{i}": each for i, each in enumerate(counts)})
).filter(lambda found: (found.overall["error_rate"].exposure) > 0)  # fmt: skip
limits = st.floats(0.01, 0.99)
rules = st.one_of(
    st.builds(lambda at_most: {"at_most": at_most}, limits),
    st.builds(lambda at_most: {"groups": "sex", "at_most": at_most}, limits),
    st.builds(lambda at_least: {"groups": "sex", "at_least": at_least}, limits),
    st.builds(lambda m, at_most: {"gap": "sex", "metric": m, "at_most": at_most},
              st.sampled_from(["error_rate", "tpr", "selection_rate"]), limits),
    st.builds(lambda m, least: {"gap": "sex", "metric": m, "ratio_at_least": least},
              st.sampled_from(["error_rate", "tpr", "selection_rate"]), limits),
)  # fmt: skip
modes = st.sampled_from(["no-evidence-of-harm", "prove", "point"])
LOOSER = {"at_most": 1.2, "at_least": 1 / 1.2, "ratio_at_least": 1 / 1.2}


@given(documents, st.lists(rules, min_size=1, max_size=3), modes)
@settings(max_examples=40)
def test_a_looser_limit_fails_nothing_more(found: Terrain, asked: Any, mode: Any) -> None:
    limit = next(name for name in LOOSER if name in asked[0])
    eased = {**asked[0], limit: min(asked[0][limit] * LOOSER[limit], 1.0)}
    tight = judge(policy(*asked, mode=mode), found).judgements
    loose = judge(policy(eased, *asked[1:], mode=mode), found).judgements
    for before, after in zip(tight, loose, strict=True):
        assert not (before.outcome == "passed" and after.outcome == "failed")


@given(documents, st.lists(rules, min_size=2, max_size=4), modes)
@settings(max_examples=40)
def test_more_rules_fail_nothing_that_passed(found: Terrain, asked: Any, mode: Any) -> None:
    few = judge(policy(*asked[:-1], mode=mode), found).judgements
    more = judge(policy(*asked, mode=mode), found).judgements
    for before, after in zip(few, more, strict=False):
        assert not (before.outcome != "failed" and after.outcome == "failed")
        assert (after.p_adjusted or 0) >= (before.p_adjusted or 0)


@given(documents, st.lists(rules, min_size=2, max_size=4), modes)
@settings(max_examples=40)
def test_the_order_of_rules_changes_nothing(found: Terrain, asked: Any, mode: Any) -> None:
    forth = judge(policy(*asked, mode=mode), found)
    back = judge(policy(*asked[::-1], mode=mode), found)
    assert forth.outcome == back.outcome

    def key(judged: Judgement) -> bytes:
        return msgspec.json.encode(msgspec.structs.replace(judged, number=None))

    assert sorted(map(key, forth.judgements)) == sorted(map(key, back.judgements))
    assert forth == judge(policy(*asked, mode=mode), found)


@given(documents, st.lists(rules, min_size=1, max_size=3))
@settings(max_examples=40)
def test_bounds_and_outcomes_agree(found: Terrain, asked: Any) -> None:
    for each in judge(policy(*asked, mode="prove"), found).judgements:
        if each.low is None or each.high is None or each.limit is None:
            continue
        lower = each.demand.rsplit(" at ", 1)[1].startswith("least")
        facing, far = (-each.high, -each.low) if lower else (each.low, each.high)
        limit = -each.limit if lower else each.limit
        assert (each.outcome == "failed") == (facing > limit)
        assert (each.outcome == "passed") == (far <= limit)


@given(st.integers(1, 30), st.integers(50, 400), st.floats(0.001, 0.15))
def test_fewer_instances_are_needed_further_from_the_limit(
    events: int, exposure: int, step: float
) -> None:
    found = document((events, exposure))
    value = events / exposure
    needed = [
        only(found, {"at_most": limit}, mode="prove").needed
        for limit in (value + step, value + 2 * step)
    ]
    # no number: it is decided already
    near, far = (math.inf if n is None else n for n in needed)
    assert far <= near or far == math.inf


def test_that_many_instances_would_decide() -> None:
    needed = only(document((36, 200)), {"at_most": 0.15}).needed
    assert needed is not None
    draws = np.random.default_rng(5).binomial(needed, 0.18, 400)
    decided = [only(document((int(k), needed)), {"at_most": 0.15}).outcome for k in draws[:200]]
    assert 0.7 < decided.count("failed") / 200 < 0.95


def test_point_mode_says_how_often_it_cries_wolf() -> None:
    groups = {f"v{i}": (15, 100) for i in range(10)}
    rule = {"gap": "sex", "metric": "selection_rate", "at_most": 0.1}
    said = judge(policy(rule, mode="point"), grouped(groups)).false_alarm
    assert said is not None
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(300):
        drawn = {f"v{i}": (int(rng.binomial(100, 0.15)), 100) for i in range(10)}
        alarms += judge(policy(rule, mode="point"), grouped(drawn)).outcome == "failed"
    assert said == pytest.approx(alarms / 300, abs=0.1)
    assert judge(policy(rule), grouped(groups)).false_alarm is None


def test_groups_that_are_equal_do_not_fail() -> None:
    rng = np.random.default_rng(2)
    asked = policy({"gap": "sex", "at_most": 0.0},
                   {"gap": "sex", "metric": "selection_rate", "ratio_at_least": 1.0})  # fmt: skip
    alarms = 0
    for _ in range(60):
        drawn = {f"v{i}": (int(rng.binomial(100, 0.3)), 100) for i in range(10)}
        alarms += judge(asked, grouped(drawn)).outcome == "failed"
    assert alarms <= 6
