"""Which column is what: as the user says, else by its usual name and by what it holds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import combinations
from typing import TYPE_CHECKING

from terrain.data.columns import profile
from terrain.data.notes import LeftOut, Role, Warned
from terrain.data.recognition import guesses
from terrain.data.recognition.carriers import hindrance
from terrain.data.recognition.features import (
    check_features,
    check_weight,
    no_features,
    refuse_unusable,
)
from terrain.data.recognition.guesses import Pick
from terrain.data.recognition.picks import NAMED, Picks, pick_outcome
from terrain.data.recognition.usual import WEIGHT, fold
from terrain.data.wording import listed
from terrain.errors import UsageError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

    from terrain.data.columns import Column
    from terrain.data.recognition.carriers import Hindrance

OPTIONS = {
    "label": "--label",
    "prediction": "--prediction",
    "scores": "--score",
    "errors": "--error",
    "features": "--features",
    "sensitive": "--sensitive",
    "id": "--id",
    "group": "--group",
    "weight": "--weight",
    "count": "--count",
    "raw": "--raw",
    "exclude": "--exclude",
}
"""The option that names each role."""

TOGETHER = (frozenset({"features", "sensitive", "group", "raw"}), frozenset({"id", "raw"}))
"""Roles that one column may play at once."""

NO_CONDITION = {
    "label": "is the label",
    "prediction": "is the prediction",
    "scores": "is a score",
    "errors": "is an error to be explained",
    "id": "identifies instances",
    "group": "says which instances belong together",
    "weight": "is the weight of instances",
    "count": "counts instances",
    "raw": "is raw content",
    "exclude": "excluded by --exclude",
}
"""Why a column with a role carries no condition."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The columns that the user names; None or () where a role is to be recognised.

    `group` and `count` are never guessed: taking one wrongly would change every number.
    """

    label: str | None = None
    prediction: str | None = None
    scores: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    id: str | None = None
    group: str | None = None
    weight: str | None = None
    count: str | None = None
    raw: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def named(self) -> dict[str, tuple[str, ...]]:
        """Return the columns of every role that the user names, without repetition.

        Examples
        --------
        >>> Wanted(label="y", features=("age", "sex", "age")).named()
        {'label': ('y',), 'features': ('age', 'sex')}
        """
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        named = {role: (said,) if isinstance(said, str) else said for role, said in said.items()}
        return {role: tuple(dict.fromkeys(names)) for role, names in named.items() if names}


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Which column is what.

    Attributes
    ----------
    label, prediction
        Both, or a label with scores; None for a table of the user's own errors.
    scores
        One column, or one for each class.
    errors
        The user's own errors; the first is the one that is searched.
    features, sensitive
        Columns that conditions are made of; columns whose groups are compared.
    id, group, weight, count, raw
        What identifies, binds, weighs, counts and shows instances.
    said
        For every role that is played, its columns and by what rule.
    left_out
        Every column that carries no condition, and why; empty if the user names the features.
    """

    label: str | None
    prediction: str | None
    scores: tuple[str, ...]
    errors: tuple[str, ...]
    features: tuple[str, ...]
    sensitive: tuple[str, ...]
    id: str | None
    group: str | None
    weight: str | None
    count: str | None
    raw: tuple[str, ...]
    said: tuple[Role, ...]
    left_out: tuple[LeftOut, ...]


def recognise(table: pa.Table, wanted: Wanted) -> tuple[Roles, tuple[Warned, ...]]:
    """Return the role of every column, and what appears wrong with the features.

    What the user names stands. For the rest a column's name decides, compared without case and
    separators, together with what it holds; where two names are equally usual, the user decides.

    Parameters
    ----------
    table
        (n,) rows; column names are distinct.
    wanted
        What the user names.

    Raises
    ------
    UsageError
        A name that the table does not have, a column named for two roles, two columns for one
        role, no outcome to explain, or a feature that cannot be one.
    """
    columns = profile(table)
    _refuse_unknown(columns, wanted)
    _refuse_conflicts(wanted)
    picks = Picks(columns, wanted.named())
    pick_outcome(picks, table)
    picks.guess("id", guesses.id_among(picks.free()))
    picks.guess("weight", guesses.weight_among(picks.free()))
    hindered = _hindered(picks, table)
    picks.guess("raw", _raw_among(picks, hindered))
    if not wanted.features:
        picks.guess("features", _features_among(picks, hindered))
    for role in ("features", "sensitive"):
        if picks.get(role).because == NAMED:
            named = [columns[name] for name in picks.columns_of(role)]
            refuse_unusable(named, hindered, OPTIONS[role])
    return _roles(picks, _left_out(picks, hindered)), _warnings(picks, hindered, table)


def _refuse_unknown(columns: dict[str, Column], wanted: Wanted) -> None:
    for role, names in wanted.named().items():
        for name in names:
            if name not in columns:
                hint = nearest(name, columns) or "."
                raise UsageError(
                    f"{OPTIONS[role]}: no column `{name}`{hint} The file has: {listed(columns)}"
                )


def _refuse_conflicts(wanted: Wanted) -> None:
    for (role, names), (other, others) in combinations(wanted.named().items(), 2):
        twice = [name for name in names if name in others]
        if twice and not any({role, other} <= shared for shared in TOGETHER):
            raise UsageError(
                f"`{twice[0]}` is named by both {OPTIONS[role]} and {OPTIONS[other]}: one column "
                "cannot be both; take it out of one"
            )


def _hindered(picks: Picks, table: pa.Table) -> dict[str, Hindrance]:
    """Return what stands in the way of every column that might carry a condition."""
    asked = {*picks.free(), *picks.columns_of("features"), *picks.columns_of("sensitive")}
    found = {
        name: hindrance(column, table[name])
        for name, column in picks.columns.items()
        if name in asked
    }
    return {name: hindered for name, hindered in found.items() if hindered is not None}


def _raw_among(picks: Picks, hindered: dict[str, Hindrance]) -> Pick:
    free = picks.free()
    shown = [name for name, found in hindered.items() if found.code in {"path", "free-text"}]
    return Pick(
        tuple(name for name in shown if name in free), "holds free text, paths or addresses"
    )


def _features_among(picks: Picks, hindered: dict[str, Hindrance]) -> Pick:
    asked = {*picks.free(), *picks.columns_of("sensitive")}
    features = (name for name in picks.columns if name in asked and name not in hindered)
    return Pick(tuple(features), "every other column that can carry a condition")


def _left_out(picks: Picks, hindered: dict[str, Hindrance]) -> tuple[LeftOut, ...]:
    if picks.get("features").because == NAMED:
        return ()
    reasons = {name: found.reason for name, found in hindered.items()}
    for role, reason in NO_CONDITION.items():
        for name in picks.columns_of(role):
            reasons.setdefault(name, reason)
    features = picks.columns_of("features")
    return tuple(
        LeftOut(column=name, reason=reasons[name]) for name in picks.columns if name not in features
    )


def _warnings(picks: Picks, hindered: dict[str, Hindrance], table: pa.Table) -> tuple[Warned, ...]:
    used = dict.fromkeys((*picks.columns_of("features"), *picks.columns_of("sensitive")))
    warnings = check_features([picks.columns[name] for name in used], hindered, table)
    if not picks.columns_of("features"):
        warnings = (no_features(), *warnings)
    weight = picks.get("weight")
    if weight.because != NAMED and any(fold(name) in WEIGHT[-1] for name in weight.columns):
        warnings = (check_weight(weight.columns[0]), *warnings)
    return warnings


def _roles(picks: Picks, left_out: tuple[LeftOut, ...]) -> Roles:
    def one(role: str) -> str | None:
        return next(iter(picks.columns_of(role)), None)

    return Roles(
        label=one("label"),
        prediction=one("prediction"),
        scores=picks.columns_of("scores"),
        errors=picks.columns_of("errors"),
        features=picks.columns_of("features"),
        sensitive=picks.columns_of("sensitive"),
        id=one("id"),
        group=one("group"),
        weight=one("weight"),
        count=one("count"),
        raw=picks.columns_of("raw"),
        said=tuple(
            Role(role=role, columns=pick.columns, because=pick.because)
            for role in OPTIONS
            if role != "exclude" and (pick := picks.get(role)).columns
        ),
        left_out=left_out,
    )
