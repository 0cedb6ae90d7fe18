"""The target of a benchmark from report to report, as static SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from terrain.report.charts import BASE, tidy
from terrain.report.format import amount, clean, denominator, interval

if TYPE_CHECKING:
    import altair as alt

    from terrain.report.overview_page import Entry, Trend

MOST = 60
"""Reports in a chart, the newest."""

WIDTH, HEIGHT = 400, 130


def trend_chart(trend: Trend) -> Markup:
    """Return a line of the target within a band of its intervals; its dots lead to the table.

    A dashed line stands where the benchmark is made otherwise than in the report before.
    """
    import vl_convert  # noqa: PLC0415 - half a second, only where a chart is drawn

    drawn = vl_convert.vegalite_to_svg(_chart(trend).to_dict(validate=False))
    title = f"{trend.entries[-1].note.title} on {trend.benchmark} over time"
    return Markup(tidy(drawn, title))  # noqa: S704 - rebuilt from an allow-list by `tidy`


def _chart(trend: Trend) -> alt.LayerChart:
    import altair as alt  # noqa: PLC0415 - slow to import

    changed = {change.entry.number: change.words for change in trend.changes}
    rows = [_record(place, entry) for place, entry in enumerate(trend.drawn)]
    changes = [{"place": row["place"] - 0.5} for row in rows if row["number"] in changed]
    note = trend.entries[-1].note
    form = "%" if note.kind == "rate" else "~s"
    axis = alt.Axis(title=None, format=form, tickCount=4, grid=True, domain=False, ticks=False)
    across = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[-0.5, len(rows) - 0.5]))
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=across)
    ends = [row[end] for row in rows for end in ("low", "value", "high") if row[end] is not None]
    scale = alt.Scale(domain=_domain(ends), nice=True)
    down = alt.Y("value:Q", axis=axis, scale=scale)
    layers: list[alt.Chart] = [
        base.mark_area(opacity=0.2, color="#020202", aria=False).encode(
            y=alt.Y("low:Q", axis=axis, scale=scale), y2="high:Q"
        ),
        alt.Chart(alt.InlineData(values=changes))
        .mark_rule(strokeDash=[3, 3], color="#010101", aria=False)
        .encode(x=across),
        base.mark_line(color="#020202", strokeWidth=2, aria=False).encode(y=down),
        base.mark_point(size=60, filled=True, opacity=1, color="#020202").encode(
            y=down, href="link:N", description="words:N"
        ),
    ]
    return (
        alt.LayerChart(layer=layers)
        .properties(width=WIDTH, height=HEIGHT)
        .configure(background="transparent", padding={"left": 4, "right": 8, "top": 6, "bottom": 6})
        .configure_view(stroke=None)
        .configure_axis(gridColor="#030303", labelColor="#010101", labelFontSize=13)
    )


def _domain(ends: list[float]) -> list[float]:
    """Return a scale that spans the intervals, so that what is within chance looks level."""
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = (high - low) / 10 or abs(high) / 10 or 1.0
    return [max(0.0, low - room) if low >= 0 else low - room, high + room]


def _record(place: int, entry: Entry) -> dict[str, Any]:
    estimate, note = entry.estimate, entry.note
    said = f"{amount(estimate.value, note)} ({denominator(estimate, note)})"
    return {
        "place": place,
        "number": entry.number,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "link": f"{BASE}#{entry.anchor}",
        "words": f"{entry.day}, {clean(entry.name)}: {said}, interval {interval(estimate, note)}",
    }
