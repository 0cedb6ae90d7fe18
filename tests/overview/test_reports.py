"""What lies in a folder: reports, the pages beside them, and what is neither."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import overview_examples as examples
import pytest
import report_examples

from terrain.errors import DataError
from terrain.overview.reports import Report, reports_in
from terrain.report import json
from terrain.report.arrange import page_view
from terrain.report.gaps import worst_gaps

if TYPE_CHECKING:
    from pathlib import Path


def part(found: Any, wanted: Any) -> Any:
    """Return of plain data what other plain data has, too."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return {key: part(found[key], value) for key, value in wanted.items()}
    if isinstance(wanted, list):
        return [part(one, other) for one, other in zip(found, wanted, strict=True)]
    return found


@pytest.mark.parametrize("name", ["compas", "noise", "prices", "hostile"])
def test_what_is_read_is_what_the_whole_document_says(name: str) -> None:
    terrain = getattr(report_examples, name)()[0]
    report = json.decode_as(Report, json.encode(terrain))
    plain, whole = (msgspec.json.decode(msgspec.json.encode(each)) for each in (report, terrain))
    assert plain["provenance"]["settings"].pop("model") is None
    for region in plain["regions"]:
        if region["folded"] is None:
            del region["folded"]
    assert part(whole, plain) == plain
    gaps = worst_gaps(report.groups, report.metrics, report.target, report.method.alpha)
    assert [one.gap for one in gaps] == [one.difference for one in page_view(terrain).gaps]


def names(folder: Path) -> list[str]:
    found, _ = reports_in(folder)
    return [each.document.relative_to(folder).as_posix() for each in found]


def test_reports_of_all_folders_the_newest_first(tmp_path: Path) -> None:
    folder = examples.history(tmp_path)
    assert names(folder) == [
        *("2026-04/terrain.json", "quiet.json", "2026-03/terrain.json", "prices.json"),
        *("2026-02/terrain.json", "2026-01/terrain.json"),
    ]
    found, skipped = reports_in(folder)
    assert {each.document.name: each.page and each.page.name for each in found} == {
        "terrain.json": "terrain.html", "quiet.json": "quiet.html", "prices.json": None
    }  # fmt: skip
    assert [path.name for path, _ in skipped] == ["damaged.json", "package.json"]


def test_a_folders_only_page_belongs_to_its_only_document(tmp_path: Path) -> None:
    examples.write(tmp_path / "terrain.json", examples.document(), page=None)
    (tmp_path / "report.html").write_text(examples.PAGE)
    (tmp_path / "other.html").write_text("<!doctype html><title>not ours</title>")
    ((one,), skipped) = reports_in(tmp_path)
    assert one.page == tmp_path / "report.html"
    assert skipped == []
    (tmp_path / "second.html").write_text(examples.PAGE)
    ((one,), skipped) = reports_in(tmp_path)
    assert one.page is None
    assert [path.name for path, _ in skipped] == ["report.html", "second.html"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a document that terrain wrote"),
        (b"{}", "missing required field"),
        (b"[1, 2]", "not a document that terrain wrote"),
        (b"\xff\x00", "not a document that terrain wrote"),
        (b'{"schema_version": 999, "target": 3}', "schema version 999"),
        (b'{"schema_version": "one"}', "not a document that terrain wrote"),
    ],
)
def test_what_is_no_document_is_said_with_the_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "one.json").write_bytes(content)
    found, ((path, reason),) = reports_in(tmp_path)
    assert (found, path) == ([], tmp_path / "one.json")
    assert said in reason


def test_odd_files_are_no_crash(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "gone.json").symlink_to("nowhere")
    (tmp_path / "gone.html").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    examples.write(tmp_path / ".hidden" / "a.json", examples.document())
    examples.write(tmp_path / ".b.json", examples.document(), page=None)
    name = os.fsdecode(b"\xff<img src=x>\n.json")
    examples.write(tmp_path / name, examples.document())
    found, skipped = reports_in(tmp_path)
    assert [each.document.name for each in found] == [name]
    assert [(path.name, "there is no file" in reason) for path, reason in skipped] == [
        ("gone.json", True)
    ]


def test_the_time_is_the_datas_else_the_files(tmp_path: Path) -> None:
    def time(**settings: Any) -> datetime:
        path = examples.write(tmp_path / "a.json", examples.document(**settings))
        os.utime(path, (1e9, 1e9))
        return reports_in(tmp_path)[0][0].time

    assert time(day="2026-02-03") == datetime(2026, 2, 3, 10, tzinfo=UTC)
    assert time(day=None) == datetime.fromtimestamp(1e9, UTC)
    assert time(day="no day") == datetime.fromtimestamp(1e9, UTC)
    assert time(sources=()) == datetime.fromtimestamp(1e9, UTC)


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(DataError, match="there is no folder"):
            reports_in(path)
