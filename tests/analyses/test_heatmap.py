"""Every cell of a heatmap holds what a plain group-by says."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from terrain.analyses.heatmap import Axis, crossed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terrain.study import Study

RNG = np.random.default_rng(11)
N = 1_000
DATA: dict[str, Any] = {
    "a": RNG.integers(0, 5, N),
    "b": RNG.choice(list("xyz"), N),
    "wrong": (RNG.random(N) < 0.2).astype(float),
    "loss": RNG.exponential(size=N),
    "w": RNG.choice([0.5, 1.0, 3.0], N),
    "person": RNG.integers(0, 60, N),
}
DOWN = Axis("a", [(0, 1), (2,), (3, 4)])
ACROSS = Axis("b", [(2,), (0, 1)])


def grouped() -> Iterator[tuple[tuple[int, int], pd.DataFrame]]:
    """Yield the rows of each cell, by its place."""
    frame = pd.DataFrame(DATA)
    down = frame.a.map({0: 0, 1: 0, 2: 1, 3: 2, 4: 2})
    across = frame.b.map({"z": 0, "x": 1, "y": 1})
    for row, column in itertools.product(range(3), range(2)):
        yield (row, column), frame[(down == row) & (across == column)]


@pytest.mark.parametrize("error", ["wrong", "loss"])
@pytest.mark.parametrize("more", [{}, {"weight": "w"}, {"group": "person"}])
def test_cells_agree_with_a_group_by(
    make_study: Callable[..., Study], error: str, more: dict[str, str]
) -> None:
    columns = {"a": DATA["a"], "b": DATA["b"], error: DATA[error]}
    columns |= {name: DATA[name] for name in more.values()}
    study = make_study(columns, error=(error,), features=("a", "b"), **more)
    rows = crossed(study.searched_halves(), DOWN, ACROSS, study.instrument, study.target)
    assert [len(row) for row in rows] == [2, 2, 2]
    for (down, across), group in grouped():
        cell = rows[down][across]
        expected = np.average(group[error], weights=group.w if "weight" in more else None)
        assert (cell.instances, cell.units) == (len(group), len(group))
        assert cell.estimate.value == pytest.approx(expected)
        assert cell.estimate.low < cell.estimate.value < cell.estimate.high  # type: ignore[operator]


def test_an_undefined_target_counts_as_an_instance_only(make_study: Callable[..., Study]) -> None:
    wrong = np.where(DATA["a"] == 2, np.nan, DATA["wrong"])
    study = make_study({"a": DATA["a"], "b": DATA["b"], "e": wrong}, error=("e",))
    rows = crossed(study.searched_halves(), DOWN, ACROSS, study.instrument, study.target)
    for cell in rows[1]:
        assert cell.instances > 0
        assert (cell.units, cell.estimate.value) == (0, None)
