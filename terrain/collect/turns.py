"""Regions in which a new model got worse or better: searched in one half, tested on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.collect.contest import contest_of, fought, telling
from terrain.data.features import region_of
from terrain.statistics.changes import paired_changes
from terrain.study import fewest_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.collect.contest import Bout, Contest
    from terrain.collect.contestants import Contestants
    from terrain.comparison import Compared, Turn
    from terrain.config import Plan
    from terrain.statistics.changes import Change

CROSS_FIT_BELOW = 200_000
"""Fewer instances are searched in both halves. Ten times as many as where failures are sought: two
models differ on few instances, so that changes are harder to see."""

CLAIMS = 2
"""Kinds of claims that share `alpha`: that all instances changed, and that some region did."""


class Search(NamedTuple):
    """What a search for changed regions gave, and how many candidates were tested."""

    regions: tuple[Compared, ...]
    candidates: int


def claimed(p_value: float) -> float:
    """Return a p-value adjusted for the other kind of claim; see `CLAIMS`."""
    return min(1.0, CLAIMS * p_value)


def turned(found: Contestants, plan: Plan) -> Search:
    """Return where the last model is worse than the first, and where it is better.

    One family of candidates for both directions, Holm over all of them. Of those that overlap,
    the ones with the best evidence are told, see `telling`.
    """
    contests = {turn: _contests(found, worse=turn == "worse") for turn in ("worse", "better")}
    everyone = [contest for those in contests.values() for contest in those]
    bouts = bouts_of(everyone, found, plan)
    regions: list[Compared] = []
    for status in ("confirmed", "suspected"):
        for turn in ("worse", "better"):
            own = [bout for bout in bouts if any(bout.contest is each for each in contests[turn])]
            told = [
                bout
                for bout in telling(_standing(own))
                if confirms(bout, plan) == (status == "confirmed")
            ]
            regions += [
                _region(found, bout, turn, f"r{number}", confirmed=status == "confirmed")
                for number, bout in enumerate(told, len(regions) + 1)
            ]
    return Search(tuple(regions), len(bouts))


def bouts_of(contests: Sequence[Contest], found: Contestants, plan: Plan) -> list[Bout]:
    """Return the tested candidates of all contests as one family, best first."""
    fewest = {
        contest.measured_on: fewest_rows(found.study, contest.seen, plan.min_support)
        for contest in contests
    }
    return fought(contests, found.study, plan, fewest)


def confirms(bout: Bout, plan: Plan) -> bool:
    """Whether unseen instances confirm a region."""
    return claimed(bout.p_adjusted) <= plan.alpha


def _standing(bouts: Sequence[Bout]) -> list[Bout]:
    """Return the candidates that unseen instances do not speak against."""
    return [bout for bout in bouts if (bout.inside.moments(bout.contest.gain).value or 0.0) > 0]


def halves_searched(found: Contestants) -> tuple[int, ...]:
    """Return which halves are searched: both below `CROSS_FIT_BELOW` instances."""
    return (0, 1) if len(found.study) < CROSS_FIT_BELOW else (0,)


def seen_by(contest: Contest) -> int:
    """Return the half that a contest searched: 0 is the discovery half."""
    return 0 if contest.measured_on == "second half" else 1


def _contests(found: Contestants, *, worse: bool) -> list[Contest]:
    old, new = found.losses[0], found.losses[-1]
    ours, theirs = (new, old) if worse else (old, new)
    return [
        contest_of(found.study, ours, theirs, found.note, half, zero_one=found.zero_one)
        for half in halves_searched(found)
    ]


def _region(found: Contestants, bout: Bout, turn: Turn, name: str, *, confirmed: bool) -> Compared:
    chosen, seen = bout.candidate.selection, seen_by(bout.contest)
    region = region_of(chosen, found.study.encodings)
    return msgspec.structs.replace(
        found.compared(name, region.words, region, chosen, seen),
        status=turn if confirmed else "suspected",
        found=turn,
        discovery=_discovery(found, bout, seen),
        p_value=bout.p_value if confirmed else None,
        p_adjusted=claimed(bout.p_adjusted) if confirmed else None,
        measured_on=bout.contest.measured_on,
        found_by=bout.candidate.found_by,
    )


def _discovery(found: Contestants, bout: Bout, seen: int) -> Change:
    """Return the target on the instances that the search saw."""
    half = found.study.discovery if seen == 0 else ~found.study.discovery
    rows = np.flatnonzero(half & found.mask(bout.candidate.selection))
    target = found.study.target.name
    return paired_changes(found.pair(), rows, wanted=[target])[target]
