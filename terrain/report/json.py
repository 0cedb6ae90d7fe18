"""The document as JSON, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from terrain.document import SCHEMA_VERSION, Terrain
from terrain.errors import DataError

if TYPE_CHECKING:
    from terrain.comparison import Comparison


class _Versioned(msgspec.Struct):
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
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version > SCHEMA_VERSION:
            raise DataError(
                f"this document has schema version {version}, and this terrain reads up to "
                f"{SCHEMA_VERSION}; install a newer error-terrain, or analyze the data again",
            )
        terrain = msgspec.json.decode(content, type=Terrain)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"this is not a document that terrain wrote: {error}; give the file that "
            "`terrain analyze --json` made",
        ) from error
    if terrain.target not in terrain.overall or terrain.target not in terrain.metrics:
        raise DataError(
            f"this document says nothing of its own target `{terrain.target}`; give the file "
            "that `terrain analyze --json` made"
        )
    return terrain


def schema(kind: type[Terrain | Comparison] = Terrain) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a kind of document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(kind),
    }
