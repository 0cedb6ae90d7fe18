"""One run on a table whose truth is known: what was claimed, and whether it holds."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow.parquet as pq

from benchmarks.tables import draw
from terrain.app import analyze
from terrain.config import Plan
from terrain.data.features import selection_of
from terrain.statistics.corrections import holm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from benchmarks.tables import Design, Table
    from terrain.analysis import Analysis
    from terrain.data.features import Encoding, Selection
    from terrain.statistics.findings import Finding

POPULATION = 100_000
"""Instances of a fresh table on which the true rate of a region is known."""

ALIKE = 0.5
"""A planted region counts as found by a region with at least this Jaccard index."""


class Interval(NamedTuple):
    """An interval that the tool showed: where, and whether it holds the true rate."""

    shown_for: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one analysis claimed.

    Attributes
    ----------
    failing
        Regions reported as failing.
    false
        Those whose true rate is at most the margin times the true rate of the rest.
    found
        Whether one of them is the planted region (see `ALIKE`).
    intervals
        Of the searched metric, for every region and every node of the tree but its root.
    """

    failing: int
    false: int
    found: bool
    intervals: tuple[Interval, ...]


def trial(design: Design, n: int, seed: int, **settings: Any) -> Trial:  # noqa: ANN401 - of a `Plan`
    """Draw a table, analyze it as a user would, and compare what is claimed with the truth."""
    table = draw(design, n, seed)
    plan = Plan(error=("wrong",), seed=seed, **settings)
    analysis = _analyzed(table, plan)
    truth = _Truth(design, analysis.study.encodings)
    terrain = analysis.terrain
    failing = [finding for finding in terrain.regions if finding.status == "failing"]
    shown: list[tuple[str, Finding]] = [(each.status, each) for each in terrain.regions]
    shown += [("tree", node.finding) for node in terrain.tree.nodes if node.parent is not None]
    intervals = (truth.judged(name, finding) for name, finding in shown)
    return Trial(
        failing=len(failing),
        false=sum(truth.is_false(finding, plan.margin) for finding in failing),
        found=any(_alike(analysis, finding, table.planted) >= ALIKE for finding in failing),
        intervals=tuple(interval for interval in intervals if interval is not None),
    )


def _analyzed(table: Table, plan: Plan) -> Analysis:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        pq.write_table(table.data, path)
        return analyze(msgspec.structs.replace(plan, inputs=(str(path),)))


@lru_cache(maxsize=4)
def _population(design: Design) -> Table:
    return draw(design, POPULATION, seed=2**32)  # no trial has this seed


class _Truth:
    """The true rates of regions, on a fresh and larger table of the same design."""

    def __init__(self, design: Design, encodings: Mapping[str, Encoding]) -> None:
        self._population = _population(design)
        self._encodings = encodings
        self._codes: dict[str, np.ndarray] = {}

    def _inside(self, finding: Finding) -> np.ndarray:
        selection = selection_of(finding.region, self._encodings)
        for feature, _ in selection:
            if feature not in self._codes:
                column = self._population.data[feature]
                self._codes[feature] = self._encodings[feature].encode(column)
        return _mask(selection, self._codes, POPULATION)

    def judged(self, shown_for: str, finding: Finding) -> Interval | None:
        """Compare the interval of a region's rate with the truth; None where there is neither."""
        estimate = finding.metrics[finding.target]
        if estimate.low is None or estimate.high is None:
            return None
        inside = self._inside(finding)
        if not inside.any():
            return None
        rate = self._population.truth[inside].mean()
        return Interval(shown_for, bool(estimate.low <= rate <= estimate.high))

    def is_false(self, finding: Finding, margin: float) -> bool:
        """Whether a region that is said to fail does not."""
        inside = self._inside(finding)
        truth = self._population.truth
        return not inside.any() or bool(truth[inside].mean() <= margin * truth[~inside].mean())


def _alike(analysis: Analysis, finding: Finding, planted: np.ndarray) -> float:
    """Return the Jaccard index of a region and the planted one, on the analyzed table."""
    study = analysis.study
    selection = selection_of(finding.region, study.encodings)
    inside = _mask(selection, study.codes, len(planted))
    return float((inside & planted).sum() / (inside | planted).sum())


def _mask(selection: Selection, codes: Mapping[str, np.ndarray], n: int) -> np.ndarray:
    inside = np.ones(n, dtype=bool)
    for feature, allowed in selection:
        inside &= np.isin(codes[feature], allowed)
    return inside


class Naive(NamedTuple):
    """Whether a finder reports any region, without and with Holm's correction over the leaves."""

    plain: bool
    corrected: bool


def naive_trial(design: Design, n: int, seed: int) -> Naive:
    """Report leaves of scikit-learn's tree, judged on the very instances that it grew on.

    Depth 4, leaves of at least 1%; a leaf is reported if its rate is at least 1.5 times the
    overall rate and the hypergeometric test against the rest gives p < .05.
    """
    from scipy.stats import hypergeom  # noqa: PLC0415 - only here, and slow
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - as above

    data = draw(design, n, seed).data
    wrong = data["wrong"].to_numpy()
    table = np.column_stack([_as_numbers(data[name]) for name in data.column_names[:20]])
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=0.01, random_state=seed)
    _, leaf = np.unique(tree.fit(table, wrong).apply(table), return_inverse=True)
    rows, events = np.bincount(leaf), np.bincount(leaf, wrong)
    raised = events / rows >= 1.5 * wrong.mean()
    p_values = np.asarray(hypergeom.sf(events - 1, n, wrong.sum(), rows))
    return Naive(
        bool(np.any(raised & (p_values < 0.05))),
        bool(np.any(raised & (holm(p_values.tolist()) < 0.05))),
    )


def _as_numbers(column: pa.ChunkedArray) -> np.ndarray:
    whole = column.combine_chunks()
    return whole.indices.to_numpy() if hasattr(whole, "indices") else whole.to_numpy()
