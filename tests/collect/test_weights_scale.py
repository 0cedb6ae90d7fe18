"""The unit of the weights changes nothing that is said of a benchmark."""

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
from terrain.report.format import denominator
from terrain.report.page import render
from terrain.report.text import summary

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain


def document(folder: Path, weight: float, *, grouped: bool = False) -> Terrain:
    random = np.random.default_rng(4)
    n = 600
    frame = pd.DataFrame(
        {
            "case_id": np.arange(n),  # decides the halves, whatever the weights
            "label": random.integers(0, 2, n),
            "sex": random.choice(["f", "m"], n),
            "area": random.choice(["a", "b", "c"], n, p=[0.49, 0.49, 0.02]),
            "doctor": random.integers(0, 40, n),
            "weight": weight,
        }
    )
    frame["prediction"] = np.where(random.random(n) < 0.2, 1 - frame["label"], frame["label"])
    path = folder / f"{weight}.csv"
    frame.to_csv(path, index=False)
    plan = Plan(
        inputs=(str(path),),
        features=("sex", "area"),
        sensitive=("sex", "area"),
        weight="weight",
        group="doctor" if grouped else None,
        slices=0,
    )
    return analyze(plan).terrain


def test_equal_weights_of_any_size_say_the_same(tmp_path: Path) -> None:
    one, thousand = document(tmp_path, 1.0), document(tmp_path, 1000.0)
    assert one.method.detectable == thousand.method.detectable
    assert one.headline == thousand.headline
    assert "600 weighted instances" in thousand.headline
    for ours, theirs in zip(one.breakdowns, thousand.breakdowns, strict=True):
        for group, other in zip(ours.groups, theirs.groups, strict=True):
            assert group.too_few == other.too_few
            assert group.shrunken == pytest.approx(other.shrunken)
    small = [g for b in one.breakdowns for g in b.groups if g.value == "c"]
    assert small[0].too_few  # the law would hold of nothing


def test_groups_of_rows_can_hide_larger_regions(tmp_path: Path) -> None:
    alone, grouped = document(tmp_path, 1.0), document(tmp_path, 1.0, grouped=True)
    assert alone.method.detectable is not None
    reach = grouped.method.detectable
    assert reach is None or reach > alone.method.detectable


def test_a_sum_of_weights_is_called_so(tmp_path: Path) -> None:
    found = document(tmp_path, 2.5)
    note, overall = found.metrics[found.target], found.overall[found.target]
    assert denominator(overall, note).endswith("of 1,500 weighted instances")
    stream = io.StringIO()
    Console(file=stream, width=200).print(summary(found))
    for said in (render(found, None), stream.getvalue()):
        assert re.search(r"\d weighted instances", said)
        assert not re.search(r"\d of [\d.,]+ (instances|actual|predicted)", said)
