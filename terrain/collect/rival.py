"""The rival as it stands in the document: beside the model, and the regions where it wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.analyses.rival import folds_of, rival
from terrain.collect.contest import contest_of, difference, fought, losses, metric_of, telling
from terrain.data.features import region_of
from terrain.document import RivalNote, RivalTerm, Win
from terrain.statistics import paired
from terrain.statistics.confirmation import Seen, Test, finding
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terrain.collect.contest import Bout, Contest
    from terrain.config import Plan
    from terrain.statistics.findings import Difference, Finding
    from terrain.study import Study


def rival_note(study: Study, plan: Plan, min_rows: Mapping[str, int]) -> RivalNote | None:
    """Return a small model of the label beside the one under test; None where there is none.

    Parameters
    ----------
    study, plan
        What is analyzed, and how.
    min_rows
        By name of each half on which regions are measured, the fewest instances of a region in
        the other one.
    """
    outcome, roles = study.benchmark.outcome, study.benchmark.roles
    if outcome.label is None:
        return None
    fold = folds_of(
        study.benchmark.table,
        study.discovery,
        group=roles.group,
        instance_id=roles.id,
        seed=plan.seed,
    )
    found = rival(study.codes, study.searchable, outcome, fold, plan.seed)
    if found is None:
        return None
    ours, note = (
        losses(outcome, outcome.prediction),
        study.instrument.metrics[metric_of(outcome)].note,
    )
    contests = [
        contest_of(study, ours, losses(outcome, theirs), note, half, zero_one=note.kind == "rate")
        for half, theirs in enumerate(found.predictions)
    ]
    loss, gap = _overall(*contests)
    searched = [contest for contest in contests if contest.measured_on in min_rows]
    bouts = fought(searched, study, plan, min_rows)
    wins = telling([bout for bout in bouts if bout.p_adjusted <= plan.alpha])
    terms = (RivalTerm(words=words, says=says, weight=x) for words, says, x in found.terms)
    return RivalNote(
        kind=found.kind,
        terms=tuple(terms),
        rows=found.rows,
        metric=metric_of(outcome),
        rival=loss,
        difference=gap,
        candidates=len(bouts),
        wins=tuple(_win(study, bout, f"w{number}") for number, bout in enumerate(wins, 1)),
    )


def won_by(note: RivalNote | None) -> list[Finding]:
    """Return the regions where the rival wins, if there is one."""
    return [win.finding for win in note.wins] if note else []


def _overall(one: Contest, other: Contest) -> tuple[Estimate, Difference]:
    """Return the rival's loss and its difference to the model's, each half by the other's rival."""
    halves = [contest.instrument.whole(contest.unseen) for contest in (one, other)]
    loss, gain = (
        halves[0].moments(metric) + halves[1].moments(metric) for metric in (one.loss, one.gain)
    )
    estimate = Estimate(
        value=loss.value,
        events=loss.events,
        exposure=loss.exposure,
        **one.loss.interval(loss)._asdict(),
    )
    return estimate, difference(one, gain, paired.differ(gain, signs=one.signs))


def _win(study: Study, bout: Bout, name: str) -> Win:
    """Return a region where the rival wins, with what the model does there on unseen instances."""
    contest, selection = bout.contest, bout.candidate.selection
    halves = study.halves() if contest.measured_on == "second half" else study.halves()[::-1]
    ((_, seen),), (sides,) = (study.instrument.selections(half, [selection]) for half in halves)
    return Win(
        finding=finding(
            name,
            region_of(selection, study.encodings),
            Test(*sides, bout.p_value),
            study.instrument,
            study.target,
            seen=Seen(seen.estimate(study.target), seen.tally.instances, bout.candidate.found_by),
            status="none",
            p_adjusted=None,
            instances=len(study),
            measured_on=contest.measured_on,
        ),
        rival=bout.inside.estimate(contest.loss),
        difference=difference(
            contest, bout.inside.moments(contest.gain), bout.p_value, bout.p_adjusted
        ),
    )
