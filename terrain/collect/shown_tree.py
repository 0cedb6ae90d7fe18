"""The tree that is shown: grown on one part, measured on the other, unconfirmed splits folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from terrain.data.features import region_of, selection_of
from terrain.document import Node, TreeNote
from terrain.statistics.candidates import NEARLY_THE_SAME
from terrain.statistics.confirmation import Seen, Test, finding, worse
from terrain.statistics.corrections import holm
from terrain.statistics.counting import jaccard, overlaps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terrain.analyses.tree import Grown
    from terrain.collect.search import Direction, Judge
    from terrain.data.features import Encoding, Selection
    from terrain.data.regions import Condition
    from terrain.statistics.findings import Finding
    from terrain.statistics.measured import Measured

Sides = list[tuple["Measured", "Measured"]]
"""For each node its complement and itself."""


def shown_tree(
    judge: Judge,
    grown: Sequence[Grown],
    direction: Direction,
    encodings: Mapping[str, Encoding],
    grower: str,
) -> tuple[TreeNote, tuple[Selection, ...]]:
    """Return the tree with its numbers from unseen instances.

    A split is folded away, with all below it, when neither it nor any split below it is
    confirmed: Holm over all splits of the one-sided test that the side that was worse when the
    tree was grown is worse on unseen instances.

    Returns
    -------
    The tree, and the selection of each of its nodes.
    """
    selections = [node.selection for node in grown]
    unseen = judge.instrument.selections(direction.unseen, selections)
    seen = judge.instrument.selections(direction.seen, selections)
    p_values = _split_p_values(judge, grown, unseen)
    kept = _confirmed(grown, p_values, judge.alpha)
    order = _depth_first(grown, kept)
    names = {place: f"n{number}" for number, place in enumerate(order)}
    nodes = tuple(
        Node(
            finding=_node_finding(judge, names[place], grown[place], seen[place], unseen[place],
                                  direction, encodings),
            parent=names.get(grown[place].parent),
            children=tuple(names[c] for c in grown[place].children if c in names),
            condition=_condition(grown, place, encodings),
            split_p=p_values[place] if place in kept else None,
        )
        for place in order
    )  # fmt: skip
    folded = sum(node.split is not None for node in grown) - len(kept)
    note = TreeNote(nodes=nodes, grower=grower, folded=folded)
    return note, tuple(selections[place] for place in order)


def _split_p_values(judge: Judge, grown: Sequence[Grown], unseen: Sides) -> dict[int, float]:
    """Return the adjusted p-value of each split."""
    splits = [place for place, node in enumerate(grown) if node.split is not None]
    raw = []
    for place in splits:
        worse_child, better_child = (unseen[child][1] for child in grown[place].children)
        raw.append(worse(worse_child, better_child, judge.target))
    return dict(zip(splits, holm(raw).tolist(), strict=True))


def _confirmed(grown: Sequence[Grown], p_values: Mapping[int, float], alpha: float) -> set[int]:
    """Return the splits that are confirmed, or lead to one that is."""
    kept: set[int] = set()
    for place in sorted(p_values, reverse=True):  # children stand after their parents
        below = any(child in kept for child in grown[place].children)
        if below or p_values[place] <= alpha:
            kept.add(place)
    return kept


def _depth_first(grown: Sequence[Grown], kept: set[int]) -> list[int]:
    order, stack = [], [0]
    while stack:
        place = stack.pop()
        order.append(place)
        if place in kept:
            stack += reversed(grown[place].children)
    return order


def _condition(
    grown: Sequence[Grown], place: int, encodings: Mapping[str, Encoding]
) -> Condition | None:
    """Return the condition of a node that its parent does not have."""
    node = grown[place]
    if node.parent < 0:
        return None
    split = grown[node.parent].split
    if split is None:
        return None
    return encodings[split.feature].condition(dict(node.selection)[split.feature])


def _node_finding(
    judge: Judge,
    name: str,
    node: Grown,
    seen: tuple[Measured, Measured],
    unseen: tuple[Measured, Measured],
    direction: Direction,
    encodings: Mapping[str, Encoding],
) -> Finding:
    outside, inside = unseen
    return finding(
        name,
        region_of(node.selection, encodings),
        Test(outside, inside, 1.0),
        judge.instrument,
        judge.target,
        seen=Seen(seen[1].estimate(judge.target), seen[1].tally.instances, "tree"),
        status="none",
        p_adjusted=None,
        instances=sum(side.tally.instances for pair in (seen, unseen) for side in pair),
        measured_on=direction.measured_on,
    )


def with_status(
    tree: TreeNote,
    selections: Sequence[Selection],
    regions: Sequence[Finding],
    encodings: Mapping[str, Encoding],
    direction: Direction,
) -> TreeNote:
    """Return the tree with each node that is nearly one of the regions marked as that region."""
    found = [selection_of(region.region, encodings) for region in regions]
    shared = overlaps(direction.searched, [*selections, *found])
    alike = jaccard(shared)[: len(selections), len(selections) :]
    nodes = []
    for node, row in zip(tree.nodes, alike, strict=True):
        place = int(row.argmax()) if len(row) else -1
        if place >= 0 and row[place] >= NEARLY_THE_SAME and node.parent is not None:
            region = regions[place]
            marked = msgspec.structs.replace(node.finding, status=region.status, same_as=region.id)
            node = msgspec.structs.replace(node, finding=marked)  # noqa: PLW2901 - the marked node
        nodes.append(node)
    return msgspec.structs.replace(tree, nodes=tuple(nodes))
