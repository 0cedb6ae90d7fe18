"""A target that a test gives outright, whatever the measures say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terrain.statistics.measures import Measures

if TYPE_CHECKING:
    import numpy as np


class Given(NamedTuple):
    """The (n,) events and exposure of each instance."""

    events: np.ndarray
    exposure: np.ndarray

    def per_instance(self, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
        """Return them."""
        del measures
        return self.events, self.exposure

    def outcome(self, measures: Measures) -> None:
        """Return None: the events and exposure have to be looked at."""
        del measures


def plain(measures: Measures) -> Measures:
    """Return measures that are not by kind: a target that is given does not go with the kinds."""
    return Measures(
        layout=measures.layout,
        axes=measures.axes,
        losses=measures.losses,
        weight=measures.weight,
        weight_squared=measures.weight_squared,
        score=measures.score,
    )
