"""Features as small integer codes with human cut points; every code prints as a condition."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from terrain.data import cuts as cutting
from terrain.data.arrow import Stored, in_order, levels_by_index, levels_of, numbers_of, stored_as
from terrain.data.binning import binned
from terrain.data.ranks import frequencies_of
from terrain.data.regions import Condition, Region, Scale

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pyarrow as pa

Codes = np.ndarray[tuple[int], np.dtype[np.uint8 | np.uint16]]
Selection = tuple[tuple[str, tuple[int, ...]], ...]
"""A region as code sets: a conjunction of (feature, allowed codes)."""

BOUNDS = 16
"""About how many places of a bound differ enough to be tries of their own."""


class Encoding(msgspec.Struct, frozen=True, kw_only=True):
    """How one feature becomes codes; plain data, so that every engine encodes alike.

    Attributes
    ----------
    feature
        The column's name.
    kind
        ``range``: code i holds ``cuts[i-1] <= x < cuts[i]``. ``levels``: code i is ``levels[i]``.
        The last code (`missing_code`) is a missing value, in either kind.
    scale
        How bounds are printed.
    cuts
        Ascending cut points, exact doubles.
    single
        For ranges on the scale ``integer``: the one value of each code that holds just one.
    coarse
        Places of the cut points that a person would have chosen first: a tree splits at these, a
        refined slice at any. Empty: all of them.
    levels
        Level names, sorted.
    has_missing
        Whether any value is missing in this benchmark.
    stored
        What the values are in the table; None where an older version did not say.
    """

    feature: str
    kind: Literal["range", "levels"]
    scale: Scale = "number"
    cuts: tuple[float, ...] = ()
    single: tuple[float | None, ...] = ()
    coarse: tuple[int, ...] = ()
    levels: tuple[str, ...] = ()
    has_missing: bool = False
    stored: Stored | None = None

    @property
    def ordered(self) -> bool:
        """Whether codes follow the order of the values."""
        return self.kind == "range"

    @property
    def names_single(self) -> bool:
        """Whether a range that holds one value is called by it."""
        return self.scale == "integer" and len(self.cuts) > 0

    @property
    def missing_code(self) -> int:
        """The code of a missing value."""
        return len(self.cuts) + 1 if self.ordered else len(self.levels)

    @property
    def size(self) -> int:
        """How many codes there are, the missing code included."""
        return self.missing_code + 1

    @property
    def dtype(self) -> type[np.uint8 | np.uint16]:
        """The narrowest type that holds the codes."""
        return np.uint8 if self.size <= np.iinfo(np.uint8).max + 1 else np.uint16

    def price(self, codes: Collection[int]) -> float:
        """Return the description length of a condition: the log of how many are of its form.

        Each bound of a range is one of about `BOUNDS` that differ enough to be tries of their
        own; a set of levels is one of all sets of its size. So much evidence the best of them
        shows by chance (Rissanen, 1978).
        """
        k = self.missing_code
        if not self.ordered:
            m = len(codes) - (k in codes)
            return math.lgamma(k + 1) - math.lgamma(m + 1) - math.lgamma(k - m + 1)
        values = [code for code in codes if code != k]
        bounds = (min(values) > 0) + (max(values) < k - 1) if values else 0
        return math.log(BOUNDS) * bounds

    def roundness(self) -> tuple[int, ...]:
        """Return the digits of the bound below each code, and last of the one above all.

        The outer bounds need none: there the condition is open.

        Examples
        --------
        >>> Encoding(feature="x", kind="range", cuts=(0.5, 1.25)).roundness()
        (0, 1, 3, 0)
        """
        return (0, *(cutting.digits(cut, self.scale) for cut in self.cuts), 0)

    def compacted(self, conditions: Iterable[Condition]) -> Encoding:
        """Return the encoding with coarse cut points and those of the given conditions only."""
        if not self.ordered:
            return self
        used = set(self.coarse or range(len(self.cuts)))
        for condition in conditions:
            held = [code for code in self.codes_of(condition) if code != self.missing_code]
            used |= {min(held) - 1, max(held)} if held else set()
        kept = sorted(used & set(range(len(self.cuts))))
        edges = [-1, *kept, len(self.cuts)]
        values = self.single or (None,) * self.missing_code
        single = tuple(
            values[first + 1] if last == first + 1 else None for first, last in pairwise(edges)
        )
        return msgspec.structs.replace(
            self,
            cuts=tuple(self.cuts[place] for place in kept),
            single=single if self.single else (),
            coarse=(),
        )

    def refined(self, conditions: Iterable[Condition]) -> Encoding:
        """Return the encoding with the bounds of conditions as further cut points."""
        ends = [end for condition in conditions for end in (condition.low, condition.high)]
        cuts = tuple(sorted({*self.cuts, *(end for end in ends if end is not None)}))
        if not self.ordered or cuts == self.cuts:
            return self
        alone = [value for value in self.single if value is not None]
        ranges = pairwise((-math.inf, *cuts, math.inf))
        single = [next((v for v in alone if low <= v < high), None) for low, high in ranges]
        chosen = self.coarse or range(len(self.cuts))
        return msgspec.structs.replace(
            self,
            cuts=cuts,
            single=tuple(single) if self.single else (),
            coarse=tuple(cuts.index(self.cuts[place]) for place in chosen),
        )

    def lookup(self, to: Encoding) -> Codes:
        """Return the (size,) codes of its compacted version that stand for this encoding's."""
        if not self.ordered:
            return np.arange(self.size).astype(self.dtype)
        places = np.searchsorted(np.asarray(to.cuts), (-np.inf, *self.cuts), side="right")
        return np.append(places, to.missing_code).astype(to.dtype)

    def encode(self, column: pa.ChunkedArray) -> Codes:
        """Return the codes of a column.

        Parameters
        ----------
        column
            (n,) values of the kind that the encoding was fitted on.

        Returns
        -------
        (n,) uint8, or uint16 past 256 codes.
        """
        if self.ordered:
            return binned(numbers_of(column), self.cuts, self.missing_code, self.dtype)
        present, places, indices = levels_by_index(column)
        position = {level: code for code, level in enumerate(self.levels)}
        lookup = np.array([position.get(level, self.missing_code) for level in present], self.dtype)
        return np.append(lookup, self.dtype(self.missing_code))[places].take(indices)

    def condition(self, codes: Collection[int]) -> Condition:
        """Return the condition that holds exactly the given codes.

        Parameters
        ----------
        codes
            A non-empty set of codes. For an ordered feature those that are not the missing code
            must be neighbours.

        Examples
        --------
        >>> age = Encoding(
        ...     feature="age", kind="range", scale="integer", cuts=(30.0, 40.0), has_missing=True
        ... )
        >>> age.condition([0]).words(), age.condition([1]).words(), age.condition([1, 2]).words()
        ('age < 30', '30 <= age < 40', 'age >= 30')
        >>> age.condition([0, 3]).words(), age.condition([3]).words()
        ('age < 30 or missing', 'age is missing')
        """
        values = sorted(code for code in codes if code != self.missing_code)
        or_missing = self.missing_code in codes and (self.has_missing or not values)
        if not values:
            return Condition(feature=self.feature, kind="missing")
        if len(values) == self.missing_code and not or_missing:
            return Condition(feature=self.feature, kind="missing", negated=True)
        if self.ordered:
            return self._range(values[0], values[-1], or_missing=or_missing)
        return self._set(values, or_missing=or_missing)

    def _range(self, first: int, last: int, *, or_missing: bool) -> Condition:
        low = self.cuts[first - 1] if first > 0 else None
        high = self.cuts[last] if last < len(self.cuts) else None
        if first == last and self.single and self.single[first] is not None:
            low, high = self.single[first], self.single[first] + 1  # type: ignore[operator]
        return Condition(
            feature=self.feature,
            kind="range",
            low=low,
            high=high,
            or_missing=or_missing,
            scale=self.scale,
        )

    def _set(self, values: list[int], *, or_missing: bool) -> Condition:
        negated = len(values) * 2 > len(self.levels) and len(self.levels) > 2  # noqa: PLR2004 - of two levels, the one meant is named
        said = set(range(len(self.levels))) - set(values) if negated else values
        return Condition(
            feature=self.feature,
            kind="levels",
            levels=tuple(self.levels[code] for code in sorted(said)),
            negated=negated,
            or_missing=or_missing,
        )

    def codes_of(self, condition: Condition) -> tuple[int, ...]:
        """Return the codes that satisfy a condition which `condition` made; its inverse."""
        if condition.kind == "missing":
            values = range(self.missing_code) if condition.negated else [self.missing_code]
            return tuple(values)
        if condition.kind == "levels":
            named = {self.levels.index(level) for level in condition.levels}
            held = set(range(len(self.levels))) - named if condition.negated else named
        else:
            held = {code for code in range(self.missing_code) if self._inside(code, condition)}
        return tuple(sorted(held | ({self.missing_code} if condition.or_missing else set())))

    def _inside(self, code: int, condition: Condition) -> bool:
        if self.single and self.single[code] is not None:
            value = self.single[code]
            above = condition.low is None or value >= condition.low  # type: ignore[operator]
            return above and (condition.high is None or value < condition.high)  # type: ignore[operator]
        low = self.cuts[code - 1] if code > 0 else -np.inf
        high = self.cuts[code] if code < len(self.cuts) else np.inf
        above = condition.low is None or low >= condition.low
        return above and (condition.high is None or high <= condition.high)


def fit(
    name: str,
    column: pa.ChunkedArray,
    discovery: np.ndarray,
    bins: int = 16,
    *,
    categorical: bool = False,
    resolution: int | None = None,
) -> Encoding:
    """Return the encoding of one feature; cut points come from the discovery part only.

    Parameters
    ----------
    name
        The column's name.
    column
        (n,) values: numbers, dates, booleans or text. Text that is numbers in at least 90% of
        its present values is read as numbers.
    discovery
        (n,) bool, True for the instances that a search may see.
    bins
        Wanted number of quantile ranges; a numeric column with at most twice as many distinct
        values keeps each of them.

    Returns
    -------
    The encoding. Levels are those of the whole column: their names say nothing about errors.
    """
    scale = None if categorical else cutting.scale_of(column)
    if scale is None:
        present, codes = levels_of(column)
        used = np.bincount(codes, minlength=len(present) + 1)
        levels = in_order({level for level, count in zip(present, used, strict=False) if count})
        return Encoding(
            feature=name,
            kind="levels",
            levels=levels,
            has_missing=bool(used[-1]),
            stored=stored_as(column.type),
        )
    numbers = numbers_of(column)
    missing = np.isnan(numbers)
    inside = numbers.compress(discovery & ~missing)
    seen = frequencies_of(inside, [bins] if resolution is None else [bins, resolution])
    found = cut(Encoding(feature=name, kind="range", scale=scale), seen, bins, resolution)
    return msgspec.structs.replace(
        found,
        single=cutting.single_values(numbers[~missing], found.cuts) if found.names_single else (),
        has_missing=bool(missing.any()),
        stored=stored_as(column.type),
    )


def cut(
    encoding: Encoding, seen: cutting.Frequencies, bins: int, resolution: int | None
) -> Encoding:
    """Return the encoding of an ordered feature with cut points for the given values."""
    coarse = cutting.cut_points(seen, encoding.scale, bins)
    fine = cutting.cut_points(seen, encoding.scale, resolution) if resolution else ()
    cuts = tuple(sorted({*coarse, *fine}))
    return msgspec.structs.replace(
        encoding,
        cuts=cuts,
        single=(),
        coarse=tuple(cuts.index(each) for each in coarse) if fine else (),
    )


def selection_of(region: Region, encodings: Mapping[str, Encoding]) -> Selection:
    """Return a region as code sets."""
    return tuple((c.feature, encodings[c.feature].codes_of(c)) for c in region.conditions)


def region_of(
    selection: Iterable[tuple[str, Collection[int]]], encodings: Mapping[str, Encoding]
) -> Region:
    """Return code sets as a region, dropping those that every instance satisfies."""
    return Region.of(
        *(
            encodings[feature].condition(codes)
            for feature, codes in selection
            if not _everything(codes, encodings[feature])
        )
    )


def _everything(codes: Collection[int], encoding: Encoding) -> bool:
    return len(codes) == encoding.size or (
        not encoding.has_missing and set(codes) >= set(range(encoding.missing_code))
    )
