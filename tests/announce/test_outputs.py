"""A run writes what was asked for, and what the CI system around it reads; no more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import junitparser
import pytest
from verdicts import mixed

from terrain.announce.outputs import STANDARD, Announced, Occasion, Outputs, announce

if TYPE_CHECKING:
    from terrain.document import Terrain

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("terrain.toml").write_text("[[check.rules]]\nat_most = 0.3\n")
    return tmp_path


def run(document: Terrain, outputs: Outputs, day: int = 0, **environment: str) -> Announced:
    occasion = Occasion(
        time=NOON + timedelta(days=day),
        environment=environment,
        policy=Path("terrain.toml"),
        page=Path("page.html"),
    )
    return announce(mixed(), document, outputs, occasion)


def test_nothing_is_written_where_nothing_is_wanted(document: Terrain, folder: Path) -> None:
    assert run(document, Outputs()) == Announced((), None, (), ())
    assert [each.name for each in folder.iterdir()] == ["terrain.toml"]


def test_every_file_is_written_and_named(document: Terrain, folder: Path) -> None:
    outputs = Outputs(Path("j.xml"), Path("v.md"), Path("q.json"), Path("history"))
    done = run(document, outputs)
    assert junitparser.JUnitXml.fromfile("j.xml").tests == 4
    (kept,) = Path("history").iterdir()
    assert "❌ failed" in Path("v.md").read_text(encoding="utf-8")
    assert "[page.html](<page.html>)" in Path("v.md").read_text(encoding="utf-8")
    issues = json.loads(Path("q.json").read_text())
    assert issues[0]["location"] == {"path": "terrain.toml", "lines": {"begin": 1}}
    assert "The page: page.html" in issues[0]["description"]
    assert [line.split(":")[0] for line in done.written] == ["j.xml", "v.md", "q.json", str(kept)]
    assert outputs.files() == [folder.joinpath(name).relative_to(folder) for name in
                               ("j.xml", "v.md", "q.json")]  # fmt: skip


def test_markdown_may_go_to_standard_output(document: Terrain, folder: Path) -> None:
    outputs = Outputs(markdown=STANDARD)
    done = run(document, outputs)
    assert done.markdown is not None
    assert done.markdown.startswith("### ❌ ")
    assert outputs.files() == []
    assert [each.name for each in folder.iterdir()] == ["terrain.toml"]


def test_github_gets_a_summary_and_annotations(document: Terrain, folder: Path) -> None:
    summary = folder / "summary.md"
    done = run(document, Outputs(), GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert "❌ failed" in summary.read_text(encoding="utf-8")
    assert done.commands[0].startswith("::error file=terrain.toml,line=1,title=sex = Female%3A")
    assert run(document, Outputs(), GITHUB_ACTIONS="false").commands == ()


def test_the_history_shows_the_trend_and_the_change_of_the_benchmark(
    document: Terrain, changed: Terrain, folder: Path
) -> None:
    outputs = Outputs(markdown=folder / "v.md", history=folder / "runs")
    first = run(document, outputs)
    assert [line.partition(":")[0] for line in first.told] == ["error rate over 1 run"]
    again = run(document, outputs, day=1)
    assert again.told[0].startswith("The benchmark is made as in the run of 2026-11-20 12:00:")
    assert again.told[1].startswith("error rate over 2 runs")
    (folder / "runs" / "foreign.json").write_text("{}")
    third = run(changed, outputs, day=2)
    assert third.told[0].startswith("The benchmark changed since the run of 2026-11-21 12:00")
    assert third.told[1].startswith("error rate over 3 runs")
    assert "foreign.json is passed over" in third.told[2]
    text = (folder / "v.md").read_text(encoding="utf-8")
    assert "**Trend**" in text
    assert "The benchmark changed since" in text
    assert len(list((folder / "runs").glob("*.run.json"))) == 3


def test_a_baseline_goes_before_the_history(
    document: Terrain, changed: Terrain, folder: Path
) -> None:
    outputs = Outputs(history=folder / "runs")
    run(changed, outputs)
    occasion = Occasion(NOON, {}, Path("terrain.toml"), baseline=document)
    told = announce(mixed(), changed, outputs, occasion).told
    assert told[0].startswith("The benchmark changed since the baseline")
