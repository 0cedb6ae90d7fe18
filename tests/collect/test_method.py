"""How the numbers came about is said where it holds, and left out where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from terrain.app import analyze
from terrain.config import Plan
from terrain.report import json
from terrain.report.page import render

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain


def noise(folder: Path, rate: float, **settings: object) -> Terrain:
    """Return what is said of a table whose errors have nothing to do with its one feature."""
    n = 400
    generator = np.random.default_rng(1)
    wrong = generator.permutation(np.arange(n) < rate * n).astype(int)
    path = folder / "noise.csv"
    pd.DataFrame({"seg": generator.choice(["a", "b"], n), "wrong": wrong}).to_csv(path, index=False)
    return analyze(Plan(inputs=(str(path),), error=("wrong",), slices=1, **settings)).terrain  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0.7, 0.51])
def test_a_rate_that_cannot_be_doubled_has_no_reach(tmp_path: Path, rate: float) -> None:
    found = noise(tmp_path, rate)
    assert (found.method.reach_known, found.method.detectable) == (False, None)
    assert found.headline.endswith("No failing region found.")
    page = render(found, None)
    assert "no evidence that there is none" not in page
    assert "How small a region could be found was not computed." in page


@pytest.mark.parametrize("rate", [0.5, 0.1])
def test_a_rate_that_can_be_doubled_has_one(tmp_path: Path, rate: float) -> None:
    found = noise(tmp_path, rate)
    assert found.method.reach_known
    assert "twice the rate" in found.headline


@pytest.mark.parametrize("inference", ["halves", "permutation"])
def test_the_page_says_what_confirms_a_region(tmp_path: Path, inference: str) -> None:
    found = noise(tmp_path, 0.1, inference=inference, permutations=19)
    permuted = inference == "permutation"
    assert (found.method.margin, found.method.detectable is None) == (
        (None, True) if permuted else (1.1, False)
    )
    page = render(found, None)
    assert ("the same search finds where features and target" in page) == permuted
    assert ("still clearly apart from the rest there" in page) != permuted
    assert json.decode(json.encode(found)).method == found.method


def test_the_reach_is_that_of_failing_regions(tmp_path: Path) -> None:
    found = noise(tmp_path, 0.1, find="best")
    assert (found.method.reach_known, found.method.detectable) == (False, None)
