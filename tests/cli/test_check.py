"""`terrain check`, `init` and `explain-policy` as users run them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pandas as pd
import pytest
from commands import process, terrain

from terrain.gate.reading import schema
from terrain.gate.verdict import schema as verdict_schema

if TYPE_CHECKING:
    from commands import Done

NORTH = '[cohorts]\nyoung-north = "age < 30 and region = north"\n'
PASSES = "[[check.rules]]\nat_most = 0.5\n"
FAILS = '[[check.rules]]\ncohort = "young-north"\nat_most = 0.3\n'
OPEN = '[[check.rules]]\ngroups = "sexx"\nat_most = 0.5\n'


def policy(text: str, name: str = "terrain.toml") -> None:
    Path(name).write_text(text)


def check(*arguments: str) -> Done:
    return terrain("check", "preds.csv", *arguments)


@pytest.mark.parametrize(
    ("text", "code", "last"),
    [
        (PASSES, 0, "Passed: no evidence against the demand."),
        (NORTH + FAILS, 1, "Failed: 1 of 1 demand is not kept."),
        (NORTH + FAILS + OPEN, 1, "Failed: 1 of 2 demands is not kept."),
        (OPEN, 3, "Undecided: 1 of 1 demand cannot be decided."),
        ('[check]\nundecided = "warn"\n' + OPEN, 0, "Undecided: 1 of 1 demand cannot be decided."),
    ],
)
def test_the_exit_code_says_how_it_ended(folder: Path, text: str, code: int, last: str) -> None:
    policy(text)
    done = check("--no-page")
    assert (done.code, done.err) == (code, "")
    assert done.out.splitlines()[-1] == last
    assert sorted(path.name for path in folder.iterdir()) == ["preds.csv", "terrain.toml"]
    quiet = check("--no-page", "-q")
    assert (quiet.code, quiet.out) == (code, last + "\n")


@pytest.mark.usefixtures("folder")
def test_the_process_ends_with_the_code() -> None:
    policy(OPEN)
    assert process("check", "preds.csv", "--no-page", folder=Path.cwd()).code == 3


@pytest.mark.usefixtures("folder")
def test_worst_first_with_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that no reason is broken into lines
    policy(PASSES + NORTH + OPEN + FAILS)
    lines = [line.split() for line in check("--no-page", "--sensitive", "sex").out.splitlines()]
    words = [line[0] for line in lines if line and line[0] in {"failed", "undecided", "passed"}]
    assert words == ["failed", "undecided", "passed"]
    text = " ".join(word for line in lines for word in line)
    assert "is beyond 30%" in text
    assert "there are no groups of sexx; did you mean `sex`?" in text


@pytest.mark.usefixtures("folder")
def test_the_command_line_wins_over_the_policy() -> None:
    policy('[check]\nmode = "prove"\n[[check.rules]]\nat_most = 0.16\n')
    assert check("--no-page").code == 3
    assert check("--no-page", "--undecided", "pass").code == 0
    done = check("--no-page", "--mode", "point")
    assert done.code == 0
    assert "blind to chance" in done.out


@pytest.mark.usefixtures("folder")
def test_features_of_a_rule_are_compared() -> None:
    policy('[[check.rules]]\ngroups = ["sex", "sex × region × age"]\nat_most = 0.9\n')
    verdict = judged()
    places = {each["where"].split(" = ")[0] for each in verdict["judgements"]}
    assert places == {"sex", "sex × region × age"}


def judged(*arguments: str) -> dict[str, Any]:
    """Return the verdict that a check writes."""
    check("--no-page", "--json", "verdict.json", *arguments)
    verdict: dict[str, Any] = json.loads(Path("verdict.json").read_text())
    jsonschema.validate(verdict, verdict_schema())
    return verdict


def test_everything_is_written(folder: Path) -> None:
    policy(PASSES)
    done = check("--json", "v.json", "--document", "t.json", "-o", "p.html")
    assert done.code == 0
    assert [line.split(":")[0] for line in done.out.splitlines()[-3:]] == [
        "p.html", "t.json", "v.json",
    ]  # fmt: skip
    assert (folder / "p.html").read_text().startswith("<!doctype html>")
    assert check().out.splitlines()[-1].startswith("preds.terrain.html")
    again = terrain("check", "t.json", "--json", "w.json")
    assert again.code == 0
    assert json.loads(Path("w.json").read_text()) == json.loads(Path("v.json").read_text())


@pytest.mark.usefixtures("folder")
def test_slices_are_searched_only_for_rules_on_regions() -> None:
    policy(PASSES)
    check("--no-page", "--document", "without.json")
    policy("[[check.rules]]\nregions = true\nat_most = 0.9\n")
    check("--no-page", "--document", "with.json")
    slices = [
        json.loads(Path(name).read_text())["provenance"]["settings"]["slices"]
        for name in ("without.json", "with.json")
    ]
    assert slices == [0, 3]


@pytest.mark.usefixtures("folder")
def test_a_found_region_fails() -> None:
    policy("[[check.rules]]\nregions = true\nmin_coverage = 0.02\nat_most = 0.3\n")
    verdict = judged("--features", "age,region")
    assert verdict["outcome"] == "failed"
    assert any("region = north" in each["where"] for each in verdict["judgements"])


def test_a_baseline(folder: Path, predictions: pd.DataFrame) -> None:
    policy('[[check.rules]]\nrise_at_most = 0.01\n[[check.rules]]\ngroups = "sex"\n'
           "rise_at_most = 0.01\n")  # fmt: skip
    assert judged("--document", "then.json")["outcome"] == "undecided"
    verdict = judged("--baseline", "then.json")
    assert (verdict["outcome"], verdict["baseline"]) == ("passed", "preds, 1,200 instances")
    worse = predictions.assign(y_pred=1 - predictions.y_true)
    worse.to_csv(folder / "preds.csv", index=False)
    assert judged("--baseline", "then.json")["outcome"] == "failed"


def test_a_perfect_model_passes(folder: Path, predictions: pd.DataFrame) -> None:
    perfect = predictions.assign(y_pred=predictions.y_true).drop(columns="score")
    perfect.to_csv(folder / "preds.csv", index=False)
    policy("[[check.rules]]\nat_most = 0.05\n[[check.rules]]\nregions = true\nat_most = 0.3\n")
    done = check("--document", "t.json")
    assert done.code == 0, done.err
    assert "has no instances" not in terrain("report", "t.json").out


@pytest.mark.usefixtures("folder")
def test_assertions_read_the_table() -> None:
    policy('[check.table]\nunique = ["person_id"]\nrange = { age = [20, 79] }\n')
    first, second = judged()["judgements"]
    assert (first["outcome"], second["outcome"]) == ("passed", "failed")
    check("--no-page", "--document", "t.json")
    done = terrain("check", "t.json")
    assert done.code == 3
    assert "the table is not here" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["preds.csv"], "there is no policy"),
        (["preds.csv", "--policy", "none.toml"], "there is no file none.toml"),
        (["preds.csv", "--policy", "gate.toml", "--baseline", "none.json"], "none.json"),
        (["preds.csv", "--policy", "gate.toml", "--baseline", "preds.csv"], "not a document"),
        (["none.json", "--policy", "gate.toml"], "there is no file none.json"),
        (["x.json", "--policy", "gate.toml", "--bins", "3"], "--bins has no meaning for a doc"),
        (["preds.csv", "--policy", "gate.toml", "--json", "preds.csv"], "is an input"),
        (["preds.csv", "--policy", "gate.toml", "--json", "a", "--document", "a"], "two outputs"),
        (["preds.csv", "--policy", "gate.toml", "--no-page", "-o", "p.html"], "leave one of them"),
        (["preds.csv", "--policy", "metric.toml"], "no metric of preds; did you mean `fnr`?"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_usage(arguments: list[str], message: str) -> None:
    policy(PASSES, "gate.toml")
    policy('[[check.rules]]\nmetric = "fnrr"\nat_most = 0.1\n', "metric.toml")
    done = terrain("check", *arguments)
    assert done.code == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.usefixtures("folder")
def test_a_policy_file_brings_columns_and_cohorts() -> None:
    policy("[analyze]\nlabel = 'nonsense'\n")
    policy(f'[analyze]\nsensitive = ["sex"]\n{NORTH}{FAILS}{PASSES}groups = "*"\n', "gate.toml")
    places = [each["where"] for each in judged("--policy", "gate.toml")["judgements"]]
    assert places[0] == "cohort young-north"
    assert sorted(places[1:]) == ["sex = f", "sex = m"]


@pytest.mark.parametrize("more", [[], ["--sensitive", "sex,region"]])
def test_the_first_policy_is_kept_by_its_benchmark(folder: Path, more: list[str]) -> None:
    done = terrain("init", "preds.csv", *more)
    assert done.code == 0, done.err
    text = (folder / "terrain.toml").read_text()
    jsonschema.validate(tomllib.loads(text), schema())
    found = tomllib.loads(text)
    assert found["analyze"]["label"] == "y_true"
    assert found["check"]["table"]["unique"] == ["person_id"]
    assert len(found["check"]["rules"]) == (5 if more else 1)
    for mode in ("no-evidence-of-harm", "point"):
        done = check("--no-page", "--mode", mode)
        assert done.code == 0, done.out
    # every suggestion that stands behind a sign of a comment is one that works
    policy(uncommented(text))
    assert check("--no-page").code in {0, 1, 3}


def uncommented(text: str) -> str:
    """Return a policy with its commented rules switched on."""
    head, rest = text.split("# More that a rule can say:\n")
    return head + "\n".join(
        line[2:] if (line.startswith("# ") and "=" in line) or "[[" in line else line
        for line in rest.splitlines()
    )  # fmt: skip


def test_init_overwrites_nothing(folder: Path) -> None:
    policy("# mine\n")
    done = terrain("init", "preds.csv")
    assert done.code == 2
    assert "may hold your policy" in done.err
    assert (folder / "terrain.toml").read_text() == "# mine\n"
    assert terrain("init", "preds.csv", "--force").code == 0
    assert terrain("init", "preds.csv", "-o", "gate.toml").code == 0
    assert terrain("explain-policy", "--policy", "gate.toml").code == 0


def test_init_for_a_loss(folder: Path, predictions: pd.DataFrame) -> None:
    losses = pd.DataFrame({"ms": predictions.age * 3.5, "region": predictions.region})
    losses.to_csv(folder / "preds.csv", index=False)
    assert terrain("init", "preds.csv", "--error", "ms", "--sensitive", "region").code == 0
    done = check("--no-page", "--mode", "prove")
    assert done.out.splitlines()[-1].startswith(("Passed", "Undecided"))
    assert check("--no-page", "--mode", "point").code == 0


def test_init_for_names_that_need_care(folder: Path, predictions: pd.DataFrame) -> None:
    odd = 'se"x #1\nof é'
    predictions.rename(columns={"sex": odd}).to_parquet(folder / "a b.parquet")
    done = terrain("init", "a b.parquet", "--sensitive", '"se""x #1\nof é"')
    assert done.code == 0, done.err
    assert tomllib.loads(Path("terrain.toml").read_text())["analyze"]["sensitive"] == [odd]
    assert terrain("check", "a b.parquet", "--no-page").code == 0


@pytest.mark.usefixtures("folder")
def test_a_policy_in_words() -> None:
    policy(NORTH + FAILS)
    done = terrain("explain-policy")
    assert done.out.splitlines()[-1] == "The cohort young-north must have the target at most 0.3."


@pytest.mark.parametrize("which", ["document", "policy", "verdict"])
def test_schemas(which: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(terrain("schema", which).out))


@pytest.mark.usefixtures("folder")
def test_old_predictions_of_the_same_instances(predictions: pd.DataFrame) -> None:
    right = predictions.y_true.where(predictions.age < 30, predictions.y_pred)
    predictions.assign(y_pred=right).to_csv("better.csv", index=False)
    policy("[[check.rules]]\nrise_at_most = 0.0\n")
    worse = check("--baseline-preds", "better.csv", "--no-page", "--json", "verdict.json")
    assert worse.code == 1
    assert check("--baseline-preds", "preds.csv", "--no-page").code == 0
    found = json.loads(Path("verdict.json").read_text())
    assert found["baseline"] == "better.csv: 1,200 instances paired: by id (`person_id`)"
    assert "Changes are since better.csv: 1,200 instances paired" in worse.out


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline", "a.json", "--baseline-preds", "old.csv"], "leave the other out"),
        (["--baseline-preds", "old.json"], "that is what --baseline takes"),
        (["--baseline-preds", "short.csv"], "cannot be paired"),
        (["--baseline-preds", "none.csv"], "none.csv"),
        (["--baseline-preds", "short.csv", "--json", "short.csv"], "short.csv"),
    ],
)
def test_old_predictions_that_cannot_be_used(
    predictions: pd.DataFrame, arguments: list[str], said: str
) -> None:
    policy("[[check.rules]]\nrise_at_most = 0.0\n")
    predictions.head(100).drop(columns="person_id").to_csv("short.csv", index=False)
    kept = Path("short.csv").read_bytes()
    done = check("--no-page", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert Path("short.csv").read_bytes() == kept


@pytest.mark.usefixtures("folder")
def test_a_document_has_no_instances_to_pair(predictions: pd.DataFrame) -> None:
    policy(PASSES)
    predictions.to_csv("old.csv", index=False)
    assert terrain("analyze", "preds.csv", "--json", "now.json").code == 0
    done = terrain("check", "now.json", "--baseline-preds", "old.csv")
    assert done.code == 2
    assert "--baseline-preds has no meaning for a document" in done.err
