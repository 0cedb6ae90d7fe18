"""The policy of a folder or a file; every mistake is named with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from terrain.config import settings_of
from terrain.errors import UsageError, nearest
from terrain.gate.policy import Policy, Rule, TableRules

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.settings import Table

UNKNOWN = re.compile(r"Object contains unknown field `(.*)`$")
STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


PARTS = {"rules": Rule, "table": TableRules}
"""Tables within the policy."""

KINDS = dict.fromkeys(Policy.__struct_fields__, Policy)
"""The struct that a setting of the policy itself belongs to; all others are a rule's."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """What ``terrain.toml`` holds; the JSON Schema of the policy is that of the whole file."""

    analyze: dict[str, Any] = {}
    cohorts: dict[str, str] = {}
    check: Policy = Policy()


def read_policy(folder: Path, own: Path | None = None, **settings: object) -> Policy:
    """Return the policy that a folder holds.

    Parameters
    ----------
    folder
        Where ``terrain.toml`` (table ``[check]``) or ``pyproject.toml`` (table
        ``[tool.terrain.check]``) may lie.
    own
        The file that takes the place of ``terrain.toml``.
    settings
        Of the policy, in place of the file's; None are not set.

    Raises
    ------
    UsageError
        There is no policy, or a mistake in it: the message names the file, the line, what is
        wrong, and the nearest right setting.
    """
    table = policy_table(folder, own)
    given = {key: value for key, value in settings.items() if value is not None}
    try:
        return msgspec.convert({**_underscored(table.found), **given}, Policy, strict=True)
    except msgspec.ValidationError as error:
        raise UsageError(_mistake(table, str(error))) from error


def policy_table(folder: Path, own: Path | None = None) -> Table:
    """Return the table of a folder's policy, with the file that it stands in; see `read_policy`.

    Raises
    ------
    UsageError
        There is none.
    """
    table = settings_of(folder, own).check
    if table is None:
        where = own or "terrain.toml ([check]) nor in pyproject.toml ([tool.terrain.check])"
        raise UsageError(
            f"there is no policy in {where}: let `terrain init FILES` propose one, or name its "
            "file with --policy"
        )
    return table


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``terrain.toml``, the policy in full."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(_File),
    }


def _underscored(found: dict[str, Any]) -> dict[str, Any]:
    """Return a policy's settings with underscores; names of columns stay as they are."""
    plain = _renamed(found)
    if isinstance(plain.get("rules"), list):
        plain["rules"] = [_renamed(rule) for rule in plain["rules"]]
    plain["table"] = _renamed(plain.get("table", {}))
    return plain


def _renamed(found: Any) -> Any:  # noqa: ANN401 - msgspec refuses what is no table
    if not isinstance(found, dict):
        return found
    return {key.replace("-", "_"): value for key, value in found.items()}


def _mistake(table: Table, said: str) -> str:
    reason, _, place = said.partition(" - at `$")
    steps = [(name, int(number or 0)) for name, number in STEP.findall(place.split("[.")[0])]
    unknown = UNKNOWN.match(reason)
    if unknown is not None:
        return _unknown(table, steps, unknown[1])
    line = _line(table, steps[:-1], steps[-1]) if steps else _line(table, [], ("", 0))
    said = f"{reason[0].lower()}{reason[1:]}"
    if steps and reason.startswith(("Expected", "Invalid")):
        name = steps[-1][0]
        said = f"`{name}` cannot be used: {said}{_choices(KINDS.get(name, Rule), name)}"
    return f"{table.path}, line {line}: {said}"


def _unknown(table: Table, steps: list[tuple[str, int]], key: str) -> str:
    kind = PARTS[steps[0][0]] if steps else Policy
    known = kind.__struct_fields__
    whose = "the policy" if kind is Policy else f"`{table.label}.{steps[0][0]}`"
    return (
        f"{table.path}, line {_line(table, steps, (key, 0))}: unknown setting `{key}`"
        f"{nearest(key, known) or '.'} The settings of {whose} are: {', '.join(known)}"
    )


def _choices(kind: type[msgspec.Struct], name: str) -> str:
    """Return the values that a setting takes, where these can be listed."""
    hint = get_type_hints(kind).get(name)
    options = [hint, *get_args(hint)]
    words = [w for each in options if get_origin(each) is Literal for w in get_args(each)]
    return f"; it takes {', '.join(words)}" if words else ""


def _line(table: Table, steps: list[tuple[str, int]], last: tuple[str, int]) -> int:
    """Return the line on which a setting stands; that of its table where it cannot be told."""
    lines = table.text.splitlines()
    label, start = table.label, _header(lines, table.label, 0) or 0
    for name, number in (*steps, last):
        label = f"{label}.{name}"
        header = _header(lines, label, number)
        if header is None:
            return _setting(lines, start, name) or start or 1
        start = header
    return start


def _header(lines: list[str], label: str, number: int) -> int | None:
    """Return the line of a table's header, or of the header of an array's table."""
    header = re.compile(rf"\s*\[+\s*{re.escape(label)}\s*\]")
    found = [n for n, line in enumerate(lines, 1) if header.match(line)]
    return found[number] if number < len(found) else None


def _setting(lines: list[str], start: int, name: str) -> int | None:
    setting = re.compile(rf"""\s*["']?{re.escape(name).replace("_", "[-_]")}["']?\s*[.=]""")
    for n, line in enumerate(lines[start:], start + 1):
        if line.lstrip().startswith("["):
            return None
        if setting.match(line):
            return n
    return None
