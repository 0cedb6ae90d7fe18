"""Those who wait are told how far it is, how fast it goes and how long it will take."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from terrain import progress
from terrain.app import analyze
from terrain.config import Plan
from terrain.data.samples import sample_bytes
from terrain.progress import Steps

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the seconds that the hand shows."""
        return self.now


def test_nothing_is_said_about_the_first_two_seconds() -> None:
    said: list[str] = []
    clock = Clock()
    steps = Steps(said.append, "searching", 1_000, "pairs", clock)
    for _ in range(199):
        clock.now += 0.01
        steps.step()
    assert said == []
    clock.now += 0.02
    steps.step()
    assert said == ["searching: 200 of 1,000 pairs, 100 a second, 8 s left"]


def test_words_are_few_and_follow_the_rate() -> None:
    said: list[str] = []
    clock = Clock()
    steps = Steps(said.append, "permuting", 199, "permutations", clock)
    for _ in range(4):
        clock.now += 50
        steps.step()
        steps.step(0)
    assert said[0] == "permuting: 1 of 199 permutations, 1.2 a minute, 2 h 45 min left"
    assert said[-1] == "permuting: 4 of 199 permutations, 1.2 a minute, 2 h 42 min left"
    assert len(said) == 4


def test_threads_may_count_together() -> None:
    said: list[str] = []
    clock = Clock()
    steps = Steps(said.append, "counting", 2_000, "rows", clock)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: steps.step(), range(999)))
    clock.now += 10
    steps.step()
    assert said == ["counting: 1,000 of 2,000 rows, 100 a second, 10 s left"]


def test_nobody_need_listen() -> None:
    clock = Clock()
    steps = Steps(None, "counting", 10, "rows", clock)
    clock.now += 10
    steps.step()


def test_long_stages_of_an_analysis_say_how_far_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    said: list[str] = []
    sample = tmp_path / "loans.csv"
    sample.write_bytes(sample_bytes("loans"))
    found = analyze(Plan(inputs=(str(sample),), slices=2, rival=False), said.append).terrain
    features = len(found.features)
    pairs = features * (features - 1) // 2
    regions = len(found.regions)
    for all_done in (
        f"searching slices: {features} of {features} combinations of features",
        f"searching pairs: {pairs} of {pairs} combinations of features",
        f"taking regions apart: {regions} of {regions} regions",
    ):
        assert any(each.startswith(all_done) for each in said), all_done
