"""What the page claims, on tables whose truth is known; `benchmarks/honesty.py` in short.

Seeds are fixed, so a test passes always or never; its bound says what chance would have allowed.
Slices of two conditions, where that will do, take a third of the time of slices of three.
"""

from __future__ import annotations

import pytest

from benchmarks.tables import SHAPES, Design, Shape
from benchmarks.trials import naive_trial, trial


def test_noise_is_called_noise_and_intervals_hold_the_true_rate() -> None:
    trials = [trial(Design(), 2_000, seed, slices=2) for seed in range(24)]
    # a tool that is wrong in 5% of its runs would exceed 3 of 24 with a probability of 3%
    assert sum(trial.failing > 0 for trial in trials) <= 3
    intervals = [interval for trial in trials for interval in trial.intervals]
    assert len(intervals) >= 100
    # of 200 independent 95% intervals, fewer than 90% hold with a probability of 0.1%
    assert sum(interval.holds for interval in intervals) >= 0.9 * len(intervals)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_planted_region_is_found(shape: Shape) -> None:
    slices = 3 if shape == "three numeric" else 2
    trials = [trial(Design(shape=shape), 20_000, seed, slices=slices) for seed in range(6)]
    assert sum(trial.found for trial in trials) >= 5
    assert sum(trial.false for trial in trials) <= 1


def test_rows_of_one_entity_cry_wolf_unless_they_stay_together() -> None:
    design, seeds = Design(entities=True), range(8)
    apart = [trial(design, 5_000, seed, slices=0, exclude=("entity",)) for seed in seeds]
    together = [trial(design, 5_000, seed, slices=0, group="entity") for seed in seeds]
    # at 5% a run, more than 2 of 8 have a probability of 0.6%
    assert sum(trial.failing > 0 for trial in apart) > 2
    assert sum(trial.failing > 0 for trial in together) <= 2


def test_the_tables_fool_a_finder_that_looks_where_it_has_searched() -> None:
    finders = [naive_trial(Design(), 5_000, seed) for seed in range(4)]
    assert all(finder.plain and finder.corrected for finder in finders)
