"""`terrain.analyze` on tables in memory: the same as of a file, in data frames."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from commands import terrain as command

import terrain
from terrain.config import Plan
from terrain.document import Terrain
from terrain.errors import DataError, OutputError, TerrainError, UsageError
from terrain.publish import read_document

LOANS = Path(__file__).parents[1] / "sample_benchmarks" / "loans.csv"


@pytest.fixture(scope="module")
def loans() -> pd.DataFrame:
    return pd.read_csv(LOANS)


@pytest.fixture(scope="module")
def found(loans: pd.DataFrame) -> terrain.Analysis:
    return terrain.analyze(
        loans,
        benchmark="loans",
        sensitive=["sex", "ethnicity"],
        cohorts={"young": "age < 30", "broker": "channel = broker"},
    )


def measured(analysis: terrain.Analysis) -> dict[str, Any]:
    """Return what was found, without what names the source."""
    document = analysis.terrain
    return {
        name: getattr(document, name)
        for name in Terrain.__struct_fields__
        if name not in {"provenance", "benchmark"}
    }


def test_a_frame_gives_what_its_file_gives(loans: pd.DataFrame, found: terrain.Analysis) -> None:
    settings: dict[str, Any] = {
        "sensitive": ["sex", "ethnicity"],
        "cohorts": {"young": "age < 30", "broker": "channel = broker"},
    }
    of_file = terrain.analyze(LOANS, **settings)
    of_polars = terrain.analyze(pl.from_pandas(loans), **settings)
    assert measured(found) == measured(of_file) == measured(of_polars)
    assert found.terrain.benchmark.name == "loans"
    assert of_polars.terrain.benchmark.name == "frame"
    assert of_polars.terrain.benchmark.sources == found.terrain.benchmark.sources
    assert len(loans) == found.terrain.benchmark.instances


def test_roles_as_values_give_what_columns_give(loans: pd.DataFrame) -> None:
    settings: dict[str, Any] = {"slices": 0, "rival": False}
    loans = loans.drop(columns=["loan_id"])
    named = terrain.analyze(loans, sensitive="sex", **settings)
    rest = loans.drop(columns=["label", "prediction", "score", "sex"])
    values = terrain.analyze(
        {name: rest[name].to_numpy() for name in rest},
        label=loans["label"],
        prediction=loans["prediction"].tolist(),
        score=loans["score"].to_numpy(),
        sensitive=pl.Series("sex", loans["sex"].tolist()),
        **settings,
    )
    assert {r.role: r.columns for r in values.terrain.benchmark.roles}["sensitive"] == ("sex",)
    assert values.terrain.overall == named.terrain.overall
    # the row's content divides the halves, so the order of columns may; the groups know no halves
    assert values.groups.equals(named.groups)


def test_an_array_with_scores_of_each_class() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(600, 2))
    label = generator.choice(["a", "b", "c"], 600)
    scores = generator.dirichlet([1, 1, 1], 600)
    analysis = terrain.analyze(x, label=label, score=scores, slices=0, rival=False)
    expected = np.mean(np.array(["a", "b", "c"])[scores.argmax(axis=1)] != label)
    assert analysis.terrain.overall["error_rate"].value == pytest.approx(expected)
    assert {note.feature for note in analysis.terrain.features} == {"x0", "x1"}


def test_the_same_frame_twice_gives_the_same_bytes(loans: pd.DataFrame, tmp_path: Path) -> None:
    first, second = (
        terrain.analyze(loans, sensitive=["sex"], slices=0, rival=False) for _ in range(2)
    )
    assert first.to_json(tmp_path / "1.json").read_bytes() == (
        second.to_json(str(tmp_path / "2.json")).read_bytes()
    )
    assert first.to_html(tmp_path / "1.html").read_bytes() == (
        second.to_html(tmp_path / "2.html").read_bytes()
    )
    assert read_document(tmp_path / "1.json").regions == first.terrain.regions


def test_a_page_of_a_frame_links_to_no_file(found: terrain.Analysis, tmp_path: Path) -> None:
    page = found.to_html(tmp_path / "page.html").read_text()
    assert "./%3Cframe%3E" not in page
    assert "&lt;frame&gt;" in page


def test_regions_are_what_the_document_says(found: terrain.Analysis) -> None:
    regions = found.regions
    assert regions["id"].tolist() == [one.id for one in found.terrain.regions]
    for row, one in zip(regions.to_dict("records"), found.terrain.regions, strict=True):
        estimate = one.metrics[one.target]
        assert (row["value"], row["low"], row["high"]) == (
            estimate.value, estimate.low, estimate.high)  # fmt: skip
        assert row["events"] / row["exposure"] == pytest.approx(row["value"])
        assert row["region"] == one.region.words
        assert one.gap is not None
        assert row["gap"] == one.gap.gap
        rate = one.metrics["fpr"].value
        assert pd.isna(row["fpr"]) if rate is None else row["fpr"] == rate
    assert regions["under"].dropna().isin(regions["id"]).all()
    assert set(found.slices["found_by"]) == {"slices"}
    assert set(found.slices["id"]) < set(regions["id"])


def test_the_tree_leads_from_the_root(found: terrain.Analysis, loans: pd.DataFrame) -> None:
    tree = found.tree
    assert tree["support"].iloc[0] == len(loans)
    assert tree["parent"].isna().tolist() == [True] + [False] * (len(tree) - 1)
    parents = {row["id"]: row for row in tree.to_dict("records")}
    for name, children in tree.groupby("parent"):
        parent = parents[str(name)]
        assert children["support"].sum() == parent["support"]
        assert (children["depth"] == parent["depth"] + 1).all()
        assert not parent["leaf"]
    assert tree.loc[tree["leaf"], "support"].sum() == len(loans)


def test_groups_are_what_pandas_counts(found: terrain.Analysis, loans: pd.DataFrame) -> None:
    groups = found.groups
    rates = groups[(groups.feature == "sex") & (groups.metric == "fpr")].to_dict("records")
    negatives = loans[loans.label == 0]
    assert len(rates) == negatives["sex"].nunique(dropna=False)
    for one in rates:
        sex = one["group"]
        rows = negatives[negatives.sex == sex]
        others = negatives[negatives.sex != sex]
        assert one["value"] == pytest.approx((rows.prediction == 1).mean())
        assert one["gap"] == pytest.approx(
            (rows.prediction == 1).mean() - (others.prediction == 1).mean()
        )
        assert one["exposure"] == len(rows)
    assert set(groups["feature"]) == {"sex", "ethnicity", "sex × ethnicity"}


def test_cohorts_have_their_gaps(found: terrain.Analysis, loans: pd.DataFrame) -> None:
    cohorts = found.cohorts.set_index("name")
    wrong, young = loans.label != loans.prediction, loans.age < 30
    assert cohorts.loc["young", "value"] == pytest.approx(wrong[young].mean())
    assert cohorts.loc["young", "gap"] == pytest.approx(wrong[young].mean() - wrong[~young].mean())
    assert cohorts.loc["broker", "support"] == (loans.channel == "broker").sum()


def test_types_do_not_depend_on_what_was_found(
    found: terrain.Analysis, loans: pd.DataFrame
) -> None:
    noise = loans.assign(prediction=np.random.default_rng(1).permutation(loans["label"]))
    quiet = terrain.analyze(noise[["age", "sex", "label", "prediction"]], slices=0)
    assert quiet.cohorts.empty
    assert quiet.groups.empty
    assert quiet.groups.dtypes.equals(found.groups.dtypes)
    shared = quiet.regions.columns
    assert quiet.regions.dtypes.equals(found.regions.dtypes[shared])


def test_instances_are_the_rows_of_the_frame(found: terrain.Analysis, loans: pd.DataFrame) -> None:
    region = found.instances("r1")
    assert found.terrain.regions[0].region.words == "age < 30 and channel = broker"
    expected = loans[(loans.age < 30) & (loans.channel == "broker")]
    pd.testing.assert_frame_equal(
        region.sort_index(), expected, check_dtype=False, check_categorical=False
    )
    wrong = (region.label != region.prediction).tolist()
    assert wrong == sorted(wrong, reverse=True)
    assert len(found.instances("n0")) == len(loans)
    assert set(found.instances("g1")["sex"]) == {"male"}
    assert (found.instances("c1")["age"] < 30).all()
    with pytest.raises(UsageError, match=r"nothing found is called `r99`.*There are: n0, n1"):
        found.instances("r99")


def test_what_it_is_in_one_line(found: terrain.Analysis) -> None:
    assert repr(found).startswith("<terrain.Analysis of loans: The model errs on 14.9%")
    assert "\n" not in repr(found)


def test_a_metric_of_the_users_may_be_called_like_a_column(loans: pd.DataFrame) -> None:
    frame = loans[["age", "channel"]].assign(a=loans.index % 7, gap=loans.index % 5)
    analysis = terrain.analyze(frame, error=["a", "gap"], slices=0)
    assert analysis.tree["gap_metric"].iloc[0] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sensitiv": ["sex"]}, "no setting `sensitiv`; did you mean `sensitive`?"),
        ({"inputs": ["a.csv"]}, "no setting `inputs`"),
        ({"label": "labl"}, "no column `labl`; did you mean `label`?"),
        ({"label": [1, 2]}, "has a column `label`, and other values"),
        ({"weight": [1, 2]}, "`weight` has 2 values"),
        ({"max_depth": "deep"}, "analyze(): `max_depth` cannot be used: expected `int`"),
        ({"max_depth": 99}, "--max-depth must lie between"),
        ({"sensitive": ["sexx"]}, "no column `sexx`; did you mean `sex`?"),
        ({"metadata": "more.csv"}, "--metadata needs --on"),
        ({"cohorts": "age << 3"}, "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(
    loans: pd.DataFrame, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(TerrainError) as error:
        terrain.analyze(loans, **settings)
    assert said in str(error.value)
    (shown,) = error.value._render_traceback_()  # which is what a notebook asks for
    assert shown == f"{type(error.value).__name__}: {error.value}"


def test_plans_and_files_need_no_values(loans: pd.DataFrame) -> None:
    plan = Plan(inputs=(str(LOANS),), slices=0, rival=False)
    assert terrain.analyze(plan).terrain.benchmark.name == "loans"
    with pytest.raises(UsageError, match="a Plan says it all"):
        terrain.analyze(plan, slices=1)
    with pytest.raises(UsageError, match="of a file, name a column"):
        terrain.analyze([LOANS], label=loans["label"])
    with pytest.raises(DataError, match="no file nowhere"):
        terrain.analyze("nowhere.csv")


def test_an_output_that_was_read_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "loans.csv"
    table.write_bytes(LOANS.read_bytes())
    analysis = terrain.analyze(table, slices=0, rival=False)
    for write in (analysis.to_json, analysis.to_html):
        with pytest.raises(OutputError, match="is an input"):
            write(table)


def test_every_setting_completes() -> None:
    settings = list(inspect.signature(terrain.analyze).parameters)[1:]
    assert settings == [name for name in Plan.__struct_fields__ if name != "inputs"]


def test_nothing_is_imported_before_it_is_used() -> None:
    code = f"""
import sys, terrain
found = terrain.analyze({str(LOANS)!r}, slices=0, rival=False)
repr(found)
found._repr_html_()
print("altair" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_a_page_drawn_again_says_that_its_rows_were_in_memory(
    found: terrain.Analysis, tmp_path: Path
) -> None:
    done = command("report", found.to_json(tmp_path / "found.json"), "-o", tmp_path / "again.html")
    assert done.code == 0
    assert "the page has no instances: they came from a table in memory" in done.out
    assert found.terrain.headline.split(". ")[0] in (tmp_path / "again.html").read_text()
