"""Which gaps between groups come first: the largest that chance does not explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terrain.statistics.findings import Difference, MetricNote


class Compared(Protocol):
    """A group with its gaps to all other instances."""

    @property
    def gaps(self) -> dict[str, Difference]:
        """By metric."""

    @property
    def too_few(self) -> tuple[str, ...]:
        """Metrics of which too few instances say anything."""


Group = TypeVar("Group", bound=Compared)


class Harm(NamedTuple, Generic[Group]):
    """A gap of one group, to its harm, that chance does not explain.

    Attributes
    ----------
    group, metric
        Which group, and a key of the document's metrics.
    gap
        The difference to all other instances.
    """

    group: Group
    metric: str
    gap: Difference

    @property
    def at_least(self) -> float:
        """Return the size of the gap at the cautious end of its interval, so few cannot shout."""
        if self.gap.low is None or self.gap.high is None:
            return 0.0
        return round(max(0.0, self.gap.low, -self.gap.high), 9)


def harms(
    groups: Iterable[Group], metrics: dict[str, MetricNote], target: str, alpha: float
) -> Iterator[Harm[Group]]:
    """Yield the gaps to a group's harm that remain after a correction for the metrics, too.

    P-values are adjusted over groups, metric by metric; whoever looks for the largest gap of all
    looks at every metric, so each has its share of `alpha` only (Bonferroni). Metrics are
    compared with the target where both are rates.
    """
    kinds = {"rate"} if metrics[target].kind == "rate" else set()
    compared = {
        name: 1 if note.worse == "high" else -1
        for name, note in metrics.items()
        if note.worse != "none" and (name == target or note.kind in kinds)
    }
    for group in groups:
        for metric, worse in compared.items():
            gap = group.gaps.get(metric)
            if gap is None or gap.gap is None or gap.p_adjusted is None or gap.gap * worse <= 0:
                continue
            if metric not in group.too_few and gap.p_adjusted * len(compared) <= alpha:
                yield Harm(group, metric, gap)


def worst_gaps(
    groups: Iterable[Group], metrics: dict[str, MetricNote], target: str, alpha: float
) -> list[Harm[Group]]:
    """Return the largest gap of all metrics, then that of the target, if it is another one."""
    found = list(harms(groups, metrics, target, alpha))
    # of two that mirror each other, as error rate and accuracy do, that of the target
    largest = max(found, key=lambda harm: (harm.at_least, harm.metric == target), default=None)
    of_target = (harm for harm in found if harm.metric == target)
    main = max(of_target, key=lambda harm: harm.at_least, default=None)
    return [harm for harm in (largest, main if main is not largest else None) if harm]
