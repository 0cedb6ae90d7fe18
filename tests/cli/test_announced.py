"""`terrain check` writes for others what its options name, and nothing over its inputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import junitparser
import pytest
from commands import process, terrain

if TYPE_CHECKING:
    from pathlib import Path

POLICY = "[analyze]\nslices = 0\n\n[[check.rules]]\nname = 'overall'\nat_most = 0.05\n"


@pytest.fixture
def gated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder, with a policy that fails and no CI system around."""
    (folder / "terrain.toml").write_text(POLICY)
    for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "CI_JOB_URL"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def test_each_option_writes_its_file_and_says_so(gated: Path) -> None:
    done = terrain("check", "preds.csv", "--junit", "j.xml", "--markdown", "v.md",
                   "--gitlab", "q.json", "--history", "runs")  # fmt: skip
    assert done.code == 1, done.err
    assert junitparser.JUnitXml.fromfile("j.xml").failures == 1
    assert "[preds.terrain.html](<preds.terrain.html>)" in (gated / "v.md").read_text("utf-8")
    (issue,) = json.loads((gated / "q.json").read_text("utf-8"))
    assert issue["location"] == {"path": "terrain.toml", "lines": {"begin": 4}}
    assert "error rate over 1 run: " in done.out
    written = ["preds.terrain.html", "j.xml", "v.md", "q.json", "runs"]
    lines = done.out.splitlines()[-5:]
    assert all(line.startswith(name) for line, name in zip(lines, written, strict=True))


def test_a_document_can_be_announced_too(gated: Path) -> None:
    terrain("analyze", "preds.csv", "--json", "found.json")
    done = terrain("check", "found.json", "--junit", "j.xml", "--history", "runs",
                   "--baseline", "found.json")  # fmt: skip
    assert done.code == 1, done.err
    assert junitparser.JUnitXml.fromfile("j.xml").failures == 1
    assert "The benchmark is made as in the baseline" in done.out
    assert len(list((gated / "runs").iterdir())) == 1


def test_markdown_on_standard_output_stands_alone(gated: Path) -> None:
    done = process("check", "preds.csv", "--markdown", "-", "--history", "runs", folder=gated)
    assert done.out.startswith("### ❌ Failed")
    assert "the page" not in done.out
    assert "**Trend**" in done.out
    assert done.err == ""


def test_github_is_told_by_itself(gated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(gated / "summary.md"))
    done = terrain("check", "preds.csv", "--quiet")
    headline, annotation = done.out.splitlines()
    assert headline.startswith("Failed: ")
    assert annotation.startswith("::error file=terrain.toml,line=4,title=all instances%3A failed::")
    assert "❌ failed" in (gated / "summary.md").read_text("utf-8")
    done = terrain("check", "preds.csv", "--markdown", "-")
    assert "::error" not in done.out
    assert done.err.startswith("::error")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--junit", "preds.csv"], "is an input"),
        (["--gitlab", "x", "--junit", "x"], "two outputs"),
        (["--json", "x", "--junit", "x"], "two outputs"),
        (["--markdown", "preds.terrain.html"], "two outputs"),
        (["--junit", "gone/x.xml"], "there is no folder"),
        (["--junit", "-"], "name a file"),
        (["--history", "preds.csv"], "name another folder"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused(
    gated: Path, options: list[str], said: str
) -> None:
    before = (gated / "preds.csv").read_bytes()
    done = terrain("check", "preds.csv", *options)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert (gated / "preds.csv").read_bytes() == before
