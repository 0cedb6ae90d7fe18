"""Carry instances inside the page: as many rows as the budget allows, compressed, by need."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from terrain.report.cells import column_values, shown_as
from terrain.report.codes import code_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from terrain.data.features import Encoding
    from terrain.statistics.outcomes import Outcomes

GROUP = 4096
"""Rows that are compressed together, and inflated together when one of them is looked at."""

MANY = 200_000
"""Rows past which speed counts for more than the last tenth of size."""

Tier = Literal["all", "index", "sample"]
"""All rows; codes of all rows and some rows; some rows and their codes."""


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


@dataclass(frozen=True)
class Block:
    """A piece of data in the page: gzip in base64, under an element id."""

    name: str
    text: str


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


def embed(instances: Instances, *, max_bytes: int, seed: int) -> Embedded:
    """Return what of `instances` fits into `max_bytes`.

    All rows if they fit. Else, for each leaf and each finding, the worst rows and a seeded sample
    of the others, with the codes of *all* rows as long as these take at most half the budget.
    Rows are ordered by leaf and, inside a leaf, worst first, so that what is looked at together
    is stored together.
    """
    order = worst_first(instances)
    share = _bytes_per_row(instances, order)
    if share * len(order) <= max_bytes:
        everything = _pack("all", instances, order, order)
        if everything.size <= max_bytes:
            return everything
    index = _index_blocks(instances, order, order)
    roomy = 2 * sum(len(block.text) for block in index) <= max_bytes
    spare = max_bytes - (sum(len(block.text) for block in index) if roomy else 0)
    capacity = int(spare / share)
    while True:
        chosen = _chosen(instances, order, capacity, seed)
        some = _pack("index" if roomy else "sample", instances, order if roomy else chosen, chosen)
        if some.size <= max_bytes or len(chosen) <= 1:
            return some
        capacity = min(capacity, len(chosen)) * 3 // 4


def worst_first(instances: Instances) -> np.ndarray:
    """Return (n,) row numbers by leaf, then worst first, see `by_badness`."""
    order = by_badness(instances)
    return order[np.argsort(instances.leaf[order], kind="stable")]


def by_badness(instances: Instances) -> np.ndarray:
    """Return (n,) row numbers by loss, then by `surety`, worst first; undefined losses last."""
    badness = np.where(np.isnan(instances.loss), np.inf, -instances.loss)
    return np.lexsort((-surety(instances), badness))


def surety(instances: Instances) -> np.ndarray:
    """Return (n,) uint16 as int64, larger for surer wrong predictions; 0 for all others.

    Only a loss of 0 or 1 needs it: real-valued ones tell rows apart by themselves.
    """
    found = np.zeros(len(instances.loss), np.int64)
    if instances.confidence is None or not _is_binary(instances.loss):
        return found
    wrong = np.flatnonzero((instances.loss == 1) & ~np.isnan(instances.confidence))
    values, rank = np.unique(instances.confidence[wrong], return_inverse=True)
    most = np.iinfo(np.uint16).max
    found[wrong] = 1 + (rank if len(values) < most else rank * (most - 1) // len(values))
    return found


def selected(instances: Instances, finding: str) -> np.ndarray:
    """Return (n,) bool: the rows that a finding's conjunction selects."""
    inside = np.ones(len(instances.loss), dtype=bool)
    for feature, allowed in instances.selections[finding]:
        codes = instances.codes[feature]
        wanted = np.zeros(int(np.iinfo(codes.dtype).max) + 1, dtype=bool)
        wanted[list(allowed)] = True
        inside &= wanted[codes]
    return inside


def _chosen(instances: Instances, order: np.ndarray, capacity: int, seed: int) -> np.ndarray:
    """Return at most `capacity` rows of `order`: of each pool its worst and a random sample."""
    random = np.random.default_rng(seed)
    pools = list(_pools(instances, order))
    quota = max(1, capacity // (3 * len(pools)))
    kept = np.zeros(len(order), dtype=bool)
    place = np.empty(len(instances.loss), np.int64)
    place[by_badness(instances)] = np.arange(len(place))
    for pool in pools:
        worst = np.argsort(place[order[pool]])
        kept[pool[worst[: 2 * quota]]] = True
        others = pool[worst[2 * quota :]]
        kept[random.choice(others, min(quota, len(others)), replace=False)] = True
    return order[np.flatnonzero(kept)[: max(1, capacity)]]


def _pools(instances: Instances, order: np.ndarray) -> Iterator[np.ndarray]:
    """Yield positions in `order`: of each leaf, and of each finding."""
    leaf = instances.leaf[order]
    for value in np.unique(leaf):
        yield np.flatnonzero(leaf == value)
    for finding in instances.selections:
        yield np.flatnonzero(selected(instances, finding)[order])


def _pack(tier: Tier, instances: Instances, indexed: np.ndarray, carried: np.ndarray) -> Embedded:
    blocks = _index_blocks(instances, indexed, carried)
    level = _level(len(carried))
    for number, start in enumerate(range(0, len(carried), GROUP)):
        rows = _row_group(instances, carried[start : start + GROUP])
        blocks.append(_block(f"rows-{number}", rows, level))
    return Embedded(
        tier=tier,
        total=len(instances.loss),
        carried=len(carried),
        index=_index(instances, len(indexed), len(carried)),
        blocks=tuple(blocks),
    )


def _index(instances: Instances, indexed: int, carried: int) -> dict[str, Any]:
    """Return what the page's script reads first; columns and features go by their index."""
    features = list(instances.codes)
    return {
        "total": len(instances.loss),
        "indexed": indexed,
        "carried": carried,
        "group": GROUP,
        "binary": _is_binary(instances.loss),
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
        "sure": instances.confidence is not None and _is_binary(instances.loss),
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


def _index_blocks(instances: Instances, indexed: np.ndarray, carried: np.ndarray) -> list[Block]:
    """Return codes, losses, weights of the indexed rows, and which of these are carried."""
    level = _level(len(indexed))
    loss = instances.loss[indexed]
    packed = (
        np.where(np.isnan(loss), 255, loss).astype(np.uint8)
        if _is_binary(instances.loss)
        else loss.astype("<f4")
    )
    blocks = [
        _block("loss", packed.tobytes(), level),
        _block("numbers", carried.astype("<u4").tobytes(), level),
    ]
    if instances.confidence is not None and _is_binary(instances.loss):
        blocks.append(_block("sure", surety(instances)[indexed].astype("<u2").tobytes(), level))
    if instances.outcomes is not None:
        codes = instances.outcomes.codes[indexed]
        little = codes.astype(codes.dtype.newbyteorder("<"))
        blocks.append(_block("outcome", little.tobytes(), level))
    if instances.encodings:
        words = [code_words(instances.encodings[feature]) for feature in instances.codes]
        blocks.append(_block("words", msgspec.json.encode(words), level))
    if instances.weight is not None:
        weight = instances.weight[indexed].astype("<f4")
        blocks.append(_block("weight", weight.tobytes(), level))
    if len(carried) < len(indexed):
        place = np.empty(len(instances.loss), dtype="<u4")
        place[indexed] = np.arange(len(indexed))
        blocks.append(_block("places", place[carried].tobytes(), level))
    for number, codes in enumerate(instances.codes.values()):
        little = codes[indexed].astype(codes.dtype.newbyteorder("<"))
        blocks.append(_block(f"codes-{number}", little.tobytes(), level))
    return blocks


def _row_group(instances: Instances, rows: np.ndarray) -> bytes:
    """Return the values of `rows` as JSON, column by column.

    Record and line are stored as differences, which are nearly constant and compress to nothing.
    """
    taken = instances.table.take(rows)
    return msgspec.json.encode(
        {
            "columns": [column_values(column) for column in taken.itercolumns()],
            "source": instances.source[rows].tolist(),
            "record": (instances.record[rows] - rows).tolist(),
            "line": (instances.line[rows] - instances.record[rows]).tolist(),
        }
    )


def _bytes_per_row(instances: Instances, order: np.ndarray) -> float:
    """Return an estimate of a row's size in the page, from up to four row groups."""
    starts = np.unique(np.linspace(0, max(0, len(order) - GROUP), 4).astype(int))
    groups = [order[start : start + GROUP] for start in starts]
    sizes = [len(_block("", _row_group(instances, rows), 6).text) for rows in groups]
    return max(1.0, sum(sizes) / max(1, sum(map(len, groups))))


def _is_binary(loss: np.ndarray) -> bool:
    return bool(np.isin(loss[~np.isnan(loss)], (0.0, 1.0)).all())


def _level(rows: int) -> int:
    return 6 if rows <= MANY else 1


def _block(name: str, content: bytes, level: int) -> Block:
    # 31: a gzip header without a time, so the same rows give the same bytes
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    packed = packer.compress(content) + packer.flush()
    return Block(name, base64.b64encode(packed).decode("ascii"))
