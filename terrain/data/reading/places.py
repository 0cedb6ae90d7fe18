"""From what the user named (files, glob patterns, folders; here or elsewhere) to single files."""

from __future__ import annotations

import glob
from pathlib import Path

from terrain.data.notes import is_table
from terrain.data.reading.opening import expanded, is_address, without_scheme
from terrain.errors import DataError, nearest

STDIN = "-"
"""The name of standard input among the inputs."""

COMPRESSED = (".gz", ".zst", ".zstd")
FORMATS = {
    ".csv": "text",
    ".tsv": "text",
    ".tab": "text",
    ".txt": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
    ".json": "json lines",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
"""File ending -> format."""


def ending(path: str) -> str:
    """Return the ending that tells the format, in lower case, without that of a compression.

    Examples
    --------
    >>> ending("a/preds.CSV.gz"), ending("preds")
    ('.csv', '')
    """
    name = Path(path)
    if name.suffix.lower() in COMPRESSED:
        name = name.with_suffix("")
    return name.suffix.lower()


def single_files(inputs: list[str]) -> list[str]:
    """Expand folders and glob patterns; a file named twice is there once.

    Folders and patterns are sorted by name, so the order of rows does not depend on the disk.

    Raises
    ------
    DataError
        When a file is missing, a pattern matches none, or a folder has none of a known format.
    """
    given = [without_scheme(path) for path in inputs]
    return list(dict.fromkeys(path for each in given for path in _expanded(each)))


def _expanded(given: str) -> list[str]:
    path = Path(given)
    if is_address(given):
        return expanded(given, lambda name: ending(name) in FORMATS)
    if is_table(given):
        raise DataError(f"{given} is a table, which only `terrain analyze --engine spark` reads")
    if given == STDIN:
        return [given]
    if not given:
        raise DataError("the name of an input is empty; is a variable of your shell not set?")
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        return [given]
    if set(given) & set("*?["):
        return _matching(given)
    raise DataError(f"there is no file {given}{_near(path)}{_where(path)}")


def _in_folder(folder: Path) -> list[str]:
    try:
        entries = sorted(folder.iterdir())
    except PermissionError as error:
        raise DataError(f"no permission to look into the folder {folder}") from error
    files = [str(path) for path in entries if path.is_file() and ending(path.name) in FORMATS]
    if not files:
        inside = f"; for its subfolders, give the pattern '{folder}/**/*.parquet' or the like"
        raise DataError(
            f"the folder {folder} has no file to read (known endings: {', '.join(FORMATS)})"
            f"{inside if any(path.is_dir() for path in entries) else ''}"
        )
    return files


def _matching(pattern: str) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may be absolute
    files = [path for path in found if Path(path).is_file()]
    if not files:
        raise DataError(f"no file matches {pattern}; check the folder and the ending")
    return files


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return ""
    return nearest(path.name, (other.name for other in path.parent.iterdir()))


def _where(path: Path) -> str:
    if path.parent.is_dir():
        return ""
    return f"; the folder {path.parent} does not exist either"
