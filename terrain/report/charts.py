"""Interval charts in Vega-Lite, drawn once by vl-convert, as static SVG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

from terrain.report.format import amount, clean, denominator, interval, shorten

if TYPE_CHECKING:
    from terrain.report.views import Member, MetricTable

LARGEST = 24
"""Groups in a chart, the largest first; the table below it has all."""

WIDTH = 220
LABEL = 22
LETTER = 7.0
"""Width of the plot in pixels, of a label in letters, of a letter in pixels (a generous guess:
which font a reader has is not known here)."""

BASE = "https://page.invalid/"
"""The renderer resolves a bare `#…` against an address of its own; this one is cut off again."""

INKS = {"#010101": "ink", "#020202": "accent", "#030303": "faint"}
"""Colours as the specification names them, and the class that stands for each in the page."""

ALLOWED = {
    "svg": {"width", "height", "viewBox"},
    "g": {"transform", "role", "aria-label", "aria-hidden"},
    "a": {"href"},
    "line": {"x1", "x2", "y1", "y2", "stroke-dasharray"},
    "path": {"d"},
    "text": {"text-anchor", "font-size", "font-weight"},
}
COMMON = {
    "transform",
    "aria-label",
    "aria-hidden",
    "role",
    "fill",
    "stroke",
    "stroke-width",
    "opacity",
}


class Drawing(NamedTuple):
    """What a chart shows, in plain values.

    Attributes
    ----------
    title
        What it is called.
    form
        How the axis writes numbers, as d3 has it.
    reference
        The value on all instances; None where there is none.
    rows
        What each group shows.
    """

    title: str
    form: str
    reference: float | None
    rows: tuple[dict[str, Any], ...]


def drawing_of(table: MetricTable) -> Drawing:
    """Return what shows one metric over groups."""
    members = table.members[:LARGEST]
    return Drawing(
        title=table.title,
        form="%" if table.note.kind == "rate" else "~s",
        reference=None if table.overall is None else table.overall.value,
        rows=tuple(_record(index, table, member) for index, member in enumerate(members)),
    )


def interval_chart(drawing: Drawing) -> Markup:
    """Return one metric over groups as an SVG element whose marks are links.

    A dot is the estimate and a bar its interval; hollow and faint where there are too few
    instances; a dashed line is the value on all instances.
    """
    import vl_convert  # noqa: PLC0415 - half a second, only where a chart is drawn

    drawn = vl_convert.vegalite_to_svg(specification(drawing))
    return Markup(tidy(drawn, drawing.title))  # noqa: S704 - rebuilt from an allow-list by `tidy`


def specification(drawing: Drawing) -> dict[str, Any]:
    """Return a chart in Vega-Lite.

    Written out rather than built by Altair, which takes a quarter of a second to start.
    """
    longest = max(len(row["label"]) for row in drawing.rows)
    axis = {"title": None, "format": drawing.form, "tickCount": 4, "domain": False, "ticks": False}
    row = {"field": "row", "type": "ordinal", "axis": None}
    ink = {"field": "ink", "type": "nominal", "scale": None}
    link = {"field": "link", "type": "nominal"}
    bars = {
        "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "round", "aria": False},
        "encoding": {"x": _quantity("low"), "x2": {"field": "high"}, "y": row, "color": ink},
    }
    dots = {
        "mark": {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "x": _quantity("value") | {"axis": axis | {"grid": True}},
            "y": row,
            "color": ink,
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "href": link,
            "description": {"field": "words", "type": "nominal"},
        },
    }
    labels = {
        "mark": {"type": "text", "align": "right", "baseline": "middle", "fontSize": 12},
        "encoding": {
            "x": {"value": -10},
            "y": row,
            "text": {"field": "label", "type": "nominal"},
            "color": {"value": "#010101"},
            "href": link,
            "description": {"field": "label", "type": "nominal"},
        },
    }
    layers = [bars, dots, labels]
    if drawing.reference is not None:
        layers.insert(0, _reference(drawing.reference))
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": {"step": 24},
        "data": {"values": list(drawing.rows)},
        "layer": layers,
        "config": {
            "background": "transparent",
            "autosize": "none",
            "padding": {"left": LETTER * longest + 14, "right": 16, "top": 4, "bottom": 20},
            "view": {"stroke": None},
            "axis": {"gridColor": "#030303", "labelColor": "#010101", "labelSeparation": 14},
        },
    }


def _reference(value: float) -> dict[str, Any]:
    return {
        "data": {"values": [{"value": value}]},
        "mark": {"type": "rule", "strokeDash": [3, 3], "color": "#010101", "aria": False},
        "encoding": {"x": _quantity("value")},
    }


def _quantity(field: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative"}


def _record(index: int, table: MetricTable, member: Member) -> dict[str, Any]:
    estimate, note = member.estimate, table.note
    ink = "#030303" if member.too_few else "#020202"
    few = ", too few to say" if member.too_few else ""
    said = f"{amount(estimate.value, note)} ({denominator(estimate, note)}), interval "
    return {
        "row": index,
        "label": shorten(clean(member.group.value), LABEL),
        "words": f"{clean(member.group.value)}: {said}{interval(estimate, note)}{few}",
        "link": f"{BASE}#{member.anchor}",
        "value": _plain(estimate.value),
        "low": _plain(estimate.low),
        "high": _plain(estimate.high),
        "ink": ink,
        "fill": "transparent" if member.too_few else ink,
    }


def _plain(value: float | None) -> float | None:
    """Return a number as a document that was written and read again holds it."""
    return None if value is None else float(value)


def tidy(drawn: str, title: str) -> str:
    """Return the drawing rebuilt from known elements and attributes, with relative links.

    Whatever a name may have smuggled through the renderer ends here.
    """
    root = ET.fromstring(drawn)  # noqa: S314 - written by our own renderer a moment ago
    seen: set[str] = set()
    clean_root = _rebuild(root, seen)
    clean_root.set("class", "chart")
    clean_root.set("role", "group")
    clean_root.set("aria-label", clean(title))
    return ET.tostring(clean_root, encoding="unicode")


def _rebuild(element: ET.Element, seen: set[str]) -> ET.Element:
    tag = element.tag.split("}")[-1]
    new = ET.Element(tag, _attributes(tag, element, seen))
    new.text = element.text
    for child in element:
        known = child.tag.split("}")[-1] in ALLOWED
        if known and child.get("opacity") != "0" and child.get("display") != "none":
            new.append(_rebuild(child, seen))
    return new


def _attributes(tag: str, element: ET.Element, seen: set[str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, text in element.attrib.items():
        local = name.split("}")[-1]
        if local in ALLOWED[tag] | COMMON:
            kept[local] = text
    _ink(kept)
    if kept.get("role") == "graphics-object":
        del kept["role"]
    if kept.get("role") == "graphics-symbol":
        kept["role"] = "img"
    if "href" in kept:
        _link(kept, seen)
    return kept


def _ink(attributes: dict[str, str]) -> None:
    """Replace placeholder colours by classes, which know the theme."""
    classes = [
        f"{name}-{INKS[attributes.pop(name)]}"
        for name in ("fill", "stroke")
        if attributes.get(name) in INKS
    ]
    if classes:
        attributes["class"] = " ".join(classes)


def _link(attributes: dict[str, str], seen: set[str]) -> None:
    """Make a link relative; the second to the same place is no stop for Tab."""
    link = attributes["href"].removeprefix(BASE)
    if not re.fullmatch(r"#(group=g|report=)\d+", link):
        del attributes["href"]
        return
    attributes["href"] = link
    if link in seen:
        attributes["tabindex"] = "-1"
    seen.add(link)
