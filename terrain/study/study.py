"""A benchmark made ready to be searched and measured: encoded, split, with its metrics."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.outcome import read_outcome
from terrain.statistics.batch import Codes, part_of, sums_of
from terrain.statistics.held import View
from terrain.statistics.measures import narrowed
from terrain.statistics.measuring import measured_by
from terrain.statistics.metrics import Mean
from terrain.study.encoder import labels_of
from terrain.study.held import Counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from terrain.data.benchmark import Benchmark
    from terrain.data.features import Encoding
    from terrain.data.regions import Condition
    from terrain.data.split import SplitBy
    from terrain.statistics.batch import Part
    from terrain.statistics.measured import Instrument
    from terrain.statistics.measures import Measures
    from terrain.statistics.metrics import Indicator
    from terrain.study.held import Held

CROSS_FIT_BELOW = 20_000
"""Fewer instances are searched in both halves, each measured on the other; more in one half."""


class _Support(Mapping[str, np.ndarray]):
    """How many instances have which code of a feature, counted when somebody asks."""

    def __init__(self, codes: Mapping[str, np.ndarray], encodings: Mapping[str, Encoding]) -> None:
        self._codes = codes
        self._encodings = encodings

    def __getitem__(self, feature: str) -> np.ndarray:
        """Return the (codes,) counts of a feature."""
        return np.bincount(self._codes[feature], minlength=self._encodings[feature].size)

    def __iter__(self) -> Iterator[str]:
        """Return the features."""
        return iter(self._encodings)

    def __len__(self) -> int:
        """Return how many features there are."""
        return len(self._encodings)


@dataclass(frozen=True, kw_only=True)
class Study:
    """A benchmark ready to be searched and measured.

    Attributes
    ----------
    total
        Instances of the whole benchmark; the arrays here are of the n that are looked at.
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
    held
        All instances, where they do not lie in these arrays, or not only.
    """

    total: int
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
    held: Held | None = None
    _parts: dict[tuple[int, bool, bool], Part] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __len__(self) -> int:
        """Return the number of instances of the whole benchmark."""
        return self.total

    @property
    def sampled(self) -> bool:
        """Whether not all instances are looked at."""
        return len(self.events) < self.total

    def looked_at(self) -> Study:
        """Return the instances that are looked at as a benchmark of their own."""
        return replace(self, total=len(self.events), held=None)

    def looking_at(self, places: np.ndarray) -> Study:
        """Return the study with other instances looked at, of those that an engine holds.

        Parameters
        ----------
        places
            (m,) ascending rows, counted through the whole benchmark.
        """
        if self.held is None:
            raise ValueError("all instances of this study are looked at")
        encoder, rows = self.held.encoder, self.held.rows(places)
        rows = rows._replace(table=rows.table.select(list(encoder.columns)))
        outcome = read_outcome(rows.table, encoder.roles, encoder.decided)
        measures = measured_by(outcome, len(places), encoder.layout, encoder.common)
        events, exposure = sums_of(self.target, measures)
        benchmark = replace(
            self.benchmark,
            rows=replace(self.benchmark.rows, **rows._asdict()),
            outcome=outcome,
        )
        return replace(
            self,
            benchmark=benchmark,
            codes={name: each.encode(rows.table[name]) for name, each in self.encodings.items()},
            measures=measures,
            events=events,
            exposure=exposure,
            discovery=encoder.discovery(rows.table, places),
            cluster=encoder.cluster(rows.table),
        )

    @cached_property
    def counts(self) -> Counts:
        """What is counted over all instances."""
        if self.held is not None:
            return self.held.counts(self.encodings, self.target)
        exposed = self.exposure > 0
        return Counts(
            exposed=int(exposed.sum()),
            discovery=int(self.discovery.sum()),
            events=bool(self.events.any()),
            only_events=bool((self.events[exposed] == self.exposure[exposed]).all()),
            labels=labels_of(self.benchmark.outcome),
            support=_Support(self.codes, self.encodings),
        )

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
        lookups = {
            name: encoding.lookup(encodings[name])
            for name, encoding in self.encodings.items()
            if encodings[name] != encoding
        }
        return replace(
            self,
            encodings=encodings,
            codes=Codes(self.codes, slice(None), lookups),
            held=self.held and self.held.recoded(lookups),
        )

    def refined(self, conditions: Sequence[Condition]) -> Study:
        """Return the study with codes fine enough for the given conditions."""
        encodings = {
            name: encoding.refined([each for each in conditions if each.feature == name])
            for name, encoding in self.encodings.items()
        }
        finer = {
            name: encoding
            for name, encoding in encodings.items()
            if encoding != self.encodings[name]
        }
        codes = {name: each.encode(self.benchmark.table[name]) for name, each in finer.items()}
        return replace(
            self,
            encodings=encodings,
            # nobody writes to it
            codes=ChainMap(codes, self.codes),  # type: ignore[arg-type]
            held=self.held and self.held.refined(finer),
        )

    def halves(self) -> tuple[Part, Part]:
        """Return the discovery and the confirmation half with all measures."""
        return self._half(0), self._half(1)

    def searched_halves(self) -> tuple[Part, Part]:
        """Return the same halves with the target's measures only."""
        return self._half(0, narrow=True), self._half(1, narrow=True)

    def exposed_halves(self) -> tuple[Part, Part]:
        """Return what a search sees of them: the instances on which the target is defined."""
        return (
            self._half(0, narrow=True, exposed=True),
            self._half(1, narrow=True, exposed=True),
        )

    def everything(self) -> Part:
        """Return all looked-at instances on which the target is defined, with its measures only."""
        return self._part(np.flatnonzero(self.exposure), self._narrow())

    def _half(self, half: int, *, narrow: bool = False, exposed: bool = False) -> Part:
        if self.held is not None:
            view = View(
                target=self.target, half=half, narrow=narrow, exposed=exposed, loss=self._loss()
            )
            return self.held.part(view)
        exposed = exposed and not (self.exposure > 0).all()
        which = half, narrow, exposed
        if which not in self._parts:  # what was taken of the codes serves whoever looks next
            inside = self.discovery if half == 0 else ~self.discovery
            rows = np.flatnonzero(inside & (self.exposure > 0) if exposed else inside)
            self._parts[which] = self._part(rows, self._narrow() if narrow else self.measures)
        return self._parts[which]

    def _narrow(self) -> Measures:
        return narrowed(self.measures, self._loss())

    def _loss(self) -> str | None:
        return self.target.loss if isinstance(self.target, Mean) else None

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
        undefined = np.full(len(self.events), np.nan)
        return np.divide(self.events / scale, exposure, out=undefined, where=exposure > 0)
