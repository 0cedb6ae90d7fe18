"""terrain doing what `duckdb_tree.py` does: `terrain_large.py FILE.parquet MEMORY`.

Exact cut points, a code for each instance and feature, a tree of depth 4 on all instances, and the
error rate of the groups of two features. Cut points are those of the discovery half, as always;
which column is what is told by a look at 100,000 rows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from terrain.analyses import tree
from terrain.app import at_home, read
from terrain.config import Plan
from terrain.engines.allocation import keep_memory
from terrain.statistics.counting import tally_codes
from terrain.study import study_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.statistics.batch import Batch, Part, State

SENSITIVE = ("level_0", "level_2")


class Both(NamedTuple):
    """Two halves as one part."""

    first: Part
    second: Part

    def map(self, step: Callable[[Batch], State]) -> list[State]:
        """Return the state of each batch."""
        return self.first.map(step) + self.second.map(step)

    def reduce(
        self, step: Callable[[Batch], State], merge: Callable[[State, State], State]
    ) -> State:
        """Return the merged states of all batches."""
        return merge(self.first.reduce(step, merge), self.second.reduce(step, merge))


def main(path: str, memory: str) -> None:
    """Print the conditions of the tree and the sizes of the groups."""
    plan = Plan(
        inputs=(path,),
        error=("wrong",),
        sensitive=SENSITIVE,
        memory=memory,
        sample_rows=100_000,
        slices=0,
    )
    with at_home(plan) as home:
        study = study_of(read(plan, home=home), plan)
        part = Both(*study.searched_halves())
        grown = tree.grow(part, study.searchable, tree.Limits(max_depth=4, min_rows=1))
        print(len([node for node in grown if node.split is None]), "leaves")
        for node in grown:
            print(node.selection)
        groups = tally_codes(part, {name: study.encodings[name].size for name in SENSITIVE})
        for name, sums in groups.items():
            print(name, sums.tolist())


if __name__ == "__main__":
    keep_memory()  # as the command does
    main(*sys.argv[1:])
