"""Files of this machine, and those that fsspec reaches (``s3://…``, ``https://…``), alike.

fsspec is wanted only for the latter. Each of its file systems has exceptions of its own, so
whatever it raises counts as a file that cannot be read.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from terrain.errors import DataError, TerrainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::[A-Za-z][A-Za-z0-9+.-]*)*://")
_LOCAL = "file://"


def is_address(path: str) -> bool:
    """Return whether a path is one for fsspec.

    Examples
    --------
    >>> is_address("s3://bucket/a.parquet"), is_address("zip://a.csv::s3://bucket/a.zip")
    (True, True)
    >>> is_address("a.parquet"), is_address("C:/a.parquet")
    (False, False)
    """
    return _ADDRESS.match(path) is not None


def without_scheme(path: str) -> str:
    """Return a file of this machine by its path, other ones as they are.

    Examples
    --------
    >>> without_scheme("file:///data/a.csv"), without_scheme("s3://bucket/a.csv")
    ('/data/a.csv', 's3://bucket/a.csv')
    """
    return path.removeprefix(_LOCAL) if path.startswith(f"{_LOCAL}/") else path


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file for reading; it can be read from any place.

    Raises
    ------
    DataError
        It cannot be opened, or not be read on; the message names it.
    """
    if is_address(path):
        system, inner = _reached(path)
        with _told(path), system.open(inner, "rb") as file:
            yield file
    else:
        try:
            with Path(path).open("rb") as file:
                yield file
        except OSError as error:
            raise _unreadable(path, error) from error


def modified(path: str) -> str | None:
    """Return the time of a file's last change, ISO 8601 in UTC; None where nobody knows it.

    Raises
    ------
    DataError
        There is no such file.
    """
    if is_address(path):
        system, inner = _reached(path)
        with _told(path):
            try:
                moment = system.modified(inner)
            except (NotImplementedError, AttributeError, KeyError):
                return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    else:
        try:
            moment = datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
        except OSError as error:
            raise _unreadable(path, error) from error
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def expanded(address: str, wanted: Callable[[str], bool]) -> list[str]:
    """Return the files of an address (a file, a folder or a glob pattern), sorted by name.

    Parameters
    ----------
    address
        One for which `is_address` holds.
    wanted
        Which files of a folder count.

    Raises
    ------
    DataError
        There is none, or the place cannot be reached.
    """
    system, inner = _reached(address)
    with _told(address):
        if system.isfile(inner):
            return [address]
        if "::" not in address and system.isdir(inner):
            return _named(system, filter(wanted, system.ls(inner, detail=False)), address)
        if "::" not in address and set(inner) & set("*?["):
            return _named(system, system.glob(inner), address)
    raise DataError(f"there is no file {address}; check the name, and that you may read it")


def _named(system: Any, found: Iterator[str], address: str) -> list[str]:  # noqa: ANN401 - of fsspec
    files = sorted(system.unstrip_protocol(name) for name in found if system.isfile(name))
    if not files:
        raise DataError(f"no file to read at {address}; check the folder and the ending")
    return files


def _reached(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path within it."""
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise DataError(
            f"{address} is no file of this machine; to read it, "
            "pip install 'error-terrain[remote]', or copy it here"
        ) from error
    with _told(address):
        system, inner = url_to_fs(address)
    return system, inner


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Turn whatever a file system raises into an error that names the address."""
    try:
        yield
    except (TerrainError, MemoryError):
        raise
    except ImportError as error:  # "Install s3fs to access S3"
        raise DataError(f"{address} cannot be reached: {error}") from error
    except Exception as error:  # each file system has exceptions of its own
        raise _unreadable(address, error) from error


def _unreadable(path: str, error: Exception) -> DataError:
    if isinstance(error, PermissionError):
        return DataError(f"no permission to read {path}; change its permissions")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return DataError(f"cannot read {path}: {' '.join(reason.split())}")
