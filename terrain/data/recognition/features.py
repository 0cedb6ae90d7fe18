"""What appears wrong with the columns that conditions are to be made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from terrain.data.columns import levels, reads_as_number
from terrain.data.notes import Warned
from terrain.data.recognition.carriers import MOST_LEVELS
from terrain.data.recognition.usual import COUNT, fold
from terrain.data.wording import counted, listed
from terrain.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

    from terrain.data.columns import Column
    from terrain.data.recognition.carriers import Hindrance

EXAMPLES = 3
"""Values that a warning shows."""


def refuse_unusable(
    named: Iterable[Column], hindered: Mapping[str, Hindrance], option: str
) -> None:
    """Refuse columns of which no condition can be made, whatever the user says.

    Raises
    ------
    UsageError
        A nested or binary column, or text with more than 65,000 levels.
    """
    for column in named:
        if column.kind in {"nested", "binary"}:
            why = hindered[column.name].reason
        elif column.kind == "text" and not column.is_numeric and column.distinct > MOST_LEVELS:
            why = f"has {column.distinct:,} levels, more than {MOST_LEVELS:,}"
        else:
            continue
        raise UsageError(
            f"{option}: `{column.name}` {why}, so no condition can be made of it; leave it out, "
            "or name a column with plainer values"
        )


def check_features(
    features: Iterable[Column], hindered: Mapping[str, Hindrance], table: pa.Table
) -> tuple[Warned, ...]:
    """Return what appears wrong with features, also with those that the user names."""
    return tuple(
        warned for column in features for warned in _check(column, hindered, table[column.name])
    )


def check_weight(name: str) -> Warned:
    """Return the warning that a column was taken for the weight by a name that says little."""
    return Warned(
        code="weight-guessed",
        seen=f"`{name}` was taken for the weight of each instance, by its name.",
        advice=f"If it is a feature (of a person, a parcel), say so: --exclude {name}, or name it "
        f"among --features; if it is the weight, --weight {name} ends this warning.",
        column=name,
    )


def no_features() -> Warned:
    """Return the warning that nothing can be searched."""
    return Warned(
        code="no-features",
        seen="No column can carry a condition, so no region can be found.",
        advice="Name columns with --features, or add them with --metadata; the columns left out "
        "are listed with the reason.",
    )


def _check(
    column: Column, hindered: Mapping[str, Hindrance], values: pa.ChunkedArray
) -> Iterator[Warned]:
    if column.name in hindered:
        found = hindered[column.name]
        yield Warned(
            code=f"{found.code}-feature",
            seen=f"`{column.name}` is used as a feature although it {_verb(found.reason)}.",
            advice="What is found on it will hardly hold for other data; leave it out unless you "
            "know better.",
            column=column.name,
        )
    if column.kind == "text" and column.is_numeric and column.numeric < 1:
        yield _not_a_number(column, values)
    if fold(column.name) in COUNT and column.kind == "integer" and (column.least or 0) >= 1:
        yield Warned(
            code="perhaps-count",
            seen=f"`{column.name}` is used as a feature; by its name it may say how many instances "
            "each row stands for.",
            advice=f"If it does, say --count {column.name}; every number changes with it.",
            column=column.name,
        )


def _verb(reason: str) -> str:
    """Let a reason follow "it": most begin with a verb, some with what the column is."""
    return reason if reason.startswith(("has", "holds")) else f"is {reason}"


def _not_a_number(column: Column, values: pa.ChunkedArray) -> Warned:
    texts, counts = levels(values)
    strays = np.flatnonzero(~reads_as_number(texts))
    common = strays[np.argsort(-counts[strays], kind="stable")][:EXAMPLES]
    examples = listed([texts[int(place)].as_py() for place in common])
    rows = int(counts[strays].sum())
    return Warned(
        code="not-a-number",
        seen=f"`{column.name}` holds numbers, except in {counted(rows, 'row')} ({examples}), "
        "which count as missing.",
        advice="Correct these values, or leave them empty if they mean that nothing is known.",
        rows=rows,
        column=column.name,
    )
