"""What the searches propose for a part: nodes of the tree, and slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terrain.analyses import slices, tree
from terrain.collect.notes import narrowed, no_slices
from terrain.collect.search import Direction
from terrain.study import fewest_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terrain.config import Plan
    from terrain.data.features import Selection
    from terrain.data.notes import Warned
    from terrain.statistics.batch import Part
    from terrain.study import Study


def directions_of(study: Study) -> list[Direction]:
    """Return which half is searched and which one measured: one way, or both ways."""
    narrow, full = study.exposed_halves(), study.halves()
    forth = Direction(narrow[0], full[0], full[1], "second half")
    if not study.cross_fit:
        return [forth]
    return [forth, Direction(narrow[1], full[1], full[0], "first half")]


class Searches(NamedTuple):
    """The tree and the slice search, as a plan wants them."""

    study: Study
    plan: Plan

    def grow(self, part: Part) -> tuple[tree.Grown, ...]:
        """Return the tree of a part."""
        plan = self.plan
        limits = tree.Limits(
            max_depth=plan.max_depth, min_rows=self.min_rows(part), max_leaves=plan.max_leaves
        )
        return tree.grow(part, self.study.searchable, limits, plan.tree)

    def bounds(self, part: Part) -> slices.Bounds:
        """Return what slices are looked for in a part."""
        plan = self.plan
        return slices.Bounds(
            depth=plan.slices,
            min_rows=self.min_rows(part),
            score=plan.slice_score,
            alpha=plan.slice_alpha,
            find=plan.find,
        )

    def slice(self, part: Part, say: Callable[[str], None] | None = None) -> list[Selection]:
        """Return the slices of a part, best first; `say` is told how far the search is."""
        return slices.search(part, self.study.searchable, self.bounds(part), say)

    def both(self, part: Part) -> list[tuple[Selection, str]]:
        """Return what both propose for a part, each with the name of the search."""
        return named(self.grow(part), self.slice(part))

    def min_rows(self, part: Part) -> int:
        """Return the fewest instances of a region in a part that is searched."""
        return fewest_rows(self.study, part, self.plan.min_support)

    def warnings(self, sliced: Sequence[Sequence[Selection]]) -> tuple[Warned, ...]:
        """Return a warning for each depth at which not all features could be searched.

        And one if the slice search, by a score that was asked for, found nothing at all.
        """
        features = len(self.study.searchable)
        most = {depth: slices.most_features(depth) for depth in range(2, self.plan.slices + 1)}
        narrow = [narrowed(depth, n, features) for depth, n in most.items() if features > n]
        asked = self.plan.slices > 0 and self.plan.slice_score != "evidence"
        empty = [no_slices(self.plan.slice_score)] if asked and not any(sliced) else []
        return (*narrow, *empty)


def named(grown: Sequence[tree.Grown], sliced: Sequence[Selection]) -> list[tuple[Selection, str]]:
    """Return nodes and slices, each with the name of the search that found it."""
    nodes = [(node.selection, "tree") for node in grown]
    return nodes + [(selection, "slices") for selection in sliced]
