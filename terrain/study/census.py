"""What has to be known of every row before a large table can be encoded piece by piece.

Roles and the rest are told by a look at a sample; but which levels there are, whether a value is
missing, which ranges hold one value only and how large losses are, all rows say. So they do of cut
points: see `terrain.study.quantiles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.data.arrow import in_order, levels_of, numbers_of
from terrain.data.deciding import Levels
from terrain.data.outcome import read_outcome
from terrain.data.recognition.carriers import MOST_LEVELS
from terrain.data.split import keys_of
from terrain.errors import UsageError
from terrain.statistics.measuring import sizes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from terrain.data.deciding import Decided
    from terrain.data.features import Encoding
    from terrain.data.pieces import Piece
    from terrain.data.recognition.roles import Roles
    from terrain.engines import Engine
    from terrain.statistics.measuring import Common, Real, Size


@dataclass(frozen=True, kw_only=True)
class Census:
    """What was seen in some rows; that of disjoint rows merges by ``|``.

    Attributes
    ----------
    levels
        By feature without order, its levels.
    missing
        Features of which a value is missing.
    spans
        By ordered feature that names single values, (2, codes) the smallest and the largest value
        of each code.
    outcome
        The levels of label and prediction.
    clusters
        Sorted keys of the groups of rows; empty where rows are independent.
    """

    levels: Mapping[str, frozenset[str]]
    missing: frozenset[str]
    spans: Mapping[str, np.ndarray]
    outcome: Levels
    clusters: np.ndarray

    def __or__(self, other: Census) -> Census:
        """Return what was seen in both."""
        return Census(
            levels={name: held | other.levels[name] for name, held in self.levels.items()},
            missing=self.missing | other.missing,
            spans={
                name: np.stack(
                    [
                        np.minimum(span[0], other.spans[name][0]),
                        np.maximum(span[1], other.spans[name][1]),
                    ]
                )
                for name, span in self.spans.items()
            },
            outcome=Levels(
                self.outcome.label | other.outcome.label,
                self.outcome.prediction | other.outcome.prediction,
            ),
            clusters=np.union1d(self.clusters, other.clusters),
        )

    def completed(self, encoding: Encoding) -> Encoding:
        """Return an encoding that was fitted to a sample with what all rows say.

        Raises
        ------
        UsageError
            It has more levels than conditions can be made of.
        """
        if encoding.ordered and not encoding.names_single:
            return encoding
        has_missing = encoding.feature in self.missing
        if not encoding.ordered:
            levels = in_order(self.levels[encoding.feature])
            if len(levels) > MOST_LEVELS:
                raise UsageError(
                    f"`{encoding.feature}` has {len(levels):,} levels, more than {MOST_LEVELS:,}, "
                    f"so no condition can be made of it: --exclude {encoding.feature}"
                )
            return msgspec.structs.replace(encoding, levels=levels, has_missing=has_missing)
        low, high = self.spans[encoding.feature]
        single = [
            float(least) if least == most and np.isfinite(least) else None
            for least, most in zip(low.tolist(), high.tolist(), strict=True)
        ]
        return msgspec.structs.replace(encoding, single=tuple(single), has_missing=has_missing)


def census_of(
    pieces: Engine[Piece], encodings: Mapping[str, Encoding], roles: Roles, decided: Decided
) -> Census:
    """Return what every row says; see `Census`."""
    # of the others, counting the cut points has told whether a value is missing
    asked = {
        name: each for name, each in encodings.items() if not each.ordered or each.names_single
    }
    step = partial(_seen, encodings=asked, roles=roles, decided=decided)
    return pieces.reduce(step, Census.__or__)


def sizes(
    pieces: Engine[Piece], roles: Roles, decided: Decided, common: Common
) -> dict[Real, Size]:
    """Return how large every real measure is in all rows; see `sizes_of`."""
    return pieces.reduce(partial(_sizes, roles=roles, decided=decided, common=common), _larger)


def _seen(
    piece: Piece, encodings: Mapping[str, Encoding], roles: Roles, decided: Decided
) -> Census:
    named = [name for name in (roles.label, decided.prediction, roles.group) if name is not None]
    table = piece.table(list(dict.fromkeys([*encodings, *named])))
    levels, spans, missing = {}, {}, set()
    for name, encoding in encodings.items():
        if encoding.ordered:
            numbers = numbers_of(table[name])
            absent = np.isnan(numbers)
            lacking = bool(absent.any())
            spans[name] = _spans(numbers[~absent], encoding)
        else:
            held, codes = levels_of(table[name])
            used = np.bincount(codes, minlength=len(held) + 1)
            levels[name] = frozenset(
                level for level, count in zip(held, used, strict=False) if count
            )
            lacking = bool(used[-1])
        if lacking:
            missing.add(name)
    return Census(
        levels=levels,
        missing=frozenset(missing),
        spans=spans,
        outcome=_outcome_levels(table, roles, decided),
        clusters=np.zeros(0, np.uint64) if roles.group is None else _keys(table, roles.group),
    )


def _keys(table: pa.Table, group: str) -> np.ndarray:
    return np.unique(keys_of(table[group]))


def _outcome_levels(table: pa.Table, roles: Roles, decided: Decided) -> Levels:
    if roles.label is None or not decided.classes:
        return Levels()
    label = frozenset(levels_of(table[roles.label])[0])
    if decided.prediction is None:
        return Levels(label)
    return Levels(label, frozenset(levels_of(table[decided.prediction])[0]))


def _spans(numbers: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Return the (2, codes) smallest and largest value of each code; none: infinities crossed."""
    codes = np.searchsorted(np.asarray(encoding.cuts), numbers, side="right")
    low = np.full(encoding.missing_code, np.inf)
    high = np.full(encoding.missing_code, -np.inf)
    np.minimum.at(low, codes, numbers)
    np.maximum.at(high, codes, numbers)
    return np.stack([low, high])


def _sizes(piece: Piece, roles: Roles, decided: Decided, common: Common) -> dict[Real, Size]:
    single = (roles.label, decided.prediction, roles.weight)
    names = [name for name in (*single, *decided.scores, *roles.errors) if name is not None]
    table = piece.table(list(dict.fromkeys(names)))
    return sizes_of(read_outcome(table, roles, decided, piece.first), common, piece.first)


def _larger(one: dict[Real, Size], other: dict[Real, Size]) -> dict[Real, Size]:
    return {real: reduce(lambda a, b: a | b, (one[real], other[real])) for real in one}
