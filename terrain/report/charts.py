"""Interval charts: Altair builds them, vl-convert draws them once, as static SVG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

from markupsafe import Markup

from terrain.report.format import amount, clean, denominator, interval, shorten

if TYPE_CHECKING:
    import altair as alt

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

    drawn = vl_convert.vegalite_to_svg(_chart(drawing).to_dict(validate=False))
    return Markup(tidy(drawn, drawing.title))  # noqa: S704 - rebuilt from an allow-list by `tidy`


def _chart(drawing: Drawing) -> alt.LayerChart:
    import altair as alt  # noqa: PLC0415 - slow to import

    # channels are named as such: to recognise each from plain text takes Altair five milliseconds
    rows, form = list(drawing.rows), drawing.form
    axis = alt.Axis(title=None, format=form, tickCount=4, grid=True, domain=False, ticks=False)
    longest = max(len(row["label"]) for row in rows)
    base = alt.Chart(alt.InlineData(values=rows), width=WIDTH, height={"step": 24}).encode(
        y=alt.Y("row:O", axis=None), x=alt.X("value:Q", axis=axis)
    )
    dots = base.mark_point(size=70, strokeWidth=2, opacity=1).encode(
        color=alt.Color("ink:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        href=alt.Href("link:N"),
        description=alt.Description("words:N"),
    )
    bars = base.mark_rule(strokeWidth=3, strokeCap="round", aria=False).encode(
        x=alt.X("low:Q"), x2=alt.X2("high:Q"), color=alt.Color("ink:N", scale=None)
    )
    labels = base.mark_text(align="right", baseline="middle", fontSize=12).encode(
        x=alt.XValue(-10),  # type: ignore[no-untyped-call]
        text=alt.Text("label:N"),
        href=alt.Href("link:N"),
        description=alt.Description("label:N"),
        color=alt.ColorValue("#010101"),
    )
    layers = [bars, dots, labels]
    if drawing.reference is not None:
        layers.insert(0, _reference(drawing.reference))
    return (
        alt.layer(*layers)
        .configure(
            background="transparent",
            autosize="none",
            padding={"left": LETTER * longest + 14, "right": 16, "top": 4, "bottom": 20},
        )
        .configure_view(stroke=None)
        .configure_axis(gridColor="#030303", labelColor="#010101", labelSeparation=14)
    )


def _reference(value: float) -> alt.Chart:
    import altair as alt  # noqa: PLC0415 - slow to import

    line = alt.Chart(alt.InlineData(values=[{"value": value}]))
    return line.mark_rule(strokeDash=[3, 3], color="#010101", aria=False).encode(x=alt.X("value:Q"))


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


EXAMPLE = Drawing(
    title="an example",
    form="%",
    reference=0.2,
    rows=(
        {
            "row": 0,
            "label": "all",
            "words": "all",
            "link": f"{BASE}#group=g1",
            "value": 0.2,
            "low": 0.1,
            "high": 0.3,
            "ink": "#020202",
            "fill": "#020202",
        },
    ),
)
"""One group, for a renderer that gets ready."""


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
