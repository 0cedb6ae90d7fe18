"""What sets a region's instances apart: every feature, and the scores, inside and outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from terrain.report.format import number
from terrain.report.views import Axis
from terrain.statistics.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from terrain.document import FeatureNote, Terrain
    from terrain.statistics.findings import Distribution, Finding
    from terrain.statistics.scores import ScoreBins, Scores

LEADING, DRAWN = 4, 12
"""Features that are drawn for a region at once, and when they are unfolded; the document has
all."""

NAMED = 4
"""Up to so many bars each have a name; of more, the first and the last."""

WIDTH, HEIGHT = 240, 48
"""Of a drawing of bars, in its own unit."""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Shares of the instances inside and outside, bar by bar, as two drawn shapes.

    Attributes
    ----------
    names
        What each bar stands for.
    inside, outside
        (bars,) shares, each of its own side.
    """

    names: tuple[str, ...]
    inside: tuple[float, ...]
    outside: tuple[float, ...]

    @property
    def most(self) -> int:
        """Return the bar whose share inside exceeds the one outside most."""
        return max(range(len(self.names)), key=lambda i: self.inside[i] - self.outside[i])

    @property
    def distance(self) -> float:
        """Return the total variation distance: 0 where both sides are alike, 1 at most."""
        return sum(abs(a - b) for a, b in zip(self.inside, self.outside, strict=True)) / 2

    @property
    def ends(self) -> tuple[str, ...]:
        """Return the names that stand below the bars."""
        return self.names if len(self.names) <= NAMED else (self.names[0], self.names[-1])

    def drawn(self, side: str) -> str:
        """Return the bars of a side as the data of an SVG path: left outside, right inside."""
        shares = self.inside if side == "inside" else self.outside
        top = max(*self.inside, *self.outside) or 1.0
        step, up = WIDTH / len(shares), HEIGHT / top
        start = step * (0.5 if side == "inside" else 0.1)
        return "".join(
            f"M{place * step + start:.1f},{HEIGHT}v{-share * up:.1f}h{step * 0.4:.1f}V{HEIGHT}"
            for place, share in enumerate(shares)
            if share
        )


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How one feature lies inside and outside; `own` features are named by the region itself."""

    feature: str
    bars: Bars
    own: bool


@dataclass(frozen=True, kw_only=True)
class Point:
    """A range of scores: the mean score and the share of positives, with an interval or none."""

    mean: float
    share: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class ScoreView:
    """The scores of a region: a histogram, and points of calibration if they are probabilities."""

    scores: Scores
    bars: Bars
    inside: tuple[Point, ...]
    outside: tuple[Point, ...]
    axis: Axis

    @property
    def rows(self) -> Iterator[tuple[str, tuple[float, float], tuple[float, float]]]:
        """Yield the name of each range, and instances and positives on each side."""
        for place, name in enumerate(self.bars.names):
            inside, outside = (
                (side.instances[place], side.positives[place])
                for side in (self.scores.inside, self.scores.outside)
            )
            yield name, inside, outside


def shapes_of(terrain: Terrain, finding: Finding) -> tuple[Shape, ...]:
    """Return how the features lie, those that set the region apart most first.

    Features that the region itself names stand last: it is no news that they differ.
    """
    detail = finding.detail
    if detail is None:
        return ()
    own = {condition.feature for condition in finding.region.conditions}
    shapes = [
        Shape(feature=note.feature, bars=bars, own=note.feature in own)
        for each, note in zip(detail.distributions, terrain.features, strict=False)
        if (bars := _feature_bars(each, note))
    ]
    return tuple(sorted(shapes, key=lambda shape: (shape.own, -shape.bars.distance)))


def _feature_bars(each: Distribution, note: FeatureNote) -> Bars | None:
    every = [stretch.support for stretch in note.profile]
    outside = [whole - part for whole, part in zip(every, each.inside, strict=True)]
    if not sum(each.inside) or not sum(outside):
        return None
    return Bars(
        names=tuple(stretch.words for stretch in note.profile),
        inside=_shares(each.inside),
        outside=_shares(outside),
    )


def _shares(counts: Sequence[float]) -> tuple[float, ...]:
    whole = sum(counts)
    return tuple(count / whole if whole else 0.0 for count in counts)


def score_view(finding: Finding, *, counted: bool) -> ScoreView | None:
    """Return the scores of a finding; None where there are none on one of the two sides.

    Parameters
    ----------
    finding
        With its scores, if it has any.
    counted
        Whether instances are independent and of weight 1, so that shares have an interval.
    """
    scores = finding.scores
    if scores is None or not sum(scores.inside.instances) or not sum(scores.outside.instances):
        return None
    probable = scores.edges[0] >= 0 and scores.edges[-1] <= 1
    sides = (scores.inside, scores.outside) if probable else ()
    points = [tuple(_points(side, counted=counted)) for side in sides] or [(), ()]
    return ScoreView(
        scores=scores,
        bars=Bars(
            names=tuple(_names(scores)),
            inside=_shares(scores.inside.instances),
            outside=_shares(scores.outside.instances),
        ),
        inside=points[0],
        outside=points[1],
        axis=Axis(low=0.0, high=1.0),
    )


def _names(scores: Scores) -> Iterator[str]:
    """Yield the range of each bin; where it holds one score only, that score."""
    sides = (scores.inside.mean, scores.outside.mean)
    alone = all(mean in (None, scores.edges[i]) for side in sides for i, mean in enumerate(side))
    ends = [number(edge) for edge in scores.edges]
    last = len(ends) - 2
    for place in range(last + 1):
        if alone:
            yield ends[place]
        else:
            yield f"{ends[place]} to {'' if place == last else '< '}{ends[place + 1]}"


def _points(side: ScoreBins, *, counted: bool) -> Iterable[Point]:
    for count, positives, mean in zip(side.instances, side.positives, side.mean, strict=True):
        if mean is None:
            continue
        low, high = wilson(positives, count) if counted else (None, None)
        yield Point(mean=mean, share=positives / count, low=low, high=high)
