"""Files at the lowest level: outputs written whole or not at all, and the package's own folders."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from terrain.errors import DataError, OutputError, TerrainError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKERS = {"templates": "page.html.j2", "sample_benchmarks": "README.md"}

_REASONS = {
    errno.ENOENT: "the folder {folder} does not exist; create it, or name another output",
    errno.ENOTDIR: "{folder} is not a folder; name another output",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.EACCES: "no permission to write there; name another output, or change the permissions",
    errno.EPERM: "no permission to write there; name another output, or change the permissions",
    errno.EROFS: "the file system of {folder} is read-only; name another output",
    errno.ENOSPC: "the disk is full; free some space, or name another output",
    errno.EDQUOT: "your disk quota is used up; free some space, or name another output",
}


def write_atomically(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file so that readers see the old content or the whole new one, nothing between.

    A symbolic link stays and what it points to is replaced; a replaced file keeps its permissions,
    a new one honours the umask. A device or a pipe is written to directly.

    Parameters
    ----------
    path
        Where to write; its folder must exist.
    content
        All bytes, or pieces of them in order.

    Raises
    ------
    OutputError
        When the folder is missing, the disk is full, permission is denied, a folder is in the way,
        or anything else keeps the file from being written. What stood at `path` is untouched.
    """
    pieces = (content,) if isinstance(content, bytes) else content
    try:
        target = path.resolve()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a directory")
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                device.writelines(pieces)
        else:
            _replace(target, pieces)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {reason_of(error, path)}") from error


def reason_of(error: OSError, path: Path) -> str:
    """Return in words why a path could not be written, and what to do."""
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    return reason.format(folder=path.resolve().parent)


def _replace(target: Path, pieces: Iterable[bytes]) -> None:
    """Write `pieces` beside `target`, then move them over it in one step."""
    permissions = _permissions(target)
    beside = target.with_name(f".terrain-{secrets.token_hex(8)}.part")
    try:
        # The opener lets the kernel apply the umask, which Python can only read by changing it.
        with open(beside, "xb", opener=_create) as file:
            if permissions is not None:
                os.fchmod(file.fileno(), permissions)
            _write_through(file, pieces)
        beside.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _permissions(target: Path) -> int | None:
    """Return the mode of the file that will be replaced; None for a new one."""
    if not target.exists():
        return None
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only")
    return stat.S_IMODE(target.stat().st_mode)


def _create(name: str, flags: int) -> int:
    return os.open(name, flags, 0o666)


def _write_through(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    file.writelines(pieces)
    file.flush()
    os.fsync(file.fileno())


def resource(name: Literal["templates", "sample_benchmarks"]) -> Path:
    """Return a folder that ships with the package: inside it when installed, else beside it.

    Raises
    ------
    TerrainError
        When neither place has the folder with its marker file.

    Examples
    --------
    >>> resource("templates").name
    'templates'
    """
    package = Path(__file__).parent
    marker = _MARKERS[name]
    for base in (package, package.parent):
        if (base / name / marker).is_file():
            return base / name
    raise TerrainError(
        f"the installation of terrain is broken: {package} has no {name}/{marker}, nor has the "
        "folder around it; install error-terrain again"
    )


def read_bytes(path: Path) -> bytes:
    """Return a file's content.

    Raises
    ------
    DataError
        The file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}: check the name and the folder") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
