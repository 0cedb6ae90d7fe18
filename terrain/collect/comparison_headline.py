"""The answer of a comparison in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.collect.headline import WORDS, share
from terrain.collect.turns import claimed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.collect.contestants import Contestants
    from terrain.comparison import Compared, Standing
    from terrain.statistics.changes import Change
    from terrain.statistics.findings import MetricNote


def headline_of_two(
    contestants: Contestants, overall: Compared, regions: Sequence[Compared], alpha: float
) -> str:
    """Return whether the new model is better, and how many regions say otherwise."""
    old, new = contestants.names
    change = overall.metrics[contestants.study.target.name]
    said = verdict(contestants.note, change, (old, new), alpha)
    return f"{said} {_regions(regions)}"


def verdict(note: MetricNote, change: Change, names: tuple[str, str], alpha: float) -> str:
    """Return how the target changed on all instances, and whether that is beyond chance."""
    old, new = names
    before, after, difference = change.old.value, change.new.value, change.difference
    if before is None or after is None or difference.gap is None:
        return f"The {note.title} is undefined: there are no {note.exposure}."
    values = (share(x) if note.kind == "rate" else f"{x:.4g}" for x in (before, after))
    way = "no difference beyond chance"
    if difference.p_value is not None and claimed(difference.p_value) <= alpha:
        way = "worse" if difference.gap > 0 else "better"
    first, second = values
    title = note.title[0].upper() + note.title[1:]
    return f"{title}: {old} {first}, {new} {second}: {way} overall."


def _regions(regions: Sequence[Compared]) -> str:
    worse, better = (
        sum(region.status == status for region in regions) for status in ("worse", "better")
    )
    if not worse and not better:
        return "No region got worse or better beyond chance."
    said = [
        f"{_number(count)} {'region' if count == 1 else 'regions'} got {way}"
        for count, way in ((worse, "worse"), (better, "better"))
        if count
    ]
    first, *others = said
    first = first[0].upper() + first[1:]
    return f"{' and '.join([first, *others])} (measured on unseen instances)."


def _number(count: int) -> str:
    return WORDS[count] if count < len(WORDS) else f"{count}"


def headline_of_models(contestants: Contestants, standings: Sequence[Standing]) -> str:
    """Return which of several models is best, and in how many regions another one beats it."""
    whole, note = standings[0], contestants.note
    value = whole.target[whole.best].value
    if value is None:
        return f"The {note.title} is undefined: there are no {note.exposure}."
    said = share(value) if note.kind == "rate" else f"{value:.4g}"
    beside = [name for name in whole.level_with if name != whole.best]
    apart = f"; not to be told from it: {', '.join(beside)}" if beside else ", before all others"
    regions = [each for each in standings if each.id.startswith("r")]
    where = (
        f"In {_number(len(regions))} {'region' if len(regions) == 1 else 'regions'} another one "
        "beats it (measured on unseen instances)."
        if regions
        else "No region found in which another one beats it."
    )
    return f"{whole.best} has the lowest {note.title}, {said}{apart}. {where}"
