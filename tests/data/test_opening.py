"""Files elsewhere are read like those of this machine; what goes wrong is one message."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from terrain.data.readers import read
from terrain.data.reading.opening import modified, opened
from terrain.data.reading.places import single_files
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CSV = b"id,place\n1,north\n2,south\n"


@pytest.fixture
def elsewhere() -> Iterator[MemoryFileSystem]:
    """Return a file system that is no disk, with two tables and a note."""
    system = fsspec.filesystem("memory")
    system.pipe({"/runs/b.csv": CSV, "/runs/a.csv": CSV, "/runs/note.md": b"none", "/x?.csv": CSV})
    yield system
    system.rm("/runs", recursive=True)
    system.rm("/x?.csv")


class LinkError(Exception):
    """No OSError, as those of some file systems."""


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("given", "files"),
    [
        ("memory://runs/b.csv", ["memory://runs/b.csv"]),
        ("memory://runs", ["memory:///runs/a.csv", "memory:///runs/b.csv"]),
        ("memory://runs/[ab].csv", ["memory:///runs/a.csv", "memory:///runs/b.csv"]),
        ("memory://runs/*.md", ["memory:///runs/note.md"]),
        ("memory://x?.csv", ["memory://x?.csv"]),
    ],
)
def test_files_folders_and_patterns_elsewhere(given: str, files: list[str]) -> None:
    found = single_files([given])
    assert [name.replace("memory:///", "memory://") for name in found] == [
        name.replace("memory:///", "memory://") for name in files
    ]


@pytest.mark.usefixtures("elsewhere")
def test_a_file_elsewhere_is_read_like_one_here(tmp_path: Path) -> None:
    here = tmp_path / "here.csv"
    here.write_bytes(CSV)
    rows, same = read(["memory://runs/a.csv"]), read([str(here)])
    assert rows.table.equals(same.table)
    (source,), (other,) = rows.sources, same.sources
    assert (source.sha256, source.bytes) == (other.sha256, other.bytes)
    assert source.path == "memory://runs/a.csv"
    assert source.modified is not None


def test_an_address_of_this_machine_is_the_path(tmp_path: Path) -> None:
    file = tmp_path / "here.csv"
    file.write_bytes(CSV)
    assert single_files([f"file://{file}", str(file)]) == [str(file)]
    assert single_files([f"file://{tmp_path}"]) == [str(file)]


@pytest.mark.usefixtures("elsewhere")
def test_an_opened_file_is_read_from_any_place(tmp_path: Path) -> None:
    file = tmp_path / "here.csv"
    file.write_bytes(CSV)
    for path in (str(file), "memory://runs/a.csv"):
        with opened(path) as opened_file:
            opened_file.seek(9)
            assert opened_file.read(7) == b"1,north"


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("memory://runs/c.csv", "there is no file memory://runs/c.csv"),
        ("memory://runs/*.parquet", "no file to read at"),
        ("nosuch://runs/a.csv", "cannot read nosuch://runs/a.csv: Protocol not known: nosuch"),
    ],
)
def test_what_is_not_there(given: str, message: str) -> None:
    with pytest.raises(DataError, match=message.replace("*", r"\*")):
        single_files([given])


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (LinkError("the line\nwent dead"), "cannot read memory://runs/a.csv: the line went dead"),
        (PermissionError("no"), "no permission to read memory://runs/a.csv"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_what_a_file_system_raises_is_one_message(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise error

    opens = MemoryFileSystem._open  # noqa: SLF001 - what every opening goes through

    def opens_and_fails(*given: Any, **settings: Any) -> Any:
        monkeypatch.setattr(type(file := opens(*given, **settings)), "read", fails)
        return file

    monkeypatch.setattr(MemoryFileSystem, "_open", opens_and_fails if late else fails)
    with pytest.raises(DataError, match=message):
        read(["memory://runs/a.csv"])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(DataError, match=r"s3://bucket/a.csv cannot be reached: Install s3fs"):
        single_files(["s3://bucket/a.csv"])
    for name in ("fsspec", "fsspec.core"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DataError, match=r"pip install 'error-terrain\[remote\]'"):
        single_files(["s3://bucket/a.csv"])


@pytest.mark.usefixtures("elsewhere")
def test_a_time_that_nobody_knows_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(MemoryFileSystem, "modified", unknown)
    assert modified("memory://runs/a.csv") is None
