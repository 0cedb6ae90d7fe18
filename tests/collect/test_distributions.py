"""How a region's instances and scores lie, inside and outside, against pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from terrain.app import analyze
from terrain.config import Plan
from terrain.report.filters import columns_of, filters_of

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.analysis import Analysis
    from terrain.statistics.findings import Estimate, Finding

N = 4_000


def table() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    age = generator.integers(18, 80, N)
    city = generator.choice(["a", "b", "c"], N)
    score = np.round(generator.random(N), 3)
    label = (generator.random(N) < score).astype(int)
    swapped = (age < 30) & (city == "b") & (generator.random(N) < 0.5)
    return pd.DataFrame({
        "age": np.where(generator.random(N) < 0.1, np.nan, age),
        "city": city,
        "label": np.where(swapped, 1 - label, label),
        "prediction": (score > 0.5).astype(int),
        "score": np.where(generator.random(N) < 0.05, np.nan, score),
        "user": generator.integers(0, 900, N),
    })  # fmt: skip


@pytest.fixture(scope="module", params=["rows", "groups of rows"])
def analysis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    path: Path = tmp_path_factory.mktemp("distributions") / "table.csv"
    table().to_csv(path, index=False)
    return analyze(
        Plan(
            inputs=(str(path),),
            features=("age", "city"),
            sensitive=("city",),
            cohorts={"old": "age >= 60"},
            group="user" if request.param != "rows" else None,
            rival=False,
        )
    )


def findings(analysis: Analysis) -> list[Finding]:
    terrain = analysis.terrain
    return [
        *terrain.regions,
        *(node.finding for node in terrain.tree.nodes),
        *(cohort.finding for cohort in terrain.cohorts),
        *(group.finding for breakdown in terrain.breakdowns for group in breakdown.groups),
    ]


def measured(analysis: Analysis, finding: Finding, frame: pd.DataFrame) -> np.ndarray:
    parts = {"all": np.ones(len(frame), dtype=bool), "second half": ~analysis.study.discovery}
    return parts.get(finding.measured_on, analysis.study.discovery)


def rows_of(finding: Finding, frame: pd.DataFrame) -> np.ndarray:
    """Return (n,) bool by what the page offers to copy."""
    text = filters_of(finding.region, columns_of({})).pandas
    chosen = eval(text, {"df": frame, "pd": pd})  # noqa: S307 - it is to be pasted and run
    assert len(chosen) == finding.support
    return np.asarray(frame.index.isin(chosen.index))


def test_every_stretch_counts_the_region_s_instances(analysis: Analysis) -> None:
    frame, counted = table(), 0
    for region in analysis.terrain.regions:
        inside = rows_of(region, frame)
        assert region.detail is not None
        features = [note.feature for note in analysis.terrain.features]
        assert [each.feature for each in region.detail.distributions] == features
        for each, note in zip(region.detail.distributions, analysis.terrain.features, strict=True):
            for found, stretch in zip(each.inside, note.profile, strict=True):
                column, one = frame[each.feature], stretch.condition
                wanted = pd.Series(data=False, index=frame.index)
                if one.kind == "missing":
                    wanted = column.isna()
                elif one.kind == "levels":
                    wanted = column.isin(one.levels)
                else:
                    wanted = (column >= (one.low or -np.inf)) & (column < (one.high or np.inf))
                assert found == (wanted & inside).sum()
                counted += found
    assert counted


def test_scores_are_counted_on_the_part_where_the_region_is_measured(analysis: Analysis) -> None:
    frame, checked = table(), 0
    for finding in findings(analysis):
        inside, part = rows_of(finding, frame), measured(analysis, finding, frame)
        assert finding.scores is not None
        edges = np.asarray(finding.scores.edges)
        assert edges.tolist() == pytest.approx(np.linspace(0, 1, 11))
        present = frame["score"].notna().to_numpy() & part
        bins = np.minimum(np.searchsorted(edges, frame["score"], side="right") - 1, 9)
        for side, rows in ((finding.scores.inside, inside), (finding.scores.outside, ~inside)):
            own = frame[present & rows].groupby(bins[present & rows])
            full = range(10)
            assert list(side.instances) == own.size().reindex(full, fill_value=0).tolist()
            positives = own["label"].sum().reindex(full, fill_value=0)
            assert list(side.positives) == positives.tolist()
            means = own["score"].mean().reindex(full)
            assert [np.nan if m is None else m for m in side.mean] == pytest.approx(
                means.tolist(), nan_ok=True
            )
            checked += 1
    assert checked > 10


def test_every_metric_is_known_outside(analysis: Analysis) -> None:
    frame = table()
    wrong = (frame["label"] != frame["prediction"]).to_numpy()
    negative = (frame["label"] == 0).to_numpy()
    for finding in findings(analysis):
        inside, part = rows_of(finding, frame), measured(analysis, finding, frame)
        outside = part & ~inside
        assert list(finding.elsewhere) == list(finding.metrics)
        assert shares(finding.elsewhere["error_rate"]) == (wrong[outside].sum(), outside.sum())
        assert shares(finding.elsewhere["fpr"]) == (
            (wrong & negative & outside).sum(),
            (negative & outside).sum(),
        )


def shares(estimate: Estimate) -> tuple[float, float]:
    return estimate.events, estimate.exposure
