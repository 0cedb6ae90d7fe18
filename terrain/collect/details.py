"""Regions taken apart as they stand in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terrain.analyses.contributions import confusions, neighbours, shapley
from terrain.analyses.repairs import repair
from terrain.data.features import selection_of
from terrain.progress import Steps
from terrain.statistics.findings import Beside, Confused, Contribution, Detail, Repaired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from terrain.analyses.contributions import Neighbour
    from terrain.data.features import Selection
    from terrain.data.regions import Region
    from terrain.statistics.batch import Part
    from terrain.statistics.findings import Finding
    from terrain.study import Study


def detailed(
    study: Study,
    findings: Sequence[Finding],
    min_support: Mapping[str, int],
    say: Callable[[str], None] | None = None,
) -> list[Finding]:
    """Return findings with their details, each measured on the part that its search did not see.

    Parameters
    ----------
    study
        What was searched.
    findings
        Found by a search.
    min_support
        By name of the unseen part, the fewest instances of the other one that a repair leaves.
    say
        Told how far it is.
    """
    details: dict[str, Detail] = {}
    steps = Steps(say, "taking regions apart", len(findings), "regions")
    for measured_on, fewest in min_support.items():
        own = [finding for finding in findings if finding.measured_on == measured_on]
        if own:
            bench = _bench(study, own, fewest)
            for finding in own:
                details[finding.id] = bench.detail(finding)
                steps.step()
    return [msgspec.structs.replace(each, detail=details[each.id]) for each in findings]


def _bench(study: Study, findings: Sequence[Finding], min_support: int) -> _Bench:
    """Return where findings of one direction are taken apart.

    Codes are no finer than their bounds and round cut points; bounds that the other direction
    found would tell a repair something of the instances it is measured on.
    """
    bounds = [condition for finding in findings for condition in finding.region.conditions]
    compact = study.compacted(bounds)
    first, second = compact.searched_halves()
    forth = findings[0].measured_on == "second half"
    seen, unseen = (first, second) if forth else (second, first)
    return _Bench(compact, seen, unseen, min_support)


class _Bench(NamedTuple):
    """Where findings of one direction are taken apart."""

    study: Study
    seen: Part
    unseen: Part
    min_support: int

    def detail(self, finding: Finding) -> Detail:
        """Return one region taken apart."""
        region = finding.region
        selection = selection_of(region, self.study.encodings)
        return Detail(
            contributions=self._contributions(region, selection),
            repair=self._repair(finding, selection),
            neighbours=self._neighbours(selection),
            confusions=tuple(
                Confused(
                    label=each.label,
                    predicted=each.predicted,
                    count=each.instances,
                    share=each.share,
                    overall=each.overall,
                )
                for each in confusions(
                    [self.unseen], selection, self.study.benchmark.outcome.classes
                )
            ),
        )

    def _contributions(self, region: Region, selection: Selection) -> tuple[Contribution, ...]:
        values = shapley([self.unseen], selection, self.study.target)
        total = sum(values.values())
        return tuple(
            Contribution(
                feature=condition.feature,
                words=condition.words(),
                value=values[condition.feature],
                share=values[condition.feature] / total if total else None,
            )
            for condition in region.conditions
            if condition.feature in values
        )

    def _repair(self, finding: Finding, selection: Selection) -> Repaired | None:
        """Return the repair, if on unseen instances the region's rate lies outside its interval."""
        found = repair(
            self.seen,
            self.unseen,
            selection,
            encodings=self.study.searchable,
            instrument=self.study.instrument,
            target=self.study.target,
            min_support=self.min_support,
        )
        own = finding.metrics[finding.target].value
        if found is None or own is None:
            return None
        low, high = found.estimate.low, found.estimate.high
        if low is None or high is None or low <= own <= high:
            return None
        return Repaired(
            feature=found.feature,
            words=self._words(found.feature, found.codes),
            estimate=found.estimate,
            support=found.instances,
        )

    def _neighbours(self, selection: Selection) -> tuple[Beside, ...]:
        study = self.study
        found = neighbours(
            [self.unseen], selection, study.encodings, study.instrument, study.target
        )
        return tuple(
            Beside(
                feature=each.feature,
                words=self._words_beside(each, selection),
                how=each.how,
                estimate=each.estimate,
                support=each.instances,
            )
            for each in found
        )

    def _words_beside(self, neighbour: Neighbour, selection: Selection) -> str:
        feature, codes = neighbour.feature, dict(neighbour.selection)[neighbour.feature]
        encoding = self.study.encodings[feature]
        if encoding.codes_of(encoding.condition(codes)) == codes:
            return self._words(feature, codes)
        # all but a range is no condition
        return f"not ({self._words(feature, dict(selection)[feature])})"

    def _words(self, feature: str, codes: tuple[int, ...]) -> str:
        return self.study.encodings[feature].condition(codes).words()
