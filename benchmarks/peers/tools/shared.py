"""What every peer's script shares: read the table, search it, write the regions found.

A region is a list of conditions as terrain's JSON writes them, so that one judge reads them all.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = "wrong"
MOST = 10
"""Regions that a tool may name, best first."""
MIN_SUPPORT = 0.01
"""Smallest share of the instances that a region may hold."""

Condition = dict[str, Any]
Region = list[Condition]


def run(search: Callable[[pd.DataFrame, np.ndarray], list[Region]]) -> None:
    """Search the table that the first argument names; write what was found to the second.

    Parameters
    ----------
    search
        Takes the features (n, 20) and the errors (n,) of 0 and 1; returns regions, best first.
    """
    table = pd.read_parquet(sys.argv[1])
    wrong = table.pop(TARGET).to_numpy()
    before, started = _memory(), time.process_time()
    regions = search(table, wrong)
    spent = {"search_cpu": time.process_time() - started, "search_memory": _memory() - before}
    Path(sys.argv[2]).write_text(json.dumps({"regions": regions, **spent}), encoding="utf-8")


def binned(table: pd.DataFrame, bins: int) -> tuple[pd.DataFrame, dict[str, list[Condition]]]:
    """Return the features as codes, and what each code means.

    Parameters
    ----------
    table
        (n, features) numbers and categories.
    bins
        Quantile ranges of a number; a category keeps its levels.
    """
    codes, meaning = {}, {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes[name] = column.cat.codes.to_numpy()
            meaning[name] = [level(name, each) for each in column.cat.categories]
        else:
            cuts = np.quantile(column, np.arange(1, bins) / bins)
            codes[name] = np.searchsorted(cuts, column, side="right")
            edges = [None, *map(float, cuts), None]
            meaning[name] = [between(name, low, high) for low, high in pairwise(edges)]
    return pd.DataFrame(codes), meaning


def between(feature: str, low: float | None, high: float | None) -> Condition:
    """Return the condition ``low <= feature < high``; None is an open end."""
    return {"feature": feature, "kind": "range", "low": low, "high": high}


def level(feature: str, *levels: str, negated: bool = False) -> Condition:
    """Return the condition that a feature has one of some levels, or none of them."""
    return {"feature": feature, "kind": "levels", "levels": levels, "negated": negated}


def _memory() -> int:
    """Return the most memory that this process has taken so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
