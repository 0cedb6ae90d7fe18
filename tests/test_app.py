"""From a table to a document: what is found, what is not, and that nothing else matters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import numpy as np
import oracle
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, parquet
from strategies import noise, plan_for, tables

from terrain import study as studies
from terrain.app import analyze
from terrain.config import Plan
from terrain.errors import DataError, TerrainError, UsageError
from terrain.publish import instances_of
from terrain.report import json
from terrain.report.instances import selected
from terrain.statistics import batch

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from terrain.analysis import Analysis
    from terrain.document import Terrain
    from terrain.statistics.findings import Finding


def analyzed(folder: Path, table: pa.Table, name: str = "table", **settings: Any) -> Analysis:
    """Return what is found in a table; `key`, where there is one, is its id.

    Slices are searched only where a test asks for them: they have tests of their own.
    """
    settings = {"slices": 0} | settings
    path = folder / f"{name}.parquet"
    parquet.write_table(table, path)
    os.utime(path, (1e9, 1e9))  # the document names the time: two writes must not differ by it
    plan = plan_for(table, inputs=(str(path),)) if "key" in table.column_names else Plan()
    return analyze(msgspec.structs.replace(plan, inputs=(str(path),), **settings))


def failing(found: Terrain) -> list[Finding]:
    return [region for region in found.regions if region.status == "failing"]


def without_sources(found: Terrain) -> Any:
    """Return all of a document that does not speak of files, columns and settings."""
    plain: Any = msgspec.to_builtins(found)
    del plain["provenance"]
    for field in ("sources", "roles", "left_out", "notes", "name", "columns"):
        del plain["benchmark"][field]
    return plain


def planted(seed: int, n: int, rate: float = 0.45, share: float = 0.03) -> pa.Table:
    """Return noise with one region, `x0` high and `c0` = a, that fails three times as often."""
    table = noise(seed, n, rate=0.15)
    generator = np.random.default_rng(seed + 1_000)
    x, c = table["x0"].to_numpy(), table["c0"].to_numpy(zero_copy_only=False)
    inside = (x > np.quantile(x, 1 - 5 * share)) & (c == "a")
    wrong = np.where(inside, generator.random(n) < rate, table["wrong"].to_numpy())
    return table.set_column(table.num_columns - 1, "wrong", pa.array(wrong.astype(int)))


def likeness(found: Finding, frame: pd.DataFrame) -> float:
    """Return the Jaccard index of a finding and the planted region."""
    inside = oracle.inside(found.region, frame)
    truth = ((frame.x0 > frame.x0.quantile(0.85)) & (frame.c0 == "a")).to_numpy()
    return float((inside & truth).sum() / (inside | truth).sum())


def test_pure_noise_has_no_failing_region(tmp_path: Path) -> None:
    runs = [
        analyzed(tmp_path, noise(seed), error=("wrong",), slices=3).terrain for seed in range(12)
    ]
    assert sum(bool(failing(found)) for found in runs) <= 2
    quiet = next(found for found in runs if not failing(found))
    assert "No failing region found" in quiet.headline
    assert quiet.method.detectable is not None
    assert 0.05 < quiet.method.detectable < 0.3
    assert all(r.p_adjusted is None and r.p_value is None for r in quiet.regions)


@pytest.mark.parametrize("n", [6_000, 21_000])
def test_a_planted_region_is_found_and_measured_on_unseen_instances(tmp_path: Path, n: int) -> None:
    table = planted(0, n)
    analysis = analyzed(tmp_path, table, error=("wrong",), slices=3)
    found = analysis.terrain
    assert found.method.scheme == ("halves" if n > studies.CROSS_FIT_BELOW else "cross-fit")
    frame = table.to_pandas().astype({"c0": object})
    first = max(failing(found), key=lambda region: likeness(region, frame))
    assert likeness(first, frame) > 0.5
    inside = oracle.inside(first.region, frame)
    assert first.support == inside.sum()
    seen = (
        analysis.study.discovery
        if first.measured_on == "second half"
        else ~analysis.study.discovery
    )
    wrong = frame.wrong.to_numpy()
    estimate = first.metrics["wrong"]
    assert (estimate.events, estimate.exposure) == (
        wrong[inside & ~seen].sum(),
        (inside & ~seen).sum(),
    )
    assert first.discovery is not None
    assert first.discovery.exposure == (inside & seen).sum()
    assert first.rest is not None
    assert first.rest.value == pytest.approx(wrong[~inside & ~seen].mean())
    assert first.lift == pytest.approx(estimate.events / estimate.exposure / wrong[~seen].mean())
    assert first.error_coverage == pytest.approx(estimate.events / wrong[~seen].sum())
    assert first.p_adjusted is not None
    assert first.p_adjusted <= found.method.alpha
    assert any(region.headline for region in failing(found))
    assert "failing region covers" in found.headline or "failing regions cover" in found.headline


def test_every_node_and_group_holds_the_instances_that_its_words_say(tmp_path: Path) -> None:
    table = planted(1, 6_000)
    found = analyzed(tmp_path, table, error=("wrong",), sensitive=("c0", "b1")).terrain
    frame = table.to_pandas().astype({"c0": object})
    nodes = {node.finding.id: node for node in found.tree.nodes}
    assert len(nodes) > 1
    for node in nodes.values():
        assert node.finding.support == oracle.inside(node.finding.region, frame).sum()
        children = [nodes[child] for child in node.children]
        if children:
            assert sum(c.finding.support for c in children) == node.finding.support
            for name in node.finding.metrics:
                parts = [c.finding.metrics[name] for c in children]
                whole = node.finding.metrics[name]
                assert sum(p.events for p in parts) == pytest.approx(whole.events)
                assert sum(p.exposure for p in parts) == pytest.approx(whole.exposure)
    for breakdown in found.breakdowns:
        assert sum(g.finding.support for g in breakdown.groups) == len(frame)
        for group in breakdown.groups:
            inside = oracle.inside(group.finding.region, frame)
            assert group.finding.support == inside.sum()
            assert group.finding.metrics["wrong"].value == pytest.approx(frame.wrong[inside].mean())


@settings(max_examples=15)
@given(tables(least=30), st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(tmp_path: Path, table: pa.Table, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(table.num_rows)
    sensitive: dict[str, Any] = {"sensitive": ("region", "age")}
    first = analyzed(tmp_path, table, **sensitive).terrain
    other = analyzed(tmp_path, table.take(pa.array(order)), **sensitive).terrain
    assert without_sources(first) == without_sources(other)


@settings(max_examples=10)
@given(tables(least=30), st.integers(1, 20))
def test_batches_change_nothing(tmp_path: Path, table: pa.Table, size: int) -> None:
    first = analyzed(tmp_path, table, sensitive=("region",)).terrain
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "BATCH", size)
        other = analyzed(tmp_path, table, sensitive=("region",)).terrain
    assert json.encode(first) == json.encode(other)


def test_names_of_levels_change_only_names(tmp_path: Path) -> None:
    table = planted(2, 6_000).append_column("key", pa.array(np.arange(6_000)))
    generator = np.random.default_rng(0)
    loss = table["wrong"].to_numpy() + generator.random(6_000) / 10  # rates never tie
    table = table.set_column(table.column_names.index("wrong"), "loss", pa.array(loss))
    names = dict(zip("abcde", "vzwyx", strict=True))
    renamed = table
    for place, name in enumerate(table.column_names):
        if name.startswith("c"):
            values = pa.array([names[value] for value in table[name].to_pylist()])
            renamed = renamed.set_column(place, name, values)
    features = tuple(name for name in table.column_names if name[0] in "xbc")
    how: dict[str, Any] = {"features": features, "sensitive": ("c0",)}
    first = analyzed(tmp_path, table, **how).terrain
    other = analyzed(tmp_path, renamed, **how).terrain
    assert failing(first)

    def numbers(found: Terrain) -> list[Any]:
        findings = [node.finding for node in found.tree.nodes] + list(found.regions)
        findings += [group.finding for group in found.breakdowns[0].groups]
        return [(f.support, f.metrics, f.rest, f.p_adjusted, f.status) for f in findings]

    assert numbers(first) == numbers(other)
    (one, *_), (two, *_) = ([r.region.words for r in failing(f)] for f in (first, other))
    assert one != two


@settings(max_examples=10)
@given(tables(least=20))
def test_every_row_twice_doubles_support_and_leaves_rates(tmp_path: Path, table: pa.Table) -> None:
    twice = pa.concat_tables([table, table])
    how: dict[str, Any] = {"sensitive": ("region", "member"), "id": None, "exclude": ("key",)}
    first = analyzed(tmp_path, table, **how).terrain
    other = analyzed(tmp_path, twice, **how).terrain
    pairs = [(first.overall, other.overall)]
    for one, two in zip(first.breakdowns, other.breakdowns, strict=True):
        groups = {group.value: group.finding for group in two.groups}
        for group in one.groups:
            pairs.append((group.finding.metrics, groups[group.value].metrics))
            assert groups[group.value].support == 2 * group.finding.support
    for metrics, doubled in pairs:
        for name, estimate in metrics.items():
            assert doubled[name].value == pytest.approx(estimate.value)
            assert doubled[name].events == pytest.approx(2 * estimate.events)
            assert doubled[name].exposure == pytest.approx(2 * estimate.exposure)


@settings(max_examples=15)
@given(tables(weighted=False, least=20), st.integers(0, 1000))
def test_a_count_column_is_repeated_rows(tmp_path: Path, table: pa.Table, seed: int) -> None:
    times = np.random.default_rng(seed).integers(0, 4, table.num_rows)
    times[:2] = 1
    counted = table.append_column("times", pa.array(times))
    repeated = table.take(pa.array(np.repeat(np.arange(len(times)), times)))
    how: dict[str, Any] = {"sensitive": ("region",), "id": None, "exclude": ("key",)}
    first = analyzed(tmp_path, counted, count="times", **how).terrain
    other = analyzed(tmp_path, repeated, **how).terrain
    assert without_sources(first) == without_sources(other)


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    table = planted(3, 3_000)
    how: dict[str, Any] = {"error": ("wrong",), "sensitive": ("c0", "b0"), "slices": 3}
    analysis = analyzed(tmp_path, table, **how)
    first = json.encode(analysis.terrain)
    plan = msgspec.convert(analysis.terrain.provenance.settings, Plan)
    assert json.encode(analyze(plan).terrain) == first
    other = analyzed(tmp_path, table, seed=1, **how).terrain
    assert json.encode(other) != first


KINDS: dict[str, dict[str, Any]] = {
    "binary": {"label": [0, 1, 1, 0] * 50, "prediction": [0, 1, 0, 1, 0] * 40},
    "scores": {"label": [0, 1, 1, 0] * 50, "score": list(np.linspace(0, 1, 200))},
    "multiclass": {
        "label": ["a", "b", "c", "d"] * 50,
        "prediction": ["a", "b", "c", "c", "d"] * 40,
    },
    "regression": {"label": [0.5, 1, 1.5, 3] * 50, "prediction": [0.5, 1, 1, 2.5, 4] * 40},
    "error": {"error": [0.5, 0, 2, 7] * 50},
}


@pytest.mark.parametrize(
    "more", [{}, {"weight": "w"}, {"group": "g"}], ids=["plain", "weight", "group"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_json_and_back_and_keeps_its_schema(
    tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    generator = np.random.default_rng(0)
    data = KINDS[kind] | {"x": generator.normal(size=200), "c": generator.choice(list("uvw"), 200)}
    data |= {"w": generator.random(200), "g": [f"g{i // 4}" for i in range(200)]}
    excluded = tuple({"w", "g"} - set(more.values()))
    found = analyzed(
        tmp_path, pa.table(data), sensitive=("c",), exclude=excluded, tree="sklearn", **more
    ).terrain
    content = json.encode(found)
    assert json.encode(json.decode(content)) == content
    jsonschema.validate(msgspec.json.decode(content), json.schema())
    assert found.target in found.overall
    assert set(found.overall) == set(found.metrics)


def test_formats_of_a_file_change_nothing_but_the_source(tmp_path: Path) -> None:
    table = planted(4, 1_000).append_column("key", pa.array([f"k{i}" for i in range(1_000)]))
    path = tmp_path / "table.csv"
    csv.write_csv(table, path)
    how: dict[str, Any] = {"id": "key", "error": ("wrong",), "sensitive": ("c0",)}
    first = analyze(Plan(inputs=(str(path),), **how)).terrain
    parquet.write_table(table, tmp_path / "table.parquet")
    other = analyze(Plan(inputs=(str(tmp_path / "table.parquet"),), **how)).terrain
    assert without_sources(first) == without_sources(other)


def test_equal_weights_find_what_no_weights_find(tmp_path: Path) -> None:
    table = planted(5, 8_000)
    weighted = table.append_column("w", pa.array(np.full(8_000, 0.3)))
    first = analyzed(tmp_path, table, error=("wrong",)).terrain
    other = analyzed(tmp_path, weighted, error=("wrong",), weight="w").terrain
    frame = table.to_pandas().astype({"c0": object})
    for found in (first, other):
        assert max(likeness(region, frame) for region in failing(found)) > 0.5
    assert other.overall["wrong"].value == pytest.approx(first.overall["wrong"].value)


@pytest.mark.parametrize("weight", [None, "w"])
def test_a_region_of_nothing_but_errors_is_found(tmp_path: Path, weight: str | None) -> None:
    generator = np.random.default_rng(0)
    place = generator.choice(["a", "b", "c", "d", "e"], 2_000)
    wrong = (place == "a") | (generator.random(2_000) < 0.1)
    table = pa.table({"place": place, "wrong": wrong.astype(int), "w": np.ones(2_000)})
    found = analyzed(tmp_path, table, error=("wrong",), weight=weight, features=("place",)).terrain
    assert [region.region.words for region in failing(found)] == ["place = a"]


@pytest.mark.parametrize("rival", [True, False])
def test_a_rival_stands_in_the_document_unless_it_is_not_wanted(
    tmp_path: Path,
    rival: bool,  # noqa: FBT001 - the setting
) -> None:
    generator = np.random.default_rng(0)
    x, y = generator.integers(0, 40, 2_000), generator.choice(["a", "b", "c"], 2_000)
    label = (x >= 20) ^ (generator.random(2_000) < 0.05)
    prediction = np.where((y == "b") & (x < 7), 1 - label, label).astype(int)
    table = pa.table({"x": x, "y": y, "label": label.astype(int), "prediction": prediction})
    analysis = analyzed(tmp_path, table, rival=rival, slices=2)
    found = json.decode(json.encode(analysis.terrain)).rival
    assert (found is not None) == rival
    if found is None:
        return
    assert [win.finding.region.words for win in found.wins] == ["x < 7 and y = b"]
    shown = instances_of(analysis.terrain, analysis.study)
    inside = selected(shown, "w1")
    assert np.array_equal(inside, (x < 7) & (y == "b"))
    assert (analysis.terrain.rival, found.candidates > 0) == (found, True)


def test_a_loss_below_zero_has_failing_regions_too(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    place = generator.choice(["a", "b", "c", "d"], 3_000)
    loss = generator.normal(-5, 1, 3_000) + 3 * (place == "b")
    table = pa.table({"place": place, "loss": loss})
    found = analyzed(tmp_path, table, error=("loss",), features=("place",)).terrain
    assert [region.region.words for region in failing(found)] == ["place = b"]
    assert "One failing region covers" in found.headline


@pytest.mark.parametrize(
    ("data", "settings", "error"),
    [
        ({"label": [1, 0], "prediction": [1, 0]}, {}, "no error to explain"),
        ({"label": [1, 0], "prediction": [0, 1]}, {}, "100%"),
        ({"label": [1], "prediction": [0]}, {}, "one instance"),
        ({"label": [1, 1], "prediction": [0, 1]}, {"target": "fpr"}, "undefined in all 2 rows"),
        ({"label": [1, 1], "prediction": [0, 1]}, {"target": "fprr"}, "did you mean `fpr`"),
        ({"label": [1, 0] * 9, "prediction": [1, 1] * 9, "s": ["a", "b"] * 9},
         {"sensitive": ("s",), "reference": ("s=c",)}, "no group is `s=c`"),
        ({"label": [1, 0] * 9, "prediction": [1, 1] * 9, "g": ["a"] * 18}, {"group": "g"},
         "all 18 rows have the same `g`"),
    ],
)  # fmt: skip
def test_a_table_that_explains_nothing_says_so(
    tmp_path: Path, data: dict[str, Any], settings: dict[str, Any], error: str
) -> None:
    with pytest.raises((DataError, UsageError), match=error):
        analyzed(tmp_path, pa.table({"x": np.arange(len(data["label"])) % 3} | data), **settings)


@settings(max_examples=30)
@given(
    tables(least=2) | tables(least=2, task="indicator"), st.sampled_from(["histogram", "sklearn"])
)
def test_small_and_odd_tables_are_analyzed_or_refused_with_a_reason(
    tmp_path: Path, table: pa.Table, tree: str
) -> None:
    try:
        found = analyzed(tmp_path, table, sensitive=("age", "region", "day"), tree=tree).terrain
    except TerrainError:
        return
    assert found.benchmark.instances == table.num_rows
    assert found.tree.nodes


def two_sided(seed: int) -> pa.Table:
    """Return a table with a region that fails and one that does outstandingly well."""
    generator = np.random.default_rng(seed)
    n = 6_000
    x, y = (generator.integers(0, 12, n) for _ in range(2))
    level = generator.choice(["a", "b", "c"], n)
    chance = np.select([(x < 3) & (level == "a"), (y >= 9) & (level == "b")], [0.7, 0.1], 0.4)
    wrong = (generator.random(n) < chance).astype(int)
    return pa.table({"x": x, "y": y, "level": level, "wrong": wrong, "right": 1 - wrong})


def test_the_best_regions_are_those_where_the_opposite_fails(tmp_path: Path) -> None:
    table = two_sided(0)
    features = ("x", "y", "level")
    best, opposite = (
        analyzed(tmp_path, table, features=features, error=(error,), find=find, margin=1.0,
                 slices=2).terrain
        for error, find in (("wrong", "best"), ("right", "failing"))
    )  # fmt: skip
    assert best.method.find == "best"
    assert best.regions[0].region.words in ("level = b and y >= 9", "y >= 9 and level = b")
    assert {region.status for region in best.regions} == {"best", "suspected"}
    assert [r.region for r in best.regions] == [r.region for r in opposite.regions]
    for good, bad in zip(best.regions, opposite.regions, strict=True):
        assert good.p_adjusted == pytest.approx(bad.p_adjusted)
        assert good.metrics["wrong"].value == pytest.approx(1 - (bad.metrics["right"].value or 0))
    assert "outstandingly good region" in best.headline


def test_what_fails_is_not_what_does_best(tmp_path: Path) -> None:
    found = analyzed(
        tmp_path, two_sided(1), features=("x", "y", "level"), error=("wrong",), slices=2
    ).terrain
    worst = failing(found)[0]
    assert worst.region.words in ("level = a and x < 3", "x < 3 and level = a")
    assert (worst.lift or 0) > 1


def test_further_descriptions_name_the_region_they_lie_beneath(tmp_path: Path) -> None:
    found = analyzed(
        tmp_path, two_sided(2), features=("x", "y", "level"), error=("wrong",), slices=2
    ).terrain
    heads = {region.id for region in found.regions if region.folded is None}
    beneath = [region.folded for region in found.regions if region.folded]
    assert beneath
    assert {folded.under for folded in beneath} <= heads
    assert all(0 <= folded.jaccard <= folded.inside <= 1 for folded in beneath)
    listed = {region.id for region in found.regions if region.headline}
    assert listed <= heads


def test_support_counts_instances_on_which_the_target_is_defined(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    n = 4_000
    label = (generator.random(n) < 0.97).astype(int)
    prediction = np.where(generator.random(n) < 0.3, 1 - label, label)
    x, y = generator.integers(0, 20, (2, n))
    table = pa.table({"x": x, "y": y, "label": label, "prediction": prediction})
    found = analyzed(tmp_path, table, features=("x", "y"), target="fpr", slices=2).terrain
    assert found.regions
    for region in found.regions:
        assert region.discovery is not None
        assert region.discovery.exposure >= 5  # a quarter of 20, as each half is searched


def test_a_half_without_exposure_is_no_error(tmp_path: Path) -> None:
    label = np.ones(200, int)
    label[0] = 0
    table = pa.table({"x": np.arange(200) % 7, "label": label, "prediction": np.ones(200, int)})
    with pytest.raises(DataError, match="nothing to compare"):
        analyzed(tmp_path, table, features=("x",), target="fpr", slices=2)
    label[1] = 0
    prediction = np.where(np.arange(200) == 1, 0, 1)
    table = pa.table({"x": np.arange(200) % 7, "label": label, "prediction": prediction})
    found = analyzed(tmp_path, table, features=("x",), target="fpr", slices=2).terrain
    assert not failing(found)
