"""On which physical line each record of a text starts, found without a loop over lines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
_CHUNK = 1 << 24
"""Bytes looked at at once: bounds the memory for positions, whatever the size of the text."""

_FEW = 1_000
"""Occurrences that are found one by one."""


def record_lines(
    text: bytes, start: int, *, first: int, records: int, separator: str | None
) -> np.ndarray | None:
    r"""Return the line on which each record starts.

    A record ends at a line end (``\n``, ``\r\n`` or ``\r``) that is in no quoted field; blank
    lines are no records.

    Parameters
    ----------
    text
        Text in UTF-8, with a header perhaps.
    start
        Place of the first byte after the header.
    first
        Line, from 1, on which that byte stands.
    records
        How many records the reader found.
    separator
        What separates fields; None for a format whose quotes never hold a line end.

    Returns
    -------
    numpy.ndarray or None
        Shape (records,), int64. None where quotes stand in the middle of unquoted fields, so that
        only reading field by field can tell what they mean.

    Examples
    --------
    >>> text = b'a,b\n1,"x\ny"\n\n2,z\n'
    >>> record_lines(text, 4, first=2, records=2, separator=",").tolist()
    [2, 5]
    """
    if _line_count(text, start) == records:
        return np.arange(first, first + records, dtype=np.int64)
    lines = _scan(text, start, first, separator)
    return lines if lines is not None and lines.size == records else None


def ends_of_lines(text: bytes) -> int:
    """Return how many physical lines end in a text."""
    return text.count(b"\n") + _lone_returns(text, 0)


def occurrences(text: bytes, byte: bytes, start: int = 0) -> int:
    """Return how often a byte occurs in a text, from a place on; faster than `bytes.count`.

    Examples
    --------
    >>> occurrences(b"banana", b"a"), occurrences(b"banana", b"a", 2)
    (3, 2)
    """
    # a search jumps from one to the next, counting looks at every byte: most texts have few quotes
    for found in range(_FEW):
        place = text.find(byte, start)
        if place < 0:
            return found
        start = place + 1
    return _FEW + text.count(byte, start)


def _line_count(text: bytes, start: int) -> int:
    ends = occurrences(text, b"\n", start) + _lone_returns(text, start)
    return ends + (len(text) > start and text[-1] not in {_NEWLINE, _RETURN})


def _lone_returns(text: bytes, start: int) -> int:
    if text.find(b"\r", start) < 0:
        return 0
    return text.count(b"\r", start) - text.count(b"\r\n", start)


def _scan(text: bytes, start: int, first: int, separator: str | None) -> np.ndarray | None:
    """Walk over the text in chunks, carrying the number of quotes and line ends seen so far."""
    data = np.frombuffer(text, np.uint8)[start:]
    lone_returns = _lone_returns(text, start) > 0
    quotes_seen = ends_seen = 0
    found = [np.full(int(_begins_record(data, np.zeros(1, np.int64)).sum()), first, np.int64)]
    for low, high in pairwise([*range(0, data.size, _CHUNK), data.size]):
        ends = _line_ends(data, low, high, lone_returns=lone_returns)
        quotes = _places(data, low, high, _QUOTE) if separator else ends[:0]
        if not _all_open_a_field(data, quotes[quotes_seen % 2 :: 2], separator):
            return None
        outside = (np.searchsorted(quotes, ends) + quotes_seen) % 2 == 0
        boundary = np.flatnonzero(outside)
        boundary = boundary[_begins_record(data, ends[boundary] + 1)]
        found.append(boundary + (first + ends_seen + 1))
        quotes_seen += quotes.size
        ends_seen += ends.size
    return np.concatenate(found)


def _places(data: np.ndarray, low: int, high: int, byte: int) -> np.ndarray:
    return np.flatnonzero(data[low:high] == byte) + low


def _line_ends(data: np.ndarray, low: int, high: int, *, lone_returns: bool) -> np.ndarray:
    r"""Return the places of the last byte of every line end, ``\r\n`` being one."""
    newlines = _places(data, low, high, _NEWLINE)
    if not lone_returns:
        return newlines
    returns = _places(data, low, high, _RETURN)
    following = data[np.minimum(returns + 1, data.size - 1)]
    return np.sort(np.concatenate([newlines, returns[following != _NEWLINE]]))


def _begins_record(data: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return whether a record begins at each place: within the text, and no blank line."""
    byte = data[np.minimum(places, data.size - 1)]
    return (places < data.size) & ~np.isin(byte, (_NEWLINE, _RETURN))


def _all_open_a_field(data: np.ndarray, opening: np.ndarray, separator: str | None) -> bool:
    """Return whether every quote that parity takes for an opening one can be one.

    It can at the start of a field, and right after another quote: the second of a doubled pair
    opens again what the first closed. By induction parity is then right everywhere.
    """
    before = data[opening[opening > 0] - 1]
    allowed = (_NEWLINE, _RETURN, _QUOTE, ord(separator or "\n"))
    return bool(np.isin(before, allowed).all())
