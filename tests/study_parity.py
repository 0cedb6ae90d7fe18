"""The same analysis wherever the instances lie: what the tests of engines share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from terrain import app
from terrain.config import Plan
from terrain.data import pieces
from terrain.data.reading import blocks, stretches
from terrain.report import json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.engines import Home


def found_by(plan: Plan, **settings: Any) -> bytes:
    """Return the JSON document of an analysis, without the engine's name."""
    plan = Plan(**{name: getattr(plan, name) for name in plan.__struct_fields__} | settings)
    document = app.analyze(plan).terrain
    document.provenance.settings.pop("engine")
    return json.encode(document)


@contextmanager
def cut_into(rows: int, block: int = 20_000) -> Iterator[None]:
    """Read tables in pieces of so many rows, texts in blocks of so many bytes."""
    with (
        mock.patch.object(pieces, "PIECE", rows),
        mock.patch.object(stretches, "PIECE", rows),
        mock.patch.object(blocks, "BLOCK", block),
    ):
        yield


def found_at(home: Home, plan: Plan) -> bytes:
    """Return the JSON document of an analysis of instances that live somewhere."""
    return json.encode(app.analyze_read(app.read(plan, home=home), plan, lambda _: None).terrain)
