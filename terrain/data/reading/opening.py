"""Opening files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from terrain.errors import DataError


def opened(path: str) -> BinaryIO:
    """Open a file for reading."""
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def modified(path: str) -> str | None:
    """Return when a file was changed last, ISO 8601 in UTC; None where nobody knows."""
    moment = datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    return moment.isoformat(timespec="seconds")
