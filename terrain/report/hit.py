"""Who is hit: the gaps between groups that hold up to chance, and groups too small to say."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from terrain.report.views import Small, WorstGap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terrain.document import Breakdown, Group, Terrain
    from terrain.report.views import Place
    from terrain.statistics.findings import Difference


class Harm(NamedTuple):
    """A gap of one group, to its harm, that chance does not explain.

    Attributes
    ----------
    metric
        A key of the document's metrics.
    group, gap
        The group, and its difference to all other instances.
    """

    metric: str
    group: Group
    gap: Difference

    @property
    def at_least(self) -> float:
        """Return the size of the gap at the cautious end of its interval, so few cannot shout."""
        if self.gap.low is None or self.gap.high is None:
            return 0.0
        return round(max(0.0, self.gap.low, -self.gap.high), 9)


def harms(terrain: Terrain, breakdown: Breakdown) -> Iterator[Harm]:
    """Yield the gaps to a group's harm that remain after a correction for the metrics, too.

    P-values are adjusted over groups, metric by metric; whoever looks for the largest gap of all
    looks at every metric, so each has its share of `alpha` only (Bonferroni).
    """
    compared = {
        name: 1 if note.worse == "high" else -1
        for name, note in terrain.metrics.items()
        if note.worse != "none" and (name == terrain.target or _is_rate(terrain, name))
    }
    for group in breakdown.groups:
        for metric, worse in compared.items():
            gap = group.gaps.get(metric)
            if gap is None or gap.gap is None or gap.p_adjusted is None or gap.gap * worse <= 0:
                continue
            if gap.p_adjusted * len(compared) <= terrain.method.alpha:
                yield Harm(metric, group, gap)


def _is_rate(terrain: Terrain, metric: str) -> bool:
    """Whether gaps of a metric can be compared with those of the target: both are rates."""
    return terrain.metrics[metric].kind == terrain.metrics[terrain.target].kind == "rate"


def worst_gaps(terrain: Terrain, places: dict[str, Place]) -> tuple[WorstGap, ...]:
    """Return the largest gap of all metrics, then that of the target, if it is another one."""
    found = list(chain.from_iterable(harms(terrain, each) for each in terrain.breakdowns))
    of_target = [harm for harm in found if harm.metric == terrain.target]
    # of two that mirror each other, as error rate and accuracy do, that of the target
    largest = max(found, key=lambda h: (h.at_least, h.metric == terrain.target), default=None)
    main = max(of_target, key=lambda harm: harm.at_least, default=None)
    shown = [largest, main] if largest is not main else [main]
    return tuple(
        WorstGap(
            place=places[harm.group.id],
            note=terrain.metrics[harm.metric],
            estimate=harm.group.finding.metrics[harm.metric],
            difference=harm.gap,
        )
        for harm in shown
        if harm
    )


def small_groups(terrain: Terrain) -> Small:
    """Return how many groups are too small for the target, of how many."""
    groups = [group for breakdown in terrain.breakdowns for group in breakdown.groups]
    return Small(few=sum(terrain.target in group.too_few for group in groups), groups=len(groups))
