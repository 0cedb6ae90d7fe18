"""Interval charts are links, in the page's colours, and safe."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import altair as alt
import report_examples

from terrain.report.arrange import page_view
from terrain.report.charts import drawing_of, interval_chart, specification
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from terrain.report.views import MetricTable


def table(name: str, number: int = 0) -> MetricTable:
    document, _ = getattr(report_examples, name)()
    return page_view(document).breakdowns[0].tables[number]


def test_each_group_is_a_link_with_its_numbers() -> None:
    drawn = ET.fromstring(interval_chart(drawing_of(table("compas"))))  # noqa: S314 - ours
    marks = {
        link.get("href"): link[0].get("aria-label")
        for link in drawn.iter("a")
        if link.get("tabindex") is None
    }
    assert len(marks) == 6
    assert re.fullmatch(
        r"African-American: [\d.]+% \(\d+ of [\d,]+ instances\), interval [\d.]+–[\d.]+%",
        marks["#group=g1"] or "",
    )


def test_groups_with_too_few_are_hollow() -> None:
    drawn = interval_chart(drawing_of(table("compas", 2)))
    assert "too few to say" in drawn
    assert 'class="stroke-faint"' in drawn


def test_a_group_without_a_value_has_a_name_and_no_dot() -> None:
    some = table("compas")
    empty = Estimate(value=None, events=0.0, exposure=0.0)
    members = (replace(some.members[0], estimate=empty), *some.members[1:])
    drawn = ET.fromstring(interval_chart(drawing_of(replace(some, members=members))))  # noqa: S314 - ours
    named = [one.text for one in drawn.iter("text")]
    dots = [one for one in drawn.iter("path") if one.get("role") == "img"]
    bars = [one for one in drawn.iter("line") if one.get("stroke-width") == "3"]
    assert "African-American" in named
    assert (len(dots), len(bars)) == (5, 5)


def test_colours_come_from_the_page() -> None:
    drawn = interval_chart(drawing_of(table("compas")))
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn))
    assert colours <= {"none", "transparent"}
    assert "style=" not in drawn


def test_hostile_names_stay_names() -> None:
    drawn = interval_chart(drawing_of(replace(table("hostile"), title="<script>")))
    root = ET.fromstring(drawn)  # noqa: S314 - ours
    assert {element.tag for element in root.iter()} <= {"svg", "g", "a", "line", "path", "text"}
    assert not any(name.startswith("on") for one in root.iter() for name in one.attrib)
    assert {link.get("href") for link in root.iter("a")} == {f"#group=g{i}" for i in range(1, 11)}


def test_the_specification_is_one_that_altair_accepts() -> None:
    for example in ("compas", "hostile"):
        chart = alt.LayerChart.from_dict(specification(drawing_of(table(example))))
        assert chart.to_dict()["layer"]


def test_a_chart_needs_no_altair() -> None:
    code = """
import sys
from terrain.report.charts import Drawing, interval_chart
row = {"row": 0, "label": "all", "words": "all", "link": "", "value": 0.2, "low": 0.1, "high": 0.3}
interval_chart(Drawing("all", "%", 0.2, (row,)))
assert "altair" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
