"""The plugin works in a project that has nothing but a table, a policy and a test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import junitparser
import pytest
from installation import search_path

from terrain.data.samples import sample_bytes

if TYPE_CHECKING:
    from pathlib import Path

SLOW = {"pandas", "sklearn", "altair", "scipy", "pyarrow", "numpy", "rich", "jinja2", "msgspec"}

POLICY = """\
[analyze]
sensitive = ["sex"]

[[check.rules]]
name = "overall"
at_most = 0.2

[[check.rules]]
name = "strict"
groups = "sex"
at_most = 0.05

[[check.rules]]
name = "advice"
at_most = 0.05
severity = "warn"

[[check.rules]]
name = "night shift"
cohort = "night"
at_most = 0.2
"""

TEST = """\
def test_model(terrain_check):
    verdict = terrain_check({arguments})
    assert verdict.benchmark == "loans"
"""


class Session(NamedTuple):
    """What pytest said: its counts by outcome, everything printed, and the test cases."""

    counts: dict[str, int]
    said: str
    code: int


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a fresh project."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (folder / "loans.csv").write_bytes(sample_bytes("loans"))
    (folder / "terrain.toml").write_text(POLICY)
    return folder


def run(project: Path, arguments: str = '"loans.csv"', *options: str, test: str = TEST) -> Session:
    (project / "test_model.py").write_text(test.replace("{arguments}", arguments))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "-rA", *options],
        cwd=project,
        env=os.environ | {"PYTHONPATH": search_path(project.parent / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    counts = re.findall(r"(\d+) ([a-z ]+?)(?=,| in )", done.stdout.splitlines()[-1])
    return Session({name: int(count) for count, name in counts}, done.stdout, done.returncode)


def test_every_rule_is_reported_by_itself_with_its_reason(project: Path) -> None:
    done = run(project, '"loans.csv"', "--junit-xml=report.xml")
    assert done.code == 1
    assert done.counts["subtests passed"] == 1
    assert re.search(r"^failed: sex = male: error rate at most 5%: 1\d\.\d%.* is beyond",
                     done.said, re.MULTILINE)  # fmt: skip
    assert re.search(r"^failed: sex = female: ", done.said, re.MULTILINE)
    assert "undecided: cohort night: error rate at most 20%: there is no cohort night" in done.said
    assert "warning: all instances: error rate at most 5%" in done.said
    assert {"[strict]", "[night shift]", "[advice]"} <= set(re.findall(r"\[[a-z ]+\]", done.said))
    assert "pytest.fail(" not in done.said
    assert junitparser.JUnitXml.fromfile(str(project / "report.xml")).failures >= 2


def test_a_policy_that_excuses_what_is_undecided_skips_it(project: Path) -> None:
    kept = POLICY.replace("at_most = 0.05", "at_most = 0.9")
    (project / "lenient.toml").write_text(kept)
    done = run(project, '"loans.csv", policy="lenient.toml", undecided="pass"')
    assert done.code == 0
    assert done.counts["subtests passed"] == 3
    assert "excused: cohort night" in done.said


def test_settings_are_those_of_analyze(project: Path) -> None:
    policy = '[[check.rules]]\ngroups = "ethnicity"\nmetric = "fnr"\nat_most = 0.9\n'
    (project / "terrain.toml").write_text(policy)
    done = run(
        project, '"loans.csv", sensitive="ethnicity", target="fnr", slices=0, page="model.html"'
    )
    assert done.code == 0, done.said
    assert "</html>" in (project / "model.html").read_text(encoding="utf-8")


def test_what_is_wrong_is_said_without_a_traceback(project: Path) -> None:
    wrong = {
        '"gone.csv"': "gone.csv",
        '"loans.csv", sensitve="sex"': "did you mean `sensitive`?",
        '"loans.csv", policy="gone.toml"': "there is no file",
        '"loans.csv", seed="many"': "`seed` cannot be used",
    }
    tests = [TEST.replace("model", f"model_{n}").replace("{arguments}", each)
             for n, each in enumerate(wrong)]  # fmt: skip
    done = run(project, test="\n\n".join(tests))
    assert done.counts == {"failed": len(wrong)}
    assert all(said in done.said for said in wrong.values())
    assert "Traceback" not in done.said
    assert "TerrainError" not in done.said


def test_without_subtests_the_test_fails_with_every_reason(project: Path) -> None:
    done = run(project, '"loans.csv", page="model.html"', "-p", "no:subtests")
    assert done.code == 1
    assert done.counts == {"failed": 1}
    for reason in (
        "failed: sex = male",
        "failed: sex = female",
        "undecided: cohort night",
        "the page: model.html",
    ):
        assert reason in done.said


def test_a_project_that_does_not_ask_for_it_does_not_wait_for_it(project: Path) -> None:
    test = """\
import sys

def test_nothing(request):
    assert request.config.pluginmanager.has_plugin("terrain")
    assert not {slow} & set(sys.modules)
"""
    done = run(project, test=test.replace("{slow}", repr(SLOW)))
    assert done.code == 0, done.said
