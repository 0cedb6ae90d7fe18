"""How much of the error each feature explains, and how the rate runs along it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from terrain.analyses.ranking import MOST_STRETCHES, PRIOR, explained, profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.statistics.batch import Part
    from terrain.study import Study

RNG = np.random.default_rng(5)
N = 2_000
TELLING = RNG.integers(0, 4, N)
NOISE = RNG.integers(0, 4, N)
MISSING = np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N))
WRONG = (RNG.random(N) < np.where(TELLING == 2, 0.6, 0.1)).astype(float)
LOSS = np.where(TELLING == 2, 5.0, 1.0) + RNG.normal(size=N) ** 2
WEIGHT = RNG.choice([0.5, 1.0, 3.0], N)
COLUMNS = {"telling": TELLING, "noise": NOISE, "gap": MISSING}
FEATURES = tuple(COLUMNS)


def directions(study: Study) -> list[tuple[Part, Part]]:
    forth = study.searched_halves()
    return [forth, (forth[1], forth[0])]


def naive_share(study: Study, feature: str, loss: np.ndarray, weight: np.ndarray) -> float:
    """Return the share of deviance by a plain loop over the rows."""
    left = whole = 0.0
    codes, rate = study.codes[feature], study.target.note.kind == "rate"

    def deviance(y: float, expected: float) -> float:
        return -2 * np.log(expected if y else 1 - expected) if rate else (y - expected) ** 2

    for seen in (study.discovery, ~study.discovery):
        unit = weight[seen].mean()
        half = unit / 2 if rate else 0.0
        overall = (weight[seen] @ loss[seen] + half) / (weight[seen].sum() + 2 * half)
        # so few instances make one range; a missing value, which has the last code, stands apart
        missing = codes == study.encodings[feature].missing_code
        n = weight[seen] / unit
        one = np.zeros(seen.sum())
        ranges = naive_rates(missing[seen], one, loss[seen], n, dict.fromkeys([0, 1], overall))
        rates = naive_rates(codes[seen], missing[seen], loss[seen], n, ranges)
        for row in np.flatnonzero(~seen):
            own = rates.get(codes[row], ranges.get(missing[row], overall))
            left += weight[row] * deviance(loss[row], own)
            whole += weight[row] * deviance(loss[row], overall)
    return 1 - left / whole


def naive_rates(
    codes: np.ndarray, group: np.ndarray, loss: np.ndarray, n: np.ndarray, towards: dict[Any, float]
) -> dict[Any, float]:
    """Return the rate of each code, drawn towards that of its group."""
    variance = np.average((loss - np.average(loss, weights=n)) ** 2, weights=n)
    spread, free, comparable = 0.0, 0, 0.0
    for each in np.unique(group):
        inside = group == each
        center = np.average(loss[inside], weights=n[inside])
        free -= 1
        for code in np.unique(codes[inside]):
            k = n[codes == code].sum()
            mean = np.average(loss[codes == code], weights=n[codes == code])
            spread, free = spread + k * (mean - center) ** 2, free + 1
            comparable += k - k * k / n[inside].sum()
    found = {}
    for code in np.unique(codes):
        rows = codes == code
        rate, k = towards[group[rows][0]], n[rows].sum()
        found[code] = rate
        if comparable > 0 and spread > (free + 1.645 * (2 * free) ** 0.5) * variance:
            prior = max(PRIOR, variance * comparable / (spread - free * variance))
            found[code] = (loss[rows] @ n[rows] + prior * rate) / (k + prior)
    return found


@pytest.mark.parametrize("error", [WRONG, LOSS], ids=["rate", "loss"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_share_is_that_of_a_plain_loop(
    make_study: Callable[..., Study], error: np.ndarray, *, weighted: bool
) -> None:
    few = slice(0, 300)
    columns = {"telling": TELLING[few], "gap": MISSING[few], "err": error[few], "w": WEIGHT[few]}
    study = make_study(
        columns,
        error=("err",),
        features=("telling", "gap"),
        weight="w" if weighted else None,
        exclude=() if weighted else ("w",),
    )
    found = {each.feature: each.share for each in explained(
        directions(study), study.searchable, study.target)}  # fmt: skip
    weight = WEIGHT[few] if weighted else np.ones(300)
    for feature, share in found.items():
        assert share == pytest.approx(naive_share(study, feature, error[few], weight), rel=1e-6)


@pytest.mark.parametrize("error", [WRONG, LOSS], ids=["rate", "loss"])
def test_the_telling_feature_leads_and_noise_explains_nothing(
    make_study: Callable[..., Study], error: np.ndarray
) -> None:
    study = make_study({**COLUMNS, "err": error}, error=("err",), features=FEATURES)
    first, *others = explained(directions(study), study.searchable, study.target)
    assert first.feature == "telling"
    assert first.share > 0.1
    assert {each.feature for each in others} == {"noise", "gap"}
    for each in others:
        assert each.share < 0.01


def test_many_codes_of_noise_mislead_hardly(make_study: Callable[..., Study]) -> None:
    shares = []
    for seed in range(8):
        generator = np.random.default_rng(seed)
        columns = {"many": generator.integers(0, 30, N), "err": generator.random(N) < 0.15}
        study = make_study(
            {name: values.astype(float) for name, values in columns.items()},
            error=("err",),
            features=("many",),
        )
        ((_, share),) = explained(directions(study), study.searchable, study.target)
        shares.append(share)
    assert min(shares) > -0.005  # with a fixed prior of 20: -0.01
    assert 0.0 in shares  # half the time less differs than chance would let differ


def test_a_feature_of_one_code_explains_nothing(make_study: Callable[..., Study]) -> None:
    columns = {"telling": TELLING, "same": np.ones(N), "err": WRONG}
    study = make_study(columns, error=("err",), features=("telling", "same"))
    found = explained(directions(study), study.searchable, study.target)
    assert found[-1] == ("same", 0.0)


def test_profiles_agree_with_a_plain_count(make_study: Callable[..., Study]) -> None:
    columns = {**COLUMNS, "city": np.array(list("abcdefghijklmnopqrstuvwxyz"))[
        np.minimum(RNG.geometric(0.12, N) - 1, 25)]}  # fmt: skip
    study = make_study({**columns, "err": WRONG}, error=("err",), features=(*FEATURES, "city"))
    found = profiles(study.halves(), study.searchable, study.instrument, study.target)
    assert list(found) == [*FEATURES, "city"]
    for feature, stretches in found.items():
        encoding = study.encodings[feature]
        apart = [s for s in stretches if s.codes != (encoding.missing_code,)]
        assert len(apart) <= MOST_STRETCHES
        assert sum(stretch.instances for stretch in stretches) == N
        for stretch in stretches:
            inside = np.isin(study.codes[feature], stretch.codes)
            assert stretch.instances == inside.sum() > 0
            assert stretch.estimate.value == pytest.approx(WRONG[inside].mean())
            assert stretch.estimate.low < stretch.estimate.value < stretch.estimate.high  # type: ignore[operator]
    assert [s.codes for s in found["telling"]] == [(0,), (1,), (2,), (3,)]
    assert found["gap"][-1].codes == (study.encodings["gap"].missing_code,)
    assert found["gap"][-1].instances == np.isnan(MISSING).sum()
    widest = max(stretch.instances for stretch in found["gap"][:-1])
    assert widest < 1.5 * N / MOST_STRETCHES
    *frequent, others = found["city"]
    assert len(frequent) == MOST_STRETCHES - 1
    assert all(len(stretch.codes) == 1 for stretch in frequent)
    assert len(others.codes) > 1


@pytest.mark.parametrize(("n", "ranges"), [(200, 5), (2_000, 10), (6_000, 12)])
def test_few_instances_make_few_ranges(
    make_study: Callable[..., Study], n: int, ranges: int
) -> None:
    generator = np.random.default_rng(0)
    columns = {
        "number": generator.normal(size=n),
        "level": generator.choice(list("abcdefgh"), n),
        "err": generator.random(n),
    }
    study = make_study(columns, error=("err",)).compacted(())
    found = profiles(study.halves(), study.searchable, study.instrument, study.target)
    assert len(found["number"]) == ranges
    assert len(found["level"]) == 8


def test_a_profile_of_dependent_rows_has_wider_intervals(make_study: Callable[..., Study]) -> None:
    person = np.arange(N) // 20
    wrong = (RNG.random(N // 20) < 0.3).astype(float)[person]
    columns = {"telling": TELLING, "err": wrong, "person": person}
    widths = []
    for group in ("person", None):
        study = make_study(columns, error=("err",), features=("telling",), group=group)
        ((first, *_),) = profiles(
            study.halves(), study.searchable, study.instrument, study.target
        ).values()
        widths.append(first.estimate.high - first.estimate.low)  # type: ignore[operator]
    assert widths[0] > 2 * widths[1]
