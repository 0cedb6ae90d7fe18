"""Parts made of codes and a target alone, which is all that the slice search looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from given import Given

from terrain.engines.memory import Memory
from terrain.statistics.batch import Batch
from terrain.statistics.measures import Axis, Layout, Measures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.statistics.batch import Part


def part_of_codes(
    codes: Mapping[str, np.ndarray], events: np.ndarray, exposure: np.ndarray, batches: int = 1
) -> Part:
    """Return a part whose measures nobody looks at."""
    layout = Layout(axes=(Axis("rows", 1),), losses={}, weight_scales=None, score_edges=np.empty(0))
    found = []
    for rows in np.array_split(np.arange(len(events)), batches):
        measures = Measures(
            layout=layout,
            axes=(np.zeros(len(rows), np.uint8),),
            losses=(),
            weight=None,
            weight_squared=None,
            score=None,
        )
        found.append(
            Batch(
                codes={name: values[rows] for name, values in codes.items()},
                measures=measures,
                target=Given(events[rows], exposure[rows]),
                cluster=None,
            )
        )
    return Memory(found)
