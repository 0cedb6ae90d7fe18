"""How a slice is scored: by its evidence, by standardized divergence, or as SliceLine does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import rel_entr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["evidence", "divergence", "sliceline"]


@dataclass(frozen=True, kw_only=True)
class Score:
    """What is maximised.

    Attributes
    ----------
    kind
        ``evidence``: the log-likelihood ratio of a slice's own rate against the overall rate
        (for losses half the squared divergence, which it resembles).
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

    @property
    def overall(self) -> float:
        """The overall rate."""
        return self.events / self.exposure

    @property
    def price(self) -> float:
        """How much of the score a unit of description length costs; only evidence has a unit."""
        return 1.0 if self.kind == "evidence" else 0.0

    def __call__(self, exposure: Floats, events: Floats) -> Floats:
        """Return the score of slices; −inf where there is no exposure."""
        if self.kind == "sliceline":
            score = self._sliceline(exposure, events)
        elif self.kind == "divergence":
            score = self._divergence(exposure, events)
        elif self.variance is not None:
            score = self._half_square(exposure, events)
        else:
            score = self._likelihood_ratio(exposure, events)
        score[~(exposure > 0)] = -np.inf
        return score

    def bound(self, exposure: Floats, events: Floats) -> Floats:
        """Return what the score cannot exceed, at less cost than the score.

        A log-likelihood ratio is at most the squared divergence (the Kullback-Leibler divergence
        is at most the chi-square distance), and at most half of it up to a rate of one minus the
        overall rate, where the variance is at least that of the overall rate.
        """
        if self.kind != "evidence" or self.variance is not None:
            return self(exposure, events)
        half = self._half_square(exposure, events)
        low, high = sorted((self.overall, 1 - self.overall))
        beyond = (events > high * exposure) | (events < low * exposure)
        half[beyond] *= 2
        half[~(exposure > 0)] = -np.inf
        return half

    @property
    def _direction(self) -> float:
        return 1.0 if self.find == "failing" else -1.0

    @np.errstate(divide="ignore", invalid="ignore")
    def _sliceline(self, exposure: Floats, events: Floats) -> Floats:
        lift = self._direction * (events / exposure / self.overall - 1)
        return self.alpha * lift - (1 - self.alpha) * (self.exposure / exposure - 1)

    @np.errstate(divide="ignore", invalid="ignore")
    def _divergence(self, exposure: Floats, events: Floats) -> Floats:
        overall = self.overall
        one = overall * (1 - overall) if self.variance is None else self.variance
        return self._direction * (events - overall * exposure) / np.sqrt(one * exposure)

    @np.errstate(invalid="ignore", over="ignore")
    def _half_square(self, exposure: Floats, events: Floats) -> Floats:
        divergence = self._divergence(exposure, events)
        return divergence * np.abs(divergence) / 2

    @np.errstate(divide="ignore", invalid="ignore")
    def _likelihood_ratio(self, exposure: Floats, events: Floats) -> Floats:
        expected = self.overall * exposure
        ratio = rel_entr(events, expected) + rel_entr(exposure - events, exposure - expected)
        return self._direction * np.sign(events - expected) * ratio
