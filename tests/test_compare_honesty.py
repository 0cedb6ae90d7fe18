"""What a comparison claims, on models whose truth is known; `benchmarks/compare.py` in short."""

from __future__ import annotations

import pytest

from benchmarks.compare import Errors, Question, trial


@pytest.mark.parametrize("errors", ["independent", "together"])
def test_what_changed_in_two_regions_is_named_though_nothing_changed_overall(
    errors: Errors,
) -> None:
    question = Question(planted=True, errors=errors, n=20_000, seeds=5)
    told = [trial(question, seed) for seed in range(5)]
    assert sum(each.both for each in told) >= 4
    assert not any(each.overall for each in told)


def test_a_model_whose_errors_are_drawn_anew_is_no_news() -> None:
    question = Question(planted=False, errors="independent", n=2_000, seeds=20)
    told = [trial(question, seed) for seed in range(20)]
    # at 5% a run, more than 3 of 20 have a probability of 1.6%
    assert sum(each.overall or each.regions > 0 for each in told) <= 3
