"""Rivals for the hand-made documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from terrain.document import RivalNote, RivalTerm, Win
from terrain.statistics.findings import Difference, Estimate

if TYPE_CHECKING:
    from report_bench import Bench, Conjunction

    from terrain.document import Terrain


def with_rival(
    document: Terrain,
    bench: Bench,
    kind: Literal["linear", "tree"],
    words: tuple[str, ...],
    wins: tuple[Conjunction, ...] = (),
) -> Terrain:
    """Return a document with a rival whose loss is nine tenths of the model's."""
    says = document.benchmark.classes[-1] if document.benchmark.classes else None
    weights = [0.9 - 0.5 * place for place in range(len(words))]
    metric = document.target
    found = tuple(
        Win(
            finding=(finding := bench.finding(f"w{number}", region)),
            rival=nine_tenths(finding.metrics[metric]),
            difference=less(finding.metrics[metric], p_adjusted=0.0123),
        )
        for number, region in enumerate(wins, 1)
    )
    rival = RivalNote(
        kind=kind,
        terms=tuple(
            RivalTerm(words=each, says=says, weight=abs(weight) if kind == "tree" else weight)
            for each, weight in zip(words, weights, strict=True)
        ),
        rows=document.benchmark.instances,
        metric=metric,
        rival=nine_tenths(document.overall[metric]),
        difference=less(document.overall[metric]),
        candidates=17,
        wins=found,
    )
    return msgspec.structs.replace(document, rival=rival)


def nine_tenths(model: Estimate) -> Estimate:
    """Return a lower loss over the same instances."""
    value = 0.9 * (model.value or 0.0)
    return Estimate(
        value=value, low=0.9 * value, high=1.1 * value, events=0.9 * model.events,
        exposure=model.exposure,
    )  # fmt: skip


def less(model: Estimate, p_adjusted: float | None = None) -> Difference:
    """Return a tenth less than the model."""
    gap = -0.1 * (model.value or 0.0)
    return Difference(
        against="model", gap=gap, low=2 * gap, high=gap / 2, p_value=0.0021, p_adjusted=p_adjusted
    )
