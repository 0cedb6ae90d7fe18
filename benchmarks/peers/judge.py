"""How much the regions found and the planted region are the same instances.

python judge.py table.parquet planted.npy found.json

Prints the Jaccard index of each region with the planted one, as a JSON list.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def main() -> None:
    """Print the Jaccard indices."""
    table, planted = pd.read_parquet(sys.argv[1]), np.load(sys.argv[2])
    regions = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))["regions"]
    print(json.dumps([jaccard(_members(table, region), planted) for region in regions]))


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Return the size of the intersection over the size of the union of two memberships (n,)."""
    return float((first & second).sum() / (first | second).sum())


def _members(table: pd.DataFrame, conditions: list[dict[str, Any]]) -> np.ndarray:
    held = np.ones(len(table), bool)
    for condition in conditions:
        held &= _satisfied(table[condition["feature"]], condition)
    return held


def _satisfied(column: pd.Series, condition: dict[str, Any]) -> np.ndarray:
    """Return (n,) bool; no value of these tables is missing."""
    if condition["kind"] == "levels":
        return np.asarray(column.isin(condition["levels"]) != condition["negated"])
    low, high = condition["low"], condition["high"]
    above = np.ones(len(column), bool) if low is None else (column >= low).to_numpy()
    return above if high is None else above & (column < high).to_numpy()


if __name__ == "__main__":
    main()
