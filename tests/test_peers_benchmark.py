"""The comparison with other tools plants what it says, and judges as it says."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from benchmarks.peers import judge
from benchmarks.peers.planted import LEVELS, SHAPES, make

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = {"two-numeric": "xx", "numeric-and-level": "cx", "three-numeric": "xxx"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(2))
def test_a_region_of_three_percent_fails_three_times_as_often(shape: str, seed: int) -> None:
    table, planted = make(shape, seed, 100_000)
    assert table.shape == (100_000, 21)
    wrong = table["wrong"].to_numpy()
    # four standard errors: .0022 of the share, .037 and .0046 of the rates
    assert planted.mean() == pytest.approx(0.03, abs=0.0022)
    assert wrong[planted].mean() == pytest.approx(0.45, abs=0.037)
    assert wrong[~planted].mean() == pytest.approx(0.15, abs=0.0046)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_region_is_a_box_of_the_features_named(shape: str) -> None:
    table, planted = make(shape, 1, 20_000)
    named = table.attrs["planted"]
    assert "".join(sorted(name[0] for name in named)) == FEATURES[shape]
    box = np.ones(len(table), bool)
    for name in named:
        values = table[name]
        inside = values[planted]
        box &= values.isin(inside) if name[0] == "c" else values.between(inside.min(), inside.max())
    assert (box == planted).all()


def test_no_two_tables_have_their_bounds_at_the_same_place() -> None:
    # and so not at the places of a grid: the share of a feature below the box is anywhere
    below = set()
    for seed in range(5):
        table, planted = make("two-numeric", seed, 20_000)
        for name in table.attrs["planted"]:
            below.add(round(float((table[name] < table[name][planted].min()).mean()), 3))
    assert len(below) >= 9


def test_the_judge_compares_the_instances_of_regions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ages = [10.0, 20.0, 30.0, 40.0, 50.0]
    regions = pd.Categorical(["north", "north", "east", "south", "north"], categories=LEVELS)
    table, planted = tmp_path / "table.parquet", tmp_path / "planted.npy"
    pd.DataFrame({"age": ages, "region": regions}).to_parquet(table)
    np.save(planted, np.array([False, True, True, False, False]))
    twenties = {"feature": "age", "kind": "range", "low": 20.0, "high": 40.0}
    old = {"feature": "age", "kind": "range", "low": 30.0, "high": None}
    north = {"feature": "region", "kind": "levels", "levels": ["north"], "negated": False}
    found = tmp_path / "found.json"
    asked = [[twenties], [old], [twenties, north], [{**north, "negated": True}, old], [north, old]]
    found.write_text(json.dumps({"regions": asked}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["judge.py", str(table), str(planted), str(found)])
    judge.main()
    alike = json.loads(capsys.readouterr().out)
    assert alike == pytest.approx([1, 1 / 4, 1 / 2, 1 / 3, 0])
