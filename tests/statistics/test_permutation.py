"""Max-T by permutation: no alarm on noise, none from dependent rows, and what is there is found."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from given import Given, plain

from terrain.data.outcome import Outcome
from terrain.engines.memory import Memory
from terrain.statistics.batch import Batch, Part
from terrain.statistics.measures import take_measures
from terrain.statistics.measuring import measures_of
from terrain.statistics.permutation import adjusted_by_permutation


def part_of(
    codes: dict[str, np.ndarray],
    wrong: np.ndarray,
    *,
    exposure: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    batches: int = 1,
) -> Part:
    exposure = np.ones(len(wrong)) if exposure is None else exposure
    measures = measures_of(Outcome(task="indicator", errors={"wrong": wrong}), len(wrong))
    return Memory(
        [
            Batch(
                codes={feature: values[rows] for feature, values in codes.items()},
                measures=take_measures(plain(measures), rows),
                target=Given((wrong * exposure)[rows], exposure[rows]),
                cluster=None if cluster is None else cluster[rows],
            )
            for rows in np.array_split(np.arange(len(wrong)), batches)
        ]
    )


def standardised(part: Part) -> dict[tuple[str, int], float]:
    """Return how far the rate of each level lies above the overall rate."""
    found = {}
    for feature in part.map(lambda batch: list(batch.codes))[0]:
        events, exposure = part.reduce(lambda b, f=feature: np.stack([  # type: ignore[misc]
            np.bincount(b.codes[f], values, minlength=8) for values in (b.events, b.exposure)
        ]), np.add)  # fmt: skip
        rate = events.sum() / exposure.sum()
        for code in np.flatnonzero(exposure >= 20):
            spread = exposure[code] * rate * (1 - rate) * (1 - exposure[code] / exposure.sum())
            found[feature, int(code)] = float((events[code] - rate * exposure[code]) / spread**0.5)
    return found


def largest(part: Part) -> float:
    return max(standardised(part).values())


def p_of_the_best(part: Part, permutations: int = 39, seed: int = 0) -> float:
    (p_value,) = adjusted_by_permutation(
        part, largest, [largest(part)], permutations=permutations, seed=seed
    )
    return p_value


def noise(generator: np.random.Generator, n: int = 300) -> dict[str, np.ndarray]:
    return {name: generator.integers(0, 5, n).astype(np.uint8) for name in "abcdef"}


def test_on_noise_the_best_of_a_search_is_significant_as_often_as_it_should_be() -> None:
    p_values = []
    for seed in range(150):
        generator = np.random.default_rng(seed)
        part = part_of(noise(generator), (generator.random(300) < 0.2).astype(float))
        p_values.append(p_of_the_best(part))
    assert np.mean(np.array(p_values) <= 0.05) < 0.11  # 5% expected, sd 1.8%
    assert 0.4 < np.mean(p_values) < 0.6


@pytest.mark.parametrize("unequal", [False, True])
def test_whole_groups_are_dealt_where_rows_depend(*, unequal: bool) -> None:
    alarms = {"grouped": 0, "ignored": 0}
    for seed in range(60):
        generator = np.random.default_rng(seed)
        sizes = generator.geometric(0.1, 100) if unequal else np.full(100, 10)
        group = np.repeat(np.arange(100), sizes)
        wrong = (generator.random(len(group)) < generator.beta(0.8, 3.2, 100)[group]).astype(float)
        codes = {name: values[group] for name, values in noise(generator, 100).items()}
        for name, cluster in (("grouped", group), ("ignored", None)):
            alarms[name] += p_of_the_best(part_of(codes, wrong, cluster=cluster), 19) <= 0.05
    assert alarms["grouped"] <= 9  # 3 expected, sd 1.7
    assert alarms["ignored"] >= 30


def test_a_planted_region_is_found_and_the_others_are_not() -> None:
    generator = np.random.default_rng(4)
    codes = noise(generator, 1_000)
    part = part_of(
        codes, (generator.random(1_000) < np.where(codes["c"] == 3, 0.4, 0.15)).astype(float)
    )
    found = standardised(part)
    p_values = dict(
        zip(found, adjusted_by_permutation(part, largest, list(found.values())), strict=True)
    )
    assert p_values.pop(("c", 3)) == 1 / 200
    assert min(p_values.values()) > 0.05


def test_p_values_count_the_permutations_that_reach_a_statistic() -> None:
    part = part_of({"a": np.zeros(40, np.uint8)}, np.arange(40) % 2.0)
    counter = iter(range(1, 10))
    lock = threading.Lock()

    def search(_: Part) -> float:
        with lock:
            return float(next(counter))

    found = adjusted_by_permutation(part, search, [9.5, 9, 8.5, 1, 0, -np.inf], permutations=9)
    assert found == [0.1, 0.2, 0.2, 1, 1, 1]


def test_only_instances_with_a_defined_target_exchange_their_features() -> None:
    generator = np.random.default_rng(0)
    exposure = (np.arange(400) % 4 > 0).astype(float)
    wrong = (generator.random(400) < 0.3).astype(float)
    codes: dict[str, np.ndarray] = {
        "a": np.where(exposure > 0, generator.integers(0, 3, 400), 7).astype(np.uint8),
        "b": np.arange(400).astype(np.uint16),
    }
    part = part_of(codes, wrong, exposure=exposure, batches=3)
    seen = []

    def search(dealt: Part) -> float:
        pieces = dealt.map(lambda b: (b.codes["a"], b.codes["b"], b.events, b.exposure))
        seen.append([np.concatenate(each) for each in zip(*pieces, strict=True)])
        return 0.0

    adjusted_by_permutation(part, search, [0.0], permutations=3)
    for a, b, events, exposed in seen:
        assert np.array_equal(events, wrong * exposure)
        assert np.array_equal(exposed, exposure)
        assert np.array_equal(np.sort(b), codes["b"])
        assert np.array_equal(a, codes["a"][b])
        assert np.array_equal(b[exposure == 0], codes["b"][exposure == 0])
        assert (b != codes["b"]).sum() > 250


def test_the_seed_decides_and_neither_batches_nor_threads() -> None:
    generator = np.random.default_rng(1)
    codes, wrong = noise(generator), (generator.random(300) < 0.2).astype(float)
    one, three = part_of(codes, wrong), part_of(codes, wrong, batches=3)
    assert p_of_the_best(one) == p_of_the_best(three) == p_of_the_best(one)
    assert len({p_of_the_best(one, seed=seed) for seed in range(5)}) > 1
