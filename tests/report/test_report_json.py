"""The document survives JSON, and says what is wrong with another."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import pytest
import report_examples

from terrain.errors import DataError
from terrain.report.json import decode, encode, schema


@pytest.mark.parametrize("name", ["compas", "noise", "prices", "hostile"])
def test_document_comes_back_and_fits_its_schema(name: str) -> None:
    document, _ = getattr(report_examples, name)()
    content = encode(document)
    assert encode(decode(content)) == content
    assert decode(content).regions == document.regions
    jsonschema.validate(json.loads(content), schema())


def test_a_wrong_field_is_named() -> None:
    plain = json.loads(encode(report_examples.noise()[0]))
    plain["benchmark"]["instances"] = "many"
    with pytest.raises(DataError, match=r"benchmark\.instances"):
        decode(json.dumps(plain).encode())


def test_a_newer_document_is_refused() -> None:
    newer = msgspec.structs.replace(report_examples.noise()[0], schema_version=99)
    with pytest.raises(DataError, match="schema version 99"):
        decode(encode(newer))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff\xfe", b"<html>"])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="not a document that terrain wrote"):
        decode(content)
