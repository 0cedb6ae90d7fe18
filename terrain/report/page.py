"""The page: one HTML file that holds everything it shows."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from terrain.files import resource
from terrain.report.arrange import metric_tables, page_view
from terrain.report.bytecode import Bytecode
from terrain.report.charts import LARGEST
from terrain.report.drawing import ask, drawn
from terrain.report.features import FEWEST, LEAST
from terrain.report.filters import filters_of
from terrain.report.format import FILTERS, clean, shorten
from terrain.report.inside import DRAWN, HEIGHT, LEADING, WIDTH
from terrain.report.instances import embed, outline, prepared
from terrain.report.links import relative
from terrain.report.media import illustrated
from terrain.report.places import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terrain.comparison import Comparison
    from terrain.document import Breakdown, Terrain
    from terrain.report.instances import Embedded, Instances
    from terrain.report.shards import Beside
    from terrain.report.views import Scene

NAME, AXIS = 60, 24
"""Letters of a feature's name, and of a stretch's words on an axis of the heatmap."""

MOST_LEVELS = 1_000
"""Levels of a set that a page names: past it the text of one region would fill it."""

STYLE = "report.css"
SCRIPTS = (
    "report.js",
    "numbers.js",
    "blocks.js",
    "instances.js",
    "cells.js",
    "heatmap.js",
    "arrange.js",
    "filters.js",
    "content.js",
    "neighbours.js",
    "csv.js",
    "row.js",
    "table.js",
    "words.js",
    "own.js",
    "regions.js",
    "start.js",
)


@dataclass(frozen=True)
class Place:
    """Where a page lies, and how much of its rows goes into it.

    Attributes
    ----------
    max_bytes
        What the page may take. If not all rows fit, the worst of each leaf and of each finding are
        chosen, with a random sample of the others.
    seed
        Of that sample.
    folder
        Where the page will lie: links to the sources are relative to it.
    beside
        Where all rows lie; None puts into the page what fits.
    media_bytes
        What copies of images may take besides; images that are not copied are linked.
    """

    max_bytes: int
    seed: int
    folder: Path
    beside: Beside | None = None
    media_bytes: int = 0


def render(
    terrain: Terrain,
    instances: Instances | None,
    *,
    max_bytes: int = 12_000_000,
    seed: int = 0,
    folder: Path = Path(),
    beside: Beside | None = None,
    media_bytes: int = 0,
) -> str:
    """Return the page as HTML text; the same input gives the same text.

    Parameters
    ----------
    terrain
        What was found.
    instances
        The rows that readers can look at; None leaves them out.
    max_bytes, seed, folder, beside, media_bytes
        See `Place`.
    """
    place = Place(max_bytes, seed, folder, beside, media_bytes)
    return draw("page.html.j2", page_view(terrain), terrain, instances, place)


def charts_ahead(breakdowns: Iterable[Breakdown], scene: Scene) -> None:
    """Have the charts of groups drawn while other things are found, if there is what draws."""
    tables = chain.from_iterable(metric_tables(breakdown, scene) for breakdown in breakdowns)
    ask(table for table in tables if table.charted)


def draw(
    template: str,
    view: object,
    document: Terrain | Comparison,
    instances: Instances | None,
    place: Place,
    **more: object,
) -> str:
    """Return a page.

    Parameters
    ----------
    template
        The page's outermost one.
    view
        What it shows.
    document
        What the view was made of.
    instances, place
        As for `render`.
    more
        What the script that shows rows is told besides.
    """
    once = _Once()

    def with_rows(embedded: Embedded | None) -> str:
        return filled(
            template,
            SCRIPTS,
            images=embedded is not None and embedded.linked,
            loads=place.beside is not None,
            once=once,
            view=view,
            embedded=embedded,
            beside=place.beside,
            index=_index(document, embedded, place) | (more if embedded else {}),
        )

    if instances is None:
        return with_rows(None)
    sources = [source.path for source in document.benchmark.sources]
    bare = illustrated(outline(instances), instances, sources, place.folder, place.media_bytes)
    if place.beside is not None:
        return with_rows(bare)
    with ThreadPoolExecutor(1) as meanwhile:
        making = meanwhile.submit(prepared, instances, place.max_bytes)
        alone, made = with_rows(bare), making.result()
    room = place.max_bytes + sum(len(copy.text) for copy in bare.media) - len(alone.encode())
    rows = embed(instances, made, max_bytes=max(0, room), seed=place.seed)
    return with_rows(bare.with_rows(rows))


class _Once:
    """Parts of a page that do not hang on its rows: drawn once, however often the page is."""

    def __init__(self) -> None:
        self._drawn: dict[str, Markup] = {}

    def __call__(self, name: str, caller: Callable[[], Markup]) -> Markup:
        """Return a part, which a call block holds."""
        if name not in self._drawn:
            self._drawn[name] = caller()
        return self._drawn[name]


def filled(
    template: str,
    scripts: Sequence[str],
    *,
    images: bool = False,
    loads: bool = False,
    **values: object,
) -> str:
    """Return a page of the frame: a template with our style, some scripts and the policy.

    `images` and `loads` are what the policy allows besides, see `_policy`.
    """
    style, texts = asset(STYLE), [asset(name) for name in scripts]
    policy = _policy(style, texts, images=images, loads=loads)
    drawn = environment().get_template(template)
    return drawn.render(style=style, scripts=texts, policy=policy, **values)


@cache
def environment() -> jinja2.Environment:
    """Return what templates are rendered by: text of the user's is escaped and made visible."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        bytecode_cache=Bytecode(resource("templates")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "ensure_ascii": True}
    environment.filters |= FILTERS
    environment.globals |= {
        "interval_chart": drawn,
        "largest": LARGEST,
        "fewest": FEWEST,
        "least": LEAST,
        "filters_of": filters_of,
        "most_levels": MOST_LEVELS,
        "drawn": DRAWN,
        "leading": LEADING,
        "bars_width": WIDTH,
        "bars_height": HEIGHT,
    }
    return environment


def _visible(value: object) -> object:
    """Return any text of the user's with its hidden characters made visible."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def asset(name: str) -> Markup:
    """Return a style sheet or a script of ours, which stands in the page as it is."""
    return Markup((resource("templates") / name).read_text("utf-8"))  # noqa: S704 - our own file


def _policy(style: str, scripts: list[Markup], *, images: bool, loads: bool) -> str:
    """Return a content security policy that lets exactly these texts act, and nothing else.

    With `images` it lets the page show files that lie where it lies: on the same disk. If it
    `loads` its rows, these scripts may load others.
    """
    allowed = " ".join([*map(_hash, scripts), *(["'strict-dynamic'"] if loads else [])])
    beside = " 'self' file:" if images else ""
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; "
        f"img-src data:{beside}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _index(
    terrain: Terrain | Comparison, embedded: Embedded | None, place: Place
) -> dict[str, Any]:
    """Return what the page's script reads first."""
    if embedded is None:
        return {}
    note, independent = terrain.metrics[terrain.target], counted(terrain)
    return embedded.index | {
        "columns": [
            column | {"name": clean(column["name"])} for column in embedded.index["columns"]
        ],
        "features": [_short(feature) for feature in embedded.index["features"]],
        "target": note.title,
        "events": note.events,
        "exposure": note.exposure,
        "rate": note.kind == "rate",
        # weights and groups of rows need more than counts for an interval
        "counted": note.kind == "rate" and independent,
        "independent": independent,
        "outcome": _outcome(terrain, embedded.index["outcome"]),
        "name": clean(terrain.benchmark.name),
        "sources": [
            {
                "path": clean(source.path),
                "link": relative(source.path, place.folder) if source.is_file else "",
                "folder": beside,
            }
            for source, beside in zip(
                terrain.benchmark.sources, embedded.index["folders"], strict=True
            )
        ],
        "beside": _address(place.beside),
    }


def _outcome(
    terrain: Terrain | Comparison, outcome: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the rates that the heatmap may show besides the target, in their order of display."""
    if outcome is None:
        return None
    return {
        "width": outcome["width"],
        "rates": [
            {
                "title": clean(note.title),
                "events": clean(note.events),
                "exposure": clean(note.exposure),
                "falling": note.worse == "low",
                "hits": outcome["rates"][key][0],
                "among": outcome["rates"][key][1],
            }
            for key, note in terrain.metrics.items()
            if key in outcome["rates"] and key != terrain.target
        ],
    }


def _address(beside: Beside | None) -> dict[str, str] | None:
    if beside is None:
        return None
    return {"folder": relative(beside.folder, Path()), "key": beside.key}


def _short(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature with names that fit the axes of the heatmap."""
    stretches = [(shorten(clean(words), AXIS), codes) for words, codes in feature["stretches"]]
    return feature | {"name": shorten(clean(feature["name"]), NAME), "stretches": stretches}
