"""The document says what the benchmark is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from terrain.app import analyze
from terrain.config import Plan
from terrain.data.samples import sample_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.data.composition import Composition


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, list[Composition]]:

    path: Path = tmp_path_factory.mktemp("loans") / "loans.csv"
    path.write_bytes(sample_bytes("loans"))
    terrain = analyze(Plan(inputs=(str(path),), sensitive=("sex",), slices=0)).terrain
    return pd.read_csv(path), list(terrain.compositions)


def test_every_feature_and_the_label_are_counted(
    loans: tuple[pd.DataFrame, list[Composition]],
) -> None:
    table, found = loans
    assert {"age", "sex", "region", "label"} <= {each.column for each in found}
    assert all(sum(each.support) == len(table) for each in found)


def test_the_counts_are_those_of_the_table(loans: tuple[pd.DataFrame, list[Composition]]) -> None:
    table, found = loans
    for each in found:
        column = table[each.column]
        assert each.support[-1] == column.isna().sum()
        if each.levels is not None:
            said = column.dropna().astype(str).value_counts()
            assert dict(zip(each.levels, each.support, strict=False)) == said.to_dict()
        else:
            below = [(column < cut).sum() for cut in each.cuts]
            assert [sum(each.support[: i + 1]) for i in range(len(below))] == below
