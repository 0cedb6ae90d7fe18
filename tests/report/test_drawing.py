"""A process of its own draws the same charts, and is gone when it is not needed any more."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import report_examples

from terrain.app import analyze_to_files
from terrain.config import Plan
from terrain.files import resource
from terrain.report import drawing
from terrain.report.arrange import page_view
from terrain.report.charts import drawing_of, interval_chart
from terrain.report.drawing import ask, drawing_ahead, drawn

if TYPE_CHECKING:
    from pathlib import Path

    from markupsafe import Markup

    from terrain.report.views import MetricTable


@pytest.fixture
def table() -> MetricTable:
    document, _ = report_examples.compas()
    return page_view(document).breakdowns[0].tables[0]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the processes that are started from now on."""
    found: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return found


def test_another_process_draws_the_same(
    table: MetricTable,
    started: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = [replace(table, title=title) for title in ("one chart", "and another")]
    expected = [interval_chart(drawing_of(each)) for each in tables]
    with drawing_ahead(wanted=True):
        monkeypatch.setattr("terrain.report.drawing.interval_chart", None)  # not here
        ask(tables[:1])
        assert [drawn(each) for each in tables] == expected
        assert started[0].poll() is None
    assert [process.poll() is None for process in started] == [False]


def test_an_interrupt_ends_the_process(started: list[subprocess.Popen[bytes]]) -> None:
    def interrupted() -> None:
        while not started:
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), drawing_ahead(wanted=True):
        interrupted()
    assert [process.poll() is None for process in started] == [False]


def test_it_is_started_when_something_else_is_done(
    table: MetricTable, started: list[subprocess.Popen[bytes]]
) -> None:
    done: Future[int] = Future()
    with drawing_ahead(wanted=True, after=[done]):
        ask([table])
        time.sleep(0.1)
        assert started == []
        done.set_exception(ValueError("for whoever wants the result"))
        assert drawn(table) == interval_chart(drawing_of(table))
        assert len(started) == 1


def test_it_is_not_started_for_an_analysis_that_ended(
    started: list[subprocess.Popen[bytes]],
) -> None:
    done: Future[int] = Future()
    threading.Timer(0.2, done.set_result, [1]).start()
    with pytest.raises(KeyboardInterrupt), drawing_ahead(wanted=True, after=[done]):
        raise KeyboardInterrupt
    assert started == []


def test_none_is_started_where_no_chart_is_wanted(started: list[subprocess.Popen[bytes]]) -> None:
    with drawing_ahead(wanted=False):
        assert started == []


@pytest.mark.parametrize("interpreter", ["", "/no/such/file", "/bin/false"])
def test_without_another_process_charts_are_drawn_here(
    table: MetricTable, monkeypatch: pytest.MonkeyPatch, interpreter: str
) -> None:
    table = replace(table, title=f"a chart without {interpreter}")
    monkeypatch.setattr(sys, "executable", interpreter)
    with drawing_ahead(wanted=True):
        ask([table])
        assert drawn(table) == interval_chart(drawing_of(table))


def test_charts_are_asked_for_as_soon_as_groups_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    early: list[int] = []

    def ask_and_note(drawer: drawing.Drawer, request: bytes) -> Future[Markup]:
        asked.append(request)
        return known(drawer, request)

    def say(stage: str) -> None:
        if stage == "drawing the page":
            early.append(len(asked))

    known = drawing.Drawer.ask
    monkeypatch.setattr(drawing.Drawer, "ask", ask_and_note)
    plan = Plan(inputs=(str(resource("sample_benchmarks") / "loans.csv"),), sensitive=("sex",))
    with drawing_ahead(wanted=True):
        analyze_to_files(plan, tmp_path / "page.html", None, say)
    before, after = asked[: early[0]], asked[early[0] :]
    assert before
    assert set(after) == set(before)
