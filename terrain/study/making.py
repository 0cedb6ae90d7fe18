"""From what was read to a study: split, encoded, with its metrics."""

from __future__ import annotations

from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.data.deciding import Decided, decide
from terrain.data.features import Encoding, fit
from terrain.data.outcome import no_weight, read_outcome
from terrain.data.split import discovery_part, half_by_place, keys_of
from terrain.engines.threads import each
from terrain.errors import DataError
from terrain.statistics.batch import sums_of
from terrain.statistics.catalogue import catalogue, searched
from terrain.statistics.measured import Instrument
from terrain.statistics.measuring import common_of, layout_for, measured_by, sizes_of
from terrain.study.census import census_of, sizes
from terrain.study.encoder import Encoder, Halves
from terrain.study.held import Held
from terrain.study.quantiles import cut_by_all
from terrain.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.config import Plan
    from terrain.data.benchmark import Benchmark
    from terrain.data.outcome import Outcome
    from terrain.data.pieces import Piece
    from terrain.data.split import SplitBy
    from terrain.data.where import Whole
    from terrain.engines import Engine
    from terrain.statistics.batch import Part
    from terrain.statistics.measuring import Common, Real, Size
    from terrain.statistics.metrics import Indicator

RESOLUTION = 100
"""Ranges of an ordered feature between which the slice search moves its bounds."""


def study_of(
    benchmark: Benchmark,
    plan: Plan,
    encodings: Mapping[str, Encoding] | None = None,
) -> Study:
    """Return a benchmark split, encoded and with its metrics.

    Parameters
    ----------
    benchmark, plan
        What was read, and how it is analyzed.
    encodings
        Those of an earlier study of the same benchmark; None fits them.

    Raises
    ------
    DataError
        There is nothing to measure: one instance, or a target that is undefined in every row.
    """
    table, roles, whole = benchmark.table, benchmark.roles, benchmark.whole
    discovery, split_by = _halves(benchmark, plan.seed)
    columns = tuple(table.column_names)
    halves = None
    if whole and whole.sampled:
        halves = whole.halves
        if halves is None or roles.group is not None or roles.id is not None:
            halves = whole.pieces.bind(Halves(roles=roles, seed=plan.seed, columns=columns))
        encodings = encodings or _fitted_to_all(benchmark, whole.pieces, halves, plan)
        told = _by_all(whole, encodings, benchmark)
    else:
        encodings = encodings or _fitted(benchmark, plan, discovery)
        told = _by_look(benchmark)
    encodings = {name: told.encodings.get(name, own) for name, own in encodings.items()}
    layout = layout_for(told.outcome, told.common, told.sizes)
    measures = measured_by(told.outcome, table.num_rows, layout, told.common)
    metrics = catalogue(told.outcome, layout, told.sizes)
    target = searched(metrics, plan.target)
    events, exposure = sums_of(target, measures)
    if not exposure.any():
        raise DataError(_undefined(target, len(events)))
    codes = each(lambda name: encodings[name].encode(table[name]), encodings)
    encoder = Encoder(
        encodings=encodings,
        roles=roles,
        decided=told.decided,
        common=told.common,
        layout=layout,
        target=target,
        clusters=told.clusters,
        seed=plan.seed,
        columns=columns,
        halves=np.packbits(discovery) if halves is None else None,
    )
    return Study(
        benchmark=benchmark.read_as(told.outcome),
        total=told.common.n,
        encodings=encodings,
        codes=dict(zip(encodings, codes, strict=True)),
        measures=measures,
        instrument=Instrument(
            metrics=metrics, clusters=0 if told.clusters is None else len(told.clusters)
        ),
        target=target,
        events=events,
        exposure=exposure,
        discovery=discovery,
        split_by=split_by,
        cluster=encoder.cluster(table),
        held=Held(whole.pieces, whole.pieces.bind(encoder, halves), encoder) if whole else None,
    )


class _Told(NamedTuple):
    """What has to be known before anything can be encoded.

    `encodings` holds those of which all rows know more than the look at some.
    """

    encodings: Mapping[str, Encoding]
    decided: Decided
    outcome: Outcome
    common: Common
    sizes: Mapping[Real, Size]
    clusters: np.ndarray | None


def _by_look(benchmark: Benchmark) -> _Told:
    """Return what the look tells, which was one at all instances."""
    outcome, group = benchmark.outcome, benchmark.roles.group
    common = common_of(outcome, benchmark.table.num_rows)
    clusters = None if group is None else np.unique(keys_of(benchmark.table[group]))
    return _Told({}, benchmark.decided, outcome, common, sizes_of(outcome, common), clusters)


def _by_all(whole: Whole, encodings: Mapping[str, Encoding], benchmark: Benchmark) -> _Told:
    """Return what all instances tell, where not all were looked at."""
    roles, decided = benchmark.roles, benchmark.decided
    seen = census_of(whole.pieces, encodings, roles, decided)
    decided = decide(benchmark.table, roles, whole.reading, seen.outcome)
    outcome = read_outcome(benchmark.table, roles, decided)
    common = common_of(outcome, whole.total)
    found = sizes(whole.pieces, roles, decided, common)
    if roles.weight is not None and not found[None, "value"].largest:
        raise DataError(no_weight(roles.weight))
    return _Told(
        {name: seen.completed(encoding) for name, encoding in encodings.items()},
        decided,
        outcome,
        common,
        found,
        None if roles.group is None else seen.clusters,
    )


def _halves(benchmark: Benchmark, seed: int) -> tuple[np.ndarray, SplitBy]:
    """Return which of the looked-at instances are in the discovery half, and what decided."""
    table, roles, whole = benchmark.table, benchmark.roles, benchmark.whole
    if whole and whole.sampled:
        by: SplitBy = "group" if roles.group else "id" if roles.id else "row"
        found = half_by_place(
            table, group=roles.group, instance_id=roles.id, seed=seed, at=whole.places
        )
    else:
        found, by = discovery_part(table, group=roles.group, instance_id=roles.id, seed=seed)
    if found.all() or not found.any():
        raise DataError(_indivisible(table.num_rows, roles.group or roles.id))
    return found, by


def _fitted(benchmark: Benchmark, plan: Plan, discovery: np.ndarray) -> dict[str, Encoding]:
    def fitted(name: str) -> Encoding:
        return fit(
            name,
            benchmark.table[name],
            discovery,
            plan.bins,
            categorical=name in plan.categorical,
            resolution=_resolution(plan),
        )

    names = list(dict.fromkeys((*benchmark.roles.features, *benchmark.roles.sensitive)))
    return dict(zip(names, each(fitted, names), strict=True))


def _fitted_to_all(
    benchmark: Benchmark, pieces: Engine[Piece], halves: Engine[np.ndarray], plan: Plan
) -> dict[str, Encoding]:
    """Return encodings of which a look tells the kind, and all instances the cut points."""
    nothing = np.zeros(benchmark.table.num_rows, bool)  # to cut there: that would be by the look
    kinds = _fitted(benchmark, plan, nothing)
    return cut_by_all(pieces, halves, kinds, plan.bins, _resolution(plan))


def _resolution(plan: Plan) -> int | None:
    return RESOLUTION if plan.slices else None


def _indivisible(n: int, column: str | None) -> str:
    if n == 1 or column is None:
        return "the benchmark has one instance: there is nothing to compare it with"
    return (
        f"all {n:,} rows have the same `{column}`: they cannot be divided into one half that is "
        "searched and another that is measured. Name another --group or --id, or none"
    )


def _undefined(target: Indicator, n: int) -> str:
    return (
        f"the {target.note.title} is undefined in all {n:,} rows: there are no "
        f"{target.note.exposure}. Check that label and prediction are the right columns and are "
        "not empty"
    )


def refuse_nothing_to_explain(study: Study) -> None:
    """Refuse a benchmark in which a search for errors has nothing to find.

    Raises
    ------
    DataError
        There is no error at all, or nothing but errors.
    """
    note, counts = study.target.note, study.counts
    if not counts.events:
        raise DataError(
            f"there is no error to explain: the {note.title} is 0 over all {counts.exposed:,} "
            f"{note.exposure}. If that is a surprise, check that the prediction is not a copy of "
            "the label"
        )
    if note.kind == "rate" and counts.only_events:
        raise DataError(
            f"there is nothing to compare: the {note.title} is 100% over all {counts.exposed:,} "
            f"{note.exposure}. Check that label and prediction are the right columns and name "
            "their classes alike"
        )


def fewest_rows(study: Study, part: Part, min_support: int) -> int:
    """Return the fewest instances of a region in a part that is searched.

    Those on which the target is defined: with few negatives, a false positive rate needs as many
    of them.
    """
    # a region has about its share of the searched part; half of that leaves room for chance
    share = part.reduce(len, add) / study.counts.exposed / 2
    return max(2, int(np.ceil(min_support * share)))
