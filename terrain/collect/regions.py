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
    those that are folded beneath one of them. Suspected ones follow in the same manner. Beyond
    the test itself, nothing is chosen or ordered by what unseen instances say: rates that decide
    what is shown are no longer fair measurements.

    Parameters
    ----------
    judge
        How candidates were judged.
    family
        All that were tested.
    study, halves
        What was searched.
    """
    regions = distinct(sorted(family, key=partial(_confirmed_first, judge=judge)), halves)
    confirmed = sum(judge.confirms(item) for item in regions)
    shared = shared_by(regions, halves)
    folds = folded(regions, confirmed, judge, shared)
    heads = [fold.head for fold in folds]
    standing = [regions[head] for head in heads if head < confirmed]
    short_list = cover(standing, judge.target, judge.find)
    listed = [heads[place] for place in short_list.places]
    head_of = {place: fold.head for fold in folds for place in (fold.head, *fold.beneath)}
    order = sorted(
        range(len(regions)),
        key=lambda place: (
            place >= confirmed,
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


def _confirmed_first(item: Tested, judge: Judge) -> tuple[bool, float]:
    """Rank confirmed candidates before others, of each kind first those that tell most."""
    price = price_of(item.candidate.selection, judge.encodings)
    return not judge.confirms(item), price - item.candidate.evidence
