"""Everything that is said of compared models, collected into the document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from terrain.collect.cohorts import conditions_of, read_cohorts
from terrain.collect.compared_groups import compared_cohorts, compared_groups, partitions_of
from terrain.collect.comparison_headline import headline_of_models, headline_of_two
from terrain.collect.flips import NOTES
from terrain.collect.leaderboard import leaderboard
from terrain.collect.notes import benchmark_note, provenance, too_wide
from terrain.collect.turns import halves_searched, turned
from terrain.comparison import Comparison, Method, ModelNote
from terrain.data.matched import doubts
from terrain.data.regions import Region
from terrain.statistics.changes import measured
from terrain.statistics.metrics import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terrain.collect.contestants import Contestants
    from terrain.comparison import Compared, ComparedGroups, Pairing, Standing
    from terrain.config import Plan
    from terrain.data.matched import Matched
    from terrain.data.notes import Source
    from terrain.data.regions import Condition


class Found(NamedTuple):
    """What comparing gave; see `Comparison`."""

    overall: Compared | None
    regions: tuple[Compared, ...]
    groups: tuple[ComparedGroups, ...]
    cohorts: tuple[Compared, ...]
    standings: tuple[Standing, ...]
    candidates: int
    wide: tuple[str, ...]


def compare_models(
    contestants: Contestants,
    matched: Matched,
    pairing: Pairing,
    sources: Sequence[tuple[Source, ...]],
    plan: Plan,
) -> tuple[Comparison, Contestants]:
    """Return the document, and the models with no finer codes than the document needs.

    Parameters
    ----------
    contestants, matched
        The models on the instances that they share.
    pairing
        How these were paired.
    sources
        The files of each model.
    plan
        How they are compared.
    """
    named = read_cohorts(plan.cohorts, contestants.study)
    # cohorts may need finer codes than a search has
    finer = replace(contestants, study=contestants.study.refined(conditions_of(named)))
    two = len(contestants.names) == 2  # noqa: PLR2004 - an old and a new one
    found = _two(contestants, finer, plan) if two else _several(contestants, finer, plan)
    study = contestants.study.compacted(_conditions(found)).refined(conditions_of(named))
    target = contestants.study.target.name
    undefined = int(np.isnan(contestants.losses[-1]).sum())
    # rows count among the last model's files, so these come first
    files = dict.fromkeys(file for each in (sources[-1], *sources) for file in each)
    said = msgspec.structs.replace(
        benchmark_note(contestants.study), unlabelled=undefined, sources=tuple(files)
    )
    document = Comparison(
        headline=(
            headline_of_two(contestants, found.overall, found.regions, plan.alpha)
            if found.overall
            else headline_of_models(contestants, found.standings)
        ),
        models=_notes(contestants, sources),
        pairing=pairing,
        target=target,
        benchmark=said,
        warnings=(
            *matched.benchmark.warnings,
            *doubts(matched),
            *(too_wide(name) for name in found.wide),
        ),
        metrics={name: m.note for name, m in contestants.study.instrument.metrics.items()},
        flip_notes={name: NOTES[name] for name in contestants.flips.metrics} if two else {},
        overall=found.overall,
        regions=found.regions,
        groups=found.groups,
        cohorts=found.cohorts,
        leaderboard=found.standings,
        method=_method(contestants, plan, found.candidates),
        encoding=msgspec.to_builtins(study.encodings),
        provenance=provenance(msgspec.to_builtins(plan), matched.benchmark.rows.sources),
    )
    return document, replace(contestants, study=study)


def _two(contestants: Contestants, finer: Contestants, plan: Plan) -> Found:
    partitions, wide = partitions_of(contestants, plan)
    search = turned(contestants, plan)
    return Found(
        overall=contestants.compared("all", "all instances", Region.of(), ()),
        regions=search.regions,
        groups=compared_groups(contestants, partitions),
        cohorts=compared_cohorts(finer, plan),
        standings=(),
        candidates=search.candidates,
        wide=tuple(wide),
    )


def _several(contestants: Contestants, finer: Contestants, plan: Plan) -> Found:
    partitions, wide = partitions_of(contestants, plan)
    standings, candidates = leaderboard(contestants, finer, partitions, plan)
    return Found(None, (), (), (), standings, candidates, tuple(wide))


def _conditions(found: Found) -> Iterable[Condition]:
    """Return the conditions of everything that was found."""
    places: list[Compared | Standing] = [*found.regions, *found.standings]
    places += [group for each in found.groups for group in each.groups]
    return [condition for each in places for condition in each.region.conditions]


def _notes(
    contestants: Contestants, sources: Sequence[tuple[Source, ...]]
) -> tuple[ModelNote, ...]:
    cluster = contestants.study.cluster
    return tuple(
        ModelNote(name=name, sources=files, overall=measured(model, cluster))
        for name, model, files in zip(contestants.names, contestants.models, sources, strict=True)
    )


def _method(contestants: Contestants, plan: Plan, candidates: int) -> Method:
    study = contestants.study
    discovery = int(study.discovery.sum())
    exact = contestants.zero_one and study.cluster is None and study.measures.weight is None
    test = "exact one-sided sign test" if exact else "one-sided paired t test"
    test = "cluster-robust " + test if study.cluster is not None else test
    return Method(
        scheme="cross-fit" if len(halves_searched(contestants)) > 1 else "halves",
        split_by=study.split_by,
        discovery=discovery,
        confirmation=len(study) - discovery,
        candidates=candidates,
        alpha=plan.alpha,
        level=LEVEL,
        test=test,
        seed=plan.seed,
    )
