"""What limits on a change are judged against where both models predicted the same instances."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.collect.contestants import contestants
from terrain.collect.turns import turned
from terrain.data.arrow import levels_of
from terrain.data.features import selection_of
from terrain.data.matched import matched
from terrain.data.pairing import paired, pairing_words
from terrain.data.regions import Region
from terrain.data.wording import counted
from terrain.errors import DataError, UsageError
from terrain.gate.places import places
from terrain.gate.policy import AGAINST_BASELINE
from terrain.statistics.changes import paired_changes, paired_laws
from terrain.study import study_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from terrain.collect.contestants import Contestants
    from terrain.comparison import Compared
    from terrain.config import Plan
    from terrain.data.benchmark import Benchmark
    from terrain.data.matched import Matched
    from terrain.document import Terrain
    from terrain.gate.policy import Policy, Rule
    from terrain.statistics.changes import Law
    from terrain.statistics.findings import Estimate


class PairedChange(NamedTuple):
    """A metric of both models on the same instances.

    Attributes
    ----------
    old, new
        What it is in each.
    law
        What chance allows its difference to be.
    support
        How many instances these are.
    """

    old: Estimate
    new: Estimate
    law: Law
    support: int


class Worse(NamedTuple):
    """A region in which the new model is worse, which instances confirm that no search saw."""

    words: str
    coverage: float
    change: PairedChange


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """An old model on the same instances.

    Attributes
    ----------
    name, said
        What it is called, and how many of its instances are paired.
    changes
        By the words of a place and a metric's key.
    worse
        Regions in which the target got worse; None where nobody searched.
    candidates
        How many regions were tested to find them.
    gone
        By the name of a breakdown, the groups that only the old model's table has.
    """

    name: str
    said: str
    changes: Mapping[tuple[str, str], PairedChange] = field(default_factory=dict)
    worse: tuple[Worse, ...] | None = None
    candidates: int = 0
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def words(self) -> str:
        """Return what it is, in words."""
        return f"{self.name}: {self.said}"

    def worse_in(self, rule: Rule) -> list[Worse]:
        """Return the regions that are large enough for a rule."""
        return [each for each in self.worse or () if each.coverage >= rule.min_coverage]


def pairs_of(
    benchmarks: tuple[Benchmark, Benchmark],
    names: tuple[str, str],
    plan: Plan,
    policy: Policy,
    terrain: Terrain,
) -> Pairs:
    """Return what a policy's limits on a change need to know of two models.

    Parameters
    ----------
    benchmarks, names
        The old model's predictions and the new one's, and what they are called.
    plan
        How they are compared.
    policy
        What is demanded.
    terrain
        What was found of the new model: its groups and cohorts are compared.

    Raises
    ------
    DataError
        The instances cannot be paired, or the models not be compared.
    UsageError
        A rule wants regions in which another metric than the target got worse.
    """
    _refuse_other_metrics(policy, terrain.target)
    found = paired(benchmarks, names)
    if isinstance(found, str):
        raise DataError(
            f"the instances of {names[0]} and {names[1]} cannot be paired: {found}. Name the "
            "column that tells instances apart with --id, or compare with the document of the old "
            "predictions, as with other instances: --baseline"
        )
    shared = matched(benchmarks, names, found)
    # encoded as all instances are: a group may have none that is paired
    models = contestants(shared, names, plan, study_of(benchmarks[1], plan).encodings)
    search = turned(models, plan) if policy.searches_changes else None
    return Pairs(
        name=names[0],
        said=pairing_words(found, names).rstrip(".") + _left_out(shared),
        changes=_changes(models, policy, terrain),
        worse=None if search is None else tuple(_worse(models, search.regions)),
        candidates=0 if search is None else search.candidates,
        gone=_gone(benchmarks, terrain) if found.alone[0] else {},
    )


def _refuse_other_metrics(policy: Policy, target: str) -> None:
    for rule in policy.rules:
        if rule.regions and rule.rise_at_most is not None and rule.metric not in {None, target}:
            raise UsageError(
                f"regions are searched in which the target got worse, {target}, and a rule limits "
                f"the rise of `{rule.metric}` in them: leave its `metric` out, or choose it with "
                "--target"
            )


def _left_out(shared: Matched) -> str:
    said = ""
    if shared.differing:
        said += f"; {counted(shared.differing, 'pair')} with two different labels left out"
    if shared.undefined:
        said += f"; {counted(shared.undefined, 'pair')} without a label or a prediction left out"
    return said


def _changes(
    models: Contestants, policy: Policy, terrain: Terrain
) -> dict[tuple[str, str], PairedChange]:
    """Return the change at every place, of every metric, that a rule speaks of."""
    regions = _regions(terrain)
    conditions = [condition for region in regions.values() for condition in region.conditions]
    finer = replace(models, study=models.study.refined(conditions))
    wanted = {
        (place.where, place.identity, rule.metric or terrain.target)
        for rule in policy.rules
        if not rule.regions and AGAINST_BASELINE & set(rule.limits())
        for place in places(rule, terrain, None)
        if place.missing is None
    }
    encodings, found = finer.study.encodings, {}
    for where, identity, metric in sorted(wanted, key=str):
        rows = np.flatnonzero(finer.mask(selection_of(regions[identity], encodings)))
        change = _change(finer, rows, metric)
        if change is not None:
            found[where, metric] = change
    return found


def _regions(terrain: Terrain) -> dict[str | None, Region]:
    """Return where every place is, by the id of its finding; None is the whole."""
    groups = [group for breakdown in terrain.breakdowns for group in breakdown.groups]
    return {
        None: Region.of(),
        **{group.id: group.finding.region for group in groups},
        **{cohort.finding.id: cohort.finding.region for cohort in terrain.cohorts},
    }


def _change(models: Contestants, rows: np.ndarray, metric: str) -> PairedChange | None:
    """Return the change of a metric on some instances; None if not both models have it."""
    pair, target = models.pair(), models.study.target.name
    laws = paired_laws(pair, rows, [metric])
    if metric not in laws:
        return None
    change = paired_changes(pair, rows, wanted={metric, target})[metric]
    return PairedChange(change.old, change.new, laws[metric], len(rows))


def _worse(models: Contestants, regions: tuple[Compared, ...]) -> Iterator[Worse]:
    """Yield the confirmed regions that got worse, measured where the search did not look."""
    study = models.study
    for each in regions:
        unseen = ~study.discovery if each.measured_on == "second half" else study.discovery
        inside = models.mask(selection_of(each.region, study.encodings))
        change = _change(models, np.flatnonzero(inside & unseen), study.target.name)
        if each.status == "worse" and change is not None:
            yield Worse(each.region.words, each.coverage, change)


def _gone(benchmarks: tuple[Benchmark, Benchmark], terrain: Terrain) -> dict[str, tuple[str, ...]]:
    """Return the groups that the new table lacks; ranges of numbers always hold some instance."""
    found = {}
    for breakdown in terrain.breakdowns:
        tables = [benchmark.table for benchmark in benchmarks]
        if not breakdown.binned and set(breakdown.features) <= set(tables[0].column_names):
            old, new = (_combinations(table, breakdown.features) for table in tables)
            found[breakdown.feature] = tuple(" × ".join(values) for values in sorted(old - new))
    return found


def _combinations(table: pa.Table, features: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return which combinations of values occur; rows with a missing one belong to none."""
    levels, codes = zip(*(levels_of(table[feature]) for feature in features), strict=True)
    return {
        tuple(names[code] for names, code in zip(levels, row, strict=True))
        for row in np.unique(np.stack(codes, axis=1), axis=0)
        if all(code < len(names) for names, code in zip(levels, row, strict=True))
    }
