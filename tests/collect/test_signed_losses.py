"""Parts of a sum of losses are no shares of it where some losses lie below zero."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from terrain.app import analyze
from terrain.config import Plan
from terrain.report.page import render
from terrain.report.text import summary

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain


def losses(folder: Path, shift: float) -> Terrain:
    """Return what is found where losses lie higher by 3 in `place` = a."""
    generator = np.random.default_rng(2)
    n = 600
    place = generator.choice(["a", "b", "c"], n, p=[0.2, 0.4, 0.4])
    loss = generator.uniform(0, 1, n) + 3 * (place == "a") - shift
    path = folder / "losses.csv"
    pd.DataFrame({"place": place, "loss": loss}).to_csv(path, index=False)
    plan = Plan(inputs=(str(path),), error=("loss",), cohorts={"ours": "place = a"}, slices=1)
    return analyze(plan).terrain


@pytest.mark.parametrize(("shift", "signed"), [(0.0, False), (0.7, True)])
def test_only_what_cannot_be_negative_is_shared_out(
    tmp_path: Path, shift: float, *, signed: bool
) -> None:
    found = losses(tmp_path, shift)
    nodes = [node.finding for node in found.tree.nodes]
    measured = [*found.regions, *nodes, found.cohorts[0].finding]
    assert found.regions[0].region.words == "place = a"
    assert all((each.error_coverage is None) == signed for each in measured)
    assert ("of the sum of loss" in found.headline) != signed
    page = re.sub(r"\s+", " ", render(found, None))
    assert ("of the sum of loss" in page) != signed
    assert "n/a of sum of loss" not in page
    console = Console(file=io.StringIO(), width=200, record=True)
    console.print(summary(found))
    assert ("of the sum of loss" in console.export_text()) != signed
