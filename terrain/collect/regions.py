"""From the tested candidates to the regions of the document: folded, ordered, with a short list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from terrain.collect.cover import cover, distinct
from terrain.collect.folding import folded, shared_by
from terrain.collect.search import region_findings
from terrain.statistics.candidates import price_of
from terrain.statistics.findings import Folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.collect.cover import Cover
    from terrain.collect.search import Judge, Tested
    from terrain.statistics.batch import Part
    from terrain.statistics.findings import Finding
    from terrain.study import Study


def regions_of(
    judge: Judge, family: Sequence[Tested], study: Study, halves: Sequence[Part]
) -> tuple[list[Finding], Cover]:
    """Return the regions in the order of the document, and the short list.

    Confirmed ones come first: those of the short list, the others that stand for themselves, then
    those that are folded beneath one of them. Suspected ones follow in the same manner.

    Parameters
    ----------
    judge
        How candidates were judged.
    family
        All that were tested.
    study, halves
        What was searched.
    """
    ranked = distinct(family, halves)
    price = partial(_price, judge=judge)
    most_telling_first = partial(sorted, key=lambda i: price(i) - i.candidate.evidence)
    confirmed = most_telling_first(item for item in ranked if judge.confirms(item))
    doubtful = [i for i in ranked if not judge.confirms(i) and not judge.refutes(i)]
    regions = [*confirmed, *most_telling_first(doubtful)]
    shared = shared_by(regions, halves)
    folds = folded(regions, len(confirmed), judge, shared)
    heads = [fold.head for fold in folds]
    standing = [regions[head] for head in heads if head < len(confirmed)]
    short_list = cover(standing, judge.target, judge.find)
    listed = [heads[place] for place in short_list.places]
    head_of = {place: fold.head for fold in folds for place in (fold.head, *fold.beneath)}
    order = sorted(
        range(len(regions)),
        key=lambda place: (
            place >= len(confirmed),
            head_of[place] != place,
            listed.index(place) if place in listed else len(listed),
            heads.index(head_of[place]),
            place,
        ),
    )
    findings = region_findings(judge, [regions[p] for p in order], study.encodings, len(study))
    ids = {place: finding.id for place, finding in zip(order, findings, strict=True)}
    return [
        msgspec.structs.replace(
            finding,
            headline=place in listed,
            folded=None if head_of[place] == place else Folded(
                under=ids[head_of[place]],
                inside=float(shared.inside[place, head_of[place]]),
                jaccard=float(shared.jaccard[place, head_of[place]]),
            ),
        )
        for place, finding in zip(order, findings, strict=True)
    ], short_list  # fmt: skip


def _price(item: Tested, judge: Judge) -> float:
    return price_of(item.candidate.selection, judge.encodings)
