"""Charts for notebooks: what was found as Altair charts, to be shown, changed and saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from terrain.collect.features import heatmap_of
from terrain.errors import UsageError, nearest
from terrain.report.format import amount, clean, count, denominator, interval, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from terrain.document import Breakdown, FeatureNote, Terrain
    from terrain.statistics.findings import Estimate, MetricNote
    from terrain.study import Study

MOST = 30
"""Rows of a chart, the first ones; the data frames have all."""

WIDTH, STEP = 420, 22
"""Pixels: of a chart, of a row in it."""

STRONG, FAINT = "#0a7a9c", "#9aa3ab"
HEAT = ("#fdf1d9", "#f2a25a", "#cc522d", "#781820")


@dataclass(frozen=True, repr=False)
class Charts:
    """The charts of an analysis; each is an Altair chart.

    Data hold nothing but what is drawn, under names of our own, so that no name of a column can
    be misread by the chart's grammar.
    """

    terrain: Terrain
    study: Study

    def __repr__(self) -> str:
        """Return the names of the charts."""
        return (
            "<charts: .regions(), .groups(feature, metric), .profile(feature), .features(), "
            ".heatmap(down, across)>"
        )

    def regions(self) -> alt.LayerChart:
        """Return the regions: the confirmed value with its interval, and what the search saw."""
        terrain = self.terrain
        note = terrain.metrics[terrain.target]
        rows = [
            {
                **_row(f"{one.id}: {one.region.words}", one.metrics[one.target], note),
                "few": not one.confirmed,
                "found": one.discovery.value if one.discovery else None,
            }
            for one in terrain.regions
            if one.folded is None
        ]
        if not rows:
            raise UsageError("no region was found, so there is none to draw")
        title = f"{note.title}, measured on unseen instances"
        return _intervals(rows, note, title, terrain.overall[terrain.target], few="suspected")

    def groups(
        self, feature: str | Sequence[str] | None = None, metric: str | None = None
    ) -> alt.LayerChart:
        """Return the groups of a sensitive feature, or of several together.

        Parameters
        ----------
        feature
            Its name, as ``sex``; for an intersection ``sex × race`` or ``["sex", "race"]``. None:
            the first.
        metric
            A metric, as ``fpr``; None: the target.
        """
        breakdown, name = self._breakdown(feature), self._metric(metric)
        note = self.terrain.metrics[name]
        rows = [
            {
                **_row(group.value, group.finding.metrics[name], note),
                "few": name in group.too_few,
            }
            for group in breakdown.groups
            if name in group.finding.metrics
        ]
        title = f"{note.title} by {breakdown.feature}"
        return _intervals(rows, note, title, self.terrain.overall.get(name), few="too few to say")

    def profile(self, feature: str | None = None) -> alt.LayerChart:
        """Return the target along a feature; None: the most telling one."""
        terrain, found = self.terrain, self._feature(feature)
        note = terrain.metrics[terrain.target]
        rows = [_row(each.words, each.estimate, note) for each in found.profile]
        title = f"{note.title} along {found.feature}"
        return _intervals(rows, note, title, terrain.overall[terrain.target])

    def features(self) -> alt.Chart:
        """Return how much of the errors each feature explains alone, on unseen instances."""
        import altair as alt  # noqa: PLC0415 - slow to import

        rows = [
            {
                "label": clean(note.feature),
                "value": max(0.0, note.explained),
                "words": percent(note.explained),
            }
            for note in self.terrain.features[:MOST]
        ]
        if not rows:
            raise UsageError("no feature can carry a condition, so there is none to draw")
        return (
            alt.Chart(alt.InlineData(values=rows), title="share of the errors explained")
            .mark_bar(color=STRONG, height={"band": 0.6})
            .encode(
                x=alt.X("value:Q", title=None, axis=alt.Axis(format="%")),
                y=_down(rows),
                tooltip=[alt.Tooltip("label:N", title="feature"), _tooltip("explains")],
            )
            .properties(width=WIDTH, height={"step": STEP})
        )

    def heatmap(self, down: str | None = None, across: str | None = None) -> alt.LayerChart:
        """Return the target where two features cross; None: the most telling other one."""
        import altair as alt  # noqa: PLC0415 - as above

        one, other = self._pair(down, across)
        note = self.terrain.metrics[self.terrain.target]
        cells = heatmap_of(self.study, self.study.searched_halves(), one, other).cells
        rows = [
            {
                "down": clean(row.words),
                "across": clean(column.words),
                "value": cell.estimate.value,
                "short": amount(cell.estimate.value, note),
                "words": _said(cell.estimate, note),
                "support": f"{count(cell.support)} instances",
            }
            for row, line in zip(one.profile, cells, strict=True)
            for column, cell in zip(other.profile, line, strict=True)
            if cell.support
        ]
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            y=alt.Y("down:N", title=clean(one.feature), sort=_words(one)),
            x=alt.X("across:N", title=clean(other.feature), sort=_words(other)),
            tooltip=[_tooltip(note.title), alt.Tooltip("support:N", title="support")],
        )
        shades = alt.Color(
            "value:Q",
            title=note.title,
            scale=alt.Scale(range=list(HEAT)),
            legend=alt.Legend(format=_form(note)),
        )
        values = [cell.estimate.value or 0.0 for line in cells for cell in line]
        middle = max(values, default=0.0) / 2
        ink = alt.when(alt.datum.value > middle).then(alt.value("#ffffff"))
        return (
            (
                base.mark_rect().encode(color=shades)
                + base.mark_text(fontSize=11).encode(
                    text="short:N", color=ink.otherwise(alt.value("#1c2024"))
                )
            )
            .properties(width={"step": 64}, height={"step": 30})
            .properties(title=f"{note.title} by {clean(one.feature)} and {clean(other.feature)}")
        )

    def _breakdown(self, feature: str | Sequence[str] | None) -> Breakdown:
        known = {each.feature: each for each in self.terrain.breakdowns}
        if not known:
            raise UsageError(
                "there are no groups: name features whose groups are to be compared, "
                'as analyze(..., sensitive=["sex"])'
            )
        if feature is None:
            return next(iter(known.values()))
        name = feature if isinstance(feature, str) else " × ".join(feature)
        for each in known.values():
            if name == each.feature or set(name.split(" × ")) == set(each.features):
                return each
        raise UsageError(
            f"there are no groups by `{name}`{nearest(name, known) or '.'} There are groups by: "
            f"{', '.join(known)}"
        )

    def _metric(self, metric: str | None) -> str:
        name, known = metric or self.terrain.target, self.terrain.metrics
        if name not in known:
            raise UsageError(
                f"there is no metric `{name}`{nearest(name, known) or '.'} "
                f"The metrics are: {', '.join(known)}"
            )
        return name

    def _feature(self, feature: str | None, besides: str | None = None) -> FeatureNote:
        known = {each.feature: each for each in self.terrain.features if each.feature != besides}
        if not known:
            raise UsageError("there are too few features that can carry a condition")
        if feature is None:
            return next(iter(known.values()))
        if feature not in known:
            raise UsageError(
                f"there is no feature `{feature}`{nearest(feature, known) or '.'} "
                f"{'The others' if besides else 'The features'} are: {', '.join(known)}"
            )
        return known[feature]

    def _pair(self, down: str | None, across: str | None) -> tuple[FeatureNote, FeatureNote]:
        first = self._feature(down, besides=across if down is None else None)
        return first, self._feature(across, besides=first.feature)


def _row(label: str, estimate: Estimate, note: MetricNote) -> dict[str, Any]:
    return {
        "label": clean(label),
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "words": _said(estimate, note),
        "few": False,
    }


def _said(estimate: Estimate, note: MetricNote) -> str:
    """Return a value with its denominator and its interval in words."""
    said = f"{amount(estimate.value, note)} ({denominator(estimate, note)})"
    return said if estimate.low is None else f"{said}, interval {interval(estimate, note)}"


def _intervals(
    rows: list[dict[str, Any]],
    note: MetricNote,
    title: str,
    overall: Estimate | None,
    few: str = "",
) -> alt.LayerChart:
    """Return a dot with its interval for each row; faint where `few` is; dashed: all instances."""
    import altair as alt  # noqa: PLC0415 - as above

    rows = rows[:MOST]
    for row in rows:
        row["words"] += f", {few}" if row["few"] else ""
    ink = alt.when(alt.datum.few).then(alt.value(FAINT)).otherwise(alt.value(STRONG))
    axis = alt.Axis(format=_form(note), tickCount=6)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=_down(rows),
        color=ink,
        tooltip=[alt.Tooltip("label:N", title=" "), _tooltip(note.title)],
    )
    layers: list[alt.Chart] = [
        base.mark_rule(strokeWidth=4, opacity=0.45).encode(
            x=alt.X("low:Q", title=None, axis=axis), x2="high:Q"
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(x="value:Q"),
    ]
    if any(row.get("found") is not None for row in rows):
        layers.append(
            base.mark_point(size=60, opacity=1).encode(x="found:Q", color=alt.value(FAINT))
        )
    if overall is not None and overall.value is not None:
        line = alt.Chart(alt.InlineData(values=[{"value": overall.value}]))
        layers.append(
            line.mark_rule(strokeDash=[4, 3], color=FAINT).encode(
                x="value:Q", tooltip=alt.Tooltip("value:Q", title="all", format=_form(note))
            )
        )
    return alt.LayerChart(layer=layers).properties(
        title=clean(title), width=WIDTH, height={"step": STEP}
    )


def _down(rows: list[dict[str, Any]]) -> alt.Y:
    import altair as alt  # noqa: PLC0415 - as above

    return alt.Y(
        "label:N",
        title=None,
        sort=[row["label"] for row in rows],
        axis=alt.Axis(labelLimit=320, ticks=False, domain=False),
    )


def _tooltip(title: str) -> alt.Tooltip:
    import altair as alt  # noqa: PLC0415 - as above

    return alt.Tooltip("words:N", title=clean(title))


def _words(note: FeatureNote) -> list[str]:
    return [clean(each.words) for each in note.profile]


def _form(note: MetricNote) -> str:
    return "%" if note.kind == "rate" else "~s"
