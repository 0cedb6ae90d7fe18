"""How a slice is scored: by standardized divergence, or as SliceLine does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["divergence", "sliceline"]


@dataclass(frozen=True, kw_only=True)
class Score:
    """What is maximised.

    Attributes
    ----------
    kind
        ``divergence``: how many standard errors a slice's rate lies from the overall rate.
        ``sliceline``: alpha (rate / overall − 1) − (1 − alpha)(n / size − 1) (Sagadeeva and
        Boehm, 2021).
    alpha
        SliceLine's weight of the rate against the size; 1 asks for the rate alone.
    find
        ``failing``: high rates; ``best``: low ones.
    exposure, events
        Of all instances.
    variance
        Of one instance's events, where these are not 0/1; None for a binomial.
    """

    kind: Kind
    alpha: float
    find: Literal["failing", "best"]
    exposure: float
    events: float
    variance: float | None

    def __call__(
        self, exposure: NDArray[np.float64], events: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the score of slices; −inf where there is no exposure."""
        overall = self.events / self.exposure
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = events / exposure
            if self.find == "best":
                rate = 2 * overall - rate
            if self.kind == "sliceline":
                size = self.exposure / exposure - 1
                score = self.alpha * (rate / overall - 1) - (1 - self.alpha) * size
            else:
                one = overall * (1 - overall) if self.variance is None else self.variance
                score = (rate - overall) * np.sqrt(exposure / one)
        return np.where(exposure > 0, score, -np.inf)
