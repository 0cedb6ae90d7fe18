"""The area under the ROC curve, against scikit-learn and against every pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from terrain.statistics.auc import MINIMUM, auc

SCORES = st.lists(st.integers(0, 12), min_size=MINIMUM, max_size=40)


def histogram(scores: list[int]) -> np.ndarray:
    return np.bincount(scores, minlength=13)


def delong_by_pairs(positives: list[int], negatives: list[int]) -> tuple[float, float]:
    """Return the area and its variance from the placement of every instance."""
    ours, others = np.array(positives)[:, None], np.array(negatives)[None, :]
    wins = (ours > others) + (ours == others) / 2
    variance = wins.mean(axis=1).var(ddof=1) / ours.size
    return wins.mean(), variance + wins.mean(axis=0).var(ddof=1) / others.size


@given(SCORES, SCORES)
def test_it_is_delong_over_all_pairs(positives: list[int], negatives: list[int]) -> None:
    found = auc(histogram(positives), histogram(negatives))
    assert found == pytest.approx(delong_by_pairs(positives, negatives), abs=1e-12)


@given(SCORES, SCORES)
def test_it_is_the_area_of_scikit_learn(positives: list[int], negatives: list[int]) -> None:
    labels = [1] * len(positives) + [0] * len(negatives)
    value, _ = auc(histogram(positives), histogram(negatives))
    assert value == pytest.approx(roc_auc_score(labels, positives + negatives))


@given(SCORES, SCORES)
def test_classes_exchanged_mirror_the_area(positives: list[int], negatives: list[int]) -> None:
    value, variance = auc(histogram(positives), histogram(negatives))
    mirrored, same = auc(histogram(negatives), histogram(positives))
    assert value is not None
    assert mirrored == pytest.approx(1 - value)
    assert same == pytest.approx(variance)


def test_histograms_of_parts_add() -> None:
    generator = np.random.default_rng(1)
    parts = [(generator.integers(5, 9, 30), generator.integers(3, 8, 50)) for _ in range(3)]
    summed = auc(
        sum(np.bincount(ours, minlength=10) for ours, _ in parts),
        sum(np.bincount(others, minlength=10) for _, others in parts),
    )
    everything = delong_by_pairs(
        np.concatenate([ours for ours, _ in parts]).tolist(),
        np.concatenate([others for _, others in parts]).tolist(),
    )
    assert summed == pytest.approx(everything)


def test_few_of_a_class_give_an_area_without_variance() -> None:
    few, many = [0, MINIMUM - 1], [MINIMUM, 0]
    assert auc(few, many) == (1.0, None)
    assert auc(many, few) == (0.0, None)
    assert auc([0, MINIMUM], many) == (1.0, 0.0)


@pytest.mark.parametrize("counts", [([0, 0], [3, 4]), ([3, 4], [0, 0]), ([0], [0])])
def test_one_class_has_no_area(counts: tuple[list[int], list[int]]) -> None:
    assert auc(*counts) == (None, None)


def test_millions_do_not_overflow() -> None:
    value, variance = auc([10**9, 3 * 10**9], [3 * 10**9, 10**9])
    assert value == pytest.approx(0.75)
    assert variance == pytest.approx(2 * 0.1875 / 4 / 4e9)
