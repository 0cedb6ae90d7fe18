"""The overview: how benchmarks went, where they changed, and a page that can be written again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import overview_examples as examples
import pytest

from terrain.errors import OutputError
from terrain.overview.reports import reports_in
from terrain.overview.trends import trends_of
from terrain.overview.write import _entry, write_overview
from terrain.report.trend_chart import MOST, trend_chart

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.report.overview_page import Trend


def trends(folder: Path) -> tuple[Trend, ...]:
    found, _ = reports_in(folder)
    entries = [_entry(number, each, folder, folder) for number, each in enumerate(found, 1)]
    return trends_of(found, entries)


def test_a_trend_is_of_one_benchmark_and_says_where_that_changed(tmp_path: Path) -> None:
    (trend,) = trends(examples.history(tmp_path))
    assert trend.benchmark == "compas"
    assert [entry.model for entry in trend.entries] == ["v1", "v2", "v3", "v4"]
    assert [entry.estimate.value for entry in trend.entries] == [0.36, 0.33, 0.30, 0.27]
    (change,) = trend.changes
    assert change.entry.model == "v3"
    assert "changed since the report of 2026-02-01 10:00" in change.words
    assert re.search(r"region: PSI [\d.]+ \(region = \w+ [\d.]+% → [\d.]+%\)", change.words)


def test_what_is_not_known_is_no_change(tmp_path: Path) -> None:
    for day, norths in enumerate([None, None, 500], 1):
        terrain = examples.document(day=f"2026-01-0{day}", norths=norths)
        examples.write(tmp_path / f"{day}.json", terrain)
    (trend,) = trends(tmp_path)
    assert trend.changes == ()


def test_a_chart_has_a_dot_for_each_report_and_a_line_for_each_change(tmp_path: Path) -> None:
    (trend,) = trends(examples.history(tmp_path))
    drawn = trend_chart(trend)
    assert re.findall(r'href="(#report=\d+)"', drawn) == [
        f"#{entry.anchor}" for entry in trend.entries
    ]
    assert "v3: 30.0% (" in drawn
    assert drawn.count('stroke-dasharray="3,3"') == 1


def test_a_long_history_is_drawn_at_its_end(tmp_path: Path) -> None:
    for day in range(MOST + 5):
        terrain = examples.document(day=f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}")
        examples.write(tmp_path / f"{day}.json", terrain, page=None)
    (trend,) = trends(tmp_path)
    assert len(trend.entries) == MOST + 5
    assert trend_chart(trend).count("href=") == MOST
    write_overview(tmp_path)
    assert f"The latest {MOST}; the table has all." in (tmp_path / "index.html").read_text()


def test_the_same_reports_give_the_same_bytes_again_and_again(tmp_path: Path) -> None:
    folder = examples.history(tmp_path)
    (said,) = write_overview(folder)
    first = (folder / "index.html").read_bytes()
    assert said == f"{folder / 'index.html'}: an overview of 6 reports, 2 files passed over"
    assert write_overview(folder) == [said]
    assert (folder / "index.html").read_bytes() == first


def test_links_are_relative_to_the_overview(tmp_path: Path) -> None:
    folder = examples.history(tmp_path / "a run#1")
    (tmp_path / "site").mkdir()
    output = tmp_path / "site" / "all.html"
    write_overview(folder, output)
    links = re.findall(r'<a href="(\.[^"]*)"', output.read_text())
    assert links[0] == "./../a%20run%231/2026-04/terrain.html"
    assert len(links) == 5


def test_nothing_of_others_is_written_over(tmp_path: Path) -> None:
    folder = examples.history(tmp_path)
    (folder / "index.html").write_text("<!doctype html><title>my site</title>")
    with pytest.raises(OutputError, match="no overview that terrain wrote"):
        write_overview(folder)
    assert "my site" in (folder / "index.html").read_text()
    for path in (folder / "quiet.html", folder / "quiet.json"):
        with pytest.raises(OutputError, match="is an input"):
            write_overview(folder, path)
    with pytest.raises(OutputError, match="no folder"):
        write_overview(folder, tmp_path / "nowhere" / "all.html")


def test_an_empty_folder_has_an_overview_that_says_so(tmp_path: Path) -> None:
    (said,) = write_overview(tmp_path)
    assert said.endswith("an overview of 0 reports")
    assert "No document of an analysis lies here" in (tmp_path / "index.html").read_text()
