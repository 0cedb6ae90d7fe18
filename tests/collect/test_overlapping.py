"""A region says in which leaves and groups its instances lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from terrain.app import analyze
from terrain.collect.overlapping import FREQUENT, MOST, NOTABLE
from terrain.config import Plan
from terrain.data.features import selection_of
from terrain.report.page import render

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.analysis import Analysis
    from terrain.statistics.findings import Finding

N = 6_000


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    generator = np.random.default_rng(0)
    x, y = generator.integers(0, 20, (2, N))
    sex = np.where(generator.random(N) < np.where(x < 5, 0.8, 0.4), "f", "m")
    chance = np.select([(x < 5) & (y < 10), y >= 17], [0.6, 0.4], 0.1)
    table = pa.table({"x": x, "y": y, "sex": sex,
                      "wrong": (generator.random(N) < chance).astype(int)})  # fmt: skip
    path: Path = tmp_path_factory.mktemp("overlapping") / "table.parquet"
    parquet.write_table(table, path)
    return analyze(Plan(inputs=(str(path),), error=("wrong",), sensitive=("sex", "y"), slices=2))


def inside(analysis: Analysis, finding: Finding) -> np.ndarray:
    selection = selection_of(finding.region, analysis.study.encodings)
    masks = [np.isin(analysis.study.codes[feature], codes) for feature, codes in selection]
    return np.logical_and.reduce([np.ones(N, dtype=bool), *masks])


def test_leaves_are_counted_and_come_by_their_share(analysis: Analysis) -> None:
    leaves = {
        node.finding.id: inside(analysis, node.finding)
        for node in analysis.terrain.tree.nodes
        if not node.children
    }
    assert len(leaves) > MOST
    for region in analysis.terrain.regions:
        rows = inside(analysis, region)
        shares = {name: (rows & leaf).sum() / rows.sum() for name, leaf in leaves.items()}
        expected = sorted(shares.values(), reverse=True)[:MOST]
        assert region.detail is not None
        said = region.detail.leaves
        assert [each.share for each in said] == [s for s in expected if s >= NOTABLE]
        assert [shares[each.id] for each in said] == [each.share for each in said]
        assert [each.instances for each in said] == [(rows & leaves[e.id]).sum() for e in said]
        assert [each.overall for each in said] == [leaves[each.id].mean() for each in said]


def test_groups_are_named_where_they_are_more_frequent(analysis: Analysis) -> None:
    frame = analysis.study.benchmark.table.to_pandas()
    named = 0
    for region in analysis.terrain.regions:
        assert region.detail is not None
        conditions = {condition.feature for condition in region.region.conditions}
        rows = inside(analysis, region)
        women = (frame["sex"] == "f").to_numpy()
        share, overall = (rows & women).sum() / rows.sum(), women.mean()
        found = {each.words: each for each in region.detail.groups}
        expected = share >= FREQUENT * overall and "sex" not in conditions
        assert ("sex = f" in found) == expected
        if expected:
            named += 1
            assert found["sex = f"].share == pytest.approx(share)
            assert found["sex = f"].overall == pytest.approx(overall)
        # a region says itself what it does with y
        assert not ("y" in conditions and any(words.startswith("y") for words in found))
    assert named


def test_the_page_links_them(analysis: Analysis) -> None:
    page = render(analysis.terrain, None)
    region = next(r for r in analysis.terrain.regions if r.detail and r.detail.groups)
    assert region.detail is not None
    assert "Where its instances lie" in page
    assert f'href="#node={region.detail.leaves[0].id}"' in page
    assert f'href="#group={region.detail.groups[0].id}"' in page
