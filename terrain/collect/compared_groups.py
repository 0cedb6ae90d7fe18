"""Two models in groups of sensitive features and in the user's own regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.analyses import groups
from terrain.collect.cohorts import read_cohorts
from terrain.collect.gaps import adjusted
from terrain.comparison import ComparedGroups
from terrain.data.features import region_of, selection_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terrain.analyses.groups import Partition
    from terrain.collect.contestants import Contestants
    from terrain.comparison import Compared
    from terrain.config import Plan
    from terrain.data.features import Selection
    from terrain.data.regions import Region


def partitions_of(found: Contestants, plan: Plan) -> tuple[list[Partition], list[str]]:
    """Return the breakdowns by sensitive features, and the intersections too wide to show."""
    study = found.study
    features = study.benchmark.roles.sensitive
    support = {
        feature: np.bincount(study.codes[feature], minlength=study.encodings[feature].size)
        for feature in features
    }
    return groups.partitions(features, study.encodings, support, plan.intersect)


def named_groups(found: Contestants, partition: Partition) -> Iterator[tuple[str, Selection]]:
    """Yield the words and the place of each group that has instances, largest first."""
    places = {
        " × ".join(level.value for level in levels): tuple(
            (feature, level.codes)
            for feature, level in zip(partition.features, levels, strict=True)
        )
        for levels in partition.groups()
    }
    support = {value: int(found.mask(place).sum()) for value, place in places.items()}
    for value in sorted(places, key=lambda value: -support[value]):
        if support[value]:
            yield f"{partition.name} = {value}", places[value]


def compared_groups(
    found: Contestants, partitions: Sequence[Partition]
) -> tuple[ComparedGroups, ...]:
    """Return the groups of each breakdown; p-values are adjusted over all groups of all."""
    breakdowns: list[ComparedGroups] = []
    numbers = iter(range(1, 1_000_000))
    for partition in partitions:
        own = tuple(
            found.compared(
                f"g{next(numbers)}", words, region_of(place, found.study.encodings), place
            )
            for words, place in named_groups(found, partition)
        )
        breakdowns.append(ComparedGroups(feature=partition.name, groups=own))
    judged = iter(with_adjusted([group for each in breakdowns for group in each.groups]))
    return tuple(
        msgspec.structs.replace(each, groups=tuple(next(judged) for _ in each.groups))
        for each in breakdowns
    )


def own_regions(found: Contestants, plan: Plan) -> list[tuple[str, Region, Selection]]:
    """Return the user's own regions: name, region, place."""
    return [
        (each.name, each.region, selection_of(each.region, found.study.encodings))
        for each in read_cohorts(plan.cohorts, found.study)
    ]


def compared_cohorts(found: Contestants, plan: Plan) -> tuple[Compared, ...]:
    """Return the user's own regions; p-values are adjusted over all of them."""
    return with_adjusted(
        [
            found.compared(f"c{number}", name, region, place)
            for number, (name, region, place) in enumerate(own_regions(found, plan), 1)
        ]
    )


def with_adjusted(places: Sequence[Compared]) -> tuple[Compared, ...]:
    """Return places whose differences have p-values adjusted over all of them, by metric (Holm)."""
    differences = {
        place.id: {name: change.difference for name, change in place.metrics.items()}
        for place in places
    }
    judged = adjusted(differences)
    return tuple(
        msgspec.structs.replace(
            place,
            metrics={
                name: msgspec.structs.replace(change, difference=judged[place.id][name])
                for name, change in place.metrics.items()
            },
        )
        for place in places
    )
