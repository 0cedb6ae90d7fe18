"""Policies: every mistake has a line, every rule a sentence, every schema a document."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from terrain.errors import UsageError
from terrain.gate.policy import Policy, Rule, TableRules
from terrain.gate.reading import read_policy, schema
from terrain.gate.words import explain

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
[analyze]
label = "y"

[check]
mode = "prove"
alpha = 0.01
undecided = "warn"

[[check.rules]]
name = "overall"
at-most = 0.3

[[check.rules]]
metric = "fnr"
groups = ["sex", "sex × race"]
at_most = 0.25
rise_at_most = 0.01

[[check.rules]]
gap = "sex"
against = "reference"
ratio_at_least = 0.8
at_most = 0.1

[[check.rules]]
regions = true
min_coverage = 0.02
at_most = 0.4
severity = "warn"

[[check.rules]]
cohort = ["night", "rain"]
at_least_instances = 200

[check.table]
at_least_rows = 100
columns = ["age"]
unique = ["id"]
missing_at_most = { "the-age" = 0.1 }
levels = { sex = ["f", "m"], rating = [1, 2] }
range = { age = [0, 120] }
"""


def test_a_whole_policy(tmp_path: Path) -> None:
    (tmp_path / "terrain.toml").write_text(WHOLE)
    found = read_policy(tmp_path)
    assert (found.mode, found.alpha, found.undecided) == ("prove", 0.01, "warn")
    assert found.rules[0] == Rule(name="overall", at_most=0.3)
    assert [rule.place for rule in found.rules] == [None, "groups", "gap", "regions", "cohort"]
    assert found.breakdowns == (("sex",), ("sex", "race"))
    assert found.searches
    assert found.table.missing_at_most == {"the-age": 0.1}
    assert read_policy(tmp_path, mode="point", undecided=None).mode == "point"
    jsonschema.validate(tomllib.loads(WHOLE.replace("at-most", "at_most")), schema())


def test_a_policy_in_words(tmp_path: Path) -> None:
    (tmp_path / "terrain.toml").write_text(WHOLE)
    said = explain(read_policy(tmp_path))
    assert said[1:] == [
        "What is undecided is a warning.",
        "Overall: all instances must have the target at most 0.3.",
        (
            "Each group of sex and of sex × race must have fnr at most 0.25 and fnr at most 0.01 "
            "higher than in the baseline."
        ),
        (
            "Each group of sex must have the target at most 0.1 worse than the reference group's "
            "and the target at least 0.8 times the reference group's."
        ),
        (
            "Each confirmed region of at least 2.0% of the instances should have the target at "
            "most 0.4; a failure is only told."
        ),
        "The cohort night and the cohort rain must have at least 200 instances.",
        "The table must have at least 100 rows.",
        "The table must have the columns `age`.",
        "No value of `id` may occur twice.",
        "At most 10.0% of `the-age` may be missing.",
        "`sex` may only be f, m.",
        "`rating` may only be 1, 2.",
        "`age` must lie between 0 and 120.",
    ]
    assert "1.0%" in said[0]


def test_the_nearest_file_wins_whole(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.terrain.check]\nalpha = 0.2\n[[tool.terrain.check.rules]]\nat_most = 0.1\n"
    )
    assert read_policy(tmp_path).rules == (Rule(at_most=0.1),)
    (tmp_path / "terrain.toml").write_text("[analyze]\nlabel = 'x'\n")
    assert read_policy(tmp_path).alpha == 0.2
    own = tmp_path / "gate.toml"
    own.write_text("[[check.rules]]\nat_most = 0.5\n")
    assert read_policy(tmp_path, own) == Policy(rules=(Rule(at_most=0.5),))
    assert read_policy(tmp_path / "none", tmp_path / "pyproject.toml").alpha == 0.2


RULE = "[[check.rules]]\n"
MISTAKES = [
    ("", r"there is no policy in terrain\.toml"),
    (f"{RULE}at_most = 1\n\n{RULE}metrc = 'x'\nat_most = 1\n",
     r"line 5: unknown setting `metrc`; did you mean `metric`"),
    (f"{RULE}at_most = 1\n{RULE}\n# a\nmetric = 3\nat_most = 1\n",
     r"line 6: `metric` cannot be used: expected `str"),
    ("[check]\n\nmdoe = 'prove'\n", r"line 3: unknown setting `mdoe`; did you mean `mode`"),
    ("[check]\nmode = 'x'\n", r"line 2: `mode` .*it takes no-evidence-of-harm, prove, point"),
    (f"{RULE}at_most = 1\nseverity = 'x'\n", r"line 3: `severity` .*it takes fail, warn"),
    ("[check]\nalpha = nan\n", r"line 2: `alpha`"),
    ("[check]\nalpha = 1.5\n", r"line 2: `alpha` cannot be used: expected `float` <= 0\.5"),
    (f"{RULE}metric = 'x'\n", r"line 1: a rule without a limit"),
    ("[check]\nrules = [{ metric = 'x' }]\n", r"line 2: a rule without a limit"),
    (f"{RULE}at_most = nan\n", r"line 1: `at_most` must be a number"),
    (f"{RULE}at_most = inf\n", r"line 1: `at_most` must be a number"),
    (f"{RULE}groups = 'a'\ncohort = 'b'\nat_most = 1\n", r"not at both `groups` and `cohort`"),
    (f"{RULE}gap = 'a'\nrise_at_most = 0\n", r"`rise_at_most` makes no sense there: a rule with"),
    (f"{RULE}gap = 'a'\nat_most = -0.1\n", r"at least 0: a gap is never below"),
    (f"{RULE}ratio_at_least = 0.8\n", r"makes no sense there: a rule on all instances"),
    (f"{RULE}regions = true\nat_least_instances = 3\n", r"makes no sense there"),
    (f"{RULE}at_most = 1\nmin_coverage = 0.1\n", r"`min_coverage` belongs to"),
    (f"{RULE}at_most = 1\nagainst = 'reference'\n", r"`against` belongs to"),
    (f"{RULE}at_least_instances = 3\nmetric = 'x'\n", r"takes no `metric`"),
    (f"{RULE}gap = 'a'\nratio_at_least = 80\n", r"line 3: `ratio_at_least` .*<= 1\.0"),
    ("[check.table]\nuniqe = ['a']\n", r"line 2: unknown setting `uniqe`; did you mean `unique`"),
    ("[check]\ntable = { uniqe = ['a'] }\n", r"line 2: unknown setting `uniqe`"),
    ("[check.table]\nrange = { age = [3, 1] }\n", r"the range of `age` is empty: 3 to 1"),
    ("[check.table]\nmissing_at_most = { a = 30 }\n", r"line 2: .*<= 1\.0"),
    ("check = 3\n", r"`check` must be a table"),
    ("[check]\nrules = 3\n", r"line 2: `rules` cannot be used: expected `array`"),
    ("[check]\nrules = [3]\n", r"line 2: "),
    ("[chek]\n", r"line 1: unknown table `chek`; did you mean `check`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "terrain.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_policy(tmp_path)


def test_a_mistake_in_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\n\n[[tool.terrain.check.rules]]\nat_mst = 0.1\n"
    )
    with pytest.raises(UsageError, match=r"pyproject\.toml, line 4: .*`at_most`"):
        read_policy(tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*none\.toml"):
        read_policy(tmp_path, tmp_path / "none.toml")


@pytest.mark.parametrize(
    "wrong", [{"check": {"rules": [{"metrc": "x"}]}}, {"check": {"mode": "x"}}, {"chek": {}}]
)
def test_the_schema_refuses_what_the_reader_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema())


def test_a_policy_without_demands() -> None:
    assert Policy(mode="prove").demands_nothing
    assert not Policy(table=TableRules(columns=("a",))).demands_nothing
