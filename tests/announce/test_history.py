"""Runs are kept whole by any number of jobs at once, and read whatever lies beside them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from verdicts import judgement, verdict

from terrain.announce.history import MOST, NAME, Run, recall, remember, run_of
from terrain.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def run(document: Terrain) -> Run:
    said = verdict(judgement("failed"), judgement("passed", metric=None), instances=3000)
    return run_of(said, document, NOON)


def test_a_run_keeps_what_was_judged_with_its_bounds(run: Run, document: Terrain) -> None:
    assert set(run.overall) == {"error_rate", "fnr"}
    rate = run.overall["error_rate"]
    assert rate == document.overall["error_rate"]
    assert rate.low is not None
    assert {"sex = female", "ethnicity = A"} <= set(run.groups)
    assert not any(" and " in name for name in run.groups)
    assert set(run.groups["sex = female"]) == {"error_rate", "fnr"}
    assert run.failed == ("sex = Female: false negative rate at most 30%",)
    (digest,) = run.sources.values()
    assert len(digest) == 64
    assert run.versions["terrain"]
    assert run.day == "2026-11-20 12:00"


def test_what_is_remembered_is_recalled(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "for it"
    path = remember(folder, run)
    assert NAME.fullmatch(path.name)
    past = recall(folder, "error_rate")
    assert past.runs == (run,)
    assert past.ignored == ()


def test_the_latest_runs_come_back_in_order(run: Run, tmp_path: Path) -> None:
    days = (3, 0, 14, 1, 2, *range(4, 14))
    times = [(NOON + timedelta(days=day)).isoformat(timespec="microseconds") for day in days]
    for time in times:
        remember(tmp_path, msgspec.structs.replace(run, time=time))
    found = [each.time for each in recall(tmp_path, "error_rate").runs]
    assert found == sorted(times)[-MOST + 1 :]


def test_jobs_at_the_same_instant_share_no_file(run: Run, tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as jobs:
        paths = list(jobs.map(lambda _: remember(tmp_path, run), range(64)))
    assert len(set(paths)) == 64
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert len(recall(tmp_path, "error_rate", most=100).runs) == 64


def test_foreign_and_broken_files_are_said_and_do_no_harm(run: Run, tmp_path: Path) -> None:
    whole = remember(tmp_path, run)
    content = whole.read_bytes()
    spoilt = {
        "empty": b"",
        "cut": content[:300],
        "no-json": b"\xff\xfe\x00",
        "another": b'{"schema_version": 1}',
        "list": b"[1, 2]",
        "newer": content.replace(b'"schema_version": 1', b'"schema_version": 99', 1),
        "without-parts": re.sub(rb'"support": \[[^]]*\]', b'"support": []', content),
        "without-target": content.replace(b'"target": "error_rate"', b'"target": "lost"', 1),
    }
    for number, spoilt_content in enumerate(spoilt.values()):
        name = f"20261121T12000{number}.000000Z-{number:016x}.run.json"
        (tmp_path / name).write_bytes(spoilt_content)
    (tmp_path / "20261122T120000.000000Z-0123456789abcdef.run.json").mkdir()
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "README.md").write_text("runs")
    past = recall(tmp_path, "error_rate")
    assert past.runs == (run,)
    assert len(past.ignored) == len(spoilt) + 2
    assert any("package.json" in said for said in past.ignored)
    assert any("newer terrain" in said for said in past.ignored)
    assert not any("README" in said for said in past.ignored)


def test_runs_of_another_target_are_passed_over(run: Run, tmp_path: Path) -> None:
    other = msgspec.structs.replace(run, target="fnr")
    remember(tmp_path, other)
    past = recall(tmp_path, "error_rate")
    assert past.runs == ()
    assert past.ignored == (f"1 run of another target in {tmp_path} passed over",)


def test_a_place_that_is_no_folder_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match="name another folder"):
        remember(file, run)
    with pytest.raises(OutputError, match="name another folder"):
        recall(file, "error_rate")
    assert recall(tmp_path / "not there yet", "error_rate").runs == ()
