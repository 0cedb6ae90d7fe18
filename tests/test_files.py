"""Outputs are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from terrain import files
from terrain.errors import OutputError, TerrainError
from terrain.files import resource, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def listing(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def failing(number: int) -> Callable[..., int]:
    def call(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("content", [b"ab", [b"a", b"b"], iter([b"", b"ab"])])
def test_bytes_and_pieces_of_them_are_written(tmp_path: Path, content: bytes | list[bytes]) -> None:
    write_atomically(tmp_path / "page.html", content)
    assert (tmp_path / "page.html").read_bytes() == b"ab"
    assert listing(tmp_path) == ["page.html"]


def test_a_new_file_honours_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o640


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    path.chmod(0o604)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o604


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "target"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert listing(target.parent) == ["target"]


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write_atomically(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"old")

    def interrupted() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted())
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["page.html"]


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota")]
)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(OutputError, match=said):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["page.html"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device /dev/full here")
def test_a_full_device_is_an_output_error() -> None:
    with pytest.raises(OutputError, match="disk is full; free some space"):
        write_atomically(Path("/dev/full"), b"x" * 100_000)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"none/page.html: the folder .*none does not exist"):
        write_atomically(tmp_path / "none" / "page.html", b"x")


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder; name a file in it"):
        write_atomically(tmp_path, b"x")
    assert listing(tmp_path) == []


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(OutputError, match="file is not a folder"):
        write_atomically(tmp_path / "file" / "page.html", b"x")


def test_a_place_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_create", failing(errno.EACCES))
    with pytest.raises(OutputError, match="no permission to write there"):
        write_atomically(tmp_path / "page.html", b"x")


def test_a_read_only_file_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


def test_other_trouble_is_said_in_the_words_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="File name too long"):
        write_atomically(tmp_path / ("n" * 256), b"x")


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, *places: str) -> None:
    for place in places:
        (folder / place / "templates").mkdir(parents=True)
        (folder / place / "templates" / "page.html.j2").touch()
    monkeypatch.setattr(files, "__file__", str(folder / "terrain" / "files.py"))


def test_a_resource_inside_the_package_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "terrain", ".")
    assert resource("templates") == tmp_path / "terrain" / "templates"


def test_a_resource_beside_the_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, ".")
    (tmp_path / "terrain" / "templates").mkdir(parents=True)
    assert resource("templates") == tmp_path / "templates"


def test_a_lost_resource_is_a_broken_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, ".")
    with pytest.raises(TerrainError, match="installation of terrain is broken"):
        resource("sample_benchmarks")
