"""What a document needs to find its rows again: how they were read, and that they are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from terrain.config import Plan
from terrain.data.features import Encoding
from terrain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terrain.data.notes import Source
    from terrain.document import Terrain

Kind = TypeVar("Kind")


def plan_again(terrain: Terrain) -> Plan:
    """Return the plan by which a document's rows were read.

    Raises
    ------
    DataError
        They did not come from files, or the document has been changed.
    """
    plan = _converted(terrain.provenance.settings, Plan)
    if not plan.inputs:
        raise DataError("they came from a table in memory, or its settings name no input")
    if "-" in plan.inputs:
        raise DataError("they came from standard input")
    return plan


def encodings_again(terrain: Terrain) -> dict[str, Encoding]:
    """Return how a document's features became codes.

    Raises
    ------
    DataError
        The document has been changed.
    """
    return _converted(terrain.encoding, dict[str, Encoding])


def refuse_changed(terrain: Terrain, sources: Iterable[Source]) -> None:
    """Refuse files that are not what they were when they were analyzed.

    Raises
    ------
    DataError
        Names the first that differs, is new, or is gone.
    """
    then = {source.path: source.sha256 for source in terrain.benchmark.sources}
    for source in sources:
        if source.path not in then:
            raise DataError(f"{source.path} was not there when it was analyzed")
        if then.pop(source.path) != source.sha256:
            raise DataError(f"{source.path} has changed since it was analyzed")
    if then:
        raise DataError(f"{', '.join(then)} was analyzed, and is not there any more")


def _converted(found: dict[str, Any], kind: type[Kind]) -> Kind:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise DataError(f"its settings or encoding are not what was written: {error}") from error
