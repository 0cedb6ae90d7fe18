"""Charts for notebooks draw the document's numbers, whatever columns and values are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pytest
import vl_convert

import terrain
from terrain.errors import UsageError

if TYPE_CHECKING:
    from terrain.report.live import Charts

HOSTILE = ("a.b[0]:Q", "</script><img src=x onerror=alert(1)>", "\u202ex\x00", "datum['y']", "")


@pytest.fixture(scope="module")
def found() -> terrain.Analysis:
    """Return an analysis of hostile names and values in which one feature tells of the errors."""
    generator = np.random.default_rng(3)
    n = 900
    value, age = generator.choice(HOSTILE, n), generator.integers(20, 60, n)
    wrong = generator.random(n) < np.where((age < 30) & (value == HOSTILE[0]), 0.8, 0.1)
    columns = {HOSTILE[0]: value, "age": age, "plain": generator.choice(["x", "y"], n)}
    return terrain.analyze(columns, error=wrong, sensitive=[HOSTILE[0], "plain"], rival=False)


def data(chart: Any) -> list[dict[str, Any]]:
    """Return the rows that a chart was given, once it is known to render."""
    spec = chart.to_dict()
    assert "<svg" in vl_convert.vegalite_to_svg(spec)
    held = spec.get("data") or next(each["data"] for each in spec["layer"] if "data" in each)
    rows: list[dict[str, Any]] = spec["datasets"][held["name"]]
    return rows


def test_regions_are_drawn_as_found(found: terrain.Analysis) -> None:
    heads = [one for one in found.terrain.regions if one.folded is None]
    rows = data(found.chart.regions())
    assert [row["label"].split(":")[0] for row in rows] == [one.id for one in heads]
    assert [row["value"] for row in rows] == [one.metrics[one.target].value for one in heads]
    assert [row["few"] for row in rows] == [not one.confirmed for one in heads]
    assert "suspected" not in rows[0]["words"]


def test_groups_are_drawn_for_every_way_to_name_them(found: terrain.Analysis) -> None:
    first, _, both = found.terrain.breakdowns
    rows = data(found.chart.groups())
    assert [row["value"] for row in rows] == [
        g.finding.metrics["error"].value for g in first.groups
    ]
    charts = [
        found.chart.groups(["plain", HOSTILE[0]]),
        found.chart.groups(both.feature, metric="error"),
    ]
    assert [len(data(chart)) for chart in charts] == [len(both.groups)] * 2
    assert len({row["label"] for row in rows}) == len(HOSTILE)


def test_the_profile_and_the_ranking(found: terrain.Analysis) -> None:
    best = found.terrain.features[0]
    assert [row["value"] for row in data(found.chart.profile())] == [
        each.estimate.value for each in best.profile
    ]
    assert len(data(found.chart.profile("age"))) > 2
    ranked = data(found.chart.features())
    assert [row["value"] for row in ranked] == [
        max(0, note.explained) for note in found.terrain.features
    ]


def test_the_heatmap_of_the_best_two_is_the_documents(found: terrain.Analysis) -> None:
    document = found.terrain.heatmap
    assert document is not None
    cells = [cell for line in document.cells for cell in line if cell.support]
    rows = data(found.chart.heatmap())
    assert [row["value"] for row in rows] == [cell.estimate.value for cell in cells]
    other = data(found.chart.heatmap("plain", "age"))
    assert {row["down"] for row in other} == {"x", "y"}
    across = data(found.chart.heatmap(across="age"))
    assert len({row["across"] for row in across}) == len({row["across"] for row in other})


def test_no_name_of_the_users_is_a_field(found: terrain.Analysis) -> None:
    chart = found.chart
    for each in (chart.regions(), chart.groups(), chart.profile(HOSTILE[0]), chart.heatmap()):
        fields: list[str] = []

        def collect(part: Any, fields: list[str] = fields) -> None:
            for name, value in part.items() if isinstance(part, dict) else enumerate(part):
                if name == "field":
                    fields.append(value)
                elif isinstance(value, dict | list) and name != "values":
                    collect(value)

        collect(each.to_dict())
        assert set(fields) <= {
            *("label", "value", "low", "high", "words", "found"),
            *("down", "across", "short", "support"),
        }


def test_charts_are_altairs(found: terrain.Analysis) -> None:
    assert isinstance(found.chart.groups().properties(width=100), alt.LayerChart)
    names = {name for name in dir(found.chart) if not name.startswith("_")}
    assert names == {"terrain", "study", "regions", "groups", "profile", "features", "heatmap"}
    assert all(f".{name}(" in repr(found.chart) for name in names - {"terrain", "study"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda chart: chart.groups("plan"), "no groups by `plan`; did you mean `plain`?"),
        (lambda chart: chart.groups("plain", "eror"), "no metric `eror`; did you mean `error`?"),
        (lambda chart: chart.profile("agee"), "no feature `agee`; did you mean `age`?"),
        (lambda chart: chart.heatmap("age", "age"), "no feature `age`. The others are"),
    ],
)
def test_what_is_not_there_is_said(found: terrain.Analysis, asked: Any, said: str) -> None:
    with pytest.raises(UsageError) as error:
        asked(found.chart)
    assert said in str(error.value)


def test_nothing_to_draw_is_said() -> None:
    generator = np.random.default_rng(0)
    x, wrong = generator.random(200), generator.random(200) < 0.3
    chart: Charts = terrain.analyze({"x": x}, error=wrong, slices=0).chart
    with pytest.raises(UsageError, match="sensitive="):
        chart.groups()
    with pytest.raises(UsageError, match="too few features"):
        chart.heatmap()
