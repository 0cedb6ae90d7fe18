"""Rows beside a page: all of them come back, and an old run's are replaced as a whole."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import report_examples

from terrain.errors import OutputError
from terrain.publish import write_page
from terrain.report.instances import all_blocks
from terrain.report.packing import Block
from terrain.report.shards import folder_of, remove_shards, write_shards

if TYPE_CHECKING:
    from pathlib import Path

LINE = re.compile(r'blocks\.arrived\("([\w-]+)", "(\w+)", "([\w+/=]+)"\);\n')


def read(folder: Path, name: str) -> tuple[str, bytes]:
    """Return a file's key and content."""
    found = LINE.fullmatch((folder / f"{name}.js").read_text("ascii"))
    assert found
    assert found[1] == name
    return found[2], gzip.decompress(base64.b64decode(found[3]))


def test_all_rows_are_there(tmp_path: Path) -> None:
    _, instances = report_examples.compas(9000)
    folder = tmp_path / "page_rows"
    count, size = write_shards(all_blocks(instances), folder, "key")
    files = list(folder.iterdir())
    assert (len(files), sum(each.stat().st_size for each in files)) == (count, size)
    key, numbers = read(folder, "numbers")
    assert key == "key"
    rows = np.frombuffer(numbers, "<u4")
    assert sorted(rows) == list(range(9000))
    held = [json.loads(read(folder, f"rows-{group}")[1]) for group in range(3)]
    ids = [value for each in held for value in each["columns"][0]]
    assert ids == instances.table["person_id"].take(rows).to_pylist()
    for feature, codes in enumerate(instances.codes.values()):
        assert read(folder, f"codes-{feature}")[1] == codes[rows].tobytes()


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    _, instances = report_examples.compas()
    for name in ("a", "b"):
        write_shards(all_blocks(instances), tmp_path / name, "key")
    contents = [
        {each.name: each.read_bytes() for each in (tmp_path / name).iterdir()} for name in "ab"
    ]
    assert contents[0] == contents[1]


def test_an_old_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "page_rows"
    write_shards([Block("rows-0", "x"), Block("rows-1", "x")], folder, "old")
    write_shards([Block("rows-0", "y")], folder, "new")
    assert [each.name for each in folder.iterdir()] == ["rows-0.js"]
    assert '"new"' in (folder / "rows-0.js").read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["page_rows"]


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "page_rows"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something else"):
        write_shards([Block("rows-0", "x")], folder, "key")
    assert not remove_shards(folder)
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]


def test_a_failure_leaves_the_old_rows(tmp_path: Path) -> None:
    folder = tmp_path / "page_rows"
    write_shards([Block("rows-0", "old")], folder, "old")

    def broken() -> object:
        yield Block("rows-0", "new")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="the disk is full"):
        write_shards(broken(), folder, "new")  # type: ignore[arg-type]
    assert '"old"' in (folder / "rows-0.js").read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["page_rows"]


def test_a_page_without_them_removes_the_rows_of_an_earlier_one(tmp_path: Path) -> None:
    _, instances = report_examples.compas()
    page = tmp_path / "page.html"
    write_page(page, lambda _: "", instances, b"")
    assert folder_of(page).is_dir()
    said = write_page(page, lambda _: "", None, b"")
    assert not folder_of(page).exists()
    assert said[-1] == f"{folder_of(page)}: the rows of an earlier page, removed"
    assert len(write_page(page, lambda _: "", None, b"")) == 1
