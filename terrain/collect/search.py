"""One direction of a search: proposed on one part, put to the test on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from terrain.data.features import region_of
from terrain.statistics.candidates import choose
from terrain.statistics.confirmation import Seen, finding, test_selections
from terrain.statistics.corrections import holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from terrain.data.features import Encoding, Selection
    from terrain.statistics.batch import Part
    from terrain.statistics.candidates import Candidate
    from terrain.statistics.confirmation import Test
    from terrain.statistics.findings import Find, Finding
    from terrain.statistics.measured import Instrument
    from terrain.statistics.metrics import Indicator


class Direction(NamedTuple):
    """A part that is searched and the part on which its proposals are measured.

    Attributes
    ----------
    searched
        What the search sees: measures of the target only.
    seen, unseen
        The same instances and the others, with all measures.
    measured_on
        The name of `unseen`.
    """

    searched: Part
    seen: Part
    unseen: Part
    measured_on: str


class Tested(NamedTuple):
    """A candidate with its test on unseen instances."""

    candidate: Candidate
    test: Test
    direction: Direction
    p_adjusted: float


class Judge(NamedTuple):
    """How candidates are judged; see `Method` in the document."""

    instrument: Instrument
    target: Indicator
    alpha: float
    margin: float
    seed: int
    limit: int
    encodings: Mapping[str, Encoding]
    find: Find = "failing"

    def confirms(self, item: Tested) -> bool:
        """Whether a candidate is confirmed."""
        return item.p_adjusted <= self.alpha

    def candidates(
        self, direction: Direction, proposed: Iterable[tuple[Selection, str]], limit: int
    ) -> list[tuple[Candidate, Test]]:
        """Return the candidates of one direction, tested on its unseen part."""
        chosen = choose(direction.searched, proposed, self.target, limit, self.encodings, self.find)
        tests = test_selections(
            direction.unseen,
            [candidate.selection for candidate in chosen],
            self.instrument,
            self.target,
            margin=self.margin,
            seed=self.seed,
            find=self.find,
        )
        return list(zip(chosen, tests, strict=True))


def tested(
    judge: Judge, proposals: Sequence[tuple[Direction, Iterable[tuple[Selection, str]]]]
) -> list[Tested]:
    """Return the candidates of all directions as one family.

    Parameters
    ----------
    judge
        How they are judged; the limit is shared among the directions.
    proposals
        For each direction the proposed regions, with the name of the search that found each.
    """
    limit = judge.limit // len(proposals)
    family = [
        (candidate, test, direction)
        for direction, proposed in proposals
        for candidate, test in judge.candidates(direction, proposed, limit)
    ]
    adjusted = holm([test.p_value for _, test, _ in family])
    return [
        Tested(candidate, test, direction, float(p))
        for (candidate, test, direction), p in zip(family, adjusted, strict=True)
    ]


def region_findings(
    judge: Judge,
    ranked: Sequence[Tested],
    encodings: Mapping[str, Encoding],
    instances: int,
) -> list[Finding]:
    """Return candidates as findings: what is looked for where confirmed, else ``suspected``.

    Parameters
    ----------
    judge
        How they were judged.
    ranked
        In the order in which they are shown.
    encodings
        To say regions in words.
    instances
        Of the whole benchmark.
    """
    return [
        finding(
            f"r{number}",
            region_of(item.candidate.selection, encodings),
            item.test,
            judge.instrument,
            judge.target,
            seen=seen_of(judge, item.direction, item.candidate),
            status=judge.find if judge.confirms(item) else "suspected",
            p_adjusted=item.p_adjusted if judge.confirms(item) else None,
            instances=instances,
            measured_on=item.direction.measured_on,
        )
        for number, item in enumerate(ranked, 1)
    ]


def seen_of(judge: Judge, direction: Direction, candidate: Candidate) -> Seen:
    """Return what the search's own part says of a candidate."""
    ((_, inside),) = judge.instrument.selections(direction.seen, [candidate.selection])
    found_at = inside.estimate(judge.target)
    return Seen(found_at, inside.tally.instances, candidate.found_by)
