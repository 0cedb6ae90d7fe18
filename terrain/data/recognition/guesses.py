"""Guesses at the role of a column, from its usual names and from what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terrain.data.arrow import levels_of
from terrain.data.deciding import POSITIVE_NAMES
from terrain.data.recognition import usual
from terrain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import pyarrow as pa

    from terrain.data.columns import Column

Columns = dict[str, "Column"]

MOST_CLASSES = 1_000
"""Distinct labels above which no column is looked for that is named after one of them."""


class Pick(NamedTuple):
    """The columns taken for a role, and why; none: the role is not played."""

    columns: tuple[str, ...] = ()
    because: str = ""


def classes_in(columns: Iterable[Column], table: pa.Table) -> set[str]:
    """Return the distinct values of label and prediction; none where that is no classification."""
    classes: set[str] = set()
    for column in columns:
        if column.kind in {"nested", "binary"} or column.distinct > MOST_CLASSES:
            return set()
        if column.present:
            classes.update(levels_of(table[column.name])[0])
    return classes


def label_among(free: Columns) -> Pick:
    """Return the column with a usual name for the label.

    Raises
    ------
    UsageError
        Two columns have equally usual names.
    """
    return _only(usual.candidates(_fitting(free, _is_plain), usual.LABEL), "label")


def prediction_among(free: Columns, table: pa.Table, classes: Collection[str]) -> Pick:
    """Return the column with a usual name for the prediction.

    Failing that, a column with the usual name of a score that holds nothing but classes: a score
    of 0 and 1 has been decided already.

    Parameters
    ----------
    free
        Columns without a role.
    table
        (n,) rows.
    classes
        The distinct labels; none if there are too many, or if no score may be a prediction.

    Raises
    ------
    UsageError
        Two columns have equally usual names.
    """
    plain = _fitting(free, _is_plain)
    pick = _only(usual.candidates(plain, usual.PREDICTION), "prediction")
    if pick.columns:
        return pick
    decided = [
        name
        for name in usual.candidates(plain, usual.SCORE)
        if 0 < free[name].distinct <= len(classes)
        and set(levels_of(table[name])[0]) <= set(classes)
    ]
    return _only(decided, "prediction", "usual name of a score, but it holds only labels")


def scores_among(free: Columns, classes: Collection[str], *, decides: bool) -> Pick:
    """Return the score of the positive class, or one score for each class.

    A single score is taken where it says it all (of two classes) or where nothing else decides.
    One column per class is taken if every class has one.

    Parameters
    ----------
    free
        Columns without a role.
    classes
        The distinct labels and predictions; none if there are too many.
    decides
        Whether the score has to stand in for a prediction.

    Raises
    ------
    UsageError
        Two columns, or two families of columns, have equally usual names.
    """
    numeric = _fitting(free, _is_score)
    single = len(classes) in {1, 2} or decides
    first, *later = usual.SCORE
    found = usual.candidates(numeric, (first,)) if single else ()
    if found:
        return _only(found, "score")
    family = _family(numeric, set(classes))
    if family.columns or not single:
        return family
    return _only(usual.candidates(numeric, tuple(later)), "score")


def error_among(free: Columns) -> Pick:
    """Return the column with a usual name for an error.

    Raises
    ------
    UsageError
        Two columns have equally usual names.
    """
    return _only(usual.candidates(_fitting(free, _is_error), usual.ERROR), "error")


def weight_among(free: Columns) -> Pick:
    """Return the column with a usual name for a weight, if every row has one of at least 0.

    Raises
    ------
    UsageError
        Two columns have equally usual names.
    """
    named = usual.candidates(free, usual.WEIGHT)
    return _only(_fitting({name: free[name] for name in named}, _is_weight), "weight")


def id_among(free: Columns) -> Pick:
    """Return a column that identifies: different in every row, and named so.

    Of several the surest name wins, then the first; which one is shown changes no number.
    """
    sure, row_number = usual.IDENTIFIER
    by_name = {name for names in usual.IDENTIFIER for name in usual.candidates(free, (names,))}
    named = {name: free[name] for name in free if name in by_name or usual.is_id_name(name)}
    unique = _fitting(named, _is_identifier)
    found = (
        *usual.candidates(unique, (sure,)),
        *(name for name in unique if usual.is_id_name(name) and not usual.is_row_number(name)),
        *usual.candidates(unique, (row_number,)),
    )
    return Pick(found[:1], "named like an id, and every value is different") if found else Pick()


def _family(numeric: Iterable[str], classes: set[str]) -> Pick:
    found = usual.families(numeric, classes)
    whole = [tuple(members.values()) for members in found.values() if set(members) == classes]
    if len(whole) > 1:
        first, second, *_ = whole
        raise UsageError(
            f"two families of columns could be the scores: `{first[0]}`, … and `{second[0]}`, …; "
            f"say --score for each column of one, or --exclude those of the other"
        )
    if whole and len(classes) > 1:
        return Pick(whole[0], "one for each class, by their names")
    if len(classes) > 2:  # noqa: PLR2004 - of two classes, one score says it all
        return Pick()
    lone = [
        name
        for members in found.values()
        for known, name in members.items()
        if known.casefold() in POSITIVE_NAMES
    ]
    return _only(lone, "score", "usual name, for the positive class")


def _only(found: Iterable[str], role: str, because: str = "usual name") -> Pick:
    names = tuple(found)
    if len(names) > 1:
        shown = ", ".join(f"`{name}`" for name in names[:-1])
        number = "two" if len(names) == 2 else f"{len(names):,}"  # noqa: PLR2004 - a word reads better
        ways = " or ".join(f"--{role} {name}" for name in names[:3])
        raise UsageError(
            f"{number} columns could be the {role}: {shown} and `{names[-1]}`; say {ways}"
        )
    return Pick(names, because) if names else Pick()


def _fitting(free: Columns, fits: Callable[[Column], bool]) -> Columns:
    return {name: column for name, column in free.items() if fits(column)}


def _is_plain(column: Column) -> bool:
    return column.kind not in {"nested", "binary", "date"}


def _is_score(column: Column) -> bool:
    return column.is_numeric and column.present > 0


def _is_error(column: Column) -> bool:
    return column.is_numeric or column.kind == "bool"


def _is_weight(column: Column) -> bool:
    return column.least is not None and column.least >= 0 and column.missing == 0


def _is_identifier(column: Column) -> bool:
    return column.unique and column.kind in {"integer", "number", "text"} and column.rows > 1
