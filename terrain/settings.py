"""Files of settings: read with every mistake named by its line, cohorts written to one."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from terrain.errors import UsageError, nearest
from terrain.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

OWN = "terrain.toml"
FILES = {"pyproject.toml": ("tool", "terrain"), OWN: ()}
"""Where settings may stand: file, and the table in it that holds ours; a later file wins."""

TABLES = ("analyze", "cohorts", "check")


class Table(NamedTuple):
    """A table of a file, with what is needed to name the line of a mistake in it.

    Attributes
    ----------
    path, label
        The file, and the table's full name in it.
    text
        The whole file.
    found
        What the table holds.
    """

    path: Path
    label: str
    text: str
    found: dict[str, Any]


class Settings(NamedTuple):
    """What the files of a folder say.

    Attributes
    ----------
    analyze
        Settings by name, with underscores.
    origin
        The file that each of these comes from.
    cohorts
        Expressions by name.
    check
        The policy of the gate: that of the last file that has one; None where none has.
    """

    analyze: dict[str, Any]
    origin: dict[str, str]
    cohorts: dict[str, str]
    check: Table | None = None


def read_settings(folder: Path, known: Collection[str], own: Path | None = None) -> Settings:
    """Return the settings that a folder holds; nothing where files or tables are absent.

    Parameters
    ----------
    folder
        Where the files may lie.
    known
        The settings of `analyze`.
    own
        The file that takes the place of ``terrain.toml``; it must be there.

    Raises
    ------
    UsageError
        A file that cannot be read, a table or a setting that is not among the `known` ones, a
        cohort that is no text.
    """
    settings = Settings({}, {}, {})
    for path, home in _files(folder, own).items():
        text = _text(path)
        tables = _tables(path, home, text)
        label = ".".join((*home, "analyze"))
        _refuse_unknown(path, label, text, tables["analyze"], known)
        found = {key.replace("-", "_"): value for key, value in tables["analyze"].items()}
        settings.analyze.update(found)
        settings.origin.update(dict.fromkeys(found, path.name))
        _refuse_no_cohort(path, ".".join((*home, "cohorts")), text, tables["cohorts"])
        settings.cohorts.update(tables["cohorts"])
        if tables["check"]:
            table = Table(path, ".".join((*home, "check")), text, tables["check"])
            settings = settings._replace(check=table)
    return settings


def _files(folder: Path, own: Path | None) -> dict[Path, tuple[str, ...]]:
    """Return the files of settings, and the table in each that holds ours; a later one wins."""
    if own is None:
        return {folder / name: home for name, home in FILES.items()}
    if not own.exists():
        raise UsageError(f"there is no file {own}: check the name and the folder")
    above = {folder / name: home for name, home in FILES.items() if name != OWN}
    return {**above, own: FILES.get(own.name, ())}


def save_cohorts(folder: Path, cohorts: Mapping[str, str]) -> str:
    """Write cohorts into the folder's ``terrain.toml``; all else in it stays as it is.

    Returns
    -------
    A line that says what was written where.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    import tomlkit  # noqa: PLC0415 - rarely needed
    import tomlkit.items  # noqa: PLC0415 - as above

    path = folder / OWN
    document = tomlkit.parse(_text(path))
    if "cohorts" not in document:
        if document.body:
            document.add(tomlkit.nl())
        document.add("cohorts", tomlkit.table())
    table = document["cohorts"]
    for name, text in cohorts.items():
        table[name] = text
    write_atomically(path, tomlkit.dumps(document).encode())
    kept = ", ".join(f"`{name}`" for name in cohorts)
    return f"{path}: {'the cohort' if len(cohorts) == 1 else 'the cohorts'} {kept}"


def _tables(path: Path, home: tuple[str, ...], text: str) -> dict[str, dict[str, Any]]:
    """Return the tables of one file that are ours, empty where they are absent."""
    try:
        found: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    for place, key in enumerate(home, 1):
        found = _as_table(path, ".".join(home[:place]), found.get(key, {}))
    for key in found:
        if key not in TABLES:
            settings, cohorts, check = (f"[{'.'.join((*home, table))}]" for table in TABLES)
            raise UsageError(
                f"{path}, line {_line_of_table(key, home, text)}: unknown table "
                f"`{'.'.join((*home, key))}`{nearest(key, TABLES) or '.'} Settings stand in "
                f"{settings}, cohorts in {cohorts}, the gate's policy in {check}"
            )
    return {key: _as_table(path, ".".join((*home, key)), found.get(key, {})) for key in TABLES}


def _as_table(path: Path, name: str, found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise UsageError(f"{path}: `{name}` must be a table")
    return found


def _refuse_unknown(
    path: Path, table: str, text: str, found: Mapping[str, Any], known: Collection[str]
) -> None:
    for key in found:
        if key.replace("-", "_") not in known:
            raise UsageError(
                f"{path}, line {_line_of(key, table, text)}: unknown setting `{key}`"
                f"{nearest(key, known) or '.'} The settings of `{table}` are: {', '.join(known)}"
            )


def _refuse_no_cohort(path: Path, table: str, text: str, found: Mapping[str, Any]) -> None:
    for name, said in found.items():
        if not isinstance(said, str):
            raise UsageError(
                f"{path}, line {_line_of(name, table, text)}: the cohort `{name}` must be text, "
                'such as "age < 30 and region = north"'
            )
        if not name.strip():
            raise UsageError(f"{path}, line {_line_of(name, table, text)}: a cohort has no name")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: it is not UTF-8") from error


def _line_of_table(key: str, home: tuple[str, ...], text: str) -> int:
    header = re.compile(rf"\s*\[+\s*{re.escape('.'.join((*home, key)))}\s*[\].]")
    headers = (n for n, line in enumerate(text.splitlines(), 1) if header.match(line))
    return next(headers, 0) or _line_of(key, ".".join(home), text)


def _line_of(key: str, table: str, text: str) -> int:
    """Return the line on which a table sets a key; the table's own where it cannot be told."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip() == f"[{table}]"), 0)
    setting = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""")
    found = (n for n, line in enumerate(lines[start:], start + 1) if setting.match(line))
    return next(found, start + 1)
