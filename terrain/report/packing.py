"""Pieces of data as the page carries them: gzip in base64, inflated when they are looked at."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.engines.threads import each, each_ahead
from terrain.report.cells import column_values
from terrain.report.codes import code_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.report.instances import Instances

GROUP = 4096
"""Rows that are compressed together, and inflated together when one of them is looked at."""

MANY = 30_000
"""Rows past which the last tenth of size is not worth eight times the time."""


@dataclass(frozen=True)
class Block:
    """A piece of data in the page, or beside it: gzip in base64, under an element's id."""

    name: str
    text: str


def index_blocks(instances: Instances, indexed: np.ndarray) -> list[Block]:
    """Return what codes stand for, and losses, weights and codes of the indexed rows."""
    loss = instances.loss
    if is_binary(loss):
        values = {"loss": np.where(np.isnan(loss), 255, loss).astype(np.uint8)}
    else:
        values = {"loss": loss.astype("<f4")}
    if instances.weight is not None:
        values["weight"] = instances.weight.astype("<f4")
    if instances.outcomes is not None:
        values["outcome"] = instances.outcomes.codes
    values |= {f"codes-{number}": held for number, held in enumerate(instances.codes.values())}

    def packed(name: str) -> Block:
        taken = values[name].take(indexed)
        little = taken.astype(taken.dtype.newbyteorder("<"), copy=False)
        # codes are as good as drawn at random: what repeats is one value, not a pattern
        return pack(name, little.tobytes(), 1, zlib.Z_RLE)

    blocks = [pack("words", words_of(instances), 6)] if instances.encodings else []
    return blocks + each(packed, values)


def words_of(instances: Instances) -> bytes:
    """Return the words of every feature's codes as JSON."""
    return msgspec.json.encode(
        [code_words(instances.encodings[feature]) for feature in instances.codes]
    )


def place_blocks(instances: Instances, indexed: np.ndarray, carried: np.ndarray) -> list[Block]:
    """Return the numbers of the carried rows, and where they stand among the indexed ones."""
    parts = [("numbers", carried)]
    if len(carried) < len(indexed):
        place = np.empty(len(instances.loss), dtype=np.int64)
        place[indexed] = np.arange(len(indexed))
        parts.append(("places", place[carried]))
    return [pack(name, rows.astype("<u4").tobytes(), level(len(rows))) for name, rows in parts]


def row_blocks(instances: Instances, carried: np.ndarray) -> Iterator[Block]:
    """Return the values of the carried rows, group by group."""
    effort = level(len(carried))

    def packed(start: int) -> Block:
        rows = carried[start : start + GROUP]
        return pack(f"rows-{start // GROUP}", row_group(instances, rows), effort)

    return each_ahead(packed, range(0, len(carried), GROUP))


def row_group(instances: Instances, rows: np.ndarray) -> bytes:
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


def is_binary(loss: np.ndarray) -> bool:
    """Whether each instance is right (0) or wrong (1), or undefined (NaN)."""
    return bool(((loss == 0) | (loss == 1) | np.isnan(loss)).all())


def level(rows: int) -> int:
    """Return how hard the values of so many rows are compressed."""
    return 6 if rows <= MANY else 1


def pack(name: str, content: bytes, effort: int, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> Block:
    """Return a block; the same content gives the same text."""
    # 31: a gzip header without a time
    packer = zlib.compressobj(effort, zlib.DEFLATED, 31, 8, strategy)
    packed = packer.compress(content) + packer.flush()
    return Block(name, base64.b64encode(packed).decode("ascii"))
