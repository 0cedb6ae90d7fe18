"""What each feature says of the errors, alone and beside another, as it stands in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.analyses.groups import MISSING
from terrain.analyses.heatmap import Axis, crossed
from terrain.analyses.ranking import explained, profiles
from terrain.data.regions import level_words, number_words
from terrain.document import Cell, FeatureNote, Heatmap, Stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.analyses import ranking
    from terrain.data.features import Encoding
    from terrain.data.regions import Condition
    from terrain.statistics.batch import Part
    from terrain.study import Study


def features_of(study: Study) -> tuple[tuple[FeatureNote, ...], Heatmap | None]:
    """Return every feature, the most telling first, and the heatmap of the first two.

    Codes are the coarse ones, whose cut points look at nothing but the feature's own values: what
    was found has no say in them. Shares are judged on instances that the rates were not fitted
    on; profiles and the heatmap, for which nothing is chosen, are measured on all.
    """
    coarse = study.compacted(())
    first, second = coarse.searched_halves()
    directions = [(first, second), (second, first)] if study.cross_fit else [(first, second)]
    ranked = explained(directions, coarse.encodings, study.target)
    found = profiles((first, second), coarse.encodings, study.instrument, study.target)
    notes = tuple(
        FeatureNote(
            feature=each.feature,
            explained=each.share,
            profile=_profile(coarse.encodings[each.feature], found[each.feature]),
        )
        for each in ranked
    )
    return notes, heatmap_of(coarse, (first, second), *notes[:2]) if len(notes) > 1 else None


def _profile(encoding: Encoding, stretches: Sequence[ranking.Stretch]) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(
            words=_words(encoding, stretch.codes),
            condition=encoding.condition(stretch.codes),
            support=stretch.instances,
            estimate=stretch.estimate,
        )
        for stretch in stretches
    )


def heatmap_of(
    study: Study, parts: Sequence[Part], down: FeatureNote, across: FeatureNote
) -> Heatmap:
    """Return the heatmap of any two features, whose profiles say what is told apart.

    `parts` are all instances of the study.
    """
    first, second = (
        Axis(
            note.feature,
            [study.encodings[note.feature].codes_of(each.condition) for each in note.profile],
        )
        for note in (down, across)
    )
    rows = crossed(parts, first, second, study.instrument, study.target)
    return Heatmap(
        down=down.feature,
        across=across.feature,
        cells=tuple(
            tuple(
                Cell(support=cell.instances, units=cell.units, estimate=cell.estimate)
                for cell in row
            )
            for row in rows
        ),
    )


def _words(encoding: Encoding, codes: tuple[int, ...]) -> str:
    """Return a condition without the name of its feature, short enough for an axis."""
    condition = encoding.condition(codes)
    if condition.kind == "missing":
        missing = f"({MISSING})" if MISSING in encoding.levels else MISSING
        return "any value" if condition.negated else missing
    if condition.kind == "range":
        return _range_words(condition)
    return f"{len(codes)} others" if len(codes) > 1 else level_words(condition.levels[0])


def _range_words(condition: Condition) -> str:
    scale, low, high = condition.scale, condition.low, condition.high
    if high is None:
        return "any value" if low is None else f">= {number_words(low, scale)}"
    if low is None:
        return f"< {number_words(high, scale)}"
    if scale != "integer" or high - 1 == high:  # past 2**53 doubles skip integers
        return f"{number_words(low, scale)} to < {number_words(high, scale)}"
    first, last = (number_words(end, scale) for end in (low, high - 1))
    return first if first == last else f"{first} to {last}"
