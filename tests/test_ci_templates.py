"""What is ready to be pasted is valid, and its commands run as they are written."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import junitparser
import pytest
import yaml
from installation import search_path

from terrain.cli.commands import COMMANDS
from terrain.data.samples import sample_bytes

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c")
"""How GitHub runs a step whose shell is bash."""

TABLE = b"".join(sample_bytes("loans").splitlines(keepends=True)[:1501])

POLICY = """\
[[check.rules]]
at_most = {limit}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a repository with a table, a policy, and the tools in ``bin``."""
    tools = tmp_path / "bin"
    tools.mkdir()
    _tool(tools / "terrain", f'exec {shlex.quote(sys.executable)} -m terrain "$@"')
    _tool(tools / "python", 'printf "%s\\n" "$@" > installed.txt')
    (tmp_path / "preds.csv").write_bytes(TABLE)
    (tmp_path / "terrain.toml").write_text(POLICY.format(limit=0.2))
    return tmp_path


def _tool(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def shell(lines: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    paths = {
        "PYTHONPATH": search_path(folder / "installed"),
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
    }
    return subprocess.run(
        [*BASH, lines],
        cwd=folder,
        env=os.environ | paths | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("schema", "name"), [("github-actions", "action.yml"), ("gitlab-ci", "ci/gitlab.yml")]
)
def test_a_template_is_what_its_system_reads(schema: str, name: str) -> None:
    check_against(schema, ROOT / name)


def test_the_guides_yaml_is_what_its_systems_read(tmp_path: Path) -> None:
    workflow, _, gitlab, _ = texts("yaml")
    for schema, text in (("github-workflows", workflow), ("gitlab-ci", gitlab)):
        path = tmp_path / f"{schema}.yml"
        path.write_text(text)
        check_against(schema, path)


def check_against(schema: str, path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def step(name: str) -> str:
    steps = loaded("action.yml")["runs"]["steps"]
    return str(next(each["run"] for each in steps if each["name"] == name))


def test_the_action_hands_every_input_to_its_lines() -> None:
    action = loaded("action.yml")
    assert action["runs"]["using"] == "composite"
    given: dict[str, str] = {}
    for each in action["runs"]["steps"]:
        assert each["shell"] == "bash"
        assert "${{" not in each["run"], "an input in a line of shell could be run"
        assert all(f"${name}" in each["run"] or f"${{{name}" in each["run"] for name in each["env"])
        given |= each["env"]
    assert given == {
        f"INPUT_{name.upper()}": f"${{{{ inputs.{name} }}}}" for name in action["inputs"]
    }


@pytest.mark.parametrize(
    ("version", "expected"), [("", "error-terrain"), ("0.1.0", "error-terrain==0.1.0")]
)
def test_the_action_installs_the_version_that_is_asked_for(
    folder: Path, version: str, expected: str
) -> None:
    assert shell(step("Install"), folder, INPUT_VERSION=version).returncode == 0
    assert (folder / "installed.txt").read_text().split() == [
        "-m", "pip", "install", "--quiet", expected,
    ]  # fmt: skip


def inputs(files: str, policy: str = "", args: str = "--no-page") -> dict[str, str]:
    return {"INPUT_FILES": files, "INPUT_POLICY": policy, "INPUT_ARGS": args}


def test_the_action_judges_and_tells_github(folder: Path) -> None:
    (folder / "strict.toml").write_text("\n" + POLICY.format(limit=0.05))
    done = shell(
        step("Check"),
        folder,
        **inputs("preds.csv\n", "strict.toml", "-o 'the page.html'"),
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        GITHUB_WORKSPACE=str(folder),
        GITHUB_RUN_ID="7",
        GITHUB_REPOSITORY="we/it",
    )
    assert done.returncode == 1, done.stderr
    assert re.search(r"^::error file=strict\.toml,line=2,title=all instances%3A failed::error rate",
                     done.stdout, re.MULTILINE)  # fmt: skip
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    assert "❌ failed" in summary
    assert "https://github.com/we/it/actions/runs/7#artifacts" in summary
    assert (folder / "the page.html").exists()


def test_the_action_passes_what_keeps_the_policy(folder: Path) -> None:
    (folder / "more preds.csv").write_bytes(TABLE)
    done = shell(step("Check"), folder, **inputs("preds.csv\nmore preds.csv"))
    assert done.returncode == 0, done.stderr
    assert "3,000" in done.stdout


@pytest.mark.parametrize(
    ("files", "args"),
    [
        ("$(touch harm)", ""),
        ("; touch harm", ""),
        ("preds.csv", "; touch harm"),
        ("preds.csv", "$(touch harm) `touch harm`"),
        ("--output=harm", ""),
        ("preds.csv", "'open"),
        ("", ""),
    ],
)
def test_nothing_in_an_input_is_run(folder: Path, files: str, args: str) -> None:
    done = shell(step("Check"), folder, **inputs(files, args=args))
    assert done.returncode not in (0, 3)
    assert not (folder / "harm").exists()


def test_the_template_for_gitlab_judges_and_leaves_its_reports(folder: Path) -> None:
    job = loaded("ci/gitlab.yml")["terrain"]
    (folder / "terrain.toml").write_text(POLICY.format(limit=0.05))
    lines = "\n".join([*job["before_script"], *job["script"]])
    done = shell(lines, folder, **job["variables"] | {"TERRAIN_ARGS": "--sensitive sex --slices 0"})
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    assert junitparser.JUnitXml.fromfile(str(folder / reports["junit"])).failures == 1
    (issue,) = json.loads((folder / reports["codequality"]).read_text(encoding="utf-8"))
    assert issue["location"] == {"path": "terrain.toml", "lines": {"begin": 1}}
    assert all((folder / path).exists() for path in job["artifacts"]["paths"])
    assert job["artifacts"]["when"] == "always"


def test_the_hooks_run(folder: Path) -> None:
    hooks = {each["id"]: each for each in loaded(".pre-commit-hooks.yaml")}
    config = next(each for each in blocks() if "repos" in each)
    for asked in config["repos"][0]["hooks"]:
        hook = hooks[asked["id"]]
        assert hook["language"] == "python"
        assert hook["pass_filenames"] is False
        done = shell(shlex.join([*shlex.split(hook["entry"]), *asked.get("args", [])]), folder)
        assert done.returncode == 0, done.stderr
    (folder / "terrain.toml").write_text("[[check.rules]]\natmost = 1\n")
    assert shell(hooks["terrain-policy"]["entry"], folder).returncode == 2


def texts(language: str) -> list[str]:
    """Return the blocks of a language in the guide."""
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def blocks() -> list[Any]:
    """Return what the blocks of YAML in the guide hold."""
    return [yaml.safe_load(each) for each in texts("yaml")]


def test_the_guides_yaml_names_what_is_there() -> None:
    workflow, _, gitlab, _ = blocks()
    used = next(each for each in workflow["jobs"]["terrain"]["steps"] if "OWNER" in str(each))
    assert set(used["with"]) <= set(loaded("action.yml")["inputs"])
    assert set(gitlab["terrain"]["variables"]) <= set(
        loaded("ci/gitlab.yml")["terrain"]["variables"]
    )


def test_every_command_in_the_guide_runs_as_written(folder: Path) -> None:
    (folder / "terrain.toml").unlink()
    for name in ("old.csv", "new.csv"):  # as the guide calls two models' predictions
        shutil.copy(folder / "preds.csv", folder / name)
    commands = [line[2:] for block in texts("console") for line in block.splitlines()]
    steps = next(each for each in blocks() if "steps" in each)["steps"]
    commands += [each["run"] for each in steps if each["run"].startswith("terrain")]
    assert len(set(commands)) >= 7
    for command in dict.fromkeys(commands):
        assert command.split()[1] in COMMANDS
        done = shell(command, folder)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert len(list((folder / "runs").iterdir())) == 1
    assert (folder / "comment.md").read_text(encoding="utf-8").startswith("### ✅")


def test_the_guides_test_is_one(folder: Path) -> None:
    (test,) = texts("python")
    (folder / "test_model.py").write_text(test)
    done = shell(f"{shlex.quote(sys.executable)} -m pytest -q test_model.py", folder)
    assert done.returncode == 0, done.stdout + done.stderr
