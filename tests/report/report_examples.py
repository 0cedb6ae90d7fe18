"""Documents and instances as an analysis would leave them, made by hand with numpy."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
from report_bench import Bench, grow, leaves, notes_of_rates
from report_rival import with_rival

from terrain.data.notes import LeftOut, Role, Source, Task, Warned
from terrain.document import (
    BenchmarkNote,
    Breakdown,
    Cohort,
    Method,
    Node,
    Provenance,
    Terrain,
    TreeNote,
)
from terrain.report.instances import Instances
from terrain.statistics.findings import Difference, Find, Finding, MetricNote


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
    words = ("priors_count >= 6", "age >= 45", "sex = Female")
    document = with_rival(document, bench, "linear", words, ((("race", (5,)), ("sex", (1,))),))
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
    document = with_rival(document, bench, "linear", ("rooms >= 4", "district = harbour"))
    truth = rng.normal(300_000, 50_000, n).round()
    table = pa.table(
        {
            "price": truth,
            "predicted": truth + loss,
            "district": [names["district"][code] for code in codes["district"]],
            "rooms": codes["rooms"] + 1,
        }
    )
    return document, instances(bench, table, {"price": "label", "predicted": "prediction"}, nodes)


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
        path='javascript:alert(5)//"><img src=x onerror=alert(6)>.csv',
        warnings=tuple(
            Warned(code=f"w{i}", seen=word, advice=word, column=word)
            for i, word in enumerate(PAYLOADS)
        ),
    )
    document = with_rival(document, bench, "tree", PAYLOADS[:2], (((PAYLOADS[1], (0,)),),))
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


def with_suspects(document: Terrain, find: Find, *, contradicted: bool) -> Terrain:
    """Return a document of a search whose suspected regions unseen instances speak for or not."""
    worse = (find == "failing") != contradicted

    def turned(finding: Finding) -> Finding:
        if finding.status != "suspected":
            return finding
        gap = Difference(against="rest", gap=0.05 if worse else -0.05)
        return msgspec.structs.replace(finding, gap=gap)

    method = msgspec.structs.replace(document.method, find=find)
    regions = tuple(map(turned, document.regions))
    return msgspec.structs.replace(document, method=method, regions=regions)


def with_cohorts(document: Terrain, *names: str) -> Terrain:
    """Return a document whose regions, as many as there are names, are cohorts, too."""
    chosen = [document.regions[0], *document.regions[3:]]
    cohorts = tuple(
        Cohort(
            name=name,
            expression=region.region.words,
            finding=msgspec.structs.replace(region, id=f"c{number}", measured_on="all"),
            gaps={document.target: region.gap},
            too_few=(),
        )
        for number, (name, region) in enumerate(zip(names, chosen, strict=False), 1)
        if region.gap is not None
    )
    return msgspec.structs.replace(document, cohorts=cohorts)


def collect(  # noqa: PLR0913 - the parts of a document
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
        features=bench.features(),
        heatmap=bench.heatmap(),
        method=Method(
            find="failing",
            inference="halves",
            scheme="cross-fit",
            split_by="id",
            discovery=bench.n // 2,
            confirmation=bench.n - bench.n // 2,
            candidates=len(regions) + 6,
            alpha=0.05,
            margin=1.1,
            level=0.95,
            reach_known=True,
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
        stretches={
            feature: tuple(
                (bench.label_of(feature, codes), codes) for codes in bench.stretches(feature)
            )
            for feature in bench.codes
        },
    )
