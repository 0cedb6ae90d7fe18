"""What each column holds: its kind, how much is missing, how many values, what text looks like."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from terrain.data.arrow import is_date, is_number, is_text
from terrain.engines.threads import each

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["number", "integer", "bool", "text", "date", "nested", "binary"]

NUMBER = r"^\s*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity))\s*$"
"""Text that reads as a number."""


MOSTLY = 0.9
"""Share of the present values of a text column that must be numbers for it to be numeric."""

KINDS: tuple[tuple[Callable[[pa.DataType], bool], Kind], ...] = (
    (is_text, "text"),
    (pa.types.is_null, "text"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_boolean, "bool"),
    (is_date, "date"),
    (is_number, "number"),
    (pa.types.is_duration, "number"),
    (pa.types.is_nested, "nested"),
)
"""Which Arrow types are which kind: the first that matches, else binary."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """The profile of one column.

    Attributes
    ----------
    name
        Its name.
    kind
        What it holds; a length of time is a number, a time of day is text.
    rows, missing
        How many values there are, and how many of them are missing (null or NaN).
    held
        The values, unless text, nested or binary: what is asked of them is found when it is asked.
    levels
        How many different present values there are, of text.
    length, words
        Mean characters and mean words of a present value; 0 unless text.
    numeric
        Share of the present values that read as numbers; 0 unless text.
    numbers
        How many of the distinct values read as numbers; 0 unless text.
    digits
        Whether it is text of nothing but digits.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    held: pa.ChunkedArray | None = field(default=None, repr=False, compare=False)
    levels: int = 0
    length: float = 0.0
    words: float = 0.0
    numeric: float = 0.0
    numbers: int = 0
    digits: bool = False

    @property
    def present(self) -> int:
        """How many values are not missing."""
        return self.rows - self.missing

    @cached_property
    def distinct(self) -> int:
        """How many different present values; 0 if nested or binary, which nobody counts."""
        if self.held is None:
            return self.levels
        ordered = np.sort(self._values)
        return int(self.present > 0) + int(np.count_nonzero(ordered[1:] != ordered[:-1]))

    @property
    def constant(self) -> bool:
        """Whether every row holds the same value."""
        if self.missing or not self.rows:
            return False
        if self.held is None:
            return self.levels == 1
        return bool((self._values == self._values[0]).all())

    @cached_property
    def sequence(self) -> bool:
        """Whether these are integers, all different, that ascend or fill a range without a hole."""
        if self.kind != "integer" or self.missing or self.rows < 2:  # noqa: PLR2004 - nothing follows
            return False
        if (self._values[1:] > self._values[:-1]).all():
            return True
        span = int(self._values.max()) - int(self._values.min())
        return span == self.rows - 1 and self.unique

    @property
    def least(self) -> float | None:
        """The smallest number; None unless numbers."""
        measured = self.held is not None and self.present and self._values.dtype.kind in "iuf"
        return float(self._values.min()) if measured else None

    @cached_property
    def _values(self) -> np.ndarray:
        return np.empty(0) if self.held is None else _as_numpy(self.held)

    @property
    def unique(self) -> bool:
        """Whether every row holds a value of its own."""
        return self.distinct == self.rows

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers, or text that was meant to.

        Such text reads as numbers in at least 90% of its values and in most of its distinct
        ones: ``0`` in nearly every row beside ``low`` and ``high`` are three levels.
        """
        meant = self.numeric >= MOSTLY and 2 * self.numbers > self.distinct
        return self.kind in {"number", "integer"} or meant

    @property
    def is_ordered(self) -> bool:
        """Whether, as a feature, it has ranges rather than levels.

        Text of nothing but digits was kept as text by whoever wrote it: codes of names.
        """
        return self.kind == "date" or (self.is_numeric and not self.digits)


def profile(table: pa.Table) -> dict[str, Column]:
    """Return the profile of every column, in the table's order.

    Examples
    --------
    >>> profile(pa.table({"region": ["north", None, "north"]}))["region"].distinct
    1
    """
    found = each(lambda name: profiled(name, table[name]), table.column_names)
    return dict(zip(table.column_names, found, strict=True))


def as_plain_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return string views and columns of nothing, with which pyarrow can do little, as strings."""
    awkward = pa.types.is_string_view(column.type) or pa.types.is_null(column.type)
    return column.cast(pa.large_string()) if awkward else column


def encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as (n,) indices into its values; a dictionary column keeps its own."""
    column = as_plain_text(column)
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        return pa.array([], column.type) if whole.num_chunks == 0 else whole.chunk(0)
    return whole


def levels(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Return the (k,) different present values and how many rows hold each, (k,) int64."""
    whole = encoded(column)
    indices = whole.indices.drop_null().to_numpy(zero_copy_only=False)
    counts = np.bincount(indices, minlength=len(whole.dictionary))
    used = (counts > 0) & pc.is_valid(whole.dictionary).to_numpy(zero_copy_only=False)
    return whole.dictionary.filter(pa.array(used)), counts[used]


def reads_as_number(texts: pa.Array) -> np.ndarray:
    """Return (k,) bool: which texts read as numbers.

    Examples
    --------
    >>> reads_as_number(pa.array(["1", "-2.5e3", "n/a", " 7 "])).tolist()
    [True, True, False, True]
    """
    matches = pc.match_substring_regex(texts, NUMBER)
    return np.asarray(matches.to_numpy(zero_copy_only=False), dtype=bool)


def profiled(name: str, column: pa.ChunkedArray) -> Column:
    """Return the profile of one column."""
    if pa.types.is_time(column.type):
        column = column.cast(pa.string())
    kind = kind_of(column.type)
    if kind in {"nested", "binary"}:
        return Column(name=name, kind=kind, rows=len(column), missing=column.null_count)
    if kind == "text":
        return _text(name, column)
    missing = len(column) - len(_as_numpy(column))
    return Column(name=name, kind=kind, rows=len(column), missing=missing, held=column)


def kind_of(held: pa.DataType) -> Kind:
    """Return what a column of a type holds."""
    held = held.value_type if pa.types.is_dictionary(held) else held
    return next((kind for matches, kind in KINDS if matches(held)), "binary")


def _text(name: str, column: pa.ChunkedArray) -> Column:
    texts, counts = levels(column)
    present = int(counts.sum())
    if present == 0:
        return Column(name=name, kind="text", rows=len(column), missing=len(column))
    lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    numbers = reads_as_number(texts)
    spaces = pc.count_substring(texts, " ").to_numpy(zero_copy_only=False)
    return Column(
        name=name,
        kind="text",
        rows=len(column),
        missing=len(column) - present,
        levels=len(texts),
        length=float(lengths @ counts / present),
        words=float(spaces @ counts / present) + 1,
        numeric=float(counts[numbers].sum() / present),
        numbers=int(numbers.sum()),
        digits=bool(pc.all(pc.utf8_is_digit(texts)).as_py()),
    )


def _as_numpy(column: pa.ChunkedArray) -> np.ndarray:
    """Return the present values; counting them needs no more than that equal ones stay equal."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_decimal(column.type):
        column = pc.cast(column, pa.float64(), safe=False)
    values = column.drop_null().to_numpy()
    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(0, bool)
    return values[~missing] if missing.any() else values
