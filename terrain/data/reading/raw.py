"""The bytes of one input: opened once, unpacked, and recognised by what they are."""

from __future__ import annotations

import codecs
import re
import sys
from dataclasses import dataclass

import pyarrow as pa

from terrain.data.reading.opening import modified, opened
from terrain.data.reading.places import FORMATS, STDIN, ending
from terrain.errors import DataError

COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xff\xff\xff\xff": "arrow"}
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOOK = 1 << 12
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Raw:
    """One input file as it lies on the disk, or elsewhere.

    Attributes
    ----------
    path
        As given.
    packed
        The file's bytes.
    modified
        Time of the last change, ISO 8601 in UTC; None for standard input, or where nobody knows it.
    """

    path: str
    packed: bytes
    modified: str | None


def load(path: str) -> Raw:
    """Read all bytes of a file, or of standard input, at once.

    One reading serves the digest, the table and the line numbers, so that they agree even when
    somebody is writing to the file.

    Raises
    ------
    DataError
        When it cannot be read, or is empty.
    """
    if path == STDIN:
        raw = Raw("-", b"" if sys.stdin is None else sys.stdin.buffer.read(), None)
    else:
        with opened(path) as file:
            raw = Raw(path, file.read(), modified(path))
    if not raw.packed:
        name = "standard input" if path == STDIN else path
        raise DataError(f"{name} is empty (0 bytes); give a file with a header and rows")
    return raw


def unpacked(raw: Raw) -> bytes:
    """Return the content without its gzip or zstd wrapping, which is known by its first bytes.

    Raises
    ------
    DataError
        When the compressed data is truncated or damaged.
    """
    for magic, compression in COMPRESSIONS.items():
        if raw.packed.startswith(magic):
            return _unpacked(raw, compression)
    return raw.packed


def _unpacked(raw: Raw, compression: str) -> bytes:
    try:
        with pa.CompressedInputStream(pa.BufferReader(raw.packed), compression) as stream:
            content: bytes = stream.read()
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"{raw.path} cannot be unpacked: its {compression} data is truncated or damaged "
            f"({error}); copy or create the file again"
        ) from error
    if not content:
        raise DataError(f"{raw.path} is empty once unpacked; give a file with a header and rows")
    return content


def format_of(path: str, content: bytes) -> str:
    """Return ``parquet``, ``arrow``, ``json lines`` or ``text``, by first bytes, then by ending.

    Raises
    ------
    DataError
        When the ending promises a binary format and the content is none.
    """
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            return kind
    promised = FORMATS.get(ending(path))
    if promised in {"parquet", "arrow"}:
        raise DataError(
            f"{path} is not {promised.capitalize()}, as its ending says, or it is damaged: its "
            "first bytes are other ones; create the file again, or give it its true ending"
        )
    if promised:
        return promised
    start = content[:_LOOK].removeprefix(codecs.BOM_UTF8).lstrip()
    return "json lines" if start.startswith(b"{") else "text"


def as_utf8(path: str, content: bytes) -> bytes:
    """Return text as UTF-8 without a byte order mark; UTF-16 is recognised by its mark.

    Raises
    ------
    DataError
        When it is no text: it has NUL bytes, or damaged UTF-16.
    """
    if content.startswith(UTF16):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeError as error:
            raise DataError(f"{path} begins like UTF-16 but is damaged: {error}") from error
    place = content.find(b"\0")
    if place >= 0:
        raise DataError(
            f"{path}:{line_of(content, place)} has a NUL byte: the file is binary, not text; save "
            "it as CSV, TSV, JSON Lines, Parquet or Arrow"
        )
    return content.removeprefix(codecs.BOM_UTF8)


def line_of(text: bytes, place: int) -> int:
    """Return the physical line, from 1, of the byte at `place`."""
    return sum(1 for _ in _LINE_END.finditer(text, 0, place)) + 1


def not_utf8(path: str, text: bytes) -> DataError:
    """Return the error that says where `text` stops being UTF-8, and how to convert it."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        where = f"{path}:{line_of(text, error.start)} has the byte 0x{text[error.start]:02x}, which"
    else:
        where = f"{path} has text that"
    return DataError(
        f"{where} is not UTF-8; convert the file, for instance with "
        f"`iconv -f WINDOWS-1252 -t UTF-8 {path} > converted.csv`"
    )
