"""The trend shows what is beyond chance, and a change of the benchmark is said in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from verdicts import judgement, verdict

from terrain.announce.history import Run, run_of
from terrain.announce.trend import BARS, as_markdown, change_in_words, in_words, sparkline
from terrain.statistics.drift import drift
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from terrain.document import Terrain

DAY = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def rate(value: float | None, width: float = 0.0) -> Estimate:
    low, high = (None, None) if value is None else (value - width, value + width)
    return Estimate(value=value, low=low, high=high, events=1, exposure=2)


@pytest.fixture
def runs(document: Terrain) -> list[Run]:
    said = verdict(judgement("failed"), instances=3000)
    found = []
    for day, value in enumerate((0.15, None, 0.16, 0.3)):
        run = run_of(said, document, DAY + timedelta(days=day))
        overall = {**run.overall, "error_rate": rate(value, 0.01)}
        found.append(msgspec.structs.replace(run, overall=overall))
    return found


@given(st.lists(st.none() | st.floats(0, 1), max_size=12), st.floats(0, 0.3))
def test_there_is_a_bar_for_each_run_and_more_is_never_lower(
    values: list[float | None], width: float
) -> None:
    line = sparkline([rate(value, width) for value in values])
    assert len(line) == len(values)
    assert [bar == "·" for bar in line] == [value is None for value in values]
    bars = sorted(
        (value, BARS.index(bar))
        for value, bar in zip(values, line, strict=True)
        if value is not None
    )
    assert [height for _, height in bars] == sorted(height for _, height in bars)


def test_what_is_within_chance_looks_level() -> None:
    level = [BARS.index(bar) for bar in sparkline([rate(x, 0.1) for x in (0.10, 0.11, 0.105)])]
    assert max(level) - min(level) <= 1
    assert sparkline([rate(0.1, 0.001), rate(0.9, 0.001)]) == "▁█"


def test_the_trend_has_dates(runs: list[Run], document: Terrain) -> None:
    said = in_words(runs, document.metrics["error_rate"])
    assert said.startswith("error rate over 4 runs: ▁·▁")
    assert said.endswith("15.0% (2026-11-01 09:30) → 30.0% (2026-11-04 09:30)")
    assert "→" not in in_words(runs[:1], document.metrics["error_rate"])


def test_the_trend_is_a_table_with_the_latest_run_first(runs: list[Run], document: Terrain) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(
        as_markdown(runs, document.metrics["error_rate"])
    )
    assert html.count("<tr>") == 5
    assert html.index("2026-11-04 09:30") < html.index("2026-11-01 09:30")
    assert "<td>29.0–31.0%</td>" in html


def test_a_benchmark_drawn_again_differently_is_told_apart(
    document: Terrain, changed: Terrain
) -> None:
    found = drift(document.compositions, changed.compositions)
    sizes = document.benchmark.instances, changed.benchmark.instances
    said = change_in_words(found, "the run of 2026-11-01", instances=sizes)
    assert said.startswith("The benchmark changed since the run of 2026-11-01 (3,000 instances")
    assert "region: PSI 0." in said
    assert "region = north 30.2% → 8.8%" in said
    assert "Differences in rates may come from that" in said
    assert [each.column for each in found.shifts] == ["region"]


def test_the_same_benchmark_is_said_to_be_the_same(document: Terrain) -> None:
    found = drift(document.compositions, document.compositions)
    said = change_in_words(found, "the baseline", instances=(3000, 3000))
    assert "no shift in 11 columns" in said
    assert "speaks of the model, or of chance" in said


def test_a_baseline_that_does_not_say_what_it_was_made_of_proves_nothing(
    document: Terrain,
) -> None:
    for now in (document.compositions, ()):
        said = change_in_words(drift((), now), "the baseline", instances=(1, 1))
        assert "is not known" in said
