"""Documents and instances as an analysis would leave them, made by hand with numpy."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from terrain.data.notes import LeftOut, Role, Source, Task, Warned
from terrain.data.regions import Condition, Region
from terrain.document import (
    BenchmarkNote,
    Breakdown,
    Group,
    Method,
    Node,
    Provenance,
    Spread,
    Terrain,
    TreeNote,
)
from terrain.report.instances import Instances
from terrain.statistics.findings import Difference, Estimate, Finding, MetricNote, Status

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
        return Estimate(value=None, events=events, exposure=exposure)
    z, rate = 1.96, events / exposure
    middle = (rate + z * z / 2 / exposure) / (1 + z * z / exposure)
    half = z * np.sqrt(rate * (1 - rate) / exposure + z * z / 4 / exposure**2)
    half /= 1 + z * z / exposure
    return Estimate(
        value=rate,
        low=max(0.0, float(middle - half)),
        high=min(1.0, float(middle + half)),
        events=events,
        exposure=exposure,
    )


def difference(inside: Estimate, outside: Estimate, against: str = "rest") -> Difference:
    if inside.value is None or outside.value is None:
        return Difference(against=against, gap=None)
    gap = inside.value - outside.value
    below = np.hypot(inside.value - (inside.low or 0), (outside.high or 0) - outside.value)
    above = np.hypot((inside.high or 0) - inside.value, outside.value - (outside.low or 0))
    distance = abs(gap) / (below + above + 1e-9)
    p = float(min(1.0, 2 * np.exp(-((2.6 * distance) ** 2))))
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
    names: dict[str, tuple[str, ...]]
    edges: dict[str, tuple[float, ...]]
    loss: np.ndarray
    label: np.ndarray | None = None
    prediction: np.ndarray | None = None
    selections: dict[str, Conjunction] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.loss)

    def mask(self, conjunction: Conjunction) -> np.ndarray:
        inside = np.ones(self.n, dtype=bool)
        for feature, allowed in conjunction:
            inside &= np.isin(self.codes[feature], allowed)
        return inside

    def condition(self, feature: str, allowed: tuple[int, ...]) -> Condition:
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
        return "mae" if self.label is None else "error_rate"

    def finding(
        self, name: str, conjunction: Conjunction, *, status: Status = "none", headline: bool = False
    ) -> Finding:
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
            measured_on="confirmation",
            headline=headline,
        )

    def group(
        self, name: str, features: tuple[str, ...], codes: tuple[int, ...], reference: Finding | None
    ) -> Group:
        conjunction: Conjunction = tuple((f, (c,)) for f, c in zip(features, codes, strict=True))
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

    def breakdown(self, number: int, *features: str) -> Breakdown:
        sizes = [range(len(self.names[f])) for f in features]
        cells = [(a,) for a in sizes[0]] if len(sizes) == 1 else []
        if len(sizes) == 2:
            cells = [(a, b) for a in sizes[0] for b in sizes[1]]
        present = [c for c in cells if self.mask(tuple(zip(features, ((x,) for x in c))))  .any()]
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


def mean_loss(loss: np.ndarray) -> Estimate:
    if not len(loss):
        return Estimate(value=None, events=0, exposure=0)
    half = 1.96 * float(loss.std()) / np.sqrt(len(loss))
    mean = float(loss.mean())
    return Estimate(
        value=mean, low=mean - half, high=mean + half, events=float(loss.sum()), exposure=len(loss)
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


def compas(n: int = 4000, seed: int = 7) -> tuple[Terrain, Instances]:
    """Return a risk score, examined by race, sex and age."""
    rng = np.random.default_rng(seed)
    names = {
        "race": ("African-American", "Asian", "Caucasian", "Hispanic", "Native American", "Other"),
        "sex": ("Female", "Male"),
    }
    race = rng.choice(6, n, p=[0.5, 0.006, 0.34, 0.08, 0.004, 0.07])
    sex = rng.choice(2, n, p=[0.2, 0.8])
    age = rng.gamma(1.6, 10, n).astype(int) + 18
    priors = rng.geometric(0.25, n) - 1
    edges = {"age": (21.0, 25.0, 30.0, 45.0), "priors_count": (1.0, 3.0, 6.0, 12.0)}
    codes = {
        "race": race.astype(np.uint8),
        "sex": sex.astype(np.uint8),
        "age": np.searchsorted(edges["age"], age, side="right").astype(np.uint8),
        "priors_count": np.searchsorted(edges["priors_count"], priors, side="right").astype(
            np.uint8
        ),
    }
    risk = 0.27 + 0.22 * (codes["age"] < 2) + 0.08 * (race == 0) + 0.13 * (priors > 5)
    risk += 0.2 * ((sex == 0) & (codes["age"] < 2))
    wrong = rng.random(n) < risk
    label = (rng.random(n) < 0.45).astype(int)
    prediction = np.where(wrong, 1 - label, label)
    bench = Bench(codes, names, edges, wrong.astype(float), label, prediction)
    nodes = grow(
        bench,
        [
            (
                "age",
                (0, 1),
                "failing",
                [
                    (
                        "sex",
                        (0,),
                        "failing",
                        [
                            ("priors_count", (2, 3, 4), "suspected", []),
                            ("priors_count", (0, 1), "failing", []),
                        ],
                    ),
                    (
                        "sex",
                        (1,),
                        "failing",
                        [("race", (0, 4), "failing", []), ("race", (1, 2, 3, 5), "none", [])],
                    ),
                ],
            ),
            (
                "age",
                (2, 3, 4),
                "none",
                [
                    ("priors_count", (3, 4), "failing", []),
                    (
                        "priors_count",
                        (0, 1, 2),
                        "none",
                        [("race", (0,), "suspected", []), ("race", (1, 2, 3, 4, 5), "none", [])],
                    ),
                ],
            ),
        ],
    )
    regions = (
        bench.finding("r1", (("sex", (0,)), ("age", (0, 1))), status="failing", headline=True),
        bench.finding("r2", (("age", (0, 1)), ("race", (0,))), status="failing", headline=True),
        bench.finding(
            "r3", (("priors_count", (3, 4)), ("age", (2, 3, 4))), status="failing", headline=True
        ),
        bench.finding("r4", (("age", (0,)),), status="failing"),
        bench.finding(
            "r5", (("race", (1, 3)), ("sex", (0,)), ("priors_count", (0,))), status="suspected"
        ),
        bench.finding("r6", (("race", (4,)),), status="suspected"),
    )
    breakdowns = (
        bench.breakdown(1, "race"),
        bench.breakdown(20, "sex"),
        bench.breakdown(30, "sex", "race"),
    )
    document = collect(
        bench,
        "compas",
        "binary",
        nodes,
        regions,
        breakdowns,
        notes_of_rates(),
        "The model errs on {rate} of {n} instances. Three regions covering 31% of them hold 44% "
        "of the errors.",
    )
    text = np.array(["battery", "theft, grand", "possession of cannabis", "=1+1", ""])
    table = pa.table(
        {
            "person_id": np.arange(n) + 1000,
            "label_value": label,
            "score": prediction,
            "probability": np.round(rng.random(n), 3),
            "race": pa.array([names["race"][code] for code in race]).dictionary_encode(),
            "sex": pa.array([names["sex"][code] for code in sex]).dictionary_encode(),
            "age": age,
            "priors_count": priors,
            "charge": pa.array(
                [None if i % 11 == 0 else text[i % 5] for i in range(n)], pa.string()
            ).dictionary_encode(),
        }
    )
    marked = {
        "person_id": "id",
        "label_value": "label",
        "score": "prediction",
        "probability": "score",
        "race": "sensitive",
        "sex": "sensitive",
        "age": "feature",
        "priors_count": "feature",
    }
    return document, instances(bench, table, marked, nodes)


def noise(n: int = 1200, seed: int = 3) -> tuple[Terrain, Instances]:
    """Return a benchmark in which nothing was found."""
    rng = np.random.default_rng(seed)
    codes = {"a": rng.integers(0, 3, n).astype(np.uint8), "b": rng.integers(0, 2, n).astype("u1")}
    label = rng.integers(0, 2, n)
    wrong = rng.random(n) < 0.15
    prediction = np.where(wrong, 1 - label, label)
    names = {"a": ("x", "y", "z"), "b": ("no", "yes")}
    bench = Bench(codes, names, {}, wrong.astype(float), label, prediction)
    nodes = grow(bench, [])
    document = collect(
        bench,
        "noise",
        "binary",
        nodes,
        (),
        (),
        notes_of_rates(),
        "The model errs on {rate} of {n} instances. No failing region found.",
        folded=7,
    )
    table = pa.table({"y": label, "yhat": prediction, "a": codes["a"], "b": codes["b"]})
    return document, instances(bench, table, {"y": "label", "yhat": "prediction"}, nodes)


def prices(n: int = 2000, seed: int = 5) -> tuple[Terrain, Instances]:
    """Return a regression, with a real-valued loss."""
    rng = np.random.default_rng(seed)
    codes = {
        "district": rng.integers(0, 4, n).astype(np.uint8),
        "rooms": rng.integers(0, 5, n).astype(np.uint8),
    }
    loss = rng.gamma(2, 9000, n) * np.where(codes["district"] == 3, 2.2, 1.0)
    names = {"district": ("centre", "north", "a very long district name by the river", "harbour")}
    bench = Bench(codes, names, {"rooms": (2.0, 3.0, 4.0, 6.0)}, loss)
    nodes = grow(
        bench,
        [
            ("district", (3,), "failing", []),
            ("district", (0, 1, 2), "none", []),
        ],
    )
    regions = (bench.finding("r1", (("district", (3,)),), status="failing", headline=True),)
    notes = {
        "mae": MetricNote(
            title="mean absolute error",
            meaning="mean distance between prediction and label, in the label's unit",
            kind="loss",
            worse="high",
            events="absolute error",
            exposure="instances",
        )
    }
    document = collect(
        bench,
        "prices",
        "regression",
        nodes,
        regions,
        (bench.breakdown(1, "district"),),
        notes,
        "The model is off by {rate} on average over {n} instances. One region covering 25% of "
        "them holds 42% of the error.",
    )
    truth = rng.normal(300_000, 50_000, n).round()
    table = pa.table(
        {
            "price": truth,
            "predicted": truth + loss,
            "district": [names["district"][code] for code in codes["district"]],
            "rooms": codes["rooms"] + 1,
        }
    )
    return document, instances(
        bench, table, {"price": "label", "predicted": "prediction"}, nodes
    )


PAYLOADS = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"' onmouseover='alert(3)' x=\"",
    "javascript:alert(4)",
    "{{7*7}}",
    "__proto__",
    "line\u2028separator\x00nul",
    "\u202egnp.exe",
    "<!--<script>",
    "w" * 10_000,
)


def hostile() -> tuple[Terrain, Instances]:
    """Return a benchmark whose every name and value attacks the page."""
    n = len(PAYLOADS) * 40
    rng = np.random.default_rng(1)
    levels = np.arange(n) % len(PAYLOADS)
    codes = {PAYLOADS[0]: levels.astype(np.uint8), PAYLOADS[1]: (levels % 3).astype(np.uint8)}
    label = rng.integers(0, 2, n)
    wrong = rng.random(n) < np.where(levels < 3, 0.7, 0.1)
    prediction = np.where(wrong, 1 - label, label)
    names = {PAYLOADS[0]: PAYLOADS, PAYLOADS[1]: PAYLOADS[:3]}
    bench = Bench(codes, names, {}, wrong.astype(float), label, prediction)
    nodes = grow(
        bench,
        [
            (PAYLOADS[0], (0, 1, 2), "failing", []),
            (PAYLOADS[0], tuple(range(3, len(PAYLOADS))), "none", []),
        ],
    )
    regions = tuple(
        bench.finding(f"r{i + 1}", ((PAYLOADS[0], (i,)),), status="failing", headline=i < 2)
        for i in range(len(PAYLOADS))
    )
    document = collect(
        bench,
        PAYLOADS[0],
        "binary",
        nodes,
        regions,
        (bench.breakdown(1, PAYLOADS[0]), bench.breakdown(30, PAYLOADS[1])),
        notes_of_rates(),
        PAYLOADS[1] + " {n}",
        path="javascript:alert(5)//\"><img src=x onerror=alert(6)>.csv",
        warnings=tuple(
            Warned(code=f"w{i}", seen=word, advice=word, column=word)
            for i, word in enumerate(PAYLOADS)
        ),
    )
    numbers = np.resize([np.nan, np.inf, -np.inf, -0.0, 1e308], n)
    table = pa.table(
        {
            PAYLOADS[0]: [PAYLOADS[code] for code in levels],
            "__proto__": label,
            "constructor": prediction,
            PAYLOADS[3]: pa.array(np.resize([2**63 - 1, -(2**53) - 1, 7], n)),
            "numbers": pa.array(numbers, pa.float64(), from_pandas=False),
            "missing": pa.array(["" if i % 2 else None for i in range(n)], pa.string()),
            "bytes": pa.array([b"\xff\x00<script>" if i % 2 else None for i in range(n)]),
            "day": pa.array([i if i % 5 else None for i in range(n)], pa.date32()),
            "moment": pa.array(np.arange(n) * 10**9, pa.timestamp("us", "UTC")),
            PAYLOADS[9]: pa.array([True, False] * (n // 2)),
        }
    )
    marked = {"__proto__": "label", "constructor": "prediction", PAYLOADS[3]: "raw"}
    return document, instances(bench, table, marked, nodes)


def collect(  # noqa: PLR0913, PLR0917 - the parts of a document
    bench: Bench,
    name: str,
    task: Task,
    nodes: tuple[Node, ...],
    regions: tuple[Finding, ...],
    breakdowns: tuple[Breakdown, ...],
    notes: dict[str, MetricNote],
    headline: str,
    *,
    folded: int = 3,
    path: str | None = None,
    warnings: tuple[Warned, ...] | None = None,
) -> Terrain:
    overall = bench.metrics(np.ones(bench.n, dtype=bool))
    rate = overall[bench.target()].value or 0.0
    said = f"{rate:.1%}" if bench.label is not None else f"{rate:,.0f}"
    return Terrain(
        target=bench.target(),
        headline=headline.replace("{rate}", said).replace("{n}", f"{bench.n:,}"),
        benchmark=BenchmarkNote(
            name=name,
            task=task,
            instances=bench.n,
            unlabelled=12,
            positive="1" if task == "binary" else None,
            classes=("0", "1") if task == "binary" else (),
            prevalence=0.45 if task == "binary" else None,
            sources=(
                Source(
                    path=path or f"data/{name}.csv",
                    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    bytes=312_456,
                    modified="2026-03-01T09:30:00Z",
                    instances=bench.n,
                ),
            ),
            roles=(
                Role(role="label", columns=("label_value",), because="usual name"),
                Role(role="prediction", columns=("score",), because="named by --prediction"),
                Role(role="features", columns=tuple(bench.codes), because="every other column"),
            ),
            left_out=(LeftOut(column="charge", reason="free text"),),
        ),
        warnings=warnings
        if warnings is not None
        else (
            Warned(
                code="duplicates",
                seen="1,213 rows are exact copies of an earlier row.",
                advice="Remove them, or name the column that tells them apart with --id.",
                rows=1213,
            ),
            Warned(
                code="mixed-case-levels",
                seen="Column `sex` writes the same level in two ways: Male (40 rows), male (3).",
                advice="Write it in one way; the two are counted apart here.",
                rows=43,
                column="sex",
            ),
        ),
        metrics=notes,
        overall=overall,
        tree=TreeNote(nodes=nodes, grower="histogram", folded=folded),
        regions=regions,
        breakdowns=breakdowns,
        method=Method(
            scheme="cross-fit",
            split_by="id",
            discovery=bench.n // 2,
            confirmation=bench.n - bench.n // 2,
            candidates=len(regions) + 6,
            alpha=0.05,
            margin=1.1,
            level=0.95,
            detectable=0.021,
            test="Fisher's exact test, one-sided",
            seed=0,
        ),
        encoding={},
        provenance=Provenance(
            versions={"terrain": "0.1.0", "numpy": "2.4"},
            commit=None,
            settings={"max_depth": 4, "features": list(bench.codes)},
        ),
    )


def instances(
    bench: Bench, table: pa.Table, marked: dict[str, str], nodes: tuple[Node, ...]
) -> Instances:
    rows = np.arange(bench.n)
    return Instances(
        table=table,
        marked=marked,
        loss=bench.loss,
        leaf=leaves(bench, nodes),
        codes=bench.codes,
        selections=bench.selections,
        source=np.zeros(bench.n, dtype=np.uint32),
        record=rows.astype(np.int64),
        line=rows + 2,
    )
