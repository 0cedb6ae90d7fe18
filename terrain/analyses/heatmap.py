"""Two features at once: the target in every cell that a stretch of each makes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.statistics.batch import Batch, Part
    from terrain.statistics.findings import Estimate
    from terrain.statistics.measured import Instrument
    from terrain.statistics.metrics import Indicator


class Axis(NamedTuple):
    """A feature and the disjoint sets of its codes that are told apart."""

    feature: str
    stretches: Sequence[tuple[int, ...]]

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Return the (n,) stretch of each code; every code lies in one."""
        lookup = np.zeros(np.iinfo(codes.dtype).max + 1, np.int64)
        for place, stretch in enumerate(self.stretches):
            lookup[list(stretch)] = place
        return lookup[codes]


class Cell(NamedTuple):
    """A cell.

    Attributes
    ----------
    instances
        All of them, whether the target is defined or not.
    units
        Those for which it is.
    estimate
        The target with its interval.
    """

    instances: int
    units: int
    estimate: Estimate


def crossed(
    parts: Sequence[Part], down: Axis, across: Axis, instrument: Instrument, target: Indicator
) -> list[list[Cell]]:
    """Return the target where two features cross, on all parts together.

    Parameters
    ----------
    parts
        All instances.
    down, across
        Two features.
    instrument, target
        How regions are measured, and what of.

    Returns
    -------
    A row for each stretch of `down`, with a cell for each stretch of `across`.
    """
    narrow = replace(instrument, metrics={target.name: target})
    width = len(across.stretches)
    assign = partial(_assign, down=down, across=across)
    measured = [narrow.partition(part, assign, len(down.stretches) * width) for part in parts]
    wholes = [reduce(add, each) for each in zip(*measured, strict=True)]
    cells = [
        Cell(whole.tally.instances, int(target.moments(whole.tally).units), whole.estimate(target))
        for whole in wholes
    ]
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def _assign(batch: Batch, down: Axis, across: Axis) -> np.ndarray:
    row, column = (axis.places(batch.codes[axis.feature]) for axis in (down, across))
    return row * len(across.stretches) + column
