"""How often numbers occur that are too many to sort: counted in cells, and finer where it matters.

A float64 becomes a whole number of 64 bits in the same order, its key. Keys that begin with the
same bits are a cell, and cells are as small as a limit on their number allows. What is wanted of a
cell with several numbers is counted again within it, until it holds one (radix selection).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from terrain.data.cuts import Frequencies
from terrain.data.ranks import CELLS, cells_of, extent_of

SIGN = np.uint64(1 << 63)


def keys_of(numbers: np.ndarray) -> np.ndarray:
    """Return (m,) uint64 in the order of (m,) float64, none of which is NaN; −0 and 0 are one.

    Examples
    --------
    >>> keys_of(np.array([-np.inf, -1.0, -0.0, 0.0, 5e-324])).tolist() == [
    ...     0x000FFFFFFFFFFFFF, 0x400FFFFFFFFFFFFF, 1 << 63, 1 << 63, (1 << 63) + 1
    ... ]
    True
    """
    bits = (numbers + 0.0).view(np.uint64)
    negative = (bits.view(np.int64) >> 63).view(np.uint64)  # all bits, or none
    return bits ^ (negative | SIGN)


def numbers_of_keys(keys: np.ndarray) -> np.ndarray:
    """Return the (m,) float64 of their (m,) keys; the inverse of `keys_of`."""
    negative = ((keys ^ SIGN).view(np.int64) >> 63).view(np.uint64)
    return (keys ^ (negative | SIGN)).view(np.float64)


class Ranges(NamedTuple):
    """Cells that are counted again: (w,) ascending first keys, and how many bits vary in each."""

    first: np.ndarray
    bits: int

    def near(self, numbers: np.ndarray) -> np.ndarray:
        """Return all of (m,) numbers that lie in any of the cells, and not many others."""
        low, high = numbers_of_keys(self.first), numbers_of_keys(self.first | _ones(self.bits))
        extent = extent_of(np.concatenate([low, high]))
        if extent is None:
            return numbers
        # keys before those of −inf and after those of inf are no numbers
        begins = cells_of(np.where(np.isnan(low), -np.inf, low), extent)
        stops = cells_of(np.where(np.isnan(high), np.inf, high), extent)
        within = np.zeros(CELLS + 1, np.int64)
        np.add.at(within, begins, 1)
        np.add.at(within, stops.astype(np.int64) + 1, -1)
        wanted = np.cumsum(within)[:-1] > 0
        return numbers.compress(wanted.take(cells_of(numbers, extent)))

    def of(self, keys: np.ndarray) -> np.ndarray:
        """Return those of ascending keys that lie in any of the cells."""
        starts = np.searchsorted(keys, self.first)
        ends = np.searchsorted(keys, self.first | _ones(self.bits), side="right")
        return np.concatenate([keys[:0], *(keys[a:b] for a, b in zip(starts, ends, strict=True))])


@dataclass(frozen=True)
class Counted:
    """How many keys lie in which cell; that of disjoint rows merges by ``|``.

    Cells are the smallest of which there are at most `most`, and so the same in whatever order
    counts meet: cells of some rows are never larger than those of all.

    Attributes
    ----------
    first
        (k,) uint64, ascending: the smallest key that could lie in each cell that holds any.
    counts
        (k,) int64, positive.
    bits
        How many of the last bits vary within a cell; 0 where each holds one key.
    most
        The limit on k, at least 2.
    """

    first: np.ndarray
    counts: np.ndarray
    bits: int
    most: int

    @classmethod
    def of(cls, keys: np.ndarray, most: int) -> Counted:
        """Return the count of (m,) ascending keys."""
        return cls._of(keys, np.ones(len(keys), np.int64), 0, most)

    def __or__(self, other: Counted) -> Counted:
        """Return the count of both."""
        first = np.concatenate([self.first, other.first])
        order = np.argsort(first, kind="stable")  # two ascending runs are merged
        counts = np.concatenate([self.counts, other.counts])[order]
        return self._of(first[order], counts, max(self.bits, other.bits), self.most)

    @classmethod
    def _of(cls, keys: np.ndarray, counts: np.ndarray, bits: int, most: int) -> Counted:
        """Return ascending keys in cells of at least so many bits."""
        if not len(keys):
            return cls(keys, counts, bits, most)
        differing = keys[1:] ^ keys[:-1]  # neighbours share a cell of b bits if this is below 2^b
        if len(differing) >= most:
            place = len(differing) - most
            bits = max(bits, int(np.partition(differing, place)[place]).bit_length())
        begins = np.flatnonzero(np.append(True, differing > _ones(bits)))
        first = keys[begins] & ~_ones(bits)
        return cls(first, np.add.reduceat(counts, begins), bits, most)


@dataclass(frozen=True)
class Cells:
    """Cells of all keys, of different sizes.

    Attributes
    ----------
    first, counts
        See `Counted`.
    bits
        (k,) how many of the last bits vary within each cell.
    """

    first: np.ndarray
    counts: np.ndarray
    bits: np.ndarray

    @classmethod
    def of(cls, counted: Counted) -> Cells:
        """Return what was counted of all keys."""
        return cls(counted.first, counted.counts, np.full(len(counted.first), counted.bits))

    def frequencies(self) -> Frequencies:
        """Return how often each number occurs; the value of a cell of several means nothing."""
        return Frequencies(numbers_of_keys(self.first), self.counts)

    def ranges(self, places: np.ndarray) -> Ranges | None:
        """Return which of some cells are counted again: the largest; None if all hold one key."""
        bits = self.bits[places].max(initial=0)
        return Ranges(self.first[places[self.bits[places] == bits]], int(bits)) if bits else None

    def refined(self, ranges: Ranges, counted: Counted) -> Cells:
        """Return the cells with those in their place that were counted within some of them."""
        kept = ~np.isin(self.first, ranges.first)
        finer = Cells.of(counted)
        first = np.concatenate([self.first[kept], finer.first])
        order = np.argsort(first)
        return Cells(
            first[order],
            np.concatenate([self.counts[kept], finer.counts])[order],
            np.concatenate([self.bits[kept], finer.bits])[order],
        )


def _ones(bits: int) -> np.uint64:
    """Return the number of which so many last bits are set."""
    return np.uint64((1 << bits) - 1)
