"""Encoded instances: what every count is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from terrain.engines.memory import Memory
from terrain.statistics.measures import Measures, take_measures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terrain.data.features import Selection
    from terrain.statistics.metrics import Indicator

State = TypeVar("State")

BATCH = 250_000
"""Instances in a batch: large enough that two threads gain, small enough to stay in cache."""


OUTCOMES = 3
"""What may become of an instance, see `Batch.outcome`."""


class Target(Protocol):
    """What a search looks at: it gives each instance events and exposure."""

    def per_instance(self, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
        """Return the (n,) events and (n,) exposure, whole numbers as float64."""
        ...

    def outcome(self, measures: Measures) -> np.ndarray | None:
        """Return what became of each instance, see `Batch.outcome`; None where that takes sums."""
        ...


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some instances.

    Attributes
    ----------
    codes
        (n,) code of each instance on each feature.
    measures
        What is summed.
    target
        What is searched.
    cluster
        (n,) int64 index of the group that each instance belongs to; None without groups.
    """

    codes: Mapping[str, np.ndarray]
    measures: Measures
    target: Target
    cluster: np.ndarray | None

    def __len__(self) -> int:
        """Return the number of instances."""
        return len(self.measures)

    @property
    def events(self) -> np.ndarray:
        """The (n,) events of the target, whole numbers as float64."""
        return self._sums[0]

    @property
    def exposure(self) -> np.ndarray:
        """The (n,) exposure of the target, whole numbers as float64."""
        return self._sums[1]

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        return sums_of(self.target, self.measures)

    @cached_property
    def outcome(self) -> np.ndarray | None:
        """What became of each instance, where events are 0/1; None for losses and weights.

        (n,) uint8: 1 for an event, 0 for exposure without one, 2 for no exposure.
        """
        kinds = self.measures.kinds
        if kinds is None:
            return _outcome(self.target, self.measures)
        known = _outcome(self.target, kinds.examples)
        return None if known is None else known.take(kinds.code)

    def totals(self) -> tuple[float, float]:
        """Return the events and the exposure of all instances together."""
        if self.outcome is None:
            return float(self.events.sum()), float(self.exposure.sum())
        none, events, _ = np.bincount(self.outcome, minlength=OUTCOMES).tolist()
        return float(events), float(none + events)

    def mask(self, selection: Selection) -> np.ndarray:
        """Return which instances satisfy every condition, as (n,) bool."""
        return satisfying(self.codes, selection, len(self))


def sums_of(target: Target, measures: Measures) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n,) events and exposure of a target, whole numbers as float64."""
    kinds = measures.kinds
    if kinds is None:
        return target.per_instance(measures)
    events, exposure = target.per_instance(kinds.examples)
    return events.take(kinds.code), exposure.take(kinds.code)


def _outcome(target: Target, measures: Measures) -> np.ndarray | None:
    known = target.outcome(measures)
    if known is not None:
        return known
    events, exposure = target.per_instance(measures)
    exposed, happened = exposure == 1, events == 1
    known = (exposed | (exposure == 0)) & (happened | (events == 0))
    if not (known & (exposed | ~happened)).all():
        return None
    return np.where(exposed, happened, np.uint8(2))


def satisfying(codes: Mapping[str, np.ndarray], selection: Selection, n: int) -> np.ndarray:
    """Return which of n instances, whose codes are given, satisfy every condition; (n,) bool."""
    held = np.ones(n, dtype=bool)
    for feature, allowed in selection:
        own = codes[feature]
        if allowed and len(allowed) == max(allowed) - min(allowed) + 1:
            # neighbours: two comparisons take a tenth of a lookup's time
            held &= (own >= min(allowed)) & (own <= max(allowed))
            continue
        lookup = np.zeros(np.iinfo(own.dtype).max + 1, dtype=bool)
        lookup[list(allowed)] = True
        held &= lookup.take(own)
    return held


class Codes(Mapping[str, np.ndarray]):
    """The codes of some instances by feature, taken and looked up when they are asked for.

    Parameters
    ----------
    held
        By feature, (n,) codes.
    rows
        Which of the n instances these are.
    lookups
        By feature, the code that stands for each of the held codes; others stand for themselves.
    """

    def __init__(
        self,
        held: Mapping[str, np.ndarray],
        rows: np.ndarray | slice,
        lookups: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> None:
        self._held = held
        self._rows = rows
        self._lookups = lookups
        self._known: dict[str, np.ndarray] = {}

    def __getitem__(self, feature: str) -> np.ndarray:
        """Return the (m,) codes of a feature."""
        if feature not in self._known:
            codes = self._held[feature][self._rows]
            lookup = self._lookups.get(feature)
            self._known[feature] = codes if lookup is None else lookup.take(codes)
        return self._known[feature]

    def __iter__(self) -> Iterator[str]:
        """Return the features."""
        return iter(self._held)

    def __len__(self) -> int:
        """Return how many features there are."""
        return len(self._held)


class Part(Protocol):
    """The instances of one part (discovery or confirmation), wherever they lie."""

    def map(self, step: Callable[[Batch], State]) -> list[State]:
        """Return the state of each batch, in the order of the batches."""
        ...

    def reduce(
        self, step: Callable[[Batch], State], merge: Callable[[State, State], State]
    ) -> State:
        """Return the merged states of all batches."""
        ...


def part_of(
    rows: np.ndarray,
    codes: Mapping[str, np.ndarray],
    measures: Measures,
    target: Indicator,
    cluster: np.ndarray | None,
) -> Part:
    """Return the given rows as a part.

    Parameters
    ----------
    rows
        (m,) ascending row numbers.
    codes, measures, cluster
        Of all (n,) instances.
    target
        The metric that is searched.
    """
    batches = []
    for start in range(0, max(len(rows), 1), BATCH):
        chosen = rows[start : start + BATCH]
        batches.append(
            Batch(
                codes=Codes(codes, chosen),
                measures=take_measures(measures, chosen),
                target=target,
                cluster=None if cluster is None else cluster[chosen],
            )
        )
    return Memory(batches)
