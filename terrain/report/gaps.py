"""Which gap between groups comes first: the largest that chance does not explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def worst_gap(
    groups: Iterable[Group], metrics: dict[str, MetricNote], target: str, alpha: float
) -> tuple[Group, str, Difference] | None:
    """Return the group, the metric and the size of the largest gap that chance does not explain.

    A gap of the target comes before all others.
    """
    confirmed = [
        (group, key, difference)
        for group in groups
        for key, difference in group.gaps.items()
        if key not in group.too_few
        and (metrics[key].kind == "rate" or key == target)
        and _hurts(metrics[key], difference, alpha)
    ]
    return max(confirmed, key=lambda one: (one[1] == target, at_least(one[2])), default=None)


def at_least(difference: Difference) -> float:
    """Return the size of a gap at the cautious end of its interval, so few cannot shout."""
    if difference.low is None or difference.high is None:
        return 0.0
    return max(0.0, difference.low, -difference.high)


def _hurts(note: MetricNote, difference: Difference, alpha: float) -> bool:
    """Return whether a gap is confirmed and unfavourable."""
    if difference.gap is None or difference.p_adjusted is None:
        return False
    worse = difference.gap > 0 if note.worse == "high" else difference.gap < 0
    return note.worse != "none" and worse and difference.p_adjusted <= alpha
