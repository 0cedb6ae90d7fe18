"""How a region's features and scores are drawn beside those of all other instances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
import report_examples
from test_page import in_words

from terrain.report.arrange import page_view
from terrain.report.inside import HEIGHT, Bars, score_view, shapes_of
from terrain.report.page import render
from terrain.statistics.findings import Detail, Distribution
from terrain.statistics.scores import ScoreBins, Scores

if TYPE_CHECKING:
    from terrain.document import Terrain

BAR = re.compile(r"M([\d.]+),48v-([\d.]+)h([\d.]+)V48")


def apart() -> Terrain:
    """Return a document whose first region has distributions and scores."""
    document, _ = report_examples.compas()
    first, *others = document.regions
    distributions = tuple(
        Distribution(
            feature=note.feature,
            inside=tuple(each.support // (2 + place) for place, each in enumerate(note.profile)),
        )
        for note in document.features
    )
    detail = Detail(
        contributions=(), repair=None, neighbours=(), confusions=(), distributions=distributions
    )
    scores = Scores(
        edges=(0.0, 0.5, 1.0),
        inside=ScoreBins(instances=(30.0, 10.0), positives=(15.0, 9.0), mean=(0.2, 0.8)),
        outside=ScoreBins(instances=(100.0, 0.0), positives=(10.0, 0.0), mean=(0.1, None)),
    )
    first = msgspec.structs.replace(first, detail=detail, scores=scores)
    return msgspec.structs.replace(document, regions=(first, *others))


def test_bars_have_the_height_of_their_shares() -> None:
    bars = Bars(names=("a", "b", "c"), inside=(0.5, 0.5, 0.0), outside=(0.2, 0.0, 0.8))
    inside, outside = (
        [tuple(map(float, bar)) for bar in BAR.findall(bars.drawn(side))]
        for side in ("inside", "outside")
    )
    assert [height / HEIGHT for _, height, _ in inside] == pytest.approx([0.625, 0.625], abs=0.01)
    assert [height / HEIGHT for _, height, _ in outside] == pytest.approx([0.25, 1.0], abs=0.01)
    ends = [start + width for start, _, width in outside]
    assert ends[0] == pytest.approx(inside[0][0], abs=0.1)  # side by side
    assert bars.distance == pytest.approx(0.8)
    assert bars.names[bars.most] == "b"


def test_features_that_differ_most_come_first_and_the_region_s_own_last() -> None:
    document = apart()
    shapes = shapes_of(document, document.regions[0])
    own = {condition.feature for condition in document.regions[0].region.conditions}
    assert {shape.feature for shape in shapes if shape.own} == own
    assert [shape.own for shape in shapes] == sorted(shape.own for shape in shapes)
    others = [shape.bars.distance for shape in shapes if not shape.own]
    assert others == sorted(others, reverse=True)
    for shape in shapes:
        assert sum(shape.bars.inside) == pytest.approx(1)
        assert sum(shape.bars.outside) == pytest.approx(1)


@pytest.mark.parametrize("counted", [True, False])
def test_calibration_has_an_interval_only_where_instances_are_counted(counted: bool) -> None:  # noqa: FBT001 - both
    view = score_view(apart().regions[0], counted=counted)
    assert view is not None
    assert [(point.mean, point.share) for point in view.inside] == [(0.2, 0.5), (0.8, 0.9)]
    assert [point.mean for point in view.outside] == [0.1]
    assert all((point.low is not None) == counted for point in view.inside)
    assert list(view.rows) == [
        ("0 to < 0.5", (30.0, 15.0), (100.0, 10.0)),
        ("0.5 to 1", (10.0, 9.0), (0.0, 0.0)),
    ]


def test_scores_that_are_no_probabilities_have_no_calibration() -> None:
    first = apart().regions[0]
    assert first.scores is not None
    scores = msgspec.structs.replace(first.scores, edges=(1.0, 5.0, 10.0))
    view = score_view(msgspec.structs.replace(first, scores=scores), counted=True)
    assert view is not None
    assert view.inside == view.outside == ()


def test_it_reads_without_script() -> None:
    document = apart()
    page = render(document, None)
    own = in_words(page.split('id="region=r1"')[1].split("</article>")[0])
    assert "How it differs from all others" in own
    assert "Scores and calibration 40 instances with a score inside, 100 outside" in own
    assert "0 to &lt; 0.5 30 50.0% 100 10.0%" in own
    for shape in page_view(document).place("r1").shapes:
        assert shape.feature in own
