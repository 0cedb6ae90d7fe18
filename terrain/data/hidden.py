"""Columns that must not be seen: left out of a table as if it had never had them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from terrain.data.wording import counted, listed
from terrain.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terrain.data.notes import Warned
    from terrain.data.reading.rows import Rows


@dataclass(frozen=True)
class Hidden:
    """Which columns are hidden.

    Attributes
    ----------
    names
        These.
    shown
        All but these; None for all. So a document says which columns it is about, and need not
        name those that it hides.
    """

    names: tuple[str, ...] = ()
    shown: Collection[str] | None = None

    def refuse_unknown(self, columns: Sequence[str]) -> None:
        """Refuse a name that no table has, as one that is misspelt would be shown.

        Raises
        ------
        UsageError
            Such a name.
        """
        for name in self.names:
            if name not in columns:
                known = listed(dict.fromkeys(columns))
                raise UsageError(
                    f"--hide-columns: no column `{name}`{nearest(name, columns) or '.'} "
                    f"The file has: {known}"
                )

    def left_out(self, rows: Rows) -> Rows:
        """Return rows without these columns, and without what is said of them."""
        names = [name for name in rows.table.column_names if self.hides(name)]
        if not names:
            return rows
        return replace(
            rows,
            table=rows.table.drop_columns(names),
            warnings=tuple(
                _unsaid(each, names) for each in rows.warnings if each.column not in names
            ),
            notes=tuple(_without(note, names) for note in rows.notes),
        )

    def noted(self, rows: Rows) -> Rows:
        """Return rows with a note that columns are hidden; it does not name them."""
        if not self.names:
            return rows
        return replace(
            rows,
            notes=(*rows.notes, f"{counted(len(self.names), 'column')} left out by --hide-columns"),
        )

    def hides(self, name: str) -> bool:
        """Return whether a column is hidden."""
        return name in self.names or (self.shown is not None and name not in self.shown)


NOTHING_HIDDEN = Hidden()


def _unsaid(warned: Warned, names: Sequence[str]) -> Warned:
    """Return a warning of several columns that does not name these."""
    return msgspec.structs.replace(
        warned, seen=_without(warned.seen, names), advice=_without(warned.advice, names)
    )


def _without(text: str, names: Sequence[str]) -> str:
    """Return a text in which these names, which always stand in backticks, do not appear."""
    for name in names:
        text = text.replace(f"`{name}`", "a hidden column")
    return text
