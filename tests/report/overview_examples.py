"""Folders of reports, made of the documents by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import report_examples
from msgspec.structs import replace

from terrain.data.composition import Composition
from terrain.report import json

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain

PAGE = '<!doctype html><meta name="generator" content="terrain"><title>a page</title>'


def document(
    name: str = "compas",
    *,
    day: str | None = "2026-01-01",
    rate: float | None = None,
    model: str | None = None,
    norths: int | None = 500,
    **benchmark: Any,
) -> Terrain:
    """Return one of the examples as a report of a day: its rate, and how many come from north."""
    terrain: Terrain = getattr(report_examples, name)()[0]
    overall = dict(terrain.overall)
    if rate is not None:
        overall[terrain.target] = replace(
            overall[terrain.target], value=rate, low=rate - 0.01, high=rate + 0.01
        )
    modified = None if day is None else f"{day}T10:00:00+00:00"
    sources = tuple(replace(each, modified=modified) for each in terrain.benchmark.sources)
    region = Composition(
        column="region", levels=("north", "south"), support=(norths or 0, 1000 - (norths or 0), 0)
    )
    return replace(
        terrain,
        overall=overall,
        benchmark=replace(terrain.benchmark, **{"sources": sources, **benchmark}),
        compositions=() if norths is None else (region,),
        provenance=replace(
            terrain.provenance, settings={**terrain.provenance.settings, "model": model}
        ),
    )


def write(path: Path, terrain: Terrain, *, page: str | None = PAGE) -> Path:
    """Write a document, and a page beside it unless that is None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(json.encode(terrain))
    if page is not None:
        path.with_suffix(".html").write_text(page)
    return path


def history(folder: Path) -> Path:
    """Write six reports of two benchmarks, of which one changed, beside what is no report."""
    for month, (rate, norths) in enumerate([(0.36, 500), (0.33, 510), (0.30, 900), (0.27, 905)], 1):
        terrain = document(day=f"2026-0{month}-01", rate=rate, model=f"v{month}", norths=norths)
        write(folder / f"2026-0{month}" / "terrain.json", terrain)
    write(folder / "prices.json", document("prices", day="2026-02-15"), page=None)
    write(folder / "quiet.json", document("noise", day="2026-03-15", model="v3"))
    (folder / "package.json").write_text('{"name": "foreign"}')
    (folder / "damaged.json").write_bytes(json.encode(document())[:2000])
    return folder
