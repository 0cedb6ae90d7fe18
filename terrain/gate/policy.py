"""What the gate demands: a policy, its rules, and assertions on the table."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from terrain.gate.verdict import Mode

EVERY = "*"
"""Stands for all breakdowns, or for all cohorts."""

Names = str | tuple[str, ...]
Share = Annotated[float, Meta(ge=0, le=1)]
Whole = Annotated[int, Meta(ge=1)]

LIMITS = ("at_most", "at_least", "ratio_at_least", "rise_at_most", "fall_at_most")
"""Settings of a rule that limit a metric."""

PLACES = ("groups", "gap", "cohort", "regions")
"""Settings of a rule that say where it holds; without one, on all instances together."""

WITHOUT_METRIC = {"at_least_instances"}
AGAINST_BASELINE = {"rise_at_most", "fall_at_most"}
ALLOWED = {
    None: {"at_most", "at_least", *AGAINST_BASELINE, *WITHOUT_METRIC},
    "groups": {"at_most", "at_least", *AGAINST_BASELINE, *WITHOUT_METRIC},
    "cohort": {"at_most", "at_least", *AGAINST_BASELINE, *WITHOUT_METRIC},
    "gap": {"at_most", "ratio_at_least"},
    "regions": {"at_most", "at_least", "rise_at_most"},
}
"""The limits that make sense at each kind of place."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One demand, or several of the same metric at the same places.

    Attributes
    ----------
    name
        What it is called; None: by its words.
    metric
        A metric's key, as ``fnr``; None: the target.
    groups
        Breakdowns, as ``sex`` and ``sex × race``: it holds in each of their groups. ``*``: all.
    gap
        Breakdowns: it limits how much worse each of their groups is than others.
    against
        What a gap is measured against: all other instances, or the reference group.
    cohort
        Names of cohorts; ``*``: all of them.
    regions
        Whether it holds in every region that the search finds and confirms.
    min_coverage
        The smallest share of all instances that makes a region count.
    at_most, at_least
        Of the metric (of its gap: at most), in its own unit: 0.3, not 30, is 30%.
    ratio_at_least
        Of a group's rate to the others' (of theirs to its, where high is worse).
    rise_at_most, fall_at_most
        Of the metric, since the baseline; with `regions` in those that got worse.
    at_least_instances
        How many there must be.
    severity
        ``warn`` tells of a failure without failing.
    """

    name: str | None = None
    metric: str | None = None
    groups: Names = ()
    gap: Names = ()
    against: Literal["rest", "reference"] = "rest"
    cohort: Names = ()
    regions: bool = False
    min_coverage: Share = 0.0
    at_most: float | None = None
    at_least: float | None = None
    ratio_at_least: Annotated[float, Meta(gt=0, le=1)] | None = None
    rise_at_most: float | None = None
    fall_at_most: float | None = None
    at_least_instances: Whole | None = None
    severity: Literal["fail", "warn"] = "fail"

    def __post_init__(self) -> None:
        """Refuse what cannot be meant; `msgspec` adds where it stands.

        Raises
        ------
        ValueError
            No limit, one that is no number, one that makes no sense at this place, or two places.
        """
        places = [name for name in PLACES if getattr(self, name)]
        if len(places) > 1:
            raise ValueError(f"a rule holds at one place, not at both `{places[0]}` and "
                             f"`{places[1]}`: make two rules")  # fmt: skip
        limits = self.limits()
        if not limits:
            known = ", ".join((*LIMITS, *WITHOUT_METRIC))
            raise ValueError(f"a rule without a limit demands nothing: give one of {known}")
        for name, limit in limits.items():
            if not math.isfinite(limit):
                raise ValueError(f"`{name}` must be a number, not {limit}")
            if name not in ALLOWED[self.place]:
                raise ValueError(_misplaced(name, self.place))
        if self.place == "gap" and (self.at_most or 0.0) < 0:
            raise ValueError("`at_most` of a gap must be at least 0: a gap is never below it")
        if self.regions and (self.rise_at_most or 0.0) < 0:
            raise ValueError("`rise_at_most` with `regions` must be at least 0: regions are "
                             "searched that got worse")  # fmt: skip
        self._refuse_idle()

    def _refuse_idle(self) -> None:
        """Refuse settings that would be ignored."""
        if self.min_coverage and not self.regions:
            raise ValueError("`min_coverage` belongs to `regions = true`")
        if self.against == "reference" and not self.gap:
            raise ValueError("`against` belongs to `gap`")
        if self.metric is not None and set(self.limits()) == WITHOUT_METRIC:
            raise ValueError("`at_least_instances` counts instances: it takes no `metric`")

    @property
    def place(self) -> str | None:
        """Which setting says where it holds; None for all instances together."""
        return next((name for name in PLACES if getattr(self, name)), None)

    def limits(self) -> dict[str, float]:
        """Return what it limits, by the setting's name."""
        found = {name: getattr(self, name) for name in (*LIMITS, *sorted(WITHOUT_METRIC))}
        return {name: limit for name, limit in found.items() if limit is not None}


def _misplaced(limit: str, place: str | None) -> str:
    takes = ", ".join(name for name in (*LIMITS, *WITHOUT_METRIC) if name in ALLOWED[place])
    where = "a rule on all instances together" if place is None else f"a rule with `{place}`"
    return f"`{limit}` makes no sense there: {where} takes {takes}"


class TableRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Assertions on the table itself, checked exactly.

    Attributes
    ----------
    at_least_rows
        Rows that there must be.
    columns
        Columns that must be there.
    unique
        Columns in which no value occurs twice.
    missing_at_most
        By column, the share of values that may be missing.
    levels
        By column, the only values that may occur; all of them need not.
    range
        By column, the smallest and the largest number that may occur.
    """

    at_least_rows: Whole | None = None
    columns: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    missing_at_most: dict[str, Share] = {}
    levels: dict[str, tuple[str | int, ...]] = {}
    range: dict[str, tuple[float, float]] = {}

    def __post_init__(self) -> None:
        """Refuse a range that holds nothing.

        Raises
        ------
        ValueError
            Names the column.
        """
        for column, (low, high) in self.range.items():
            if not low <= high:
                raise ValueError(f"the range of `{column}` is empty: {low:g} to {high:g}")


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that the gate demands, and how it judges.

    Attributes
    ----------
    mode
        ``no-evidence-of-harm`` fails what is shown to be beyond a limit; ``prove`` passes what is
        shown to keep it; ``point`` compares estimates, blind to chance.
    alpha
        The chance of any false failure (in the mode ``prove`` also: of any false pass).
    undecided
        What an undecided verdict does; None: an exit code of its own.
    rules
        What is demanded of metrics and sizes.
    table
        What is demanded of the table.
    """

    mode: Mode = "no-evidence-of-harm"
    alpha: Annotated[float, Meta(ge=1e-9, le=0.5)] = 0.05
    undecided: Literal["fail", "pass", "warn"] | None = None
    rules: tuple[Rule, ...] = ()
    table: TableRules = TableRules()

    @property
    def demands_nothing(self) -> bool:
        """Whether it has neither rules nor assertions."""
        return not self.rules and self.table == TableRules()

    @property
    def searches(self) -> bool:
        """Whether any rule limits the metric of the regions that a search finds."""
        return any(rule.regions and set(rule.limits()) - AGAINST_BASELINE for rule in self.rules)

    @property
    def searches_changes(self) -> bool:
        """Whether any rule limits the rise in the regions that got worse."""
        return any(rule.regions and set(rule.limits()) & AGAINST_BASELINE for rule in self.rules)

    @property
    def breakdowns(self) -> tuple[tuple[str, ...], ...]:
        """The features of every breakdown that a rule names."""
        named = (name for rule in self.rules for name in (*listed(rule.groups), *listed(rule.gap)))
        return tuple(dict.fromkeys(features_of(name) for name in named if name != EVERY))


def listed(names: Names) -> tuple[str, ...]:
    """Return one name as a list of one.

    Examples
    --------
    >>> listed("sex"), listed(("sex", "race"))
    (('sex',), ('sex', 'race'))
    """
    return (names,) if isinstance(names, str) else names


def features_of(breakdown: str) -> tuple[str, ...]:
    """Return the features that a breakdown's name is made of.

    Examples
    --------
    >>> features_of("sex × race"), features_of("age")
    (('sex', 'race'), ('age',))
    """
    return tuple(part.strip() for part in breakdown.split("×"))
