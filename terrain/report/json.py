"""The document as JSON, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from terrain.document import SCHEMA_VERSION, Terrain
from terrain.errors import DataError

if TYPE_CHECKING:
    from terrain.comparison import Comparison
    from terrain.statistics.findings import Estimate, MetricNote


class Versioned(Protocol):
    """A document, or a part of one that can be read by itself."""

    @property
    def schema_version(self) -> int:
        """The version of its schema."""

    @property
    def target(self) -> str:
        """The metric that was searched."""

    @property
    def overall(self) -> dict[str, Estimate]:
        """Every metric on all instances."""

    @property
    def metrics(self) -> dict[str, MetricNote]:
        """What they mean."""


Document = TypeVar("Document", bound=Versioned)


class _Version(msgspec.Struct):
    schema_version: int


def encode(document: Terrain | Comparison) -> bytes:
    """Return the document as indented UTF-8 JSON, a newline at its end.

    Fields and metrics stay in their own order, which is the order of display; so the same
    document gives the same bytes.
    """
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def decode(content: bytes) -> Terrain:
    """Return the document that `encode` wrote.

    Raises
    ------
    DataError
        The bytes are no such document (the message names the field), or a newer `terrain`
        wrote them.
    """
    return decode_as(Terrain, content)


def decode_as(kind: type[Document], content: bytes) -> Document:
    """Return a document, or of its fields those that `kind` has; see `decode`."""
    try:
        document = msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _refuse_newer(_version(content))
        raise DataError(
            f"this is not a document that terrain wrote: {error}; give the file that "
            "`terrain analyze --json` made",
        ) from error
    _refuse_newer(document.schema_version)
    if document.target not in document.overall or document.target not in document.metrics:
        raise DataError(
            f"this document says nothing of its own target `{document.target}`; give the file "
            "that `terrain analyze --json` made"
        )
    return document


def _version(content: bytes) -> int:
    try:
        return msgspec.json.decode(content, type=_Version).schema_version
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0


def _refuse_newer(version: int) -> None:
    if version > SCHEMA_VERSION:
        raise DataError(
            f"this document has schema version {version}, and this terrain reads up to "
            f"{SCHEMA_VERSION}; install a newer error-terrain, or analyze the data again",
        )


def schema(kind: type[Terrain | Comparison] = Terrain) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a kind of document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(kind),
    }
