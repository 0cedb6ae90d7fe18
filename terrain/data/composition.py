"""What a benchmark is made of: how many of its instances have which value of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terrain.data.regions import Scale

if TYPE_CHECKING:
    import numpy as np

    from terrain.data.features import Encoding


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """How many instances have which value of one column.

    Attributes
    ----------
    column
        Its name.
    cuts, scale
        Of an ordered column: part i holds ``cuts[i-1] <= x < cuts[i]``; how bounds are printed.
    levels
        Of any other column: part i is ``levels[i]``. None for an ordered one.
    support
        Instances of each part; of those without a value last.
    """

    column: str
    cuts: tuple[float, ...] = ()
    scale: Scale = "number"
    levels: tuple[str, ...] | None = None
    support: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse a support that is not one of these parts.

        Raises
        ------
        ValueError
            It has more or fewer parts, or a negative one.
        """
        parts = len(self.cuts) + 1 if self.levels is None else len(self.levels)
        if len(self.support) != parts + 1 or min(self.support) < 0:
            raise ValueError(f"`{self.column}` has {parts} parts, and a support of another kind")


def composition_of(encoding: Encoding, support: np.ndarray) -> Composition:
    """Return the composition of a column.

    Parameters
    ----------
    encoding
        How it became codes.
    support
        (size,) how many instances have which code.
    """
    return Composition(
        column=encoding.feature,
        cuts=encoding.cuts,
        scale=encoding.scale,
        levels=None if encoding.ordered else encoding.levels,
        support=tuple(support.tolist()),
    )


def composition_of_classes(
    column: str, classes: tuple[str, ...], support: np.ndarray
) -> Composition:
    """Return the composition of a label.

    Parameters
    ----------
    column
        Its name.
    classes
        Its classes.
    support
        (classes + 1,) how many instances have which label, the last none.
    """
    return Composition(column=column, levels=classes, support=tuple(support.tolist()))
