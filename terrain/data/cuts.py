"""Round cut points for ordered features: the numbers that a person would have chosen."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from terrain.data.arrow import numbers_of
from terrain.data.columns import kind_of, profiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from terrain.data.regions import Scale

TAILS = (0.01, 0.02, 0.05, 0.95, 0.98, 0.99)
"""Cut points beside the quantiles: failures love the tails."""

FIRST = 1_000
"""Values looked at before all of them are."""

SLACK = 0.3
"""How far from its quantile a cut may move to be round, as a share of the quantile step."""


def scale_of(column: pa.ChunkedArray) -> Scale | None:
    """Return the scale of an ordered column; None for one that has levels."""
    kind = kind_of(column.type)
    if kind in {"date", "integer"}:
        return kind
    if kind != "number" and not (kind == "text" and profiled("", column).is_ordered):
        return None
    if not whole(numbers_of(column.slice(0, FIRST))):  # most columns of fractions tell early
        return "number"
    numbers = numbers_of(column)
    return "integer" if whole(numbers) and np.isfinite(numbers).any() else "number"


def whole(numbers: np.ndarray) -> bool:
    """Return whether no finite number has a fraction."""
    finite = numbers[np.isfinite(numbers)]
    return bool(np.all(finite == np.floor(finite)))


class Frequencies(NamedTuple):
    """How often each number occurs.

    Attributes
    ----------
    values
        (k,) distinct present values, ascending; infinities are values. Where numbers are too many
        (see `terrain.data.radix`), one may stand for several neighbours.
    counts
        (k,) how often each occurs.
    """

    values: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Frequencies:
        """Return those of (m,) ascending numbers, none of which is NaN; −0 is 0."""
        begins = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
        return cls(values[begins] + 0.0, np.diff(np.append(begins, len(values))))


def cut_points(seen: Frequencies, scale: Scale, bins: int) -> tuple[float, ...]:
    """Return ascending cut points.

    Parameters
    ----------
    seen
        Of all present values; those in the places that are `looked_at` stand for no others.
    scale
        Decides what is round: whole numbers, dates.
    bins
        Wanted number of quantile ranges. At most ``2 * bins`` distinct values are all kept apart.
    """
    values = seen.values
    # a cut c separates values[low] < c from c <= values[high + 1]
    found = {
        roundest(values[low], values[high + 1], scale) for low, high in _boundaries(seen, bins)
    }
    return tuple(sorted(cut for cut in found if math.isfinite(cut)))


def looked_at(seen: Frequencies, bins: int) -> np.ndarray:
    """Return the (w,) ascending places of the values between which `cut_points` cuts.

    If none of these stands for several values, the cut points are those that all values have: a
    rank lies in its place, however its neighbours are told apart.
    """
    return np.unique([[low, high + 1] for low, high in _boundaries(seen, bins)]).astype(np.int64)


def _boundaries(seen: Frequencies, bins: int) -> list[tuple[int, int]]:
    """Return the first and the last boundary (between neighbours) of those that one cut may take.

    Boundary i lies between the values i and i + 1.
    """
    k = len(seen.counts)
    if k <= 2 * bins:
        return [(place, place) for place in range(k - 1)]
    return _quantile_boundaries(np.cumsum(seen.counts) / seen.counts.sum(), bins)


def single_values(values: np.ndarray, cuts: Sequence[float]) -> tuple[float | None, ...]:
    """Return for each of the ``len(cuts) + 1`` ranges the one finite value it holds, or None.

    Parameters
    ----------
    values
        (m,) present values: of all instances, or a value that cut points were not fitted on would
        be called by its neighbour's name.
    cuts
        Ascending cut points.
    """
    distinct = np.unique(values)
    place = np.searchsorted(np.asarray(cuts), distinct, side="right")
    held = np.bincount(place, minlength=len(cuts) + 1)
    only: list[float | None] = [None] * (len(cuts) + 1)
    for value, code in zip(distinct.tolist(), place.tolist(), strict=True):
        if held[code] == 1 and math.isfinite(value):
            only[code] = value
    return tuple(only)


def _quantile_boundaries(share: np.ndarray, bins: int) -> list[tuple[int, int]]:
    """Return for each wanted quantile the boundaries (between neighbours) that come near it.

    `share` is the cumulative share of each distinct value. Where one value holds so much that no
    boundary comes near, both of its sides are cut, so that the value stands alone.
    """
    quantiles = np.array([*(i / bins for i in range(1, bins)), *TAILS])
    slack = np.array([SLACK / bins] * (bins - 1) + [SLACK * min(each, 1 - each) for each in TAILS])
    last = len(share) - 2
    lows = np.searchsorted(share, quantiles - slack).tolist()
    highs = (np.searchsorted(share, quantiles + slack, side="right") - 1).tolist()
    found: list[tuple[int, int]] = []
    for low, high in zip(lows, highs, strict=True):
        if low <= high:
            found.append((min(low, last), min(high, last)))
        else:
            found += [(place, place) for place in (low - 1, low) if 0 <= place <= last]
    return found


def roundest(below: float, above: float, scale: Scale) -> float:
    """Return the roundest number c with below < c <= above."""
    below, above = float(below), float(above)
    if math.isinf(above) and math.isfinite(below):  # any finite number beyond `below` will do
        above = below + max(abs(below), 1.0)
    if max(abs(below), abs(above)) > 1e300:  # noqa: PLR2004 - the largest doubles, and infinity
        return above
    if scale == "date":
        return _roundest_date(below, above)
    return _roundest_number(below, above, smallest=1.0 if scale == "integer" else 0.0)


def _roundest_number(below: float, above: float, smallest: float) -> float:
    middle = (below + above) / 2
    exponent = math.floor(math.log10(max(abs(below), abs(above)))) + 1
    while exponent > -300:  # noqa: PLR2004 - the smallest doubles
        for digit in (10, 5, 2, 1):
            step = digit * 10.0**exponent
            if step < smallest:
                break
            nearest = _multiple(middle, exponent, digit)
            for candidate in (nearest, _multiple(above, exponent, digit, down=True)):
                if below < candidate <= above:
                    return candidate
        if 10.0**exponent < smallest or above - below > 10.0 ** (exponent + 2):
            break
        exponent -= 1
    return above


def _multiple(value: float, exponent: int, digit: int, *, down: bool = False) -> float:
    """Return the multiple of ``digit * 10**exponent`` nearest to (or just below) a value.

    Written through decimal text so that 0.3 is the double that prints as 0.3.
    """
    count = value / (digit * 10.0**exponent)
    whole = math.floor(count) if down else round(count)
    return float(f"{whole * digit}e{exponent}")


def _roundest_date(below: float, above: float) -> float:
    moment = datetime.fromtimestamp(above, UTC)
    starts: Sequence[datetime] = [
        moment.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0),
        moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
        moment.replace(hour=0, minute=0, second=0, microsecond=0),
        moment.replace(minute=0, second=0, microsecond=0),
        moment.replace(second=0, microsecond=0),
        moment.replace(microsecond=0),
    ]
    for start in starts:
        if start.timestamp() > below:
            return start.timestamp()
    return float(above)


def digits(cut: float, scale: Scale) -> int:
    """Return how many significant digits a cut point has: fewer are rounder.

    Examples
    --------
    >>> digits(30.0, "integer"), digits(0.25, "number"), digits(86400.0, "date")
    (1, 2, 3)
    """
    if scale == "date":
        moment = datetime.fromtimestamp(cut, UTC)
        parts = (moment.second, moment.minute, moment.hour, moment.day - 1, moment.month - 1)
        return next((5 - place for place, part in enumerate(parts) if part), 0) + 1
    plain = f"{abs(cut):.15g}".split("e")[0]
    return len(plain.replace(".", "").strip("0"))
