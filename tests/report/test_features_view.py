"""The features panel: who is listed, drawn and folded, and what the page says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
import report_examples

from terrain.report.arrange import page_view
from terrain.report.features import FEWEST, MOST_DRAWN, OPEN
from terrain.report.page import render
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from terrain.document import Terrain


def with_features(n: int, telling: int) -> Terrain:
    """Return a document with many features, of which the first few explain something."""
    document = report_examples.compas()[0]
    first, second, *_ = document.features
    features = [
        msgspec.structs.replace(second, feature=f"f{i}", explained=(telling - i) / 100)
        for i in range(n)
    ]
    heatmap = document.heatmap
    assert heatmap is not None
    heatmap = msgspec.structs.replace(
        heatmap, down="f0", across="f1", cells=tuple(heatmap.cells[:1] * len(second.profile))
    )
    assert first.feature == "race"
    return msgspec.structs.replace(document, features=tuple(features), heatmap=heatmap)


@pytest.mark.parametrize("telling", [0, 1, 5, 30])
@pytest.mark.parametrize("n", [2, 12, 13, 90])
def test_every_feature_is_listed_once_and_drawn_once(n: int, telling: int) -> None:
    view = page_view(with_features(n, telling)).features
    assert [one.place for one in (*view.listed, *view.unlisted)] == list(range(n))
    assert len(view.listed) == min(n, OPEN)
    drawn = [one.place for one in (*view.telling, *view.others)]
    assert drawn == list(range(min(n, MOST_DRAWN)))
    assert len(view.telling) == min(n, telling, OPEN)
    assert view.undrawn == n - len(drawn)


def panel(document: Terrain) -> str:
    page = render(document, None).split('id="features"')[1].split('id="inspect"')[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_feature_below_zero_explains_nothing() -> None:
    said = panel(with_features(3, 1))
    assert "f0 1.0%" in said
    assert "f1 explains nothing" in said
    assert "%" not in said.split("f1", 1)[1].split("f2", 1)[0]
    assert "2 more profiles" in said
    assert "No feature alone" not in said
    assert "No feature alone explains anything" in panel(with_features(3, 0))


def test_a_share_that_noise_may_give_is_no_finding() -> None:
    document = with_features(3, 1)
    tiny = msgspec.structs.replace(document.features[0], explained=0.0004)
    document = msgspec.structs.replace(document, features=(tiny, *document.features[1:]))
    said = panel(document)
    assert "No feature alone" in said
    assert "f0 hardly anything: 0.04%" in said
    assert not page_view(document).features.telling


def test_features_past_the_most_drawn_are_named() -> None:
    said = panel(with_features(90, 20))
    assert "78 more features" in said
    assert "48 more profiles" in said
    assert "The profiles of 30 more features stand in the JSON document." in said
    assert "f89 explains nothing" in said


def test_the_profile_is_in_words_and_bars() -> None:
    document = report_examples.compas()[0]
    said = panel(document)
    for stretch in document.features[0].profile:
        estimate = stretch.estimate
        assert f"{stretch.words}" in said
        assert f"{estimate.events:,.0f} of {estimate.exposure:,.0f}" in said


def test_cells_of_few_instances_show_no_rate() -> None:
    document = report_examples.compas()[0]
    view = page_view(document).features.heatmap
    assert view is not None
    rare = [one for row in view.rows for one in row if one.rare]
    assert all(one.cell.units < FEWEST and one.shade == 0 for one in rare)
    others = [one for row in view.rows for one in row if not one.rare]
    assert all(one.shade == view.axis.shade(one.cell.estimate.value) > 0 for one in others)
    values = [one.cell.estimate.value or 0 for one in others]
    assert view.axis.high == max(values)
    assert max(one.shade for one in others) == 8
    few = Estimate(value=1 / 3, low=0.1, high=0.7, events=3, exposure=9)
    assert document.heatmap is not None
    cell = msgspec.structs.replace(document.heatmap.cells[0][0], units=9, estimate=few)
    cells = ((cell, *document.heatmap.cells[0][1:]), *document.heatmap.cells[1:])
    changed = msgspec.structs.replace(
        document, heatmap=msgspec.structs.replace(document.heatmap, cells=cells)
    )
    assert "too few 3 of 9" in panel(changed)
    assert "too few 3 of 9" not in panel(document)
    assert "33.3%" not in panel(changed).split("too few 3 of 9")[0].split("Two features")[1]


def test_an_older_document_has_no_panel() -> None:
    document = msgspec.structs.replace(report_examples.compas()[0], features=(), heatmap=None)
    page = render(document, None)
    assert 'id="features"' not in page
    assert 'href="#features"' not in page


def test_one_feature_has_a_profile_and_no_heatmap() -> None:
    document = report_examples.compas()[0]
    document = msgspec.structs.replace(document, features=document.features[:1], heatmap=None)
    assert "Two features at once" not in panel(document)
    assert "Profiles" in panel(document)
