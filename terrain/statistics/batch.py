"""Encoded instances: what every count is made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from operator import add
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from terrain.engines.memory import Memory
from terrain.statistics.measures import Layout, Measures, take_measures
from terrain.statistics.tally import Tally, count, tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from terrain.data.features import Selection
    from terrain.statistics.metrics import Indicator

State = TypeVar("State")

BATCH = 250_000
"""Instances in a batch: large enough that two threads gain, small enough to stay in cache."""


OUTCOMES = 3
"""What may become of an instance, see `Batch.outcome`."""

MOST_BITMAPS = 16
"""Kinds of instances up to which each is a bitmap: more cost more than counting their codes."""


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


def tally_partition(part: Part, assign: Callable[[Batch], np.ndarray], regions: int) -> list[Tally]:
    """Return the tallies of disjoint regions.

    Parameters
    ----------
    part
        Instances.
    assign
        Gives each instance of a batch its region, below `regions`.
    regions
        How many regions.
    """
    sums = part.reduce(partial(_count_partition, assign=assign, regions=regions), np.add)
    return tallies(layout_of(part), sums)


def _count_partition(
    batch: Batch, assign: Callable[[Batch], np.ndarray], regions: int
) -> np.ndarray:
    return count(batch.measures, assign(batch), regions)


def tally_codes(part: Part, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return for each feature, of so many codes, the (codes, s) sums of each code's instances."""
    return part.reduce(partial(_count_codes, sizes=sizes), _added)


def _count_codes(batch: Batch, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    return {name: count(batch.measures, batch.codes[name], size) for name, size in sizes.items()}


def _added(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: sums + other[name] for name, sums in one.items()}


def tally_selections(part: Part, selections: Sequence[Selection]) -> list[tuple[Tally, Tally]]:
    """Return for each region the tally of its complement and its own; regions may overlap."""
    if not selections:
        return []
    sums = part.reduce(partial(_count_selections, selections=selections), np.add)
    layout = layout_of(part)
    return [(Tally(layout, outside), Tally(layout, within)) for outside, within in sums]


def _count_selections(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    """Return (k, 2, s) sums outside and inside; the few rows inside are counted, not the others."""
    sums = _sums_inside(batch, selections)
    whole = count(batch.measures, np.zeros(len(batch), np.int64), 1)
    return np.stack([whole - sums, sums], axis=1)


def _sums_inside(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    """Return the (k, s) sums of the instances inside each region."""
    kinds = batch.measures.kinds
    if kinds is None:
        rows = [np.flatnonzero(batch.mask(selection)) for selection in selections]
        taken = [take_measures(batch.measures, own) for own in rows]
        return np.concatenate([count(each, np.zeros(len(each), np.int64), 1) for each in taken])
    if len(kinds.sums) > MOST_BITMAPS:
        codes = [kinds.code[batch.mask(selection)] for selection in selections]
        found = [np.bincount(each, minlength=len(kinds.sums)) for each in codes]
        return np.stack(found) @ kinds.sums
    kind = _packed([kinds.code == place for place in range(len(kinds.sums))])
    members = memberships(batch, selections)
    return np.bitwise_count(members[:, None] & kind).sum(axis=2, dtype=np.int64) @ kinds.sums


def overlaps(part: Part, selections: Sequence[Selection]) -> np.ndarray:
    """Return how many instances each two regions share, as (k, k) int64; the diagonal: support."""
    if not selections:
        return np.zeros((0, 0), np.int64)
    return part.reduce(partial(_count_overlaps, selections=selections), np.add)


def _count_overlaps(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    return _in_common(memberships(batch, selections))


def shared_sums(part: Part, selections: Sequence[Selection]) -> np.ndarray:
    """Return the events and the exposure that each two regions share, as (2, k, k) float64.

    Sums of whole numbers, so that no order of summation changes them.
    """
    return part.reduce(partial(_shared_sums, selections=selections), np.add)


def _shared_sums(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    if batch.outcome is None:
        masks = np.stack([batch.mask(selection) for selection in selections]).astype(float)
        return np.stack([(masks * each) @ masks.T for each in (batch.events, batch.exposure)])
    members = memberships(batch, selections)
    counted = _packed([batch.events > 0, batch.exposure > 0])
    return np.stack([_in_common(members & each) for each in counted]).astype(float)


def memberships(batch: Batch, selections: Sequence[Selection]) -> np.ndarray:
    """Return which instances lie in each region, as (k, n / 64) uint64, a bit for each instance.

    Regions that share conditions share the work: each condition is looked up once.
    """
    known: dict[Selection, np.ndarray] = {}

    def of(condition: Selection) -> np.ndarray:
        if condition not in known:
            known[condition] = _packed([batch.mask(condition)])[0]
        return known[condition]

    return np.stack(
        [reduce(np.bitwise_and, (of((each,)) for each in one), of(())) for one in selections]
    )


def _packed(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Return k masks of n instances as (k, n / 64) uint64, a bit for each instance."""
    words = np.zeros((len(masks), -(-len(masks[0]) // 64)), np.uint64)
    for row, mask in zip(words.view(np.uint8), masks, strict=True):
        packed = np.packbits(mask)
        row[: len(packed)] = packed
    return words


def _in_common(words: np.ndarray) -> np.ndarray:
    """Return the (k, k) number of bits that two memberships have in common."""
    return np.stack([np.bitwise_count(words & row).sum(axis=1, dtype=np.int64) for row in words])


def exact_sum(part: Part, values: Callable[[Batch], np.ndarray]) -> float:
    """Return the sum of numbers that are no whole ones, the same in whatever order they come.

    They are rounded to whole steps, as fine as a sum below 2**53 allows.

    Parameters
    ----------
    part
        Instances.
    values
        Gives the numbers of a batch, none of them negative.
    """
    largest, n = part.reduce(partial(_extent, values=values), _wider)
    if not n or not largest:
        return 0.0
    step = math.ldexp(1.0, math.frexp(largest)[1] + math.frexp(n)[1] - 53)
    return part.reduce(partial(_steps, values=values, step=step), add) * step


def _extent(batch: Batch, values: Callable[[Batch], np.ndarray]) -> tuple[float, int]:
    found = values(batch)
    return float(found.max(initial=0.0)), len(found)


def _wider(one: tuple[float, int], other: tuple[float, int]) -> tuple[float, int]:
    return max(one[0], other[0]), one[1] + other[1]


def _steps(batch: Batch, values: Callable[[Batch], np.ndarray], step: float) -> float:
    return float(np.rint(values(batch) / step).sum())


def jaccard(shared: np.ndarray) -> np.ndarray:
    """Return the Jaccard index of each two regions from `overlaps`; two empty regions have 1."""
    support = np.diag(shared)
    union = support[:, None] + support[None, :] - shared
    return np.divide(shared, union, out=np.ones(shared.shape), where=union > 0)


def layout_of(part: Part) -> Layout:
    """Return where each sum stands in the tallies of a part; one that knows it need not look."""
    known: Layout | None = getattr(part, "layout", None)
    if known is not None:
        return known
    return part.reduce(_layout_of_batch, _either)


def _layout_of_batch(batch: Batch) -> Layout:
    return batch.measures.layout


def _either(one: Layout, other: Layout) -> Layout:
    """Return a layout: all batches have the same."""
    del other
    return one
