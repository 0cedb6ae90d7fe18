"""Tables with one planted region that no grid of bins aligns with.

python planted.py two-numeric 7 100000 table.parquet planted.npy

Twenty features (twelve numbers, eight with five levels each), independent of each other; `wrong` is
1 for 15% of the instances, and for 45% of those in a box of 3% of them. A bound lies anywhere: at a
random quantile of its feature.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = ("two-numeric", "numeric-and-level", "three-numeric")
SUPPORT = 0.03
RATE, PLANTED_RATE = 0.15, 0.45
NUMBERS, CATEGORIES = 12, 8
LEVELS = np.array(["north", "east", "south", "west", "centre"])
QUANTILES: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda u: 100 * u,
    stats.norm.ppf,
    lambda u: 1_000 * stats.expon.ppf(u),
)
"""Numbers are uniform, normal and exponential in turn, given their place in the distribution."""


def main() -> None:
    """Write one table, and which instances lie in the planted region."""
    parser = argparse.ArgumentParser(description="Write a table with one planted region.")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("seed", type=int)
    parser.add_argument("instances", type=int)
    parser.add_argument("table")
    parser.add_argument("planted")
    asked = parser.parse_args()
    table, planted = make(asked.shape, asked.seed, asked.instances)
    table.to_parquet(asked.table, index=False)
    np.save(asked.planted, planted)


def make(shape: str, seed: int, instances: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the table and the planted region's membership (n,).

    The names of the region's features stand in the table's ``attrs``, for a tool that needs to be
    told where to look.
    """
    random = np.random.default_rng([seed, SHAPES.index(shape)])
    places = random.random((NUMBERS, instances))
    levels = random.integers(len(LEVELS), size=(CATEGORIES, instances))
    planted, features = np.ones(instances, bool), []
    ranged = {"two-numeric": 2, "numeric-and-level": 1, "three-numeric": 3}[shape]
    wanted = SUPPORT
    if shape == "numeric-and-level":
        feature = random.integers(CATEGORIES)
        planted &= levels[feature] == random.integers(len(LEVELS))
        features.append(f"c{feature}")
        wanted *= len(LEVELS)
    chosen = random.choice(NUMBERS, ranged, replace=False)
    for feature, width in zip(chosen, _widths(random, ranged, wanted), strict=True):
        start = random.uniform(0.02, 0.98 - width)
        planted &= (places[feature] >= start) & (places[feature] < start + width)
        features.append(f"x{feature}")
    table: dict[str, Any] = {
        f"x{i}": QUANTILES[i % len(QUANTILES)](places[i]) for i in range(NUMBERS)
    }
    table |= {f"c{i}": pd.Categorical(LEVELS[levels[i]]) for i in range(CATEGORIES)}
    table["wrong"] = random.random(instances) < np.where(planted, PLANTED_RATE, RATE)
    made = pd.DataFrame(table).astype({"wrong": "int8"})
    made.attrs["planted"] = features
    return made, planted


def _widths(random: np.random.Generator, ranges: int, product: float) -> np.ndarray:
    """Return the shares of the ranges: their product is given, their ratios are up to about 2."""
    stretched = np.exp(random.uniform(-0.35, 0.35, ranges))
    return stretched * (product / stretched.prod()) ** (1 / ranges)


if __name__ == "__main__":
    main()
