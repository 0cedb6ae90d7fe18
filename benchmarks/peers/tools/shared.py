"""What every tool's script shares: read the table, search it, write the regions found.

A region is a list of conditions as terrain's JSON writes them, so that one judge reads them all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

TARGET = "wrong"
MOST = 10
"""Regions that a tool may name, best first."""
MIN_SUPPORT = 0.01
"""Smallest share of the instances that a region may hold."""
PAIR = ("x0", "x1")
"""Two numbers for a heatmap."""
GROUPS = ("c0", "c1")
"""Two features whose levels, and pairs of levels, are groups."""

Condition = dict[str, Any]
Region = list[Condition]
Search = Callable[[], list[Region]]
"""Returns regions, best first."""
Made = TypeVar("Made")


def run(prepare: Callable[[pd.DataFrame, np.ndarray], Search]) -> None:
    """Search the table that the first argument names; write what was found to the second.

    Parameters
    ----------
    prepare
        Takes the features (n, 20) and the errors (n,) of 0 and 1, and returns the search. Only
        the search's time and the memory that it adds are written down as its own.
    """
    regions, costs = _measured(prepare)
    _write({"regions": regions[:MOST], **costs})


def count(prepare: Callable[[pd.DataFrame, np.ndarray], Callable[[], int]]) -> None:
    """Do other work than a search; write how many nodes, cells or groups it made."""
    made, costs = _measured(prepare)
    _write({"made": made, **costs})


def _measured(
    prepare: Callable[[pd.DataFrame, np.ndarray], Callable[[], Made]],
) -> tuple[Made, dict[str, float]]:
    table = pd.read_parquet(sys.argv[1])
    # as int64: in int8, SliceLine's sums overflow
    work = prepare(table.drop(columns=TARGET), table[TARGET].to_numpy(np.int64))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    held, started = _peak(), time.process_time()
    made = work()
    cpu, memory = time.process_time() - started, _peak() - held
    return made, {"search_cpu": cpu, "search_memory": memory}


def _write(found: dict[str, Any]) -> None:
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


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
    for name in map(str, table):
        column = table[name]
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


def level(feature: str, value: str, *, negated: bool = False) -> Condition:
    """Return the condition that a feature has a level, or that it has another one."""
    return {"feature": feature, "kind": "levels", "levels": [value], "negated": negated}


def _peak() -> int:
    """Return the most memory that this process has held since the peak was forgotten, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])
