"""Carry instances inside the page: as many rows as the budget allows, compressed, by need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from terrain.engines.threads import each
from terrain.report.cells import shown_as
from terrain.report.packing import (
    GROUP,
    Block,
    index_blocks,
    is_binary,
    level,
    pack,
    place_blocks,
    row_blocks,
    row_group,
)
from terrain.statistics.batch import satisfying

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from terrain.data.features import Encoding
    from terrain.statistics.outcomes import Outcomes

LOOKED_AT = 1024
"""Rows of each of the four parts from which the size of a row is estimated."""

ROOM = 7 / 8
"""What the codes of all rows may take of the bytes that the page has for rows."""

ROWS = 0.9
"""What rows may be thought to take of a page that is not drawn yet."""

FEW = 1 << 16
"""Rows whose codes tell about how many bytes those of all take."""

Tier = Literal["all", "index", "sample", "beside"]
"""All rows; codes of all rows and some rows; some rows and their codes; all, beside the page."""


@dataclass(frozen=True)
class Instances:
    """The instances of a benchmark, n rows in file order.

    Attributes
    ----------
    table
        The columns to show; strings may be dictionary-encoded.
    marked
        Column -> role: label, prediction, score, id, group, weight, sensitive, feature, raw,
        error.
    loss
        (n,) float64, the target's contribution of each row; NaN where undefined.
    leaf
        (n,) int32, the row's leaf, counted in the tree's depth-first order.
    codes
        (n,) uint8 or uint16 by searched or sensitive feature.
    selections
        By finding id: the conjunction of (feature, allowed codes) that selects its rows.
    source, record, line
        (n,) index of the row's file, 0-based record in it, 1-based line (0 = has no lines).
    stretches
        By feature, the most telling first: words and codes of what its profile tells apart.
    weight
        (n,) float64; None where every row counts as one.
    encodings
        By feature: what its codes stand for.
    confidence
        (n,) float64, how sure the model was of what it predicted; of two rows with one loss the
        surer is the worse. NaN where unknown; None where there are no scores.
    total
        Instances of the whole benchmark, where these are only some; None: these are all.
    outcomes
        What became of each row, and which rates that counts in; None for other tasks.
    """

    table: pa.Table
    marked: dict[str, str]
    loss: np.ndarray
    leaf: np.ndarray
    codes: dict[str, np.ndarray]
    selections: dict[str, tuple[tuple[str, tuple[int, ...]], ...]]
    source: np.ndarray
    record: np.ndarray
    line: np.ndarray
    stretches: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = field(default_factory=dict)
    weight: np.ndarray | None = None
    encodings: Mapping[str, Encoding] = field(default_factory=dict)
    confidence: np.ndarray | None = None
    outcomes: Outcomes | None = None
    total: int | None = None

    @property
    def whole(self) -> int:
        """How many instances the benchmark has."""
        return len(self.loss) if self.total is None else self.total


@dataclass(frozen=True)
class Embedded:
    """What the page carries: a small index read at once, and blocks inflated when needed.

    `media` are copies of images, each a data address; `linked` tells that images lie beside it.
    """

    tier: Tier
    total: int
    carried: int
    index: dict[str, Any]
    blocks: tuple[Block, ...]
    media: tuple[Block, ...] = ()
    linked: bool = False

    @property
    def size(self) -> int:
        """Return the bytes that the blocks take in the page."""
        return sum(len(block.text) for block in self.blocks)

    def with_rows(self, rows: Embedded) -> Embedded:
        """Return this with the tier and the blocks of `rows`, which are of the same instances."""
        counts = {name: rows.index[name] for name in ("indexed", "carried")}
        return replace(
            self,
            tier=rows.tier,
            carried=rows.carried,
            index=self.index | counts,
            blocks=rows.blocks,
        )


def outline(instances: Instances) -> Embedded:
    """Return what the page carries of instances whose rows lie elsewhere: the index alone."""
    n = len(instances.loss)
    index = _index(instances, n, n)
    return Embedded(tier="beside", total=instances.whole, carried=n, index=index, blocks=())


def all_blocks(instances: Instances) -> Iterator[Block]:
    """Yield every block of all rows, as a page finds them beside itself."""
    order = worst_first(instances)
    yield from index_blocks(instances, order)
    yield from place_blocks(instances, order, order)
    yield from row_blocks(instances, order)


class Prepared(NamedTuple):
    """What can be made of instances before the room for them is known.

    Attributes
    ----------
    order
        (n,) row numbers, worst first.
    share
        About how many bytes a row takes.
    packed
        The order in which codes take the least room; None where rows may all fit.
    taken
        About how many bytes they then take.
    codes
        They in this order; None where they seem to take too much.
    """

    order: np.ndarray
    share: float
    packed: np.ndarray | None = None
    taken: float = 0.0
    codes: list[Block] | None = None


def prepared(instances: Instances, max_bytes: int) -> Prepared:
    """Return what takes long: most of it is no work for the interpreter, which may draw meanwhile.

    `max_bytes` is what the whole page may take.
    """
    order = worst_first(instances)
    share = _bytes_per_row(instances, order)
    if share * len(order) <= max_bytes:
        return Prepared(order, share)
    packed = packed_order(instances)
    taken = _bytes_of_codes(instances, packed)
    fits = taken <= ROOM * ROWS * max_bytes
    return Prepared(order, share, packed, taken, index_blocks(instances, packed) if fits else None)


def embed(
    instances: Instances, made: Prepared | None = None, *, max_bytes: int, seed: int
) -> Embedded:
    """Return what of `instances` fits into `max_bytes`.

    All rows if they fit. Else, for each leaf and each finding, the worst rows and a seeded sample
    of the others, with the codes of *all* rows if these leave room for some rows.
    Rows are ordered worst first, so that what a reader looks at first is stored together.
    """
    order, share, packed, taken, codes = made or prepared(instances, max_bytes)
    partial = len(order) < instances.whole
    if share * len(order) <= max_bytes:
        everything = _pack(
            "sample" if partial else "all",
            instances,
            order,
            order,
            index_blocks(instances, order),
        )
        if everything.size <= max_bytes:
            return everything
    if packed is None:
        packed = packed_order(instances)
        taken = _bytes_of_codes(instances, packed)
    most = 0.0 if partial else ROOM * max_bytes
    if codes is None and taken <= most:
        codes = index_blocks(instances, packed)
    codes = codes if codes and _bytes_of(codes) <= most else None
    capacity = int((max_bytes - _bytes_of(codes or ())) / share)
    while True:
        chosen = _chosen(instances, order, capacity, seed)
        if codes is not None and len(chosen) < len(order):
            some = _pack("index", instances, packed, chosen, codes)
        else:
            some = _pack("sample", instances, chosen, chosen, index_blocks(instances, chosen))
        if some.size <= max_bytes or len(chosen) <= 1:
            return some
        capacity = min(capacity, len(chosen)) * 3 // 4


def _bytes_of(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def worst_first(instances: Instances) -> np.ndarray:
    """Return (n,) row numbers by loss, then by `surety`, worst first; undefined losses last.

    Of rows that are equally bad those of one leaf stand together.
    """
    loss, sure = instances.loss, surety(instances)
    badness = np.where(np.isnan(loss), np.inf, -loss)
    if is_binary(loss):
        badness = np.where(np.isnan(loss), 2, 1 - loss).astype(np.uint8)
    # numbers of two bytes or less are sorted by counting them
    leaf = instances.leaf.astype(np.min_scalar_type(int(instances.leaf.max(initial=0))))
    return np.lexsort([leaf, *([-sure] if sure.any() else []), badness])


def surety(instances: Instances) -> np.ndarray:
    """Return (n,) how sure the model was of its wrong predictions; 0 for all others.

    Only a loss of 0 or 1 needs it: real-valued ones tell rows apart by themselves.
    """
    if instances.confidence is None or not is_binary(instances.loss):
        return np.zeros(len(instances.loss))
    known = (instances.loss == 1) & ~np.isnan(instances.confidence)
    return np.where(known, 1 + instances.confidence, 0.0)


def packed_order(instances: Instances) -> np.ndarray:
    """Return (n,) row numbers in an order in which the codes take the least room.

    Sorted by as many features as two bytes can tell apart, those with the fewest codes first:
    these become long runs, which take nothing. A row's place is kept with the rows, so any order
    will do; numbers of two bytes are sorted by counting them.
    """
    key, different = np.zeros(len(instances.loss), np.uint16), 1
    for codes in sorted(instances.codes.values(), key=lambda codes: int(codes.max())):
        size = int(codes.max()) + 1
        if different * size > np.iinfo(np.uint16).max:
            break
        key, different = key * np.uint16(size) + codes.astype(np.uint16), different * size
    return np.argsort(key, kind="stable")


def selected(instances: Instances, finding: str) -> np.ndarray:
    """Return (n,) bool: the rows that a finding's conjunction selects."""
    return satisfying(instances.codes, instances.selections[finding], len(instances.loss))


def _chosen(instances: Instances, order: np.ndarray, capacity: int, seed: int) -> np.ndarray:
    """Return at most `capacity` rows of `order`: of each pool its worst and a random sample."""
    pools = _pools(instances, order)
    quota = max(1, capacity // (3 * len(pools)))
    kept = _drawn(pools, quota, len(order), seed)
    while quota < len(order):  # pools overlap, so there may be room for more of each
        quota += 1 + quota // 4
        more = _drawn(pools, quota, len(order), seed)
        if np.count_nonzero(more) > capacity:
            break
        kept = more
    return order[np.flatnonzero(kept)[: max(1, capacity)]]


def _drawn(pools: list[np.ndarray], quota: int, n: int, seed: int) -> np.ndarray:
    """Return (n,) bool: of each pool the first rows, and half as many of the others at random."""
    random = np.random.default_rng(seed)
    kept = np.zeros(n, dtype=bool)
    for pool in pools:
        kept[pool[: 2 * quota]] = True
        others = pool[2 * quota :]
        kept[random.choice(others, min(quota, len(others)), replace=False, shuffle=False)] = True
    return kept


def _pools(instances: Instances, order: np.ndarray) -> list[np.ndarray]:
    """Return positions in `order`, ascending: of each leaf, and of each finding."""
    leaf = instances.leaf.take(order)
    leaves = [np.flatnonzero(leaf == value) for value in np.unique(instances.leaf)]

    def pool(finding: str) -> np.ndarray:
        return np.flatnonzero(selected(instances, finding).take(order))

    return leaves + each(pool, instances.selections)


def _pack(
    tier: Tier,
    instances: Instances,
    indexed: np.ndarray,
    carried: np.ndarray,
    codes: list[Block],
) -> Embedded:
    places = place_blocks(instances, indexed, carried)
    return Embedded(
        tier=tier,
        total=instances.whole,
        carried=len(carried),
        index=_index(instances, len(indexed), len(carried)),
        blocks=(*codes, *places, *row_blocks(instances, carried)),
    )


def _index(instances: Instances, indexed: int, carried: int) -> dict[str, Any]:
    """Return what the page's script reads first; columns and features go by their index."""
    features = list(instances.codes)
    return {
        "total": instances.whole,
        "indexed": indexed,
        "carried": carried,
        "group": GROUP,
        "binary": is_binary(instances.loss),
        "signed": bool((instances.loss < 0).any()),
        "columns": [
            {
                "name": name,
                "role": instances.marked.get(name, ""),
                "kind": shown_as(instances.table.schema.field(name).type),
            }
            for name in instances.table.column_names
        ],
        "widths": [codes.dtype.itemsize for codes in instances.codes.values()],
        "coded": [_coded(instances, feature) for feature in features],
        "weighted": instances.weight is not None,
        "outcome": instances.outcomes
        and {
            "width": instances.outcomes.codes.dtype.itemsize,
            "rates": instances.outcomes.rates,
        },
        "features": [
            {"name": feature, "codes": features.index(feature), "stretches": stretches}
            for feature, stretches in instances.stretches.items()
        ],
        "selections": {
            finding: [[features.index(feature), list(allowed)] for feature, allowed in parts]
            for finding, parts in instances.selections.items()
        },
    }


def _coded(instances: Instances, feature: str) -> dict[str, Any]:
    """Return a feature's column (-1: not shown), its missing code, and if its codes ascend."""
    names, encoding = instances.table.column_names, instances.encodings.get(feature)
    return {
        "column": names.index(feature) if feature in names else -1,
        "missing": encoding.missing_code if encoding else -1,
        "ordered": bool(encoding and encoding.ordered),
    }


def _bytes_per_row(instances: Instances, order: np.ndarray) -> float:
    """Return an estimate of a row's size in the page, from up to four parts of them."""
    starts = np.unique(np.linspace(0, max(0, len(order) - LOOKED_AT), 4).astype(int))
    parts = [order[start : start + LOOKED_AT] for start in starts]
    effort = level(len(order))
    sizes = [len(pack("", row_group(instances, rows), effort).text) for rows in parts]
    return max(1.0, sum(sizes) / max(1, sum(map(len, parts))))


def _bytes_of_codes(instances: Instances, packed: np.ndarray) -> float:
    """Return an estimate of what the codes of all rows take in the page; of few rows the truth."""
    step = max(1, len(packed) // FEW)
    return step * float(_bytes_of(index_blocks(instances, packed[::step])))
