"""Several models: which one does best, overall and where, and which cannot be told from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.collect.compared_groups import named_groups, own_regions
from terrain.collect.contest import contest_of, telling
from terrain.collect.turns import bouts_of, confirms, halves_searched, seen_by
from terrain.comparison import Standing
from terrain.data.features import region_of
from terrain.data.regions import Region
from terrain.statistics.changes import paired_changes
from terrain.statistics.corrections import holm_of_defined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.analyses.groups import Partition
    from terrain.collect.contest import Contest
    from terrain.collect.contestants import Contestants
    from terrain.config import Plan
    from terrain.data.features import Selection
    from terrain.statistics.findings import Difference


def leaderboard(
    found: Contestants, finer: Contestants, partitions: Sequence[Partition], plan: Plan
) -> tuple[tuple[Standing, ...], int]:
    """Return all instances, cohorts, groups and regions, each with its best model.

    Regions are those in which another model beats the one that is best overall, searched in one
    half of the instances and confirmed on the other.

    Parameters
    ----------
    found, finer
        The models; the same with codes fine enough for the user's own regions.
    partitions
        Breakdowns by sensitive features.
    plan
        How they are compared.

    Returns
    -------
    The standings, and how many candidates of regions were tested.
    """
    whole = _standing(found, "all", "all instances", Region.of(), (), None, plan)
    places = [
        _standing(finer, f"c{number}", name, region, place, None, plan)
        for number, (name, region, place) in enumerate(own_regions(finer, plan), 1)
    ]
    groups = [each for partition in partitions for each in named_groups(found, partition)]
    places += [
        _standing(
            found, f"g{number}", words, region_of(place, found.study.encodings), place, None, plan
        )
        for number, (words, place) in enumerate(groups, 1)
    ]
    regions, candidates = _regions(found, found.names.index(whole.best), plan)
    return (whole, *places, *regions), candidates


def _regions(found: Contestants, best: int, plan: Plan) -> tuple[list[Standing], int]:
    """Return the regions where another model is confirmed to beat the best one."""
    contests: list[Contest] = [
        contest_of(found.study, found.losses[best], loss, found.note, half, zero_one=found.zero_one)
        for other, loss in enumerate(found.losses)
        if other != best
        for half in halves_searched(found)
    ]
    bouts = bouts_of(contests, found, plan)
    told = telling([bout for bout in bouts if confirms(bout, plan)])
    regions = []
    for number, bout in enumerate(told, 1):
        place = bout.candidate.selection
        region = region_of(place, found.study.encodings)
        seen = seen_by(bout.contest)
        regions.append(_standing(found, f"r{number}", region.words, region, place, seen, plan))
    return regions, len(bouts)


def _standing(
    found: Contestants,
    name: str,
    words: str,
    region: Region,
    place: Selection,
    seen: int | None,
    plan: Plan,
) -> Standing:
    """Return how the models do on some instances, without those that a search saw."""
    inside = found.mask(place)
    halves = (found.study.discovery, ~found.study.discovery)
    rows = np.flatnonzero(inside if seen is None else inside & halves[1 - seen])
    target = found.study.target.name
    changes = {
        other: paired_changes(found.pair(0, other), rows, wanted=[target])[target]
        for other in range(len(found.names))
    }
    values = [changes[i].new.value for i in range(len(found.names))]
    best = min(range(len(values)), key=lambda i: (values[i] is None, values[i] or 0.0))
    behind = _behind(found, best, rows)
    return Standing(
        id=name,
        words=words,
        region=region,
        support=int(inside.sum()),
        coverage=float(inside.mean()),
        target={found.names[i]: changes[i].new for i in changes},
        best=found.names[best],
        behind=behind,
        level_with=(
            found.names[best],
            *(
                m
                for m, each in behind.items()
                if each.p_adjusted is None or each.p_adjusted > plan.alpha
            ),
        ),
        measured_on="all" if seen is None else ("second half", "first half")[seen],
    )


def _behind(found: Contestants, best: int, rows: np.ndarray) -> dict[str, Difference]:
    """Return by model its difference to the best one, p-values adjusted over the models."""
    target, name = found.study.target.name, found.names[best]
    differences = {
        other: paired_changes(found.pair(best, i), rows, wanted=[target])[target].difference
        for i, other in enumerate(found.names)
        if i != best
    }
    adjusted = holm_of_defined([each.p_value for each in differences.values()])
    return {
        other: msgspec.structs.replace(each, against=name, p_adjusted=p)
        for (other, each), p in zip(differences.items(), adjusted, strict=True)
    }
