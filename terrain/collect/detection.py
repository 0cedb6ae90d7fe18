"""Candidates judged by how a whole search does on tables in which there is nothing to find."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from terrain.progress import Steps
from terrain.statistics.candidates import choose, price_of, worths
from terrain.statistics.permutation import adjusted_by_permutation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terrain.collect.search import Judge, Tested
    from terrain.data.features import Selection
    from terrain.statistics.batch import Part

    Search = Callable[[Part], Iterable[tuple[Selection, str]]]


def detected(
    judge: Judge,
    family: Sequence[Tested],
    everything: Part,
    search: Search,
    permutations: int,
    say: Callable[[str], None],
) -> list[Tested]:
    """Return the candidates with p-values from permutations.

    A candidate's evidence on all instances, less the price of its description, is compared with
    the best that the same search finds on all instances of permuted tables. That holds for
    whatever region was picked in whatever way. The rates stay those of unseen instances.

    Parameters
    ----------
    judge
        How candidates are judged; its margin plays no part here.
    family
        What both halves proposed.
    everything
        All instances, with the target's measures.
    search
        Proposes regions of a part.
    permutations
        How often it is repeated.
    say
        Told how far it is.
    """
    steps = Steps(say, "permuting", permutations, "permutations")

    def best(part: Part) -> float:
        found = choose(part, search(part), judge.target, 1, judge.encodings, judge.find)
        worth = [each.evidence - price_of(each.selection, judge.encodings) for each in found]
        steps.step()
        return max(worth, default=-math.inf)

    selections = [item.candidate.selection for item in family]
    p_values = adjusted_by_permutation(
        everything,
        best,
        worths(everything, selections, judge.target, judge.encodings, judge.find),
        permutations=permutations,
        seed=judge.seed,
    )
    return [
        item._replace(test=item.test._replace(p_value=p), p_adjusted=p)
        for item, p in zip(family, p_values, strict=True)
    ]
