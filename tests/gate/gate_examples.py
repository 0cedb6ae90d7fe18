"""Documents made by hand, with numbers that a reader can check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terrain.data.regions import Region
from terrain.document import (
    BenchmarkNote,
    Breakdown,
    Cohort,
    Group,
    Method,
    Provenance,
    Terrain,
    TreeNote,
)
from terrain.gate.policy import Policy, Rule
from terrain.statistics.findings import Difference, Estimate, Finding, MetricNote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.statistics.findings import Status

Counts = tuple[float, float]
"""Events and exposure."""

METRICS = {
    "error_rate": MetricNote(title="error rate", meaning="", kind="rate", worse="high",
                             events="errors", exposure="instances"),
    "tpr": MetricNote(title="true positive rate", meaning="", kind="rate", worse="low",
                      events="true positives", exposure="actual positives"),
    "selection_rate": MetricNote(title="selection rate", meaning="", kind="rate", worse="none",
                                 events="predicted positives", exposure="instances"),
    "mae": MetricNote(title="mean absolute error", meaning="", kind="loss", worse="high",
                      events="sum of distances", exposure="instances"),
    "auc": MetricNote(title="AUC", meaning="", kind="score", worse="low",
                      events="actual positives", exposure="actual negatives"),
}  # fmt: skip


def rate(events: float, exposure: float) -> Estimate:
    """Return a share of counted instances."""
    value = events / exposure if exposure else None
    return Estimate(value=value, events=events, exposure=exposure)


def everywhere(counts: Counts) -> dict[str, Estimate]:
    """Return the same counts as every rate."""
    return {name: rate(*counts) for name, note in METRICS.items() if note.kind == "rate"}


def finding(
    name: str, words: str, support: int, metrics: dict[str, Estimate], **more: Any
) -> Finding:
    settings: dict[str, Any] = {"coverage": 0.1, "status": "none", **more}
    return Finding(
        id=name,
        region=Region(conditions=(), words=words),
        support=support,
        error_coverage=None,
        target="error_rate",
        metrics=metrics,
        **settings,
    )


def breakdown(feature: str, groups: Mapping[str, Counts], *, first: int = 1) -> Breakdown:
    """Return a breakdown whose groups have these counts; the first is the reference."""
    gap = Difference(against="rest", gap=None)
    return Breakdown(
        feature=feature,
        features=tuple(feature.split(" × ")),
        groups=tuple(
            Group(
                id=f"g{number}",
                feature=feature,
                value=value,
                values={feature: value},
                finding=finding(
                    f"g{number}", f"{feature} = {value}", int(counts[1]), everywhere(counts)
                ),
                gaps=dict.fromkeys(METRICS, gap),
                reference_gaps={},
                shrunken={},
                too_few=(),
            )
            for number, (value, counts) in enumerate(groups.items(), first)
        ),
        reference=next(iter(groups)),
        reference_rule="largest",
        spreads={},
    )


def region(name: str, counts: Counts, status: Status = "failing", coverage: float = 0.1) -> Finding:
    return finding(name, f"age < {name}", int(counts[1]), everywhere(counts), status=status,
                   coverage=coverage)  # fmt: skip


def cohort(name: str, counts: Counts) -> Cohort:
    own = finding("c1", name, int(counts[1]), everywhere(counts))
    return Cohort(name=name, expression=f"is {name}", finding=own, gaps={}, too_few=())


def document(
    overall: Counts | dict[str, Estimate] = (30, 200),
    breakdowns: Sequence[Breakdown] = (),
    *,
    regions: Sequence[Finding] = (),
    cohorts: Sequence[Cohort] = (),
    candidates: int = 0,
    schema_version: int = 1,
) -> Terrain:
    """Return a document with these numbers."""
    metrics = overall if isinstance(overall, dict) else everywhere(overall)
    n = int(max(each.exposure for each in metrics.values()))
    return Terrain(
        schema_version=schema_version,
        target="error_rate",
        headline="",
        benchmark=BenchmarkNote(
            name="preds", task="binary", instances=n, unlabelled=0, positive="1",
            classes=("0", "1"), prevalence=None, sources=(), roles=(), left_out=(),
        ),
        warnings=(),
        metrics={name: METRICS[name] for name in metrics},
        overall=metrics,
        tree=TreeNote(nodes=(), grower="histogram", folded=0),
        regions=tuple(regions),
        breakdowns=tuple(breakdowns),
        cohorts=tuple(cohorts),
        method=Method(
            find="failing", inference="halves", scheme="halves", split_by="row", discovery=n // 2,
            confirmation=n - n // 2, candidates=candidates, alpha=0.05, margin=1.1, level=0.95,
            detectable=0.04, reach_known=True, test="", seed=0,
        ),
        encoding={},
        provenance=Provenance(versions={}, commit=None, settings={}),
    )  # fmt: skip


def grouped(groups: Mapping[str, Counts]) -> Terrain:
    """Return a document with one breakdown, whose groups make up the whole."""
    whole = tuple(map(sum, zip(*groups.values(), strict=True)))
    return document((whole[0], whole[1]), [breakdown("sex", groups)])


def policy(*rules: dict[str, Any], **settings: Any) -> Policy:
    return Policy(rules=tuple(Rule(**rule) for rule in rules), **settings)
