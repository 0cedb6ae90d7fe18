"""How a slice is scored: by its evidence, by standardized divergence, or as SliceLine does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import rel_entr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["evidence", "divergence", "sliceline"]

DIGIT = math.log(10)
"""What a bound with one digit more must gain: of ten such numbers, one shows as much by chance."""

SMALL = 0.01
"""Share of SliceLine's score that counts as nothing; it is no evidence, and has no unit."""

TINY = 1e-300
"""Instead of no exposure, where there are no events either."""


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

    def indistinct(self, best: float) -> float:
        """Return the lowest score that chance does not tell from a best one: see `DIGIT`."""
        if self.kind == "sliceline":
            return best - SMALL * abs(best)
        if self.kind == "divergence":  # half its square is evidence
            return math.sqrt(max(best**2 - 2 * DIGIT, 0.0))
        return best - DIGIT

    def bound(self, exposure: Floats, events: Floats) -> Floats:
        """Return what the score cannot exceed, at less cost than the score.

        A log-likelihood ratio is at most the squared divergence (the Kullback-Leibler divergence
        is at most the chi-square distance), and at most half of it up to a rate of one minus the
        overall rate, where the variance is at least that of the overall rate.
        """
        if self.kind != "evidence" or self.variance is not None:
            return self(exposure, events)
        half = self._half_square(exposure, events)
        if self.find == "failing":
            beyond = events > max(self.overall, 1 - self.overall) * exposure
        else:
            beyond = events < min(self.overall, 1 - self.overall) * exposure
        half[beyond] *= 2
        return half

    def ceiling(self, exposure: Floats, events: Floats) -> Floats:
        """Return what no union of cells can exceed, be it of some of them or of all.

        Evidence and the squared divergence, taken as 0 where a rate lies on the other side, are
        convex and grow with the size, so that of a union is at most the sum of the cells'.
        SliceLine's score is bounded by the most extreme rate and the whole size (Sagadeeva and
        Boehm, 2021).

        Parameters
        ----------
        exposure, events
            (cells, …) of disjoint cells.

        Returns
        -------
        (…) bounds.
        """
        if self.kind == "sliceline":
            return self._sliceline_ceiling(exposure, events)
        bounds = np.maximum(self.bound(exposure, events), 0.0)
        if self.kind == "evidence":
            return bounds.sum(axis=0)
        return np.sqrt(np.square(bounds).sum(axis=0))

    @property
    def _direction(self) -> float:
        return 1.0 if self.find == "failing" else -1.0

    @np.errstate(divide="ignore", invalid="ignore")
    def _sliceline(self, exposure: Floats, events: Floats) -> Floats:
        lift = self._direction * (events / exposure / self.overall - 1)
        return self.alpha * lift - (1 - self.alpha) * (self.exposure / exposure - 1)

    @np.errstate(divide="ignore", invalid="ignore")
    def _sliceline_ceiling(self, exposure: Floats, events: Floats) -> Floats:
        directed = np.where(exposure > 0, self._direction * events / exposure, -np.inf)
        whole = exposure.sum(axis=0)
        ceiling = self._sliceline(whole, self._direction * directed.max(axis=0) * whole)
        return np.where(whole > 0, ceiling, -np.inf)

    @property
    def _one(self) -> float:
        """The variance of one unit of exposure's events."""
        return self.overall * (1 - self.overall) if self.variance is None else self.variance

    @np.errstate(divide="ignore", invalid="ignore")
    def _divergence(self, exposure: Floats, events: Floats) -> Floats:
        excess = events - self.overall * exposure
        return self._direction * excess / np.sqrt(self._one * exposure)

    def _half_square(self, exposure: Floats, events: Floats) -> Floats:
        excess = events - self.overall * exposure
        square = np.abs(excess)  # in place, as this is what a search does most
        square *= excess
        square *= self._direction / (2 * self._one)
        square /= np.maximum(exposure, TINY)
        return square

    @np.errstate(divide="ignore", invalid="ignore")
    def _likelihood_ratio(self, exposure: Floats, events: Floats) -> Floats:
        expected = self.overall * exposure
        ratio = rel_entr(events, expected) + rel_entr(exposure - events, exposure - expected)
        return self._direction * np.sign(events - expected) * ratio
