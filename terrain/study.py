"""A benchmark made ready to be searched and measured: encoded, split, with its metrics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.arrow import levels_of
from terrain.data.features import Encoding, fit
from terrain.data.split import discovery_part
from terrain.engines.threads import each
from terrain.errors import DataError
from terrain.statistics.batch import part_of
from terrain.statistics.catalogue import catalogue, searched
from terrain.statistics.measured import Instrument
from terrain.statistics.measures import measures_of, narrowed
from terrain.statistics.metrics import Mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from terrain.config import Plan
    from terrain.data.benchmark import Benchmark
    from terrain.data.regions import Condition
    from terrain.data.split import SplitBy
    from terrain.statistics.batch import Part
    from terrain.statistics.measures import Measures
    from terrain.statistics.metrics import Indicator

CROSS_FIT_BELOW = 20_000
"""Fewer instances are searched in both halves, each measured on the other; more in one half."""


RESOLUTION = 100
"""Ranges of an ordered feature between which the slice search moves its bounds."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """A benchmark ready to be searched and measured.

    Attributes
    ----------
    benchmark
        What was read.
    encodings, codes
        By feature (sensitive ones included): how it became codes, and the (n,) codes.
    measures
        What is summed over regions.
    instrument, target
        All metrics, and the one that is searched.
    events, exposure
        (n,) whole numbers as float64: the target.
    discovery
        (n,) bool: the half that is searched first.
    split_by
        What decided the halves.
    cluster
        (n,) index of each instance's group; None where rows are independent.
    """

    benchmark: Benchmark
    encodings: Mapping[str, Encoding]
    codes: Mapping[str, np.ndarray]
    measures: Measures
    instrument: Instrument
    target: Indicator
    events: np.ndarray
    exposure: np.ndarray
    discovery: np.ndarray
    split_by: SplitBy
    cluster: np.ndarray | None

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self.events)

    @property
    def cross_fit(self) -> bool:
        """Whether both halves are searched."""
        return len(self) < CROSS_FIT_BELOW

    @property
    def searchable(self) -> dict[str, Encoding]:
        """The encodings of the features that conditions are made of."""
        return {feature: self.encodings[feature] for feature in self.benchmark.roles.features}

    def compacted(self, conditions: Iterable[Condition]) -> Study:
        """Return the study with no finer codes than the given conditions need.

        What is left is what a reader meets: round cut points, and the bounds of what was found.
        """
        held: dict[str, list[Condition]] = {name: [] for name in self.encodings}
        for condition in conditions:
            held[condition.feature].append(condition)
        encodings = {name: e.compacted(held[name]) for name, e in self.encodings.items()}
        codes = {
            name: encoding.recoded(self.codes[name], encodings[name])
            for name, encoding in self.encodings.items()
        }
        return replace(self, encodings=encodings, codes=codes)

    def refined(self, conditions: Sequence[Condition]) -> Study:
        """Return the study with codes fine enough for the given conditions."""
        encodings = {
            name: encoding.refined([each for each in conditions if each.feature == name])
            for name, encoding in self.encodings.items()
        }
        finer = {
            name: encoding.encode(self.benchmark.table[name])
            for name, encoding in encodings.items()
            if encoding != self.encodings[name]
        }
        return replace(self, encodings=encodings, codes={**self.codes, **finer})

    def halves(self) -> tuple[Part, Part]:
        """Return the discovery and the confirmation half with all measures."""
        first, second = (np.flatnonzero(self.discovery == half) for half in (True, False))
        return self._part(first, self.measures), self._part(second, self.measures)

    def searched_halves(self) -> tuple[Part, Part]:
        """Return the same halves with the target's measures only."""
        first, second = (np.flatnonzero(self.discovery == half) for half in (True, False))
        return self._part(first, self._narrow()), self._part(second, self._narrow())

    def exposed_halves(self) -> tuple[Part, Part]:
        """Return what a search sees of them: the instances on which the target is defined."""
        exposed = self.exposure > 0
        first, second = (np.flatnonzero(exposed & (self.discovery == h)) for h in (True, False))
        return self._part(first, self._narrow()), self._part(second, self._narrow())

    def everything(self) -> Part:
        """Return all instances on which the target is defined, with its measures only."""
        return self._part(np.flatnonzero(self.exposure), self._narrow())

    def _narrow(self) -> Measures:
        target = self.target
        return narrowed(self.measures, target.loss if isinstance(target, Mean) else None)

    def _part(self, rows: np.ndarray, measures: Measures) -> Part:
        return part_of(rows, self.codes, measures, self.target, self.cluster)

    def weight(self) -> np.ndarray | None:
        """Return the (n,) weights in their own unit; None where every instance counts as one."""
        scales, weight = self.measures.layout.weight_scales, self.measures.weight
        return None if scales is None or weight is None else weight / scales[0]

    def loss(self) -> np.ndarray:
        """Return the (n,) target of each instance in its own unit; NaN where undefined."""
        scale = self.target.scale(self.measures.layout)
        weights = self.measures.layout.weight_scales
        exposure = self.exposure / (1.0 if weights is None else weights[0])
        undefined = np.full(len(self), np.nan)
        return np.divide(self.events / scale, exposure, out=undefined, where=exposure > 0)


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
    table, roles = benchmark.table, benchmark.roles
    discovery, split_by = discovery_part(
        table, group=roles.group, instance_id=roles.id, seed=plan.seed
    )
    if discovery.all() or not discovery.any():
        raise DataError(_indivisible(table.num_rows, roles.group or roles.id))
    names = list(dict.fromkeys((*roles.features, *roles.sensitive)))

    def fitted(name: str) -> Encoding:
        return fit(
            name,
            table[name],
            discovery,
            plan.bins,
            categorical=name in plan.categorical,
            resolution=RESOLUTION if plan.slices else None,
        )

    encodings = encodings or dict(zip(names, each(fitted, names), strict=True))
    codes = each(lambda name: encodings[name].encode(table[name]), encodings)
    measures = measures_of(benchmark.outcome, table.num_rows)
    metrics = catalogue(benchmark.outcome, measures.layout)
    target = searched(metrics, plan.target)
    events, exposure = target.per_instance(measures)
    if not exposure.any():
        raise DataError(_undefined(target, len(events)))
    groups = () if roles.group is None else levels_of(table[roles.group])
    return Study(
        benchmark=benchmark,
        encodings=encodings,
        codes=dict(zip(encodings, codes, strict=True)),
        measures=measures,
        instrument=Instrument(metrics=metrics, clusters=len(groups[0]) + 1 if groups else 0),
        target=target,
        events=events,
        exposure=exposure,
        discovery=discovery,
        split_by=split_by,
        cluster=groups[1] if groups else None,
    )


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
    note, exposed = study.target.note, study.exposure > 0
    if not study.events.any():
        raise DataError(
            f"there is no error to explain: the {note.title} is 0 over all {exposed.sum():,} "
            f"{note.exposure}. If that is a surprise, check that the prediction is not a copy of "
            "the label"
        )
    if note.kind == "rate" and (study.events[exposed] == study.exposure[exposed]).all():
        raise DataError(
            f"there is nothing to compare: the {note.title} is 100% over all {exposed.sum():,} "
            f"{note.exposure}. Check that label and prediction are the right columns and name "
            "their classes alike"
        )


def fewest_rows(study: Study, part: Part, min_support: int) -> int:
    """Return the fewest instances of a region in a part that is searched.

    Those on which the target is defined: with few negatives, a false positive rate needs as many
    of them.
    """
    # a region has about its share of the searched part; half of that leaves room for chance
    share = sum(part.map(len)) / np.count_nonzero(study.exposure) / 2
    return max(2, int(np.ceil(min_support * share)))
