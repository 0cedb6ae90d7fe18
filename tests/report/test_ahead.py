"""Work is done ahead where there is time for it, and nowhere else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from terrain.report import ahead
from terrain.report.page import environment


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "LARGE", 3)


@pytest.mark.usefixtures("small")
def test_templates_are_read_beside_large_files(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a,b")
    known = set(threading.enumerate())
    environment.cache_clear()
    ahead.prepare_beside([file])
    for thread in set(threading.enumerate()) - known:
        thread.join()
    cache = environment().cache
    assert cache is not None
    names = {name for _, name in cache.keys()}  # noqa: SIM118 - jinja's cache has no iterator
    assert names >= {"page.html.j2", "groups.html.j2"}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["no such file", "*.csv", "-", "nul\0", "n" * 5_000])
def test_nothing_is_done_where_the_size_is_not_known(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(ahead, "Thread", None)
    ahead.prepare_beside([Path(name)])


def test_nothing_is_done_beside_small_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "Thread", None)
    file = tmp_path / "rows.csv"
    file.write_text("a,b")
    ahead.prepare_beside([file])
