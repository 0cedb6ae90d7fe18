"""Seeded tables whose truth is known: pure noise, planted regions, and large ones for timing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

Features = Literal["independent", "correlated", "rare levels"]
Shape = Literal["one tail condition", "numeric × level", "three numeric", "two levels"]

BASE = 0.15
"""The error rate outside a planted region, and everywhere in pure noise."""

PLANTED = 0.45
"""The error rate inside a planted region."""

SUPPORT = 0.03
"""The share of the instances that lie in a planted region."""

SHAPES: tuple[Shape, ...] = ("one tail condition", "numeric × level", "three numeric", "two levels")

NUMBERS = 10
BINARY = (0.5, 0.5)
FIVE = (0.1, 0.15, 0.2, 0.25, 0.3)
"""Shares of the levels of a five-level feature; the second and third together hold 3%."""

CORRELATION = 0.5
"""Between any two features of a correlated table, before they are cut into levels."""

ROWS_OF_ENTITY = 10
ENTITY_CORRELATION = 0.2
"""Rows of one entity, and the intraclass correlation of their errors."""

WEIGHT_SPREAD = 0.75
"""Of the logarithm of the weights: their effective number is 57% of the rows."""


def zipf(levels: int) -> tuple[float, ...]:
    """Return the shares of levels of which the k-th is k times rarer than the first."""
    shares = 1 / np.arange(1, levels + 1)
    return tuple((shares / shares.sum()).tolist())


@dataclass(frozen=True, kw_only=True)
class Design:
    """What a table is like.

    Attributes
    ----------
    features
        ``independent``; ``correlated``, all of them; ``rare levels``: a hundred levels instead
        of five, most of them in less than 1% of the rows.
    shape
        The planted region; None for pure noise.
    outcome
        ``error``: 0/1. ``loss``: log-normal with mean 1, so that a few rows hold much of it.
    entities
        Whether rows come ten an entity, alike in all features, with errors that go together.
    weighted
        Whether rows have weights, which say nothing about errors.
    """

    features: Features = "independent"
    shape: Shape | None = None
    outcome: Literal["error", "loss"] = "error"
    entities: bool = False
    weighted: bool = False


@dataclass(frozen=True)
class Table:
    """A table and the truth about it.

    Attributes
    ----------
    data
        (n,) instances: 20 features, `wrong`, and where the design has them `entity` and `weight`.
    truth
        (n,) expected error of each instance, given its features.
    planted
        (n,) bool: the planted region; nothing in pure noise.
    """

    data: pa.Table
    truth: np.ndarray
    planted: np.ndarray


def draw(design: Design, n: int, seed: int) -> Table:
    """Return a table: ten numbers, five binary features and five with more levels."""
    rng = np.random.default_rng(seed)
    repeats = ROWS_OF_ENTITY if design.entities else 1
    latent = np.repeat(_latent(rng, n // repeats, design.features), repeats, axis=0)
    levels = zipf(100) if design.features == "rare levels" else FIVE
    columns = features(latent, NUMBERS, [BINARY] * 5 + [levels] * 5)
    planted = _planted(latent, design.shape)
    truth = np.where(planted, PLANTED, BASE if design.outcome == "error" else 1.0)
    columns["wrong"] = pa.array(_outcome(rng, truth, design))
    if design.entities:
        columns["entity"] = pa.array([f"e{row // repeats}" for row in range(n)])
    if design.weighted:
        columns["weight"] = pa.array(rng.lognormal(sigma=WEIGHT_SPREAD, size=n))
    return Table(pa.table(columns), truth, planted)


def features(
    latent: np.ndarray, numbers: int, shares: Sequence[Sequence[float]]
) -> dict[str, pa.Array]:
    """Return standard normal (n, k) values as columns: numbers first, then levels.

    Parameters
    ----------
    latent
        One column for each feature.
    numbers
        How many of them stay numbers.
    shares
        For each of the others the shares of its levels, which are named `v0`, `v1`, ….
    """
    columns = {f"number_{i}": pa.array(latent[:, i]) for i in range(numbers)}
    for i, held in enumerate(shares):
        codes = np.searchsorted(_cuts(held), latent[:, numbers + i]).astype(np.int32)
        names = [f"v{code}" for code in range(len(held))]
        columns[f"level_{i}"] = pa.DictionaryArray.from_arrays(pa.array(codes), names)
    return columns


def _cuts(shares: Sequence[float]) -> np.ndarray:
    """Return where a standard normal is cut so that its parts have the given shares."""
    return np.asarray(ndtri(np.cumsum(shares[:-1])))


def _latent(rng: np.random.Generator, n: int, kind: Features) -> np.ndarray:
    latent = rng.standard_normal((n, NUMBERS + 10))
    if kind == "correlated":
        common = rng.standard_normal((n, 1))
        latent = np.sqrt(CORRELATION) * common + np.sqrt(1 - CORRELATION) * latent
    return latent


def _planted(latent: np.ndarray, shape: Shape | None) -> np.ndarray:
    """Return where the region lies; features are independent wherever one is planted."""
    first, second, third = latent[:, 0], latent[:, 1], latent[:, 2]
    one, other = (np.searchsorted(_cuts(FIVE), latent[:, NUMBERS + i]) for i in (5, 6))
    if shape == "one tail condition":
        return first > ndtri(1 - SUPPORT)
    if shape == "numeric × level":
        return (first > ndtri(1 - SUPPORT / FIVE[2])) & (one == 2)
    if shape == "three numeric":
        return np.minimum(np.minimum(first, second), third) > ndtri(1 - SUPPORT ** (1 / 3))
    if shape == "two levels":
        return (one == 1) & (other == 2)
    return np.zeros(len(latent), dtype=bool)


def _outcome(rng: np.random.Generator, truth: np.ndarray, design: Design) -> np.ndarray:
    if design.outcome == "loss":
        return truth * rng.lognormal(mean=-0.5, sigma=1.0, size=len(truth))
    rate = truth
    if design.entities:  # beta-distributed rates a and b: their ICC is 1 / (a + b + 1)
        together = 1 / ENTITY_CORRELATION - 1
        of_entity = truth[::ROWS_OF_ENTITY]
        drawn = rng.beta(of_entity * together, (1 - of_entity) * together)
        rate = np.repeat(drawn, ROWS_OF_ENTITY)
    return (rng.random(len(truth)) < rate).astype(np.int8)


def large(n: int, seed: int = 0, width: int = 20) -> pa.Table:
    """Return numbers, 3 of 5 features, and others with 2 to 100 levels; errors depend on some."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, width))
    shares = [BINARY, BINARY, FIVE, FIVE, FIVE, zipf(20), zipf(20), zipf(100)]
    numbers = width * 3 // 5
    columns = features(latent, numbers, [shares[i % len(shares)] for i in range(width - numbers)])
    number, level = min(3, numbers - 1), min(numbers + 2, width - 1)
    rate = BASE + 0.3 * ((latent[:, 0] > 1) & (latent[:, level] > 0.5))
    rate += 0.2 * (latent[:, number] < -2)
    columns["wrong"] = pa.array((rng.random(n) < rate).astype(np.int8))
    return pa.table(columns)


def survey(n: int, seed: int = 0) -> pa.Table:
    """Return a table of the shape of a census: many levels, a label and a prediction."""
    rng = np.random.default_rng(seed)
    levels = {"sex": 2, "race": 9, "education": 24, "marital_status": 5, "class_of_worker": 8,
              "relationship": 18, "occupation": 529, "place_of_birth": 223}  # fmt: skip
    latent = rng.standard_normal((n, len(levels)))
    coded = features(latent, 0, [zipf(count) for count in levels.values()])
    columns = {
        "person_id": pa.array(np.arange(n)),
        **dict(zip(levels, coded.values(), strict=True)),
    }
    columns["age"] = pa.array(rng.integers(17, 95, n))
    columns["hours_per_week"] = pa.array(rng.integers(1, 99, n))
    label = rng.random(n) < 0.4
    columns["label"] = pa.array(label.astype(np.int8))
    columns["prediction"] = pa.array((label ^ (rng.random(n) < 0.18)).astype(np.int8))
    return pa.table(columns)
