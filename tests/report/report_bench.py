"""A coded table from which documents are put together, with numbers that agree with its rows."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.regions import Condition, Region
from terrain.document import Breakdown, Cell, FeatureNote, Group, Heatmap, Node, Spread, Stretch
from terrain.statistics.findings import Difference, Estimate, Finding, MetricNote, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

Conjunction = tuple[tuple[str, tuple[int, ...]], ...]

RATES = {
    "error_rate": ("error rate", "share of instances that the model gets wrong", "high"),
    "accuracy": ("accuracy", "share of instances that the model gets right", "low"),
    "fpr": ("false positive rate", "share of the actual negatives called positive", "high"),
    "fnr": ("false negative rate", "share of the actual positives called negative", "high"),
    "tpr": ("true positive rate", "share of the actual positives called positive", "low"),
    "precision": ("precision", "share of the predicted positives that are positive", "low"),
    "selection_rate": ("selection rate", "share of instances called positive", "none"),
}
COUNTED = {
    "error_rate": ("errors", "instances"),
    "accuracy": ("right predictions", "instances"),
    "fpr": ("false positives", "actual negatives"),
    "fnr": ("false negatives", "actual positives"),
    "tpr": ("true positives", "actual positives"),
    "precision": ("true positives", "predicted positives"),
    "selection_rate": ("predicted positives", "instances"),
}


def wilson(events: float, exposure: float) -> Estimate:
    if not exposure:
        return Estimate(value=None, events=float(events), exposure=float(exposure))
    z, rate = 1.96, events / exposure
    middle = (rate + z * z / 2 / exposure) / (1 + z * z / exposure)
    half = z * math.sqrt(rate * (1 - rate) / exposure + z * z / 4 / exposure**2)
    half /= 1 + z * z / exposure
    return Estimate(
        value=rate,
        low=max(0.0, float(middle - half)),
        high=min(1.0, float(middle + half)),
        events=float(events),
        exposure=float(exposure),
    )


def difference(inside: Estimate, outside: Estimate, against: str = "rest") -> Difference:
    if inside.value is None or outside.value is None:
        return Difference(against=against, gap=None)
    gap = inside.value - outside.value
    below = math.hypot(inside.value - (inside.low or 0), (outside.high or 0) - outside.value)
    above = math.hypot((inside.high or 0) - inside.value, outside.value - (outside.low or 0))
    distance = abs(gap) / (below + above + 1e-9)
    p = float(min(1.0, 2 * math.exp(-((2.6 * distance) ** 2))))
    return Difference(
        against=against,
        gap=gap,
        low=gap - float(below),
        high=gap + float(above),
        ratio=inside.value / outside.value if outside.value else None,
        p_value=p,
        p_adjusted=min(1.0, 4 * p),
    )


@dataclass
class Bench:
    """A coded table, from which documents are put together."""

    codes: dict[str, np.ndarray]
    names: Mapping[str, tuple[str, ...]]
    edges: Mapping[str, tuple[float, ...]]
    loss: np.ndarray
    label: np.ndarray | None = None
    prediction: np.ndarray | None = None
    selections: dict[str, Conjunction] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Return the number of rows."""
        return len(self.loss)

    def mask(self, conjunction: Conjunction) -> np.ndarray:
        """Return (n,) bool: the rows in a conjunction."""
        inside = np.ones(self.n, dtype=bool)
        for feature, allowed in conjunction:
            inside &= np.isin(self.codes[feature], allowed)
        return inside

    def condition(self, feature: str, allowed: tuple[int, ...]) -> Condition:
        """Return neighbouring codes of a feature as a condition in words."""
        if feature in self.edges:
            cuts = (None, *self.edges[feature], None)
            return Condition(
                feature=feature,
                kind="range",
                low=cuts[min(allowed)],
                high=cuts[max(allowed) + 1],
                scale="integer",
            )
        levels = tuple(self.names[feature][code] for code in allowed)
        return Condition(feature=feature, kind="levels", levels=levels)

    def metrics(self, inside: np.ndarray) -> dict[str, Estimate]:
        """Return every metric of the rows inside."""
        if self.label is None or self.prediction is None:
            return {"mae": mean_loss(self.loss[inside])}
        y, q = self.label[inside] == 1, self.prediction[inside] == 1
        pairs = {
            "error_rate": (y != q, np.ones_like(y)),
            "accuracy": (y == q, np.ones_like(y)),
            "fpr": (q & ~y, ~y),
            "fnr": (~q & y, y),
            "tpr": (q & y, y),
            "precision": (q & y, q),
            "selection_rate": (q, np.ones_like(y)),
        }
        return {name: wilson(int(e.sum()), int(x.sum())) for name, (e, x) in pairs.items()}

    def target(self) -> str:
        """Return the searched metric."""
        return "mae" if self.label is None else "error_rate"

    def finding(
        self,
        name: str,
        conjunction: Conjunction,
        *,
        status: Status = "none",
        headline: bool = False,
    ) -> Finding:
        """Return a region measured on every other row."""
        self.selections[name] = conjunction
        inside = self.mask(conjunction)
        half = np.arange(self.n) % 2 == 0
        measured, rest = self.metrics(inside & half), self.metrics(~inside & half)
        target = self.target()
        here, there = measured[target], rest[target]
        overall = self.metrics(half)[target].value
        gap = difference(here, there)
        return Finding(
            id=name,
            region=Region.of(*(self.condition(*part) for part in conjunction)),
            support=int(inside.sum()),
            coverage=float(inside.mean()),
            error_coverage=float(self.loss[inside].sum() / max(self.loss.sum(), 1e-9)),
            status=status,
            target=target,
            metrics=measured,
            discovery=self.metrics(inside & ~half)[target],
            rest=there,
            lift=here.value / overall if here.value is not None and overall else None,
            gap=gap if conjunction else None,
            p_value=0.0001 if status == "failing" else None,
            p_adjusted=0.0004 if status == "failing" else None,
            measured_on="second half",
            headline=headline,
        )

    def group(
        self,
        name: str,
        features: tuple[str, ...],
        codes: tuple[int, ...],
        reference: Finding | None,
    ) -> Group:
        """Return the rows with one code of each feature as a group, measured on all."""
        conjunction = self.cell(features, codes)
        self.selections[name] = conjunction
        inside = self.mask(conjunction)
        metrics, rest = self.metrics(inside), self.metrics(~inside)
        values = {f: self.names[f][c] for f, c in zip(features, codes, strict=True)}
        finding = Finding(
            id=name,
            region=Region.of(*(self.condition(f, (c,)) for f, (c,) in conjunction)),
            support=int(inside.sum()),
            coverage=float(inside.mean()),
            error_coverage=float(self.loss[inside].sum() / max(self.loss.sum(), 1e-9)),
            status="none",
            target=self.target(),
            metrics=metrics,
            rest=rest[self.target()],
            found_by="groups",
        )
        return Group(
            id=name,
            feature=" × ".join(features),
            value=" × ".join(values.values()),
            values=values,
            finding=finding,
            gaps={key: difference(metrics[key], rest[key]) for key in metrics},
            reference_gaps={
                key: difference(metrics[key], reference.metrics[key], reference.region.words)
                for key in metrics
            }
            if reference
            else {},
            shrunken={},
            too_few=tuple(key for key, one in metrics.items() if one.exposure < 20),
        )

    def cell(self, features: tuple[str, ...], codes: tuple[int, ...]) -> Conjunction:
        """Return the conjunction of one code of each feature."""
        return tuple((f, (c,)) for f, c in zip(features, codes, strict=True))

    def breakdown(self, number: int, *features: str) -> Breakdown:
        """Return the groups of one or two features, numbered from `number`."""
        sizes = [range(len(self.names[f])) for f in features]
        cells = list(itertools.product(*sizes))
        present = [c for c in cells if self.mask(self.cell(features, c)).any()]
        first = self.group(f"g{number}", features, present[0], None)
        groups = [
            self.group(f"g{number + i}", features, cell, first.finding if i else None)
            for i, cell in enumerate(present)
        ]
        groups.sort(key=lambda group: -group.finding.support)
        spreads = {}
        for key in self.metrics(np.ones(self.n, dtype=bool)):
            enough = [
                (g.finding.metrics[key].value or 0, g.value) for g in groups if key not in g.too_few
            ]
            if len(enough) > 1:
                low, high = min(enough), max(enough)
                spreads[key] = Spread(
                    gap=high[0] - low[0],
                    highest=high[1],
                    lowest=low[1],
                    p_value=0.0005,
                    expected=0.021,
                )
        return Breakdown(
            feature=" × ".join(features),
            features=features,
            groups=tuple(groups),
            reference=first.value,
            reference_rule="the first group by name",
            spreads=spreads,
        )

    def stretches(self, feature: str) -> list[tuple[int, ...]]:
        """Return every code of a feature as a stretch."""
        size = len(self.edges[feature]) + 1 if feature in self.edges else len(self.names[feature])
        return [(code,) for code in range(size)]

    def features(self) -> tuple[FeatureNote, ...]:
        """Return all features; the last one explains nothing."""
        return tuple(
            FeatureNote(
                feature=feature,
                explained=0.05 * (len(self.codes) - 1 - place),
                profile=tuple(
                    Stretch(
                        words=self.label_of(feature, codes),
                        condition=self.condition(feature, codes),
                        support=int(np.isin(self.codes[feature], codes).sum()),
                        estimate=self.metrics(np.isin(self.codes[feature], codes))[self.target()],
                    )
                    for codes in self.stretches(feature)
                ),
            )
            for place, feature in enumerate(self.codes)
        )

    def label_of(self, feature: str, codes: tuple[int, ...]) -> str:
        """Return the name of a code."""
        if feature in self.names:
            return self.names[feature][codes[0]]
        return self.condition(feature, codes).words().replace(feature, "x")

    def heatmap(self) -> Heatmap:
        """Return the cells of the first two features."""
        down, across = list(self.codes)[:2]
        return Heatmap(
            down=down,
            across=across,
            cells=tuple(
                tuple(
                    self.crossed(((down, one), (across, other))) for other in self.stretches(across)
                )
                for one in self.stretches(down)
            ),
        )

    def crossed(self, conjunction: Conjunction) -> Cell:
        """Return one cell."""
        inside = self.mask(conjunction)
        n = int(inside.sum())
        return Cell(support=n, units=n, estimate=self.metrics(inside)[self.target()])


def mean_loss(loss: np.ndarray) -> Estimate:
    if not len(loss):
        return Estimate(value=None, events=0.0, exposure=0.0)
    half = 1.96 * float(loss.std()) / math.sqrt(len(loss))
    mean = float(loss.mean())
    return Estimate(
        value=mean,
        low=mean - half,
        high=mean + half,
        events=float(loss.sum()),
        exposure=float(len(loss)),
    )


def notes_of_rates() -> dict[str, MetricNote]:
    return {
        key: MetricNote(
            title=title,
            meaning=meaning,
            kind="rate",
            worse=worse,  # type: ignore[arg-type]
            events=COUNTED[key][0],
            exposure=COUNTED[key][1],
        )
        for key, (title, meaning, worse) in RATES.items()
    }


Branch = tuple[str, tuple[int, ...], Status, list["Branch"]]


def grow(bench: Bench, branches: list[Branch]) -> tuple[Node, ...]:
    nodes: list[Node] = []

    def visit(
        parent: str | None, conjunction: Conjunction, status: Status, inner: list[Branch]
    ) -> str:
        name = f"n{len(nodes)}"
        finding = bench.finding(name, conjunction, status=status)
        condition = finding.region.conditions[-1] if conjunction else None
        place = len(nodes)
        node = Node(finding=finding, parent=parent, children=(), condition=condition)
        nodes.append(node)
        merged = [
            visit(name, narrowed(conjunction, feature, allowed), state, deeper)
            for feature, allowed, state, deeper in inner
        ]
        nodes[place] = Node(
            finding=finding,
            parent=parent,
            children=tuple(merged),
            condition=condition,
            split_p=0.0002 if merged else None,
        )
        return name

    visit(None, (), "none", branches)
    return tuple(nodes)


def narrowed(conjunction: Conjunction, feature: str, allowed: tuple[int, ...]) -> Conjunction:
    return (*((f, a) for f, a in conjunction if f != feature), (feature, allowed))


def leaves(bench: Bench, nodes: tuple[Node, ...]) -> np.ndarray:
    leaf = np.zeros(bench.n, dtype=np.int32)
    ends = [node.finding.id for node in nodes if not node.children]
    for index, name in enumerate(ends):
        leaf[bench.mask(bench.selections[name])] = index
    return leaf
