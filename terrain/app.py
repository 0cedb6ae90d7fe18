"""The story, top-down: read, encode, split, propose, measure, judge, collect."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from terrain.analysis import Analysis
from terrain.collect.breakdowns import breakdowns_of
from terrain.collect.cohorts import cohorts, conditions_of, empty_cohorts, read_cohorts
from terrain.collect.compositions import compositions
from terrain.collect.details import detailed
from terrain.collect.detection import detected
from terrain.collect.distributions import distributed
from terrain.collect.features import features_of
from terrain.collect.headline import headline
from terrain.collect.method import method_of
from terrain.collect.notes import benchmark_note, provenance
from terrain.collect.overlapping import placed
from terrain.collect.proposals import Searches, directions_of, named
from terrain.collect.regions import regions_of
from terrain.collect.rival import rival_note, won_by
from terrain.collect.search import Judge, tested
from terrain.collect.sharpen import Found, sharpened
from terrain.collect.shown_tree import shown_tree, with_status
from terrain.config import OPERATIONAL, refuse_what_needs_all
from terrain.data.benchmark import load
from terrain.data.deciding import Reading
from terrain.data.hidden import Hidden
from terrain.data.recognition.roles import Wanted
from terrain.data.where import Where
from terrain.document import Terrain
from terrain.engines import Settings
from terrain.engines.registry import home_of
from terrain.errors import TerrainError
from terrain.publish import beside, instances_of, publish, read_document, refuse_overwriting
from terrain.report.page import charts_ahead
from terrain.report.views import Scene
from terrain.rereading import encodings_again, plan_again, refuse_changed
from terrain.study import refuse_nothing_to_explain, study_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from terrain.collect.cover import Cover
    from terrain.config import Plan
    from terrain.data.benchmark import Benchmark
    from terrain.data.notes import Warned
    from terrain.data.reading.rows import Rows
    from terrain.data.regions import Condition
    from terrain.document import (
        Breakdown,
        Cohort,
        FeatureNote,
        Heatmap,
        Method,
        RivalNote,
        TreeNote,
    )
    from terrain.engines import Home
    from terrain.report.instances import Instances
    from terrain.statistics.batch import Part
    from terrain.statistics.findings import Estimate, Finding, MetricNote
    from terrain.statistics.measured import Measured
    from terrain.study import Study


def analyze(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Analysis:
    """Find where a model fails.

    Parameters
    ----------
    plan
        What to analyze and how.
    say
        Told what is being done.

    Raises
    ------
    TerrainError
        The input cannot be read or analyzed; the message says what, where and what to do.
    """
    with at_home(plan) as home:
        say("reading")
        return analyze_read(read(plan, home=home), plan, say)


@contextmanager
def at_home(plan: Plan) -> Iterator[Home]:
    """Yield the place where a plan wants work to be done.

    Raises
    ------
    TerrainError
        There is no such engine, or it cannot be reached.
    """
    home = home_of(plan.engine, Settings(plan.allowed_memory, plan.scheduler, plan.master))
    try:
        yield home
    finally:
        home.close()


def analyze_read(
    benchmark: Benchmark,
    plan: Plan,
    say: Callable[[str], None],
    *,
    explain: bool = True,
    compared: Callable[[Sequence[Breakdown], Scene], None] = lambda *_: None,
) -> Analysis:
    """Find where a model fails in a benchmark that has been read.

    Parameters
    ----------
    benchmark, plan, say
        See `analyze`; the plan is the one the benchmark was read by.
    explain
        Whether a benchmark with nothing to explain is refused.
    compared
        Told of the groups, which are known before regions are.
    """
    if benchmark.whole and benchmark.whole.sampled:
        refuse_what_needs_all(plan, benchmark.whole.total)
    say("encoding")
    study = study_of(benchmark, plan)
    if explain:
        refuse_nothing_to_explain(study)
    own = read_cohorts(plan.cohorts, study)
    searches, directions = Searches(study, plan), directions_of(study)
    say("searching slices")
    parts = [one.searched for one in directions]
    proposed = [Found(part, searches.bounds(part), searches.slice(part, say)) for part in parts]
    say("comparing groups")
    halves = directions[0].seen, directions[0].unseen
    found, wide = breakdowns_of(study, plan, halves)
    whole = _whole(study, halves)
    overall = whole.estimates(study.instrument.metrics)
    metrics = {name: metric.note for name, metric in study.instrument.metrics.items()}
    compared(found, Scene(study.target.name, metrics, overall))
    say("moving bounds")
    # slices took the bounds of `fine` from labels: what is compared or ranked must not see them
    fine, sliced = sharpened(study, proposed, plan)
    judge = Judge(
        instrument=study.instrument,
        target=study.target,
        alpha=plan.alpha,
        margin=plan.margin,
        seed=plan.seed,
        limit=plan.candidates,
        encodings=fine.searchable,
        find=plan.find,
    )
    searches, directions = Searches(fine, plan), directions_of(fine)
    say("growing the tree")
    grown = [searches.grow(one.searched) for one in directions]
    say("measuring")
    family = tested(judge, list(zip(directions, map(named, grown, sliced), strict=True)))
    if plan.inference == "permutation":
        everything = study.everything()
        family = detected(judge, family, everything, searches.both, plan.permutations, say)
    halves = directions[0].seen, directions[0].unseen
    regions, short_list = regions_of(judge, family, fine, halves)
    shown = shown_tree(judge, grown[0], directions[0], fine.encodings, plan.tree)
    say("taking regions apart")
    fewest = {one.measured_on: searches.min_rows(one.searched) for one in directions}
    regions = detailed(fine, regions, fewest, say)
    if plan.rival:
        say("fitting a rival")
    rival = rival_note(study.looked_at(), plan, fewest) if plan.rival else None
    say("ranking features")
    features, heatmap = features_of(study)
    regions = placed(fine, halves, regions, shown[0], found)
    regions = distributed(fine, halves, regions, features)
    marked = with_status(*shown, regions, fine.encodings, directions[0])
    held = _conditions(marked, [*regions, *won_by(rival)], found)
    compact = fine.compacted(held).refined(conditions_of(own))
    measured = cohorts(own, compact, plan.alpha)
    return Analysis(
        _document(
            compact,
            plan,
            metrics=metrics,
            overall=overall,
            method=method_of(study, plan, len(family), whole),
            regions=regions,
            short_list=short_list,
            tree=marked,
            breakdowns=found,
            features=features,
            heatmap=heatmap,
            cohorts=measured,
            rival=rival,
            warnings=(*searches.warnings(sliced), *wide, *empty_cohorts(measured)),
        ),
        compact,
    )


def analyze_to_files(
    plan: Plan,
    page: Path | None,
    document: Path | None,
    say: Callable[[str], None],
    begun: Callable[[], Rows | None] = lambda: None,
) -> tuple[Terrain, list[str]]:
    """Analyze, and write the page and (where it is named) the JSON document.

    Parameters
    ----------
    plan, say
        See `analyze`.
    page, document
        Where they are written; None: the page beside the input, no document.
    begun
        Waits for the plan's inputs, if `reading_ahead` reads them; None: they are to be read.

    Returns
    -------
    What was found, and a line for each file that was written.
    """
    page = page or beside(plan.inputs)
    inputs = [Path(path) for path in (*plan.inputs, *plan.metadata)]
    refuse_overwriting(inputs, [path for path in (page, document) if path is not None])
    with at_home(plan) as home:
        say("reading")
        benchmark = read(plan, rows=begun(), home=home)
        analysis = analyze_read(benchmark, plan, say, compared=charts_ahead)
        say("drawing the page")
        instances = instances_of(analysis.terrain, analysis.study)
        return analysis.terrain, publish(analysis.terrain, instances, page, document)


def render_again(document: Path, page: Path | None, say: Callable[[str], None]) -> list[str]:
    """Write a page from a document, with the instances of the files it was made from.

    Returns
    -------
    A line for each file that was written, and one if the instances could not be had.
    """
    terrain = read_document(document)
    page = page or document.with_suffix(".html")
    refuse_overwriting([document], [page])
    say("reading the instances")
    try:
        instances, missing = _instances_again(terrain), []
    except TerrainError as error:
        instances, missing = None, [f"the page has no instances: {error}"]
    say("drawing the page")
    return [*missing, *publish(terrain, instances, page, None)]


def _instances_again(terrain: Terrain) -> Instances:
    """Return the instances of a document, if its files are what they were."""
    plan, encodings = plan_again(terrain), encodings_again(terrain)
    with at_home(plan) as home:
        benchmark = read(plan, shown=terrain.benchmark.columns or None, home=home)
        refuse_changed(terrain, benchmark.rows.sources)
        return instances_of(terrain, study_of(benchmark, plan, encodings))


def read(
    plan: Plan,
    compared: Sequence[str] = (),
    *,
    rows: Rows | None = None,
    shown: Collection[str] | None = None,
    home: Home | None = None,
) -> Benchmark:
    """Read the benchmark of a plan and recognise what each column is.

    Parameters
    ----------
    plan
        Which benchmark, and what is said of its columns.
    compared
        Further sensitive features, where the table has them.
    rows
        A table in memory, in place of the plan's inputs.
    shown
        The only columns that are not hidden; None where the plan alone says which are.
    home
        Where its instances are kept; None: all of them here.
    """
    wanted = Wanted(
        label=plan.label,
        prediction=plan.prediction,
        scores=plan.score,
        errors=plan.error,
        features=plan.features,
        sensitive=plan.sensitive,
        id=plan.id,
        group=plan.group,
        weight=plan.weight,
        count=plan.count,
        raw=plan.raw,
        exclude=plan.exclude,
    )
    reading = Reading(task=plan.task, positive=plan.positive, threshold=plan.threshold)
    where = None
    if home is not None:
        where = Where(home=home, most=plan.sample_rows, memory=plan.allowed_memory, seed=plan.seed)
    inputs = plan.inputs if rows is None else rows
    return load(
        inputs,
        plan.metadata,
        plan.on,
        wanted,
        reading,
        compared=compared,
        hidden=Hidden(plan.hide_columns, shown),
        where=where,
    )


def _settings(plan: Plan) -> dict[str, Any]:
    """Return the settings on which what is found may depend."""
    settings: dict[str, Any] = msgspec.to_builtins(plan)
    return {name: value for name, value in settings.items() if name not in OPERATIONAL}


def _conditions(
    shown: TreeNote, regions: Sequence[Finding], found: Sequence[Breakdown]
) -> list[Condition]:
    """Return the conditions of everything in a document."""
    groups_found = [group.finding for breakdown in found for group in breakdown.groups]
    findings = [*(node.finding for node in shown.nodes), *regions, *groups_found]
    return [condition for finding in findings for condition in finding.region.conditions]


def _whole(study: Study, halves: Sequence[Part]) -> Measured:
    first, second = (study.instrument.whole(half) for half in halves)
    return first + second


def _document(  # noqa: PLR0913 - everything that a document is made of
    study: Study,
    plan: Plan,
    *,
    metrics: dict[str, MetricNote],
    overall: dict[str, Estimate],
    method: Method,
    regions: Sequence[Finding],
    short_list: Cover,
    tree: TreeNote,
    breakdowns: tuple[Breakdown, ...],
    features: tuple[FeatureNote, ...],
    heatmap: Heatmap | None,
    cohorts: tuple[Cohort, ...],
    rival: RivalNote | None,
    warnings: tuple[Warned, ...],
) -> Terrain:
    note = study.target.note
    return Terrain(
        target=study.target.name,
        headline=headline(
            note,
            overall[study.target.name],
            study.counts.exposed,
            (short_list, sum(each.confirmed and each.folded is None for each in regions)),
            method,
        ),
        benchmark=benchmark_note(study, plan.benchmark),
        warnings=(*study.benchmark.warnings, *warnings),
        metrics=metrics,
        overall=overall,
        tree=tree,
        regions=tuple(regions),
        breakdowns=breakdowns,
        features=features,
        heatmap=heatmap,
        cohorts=cohorts,
        rival=rival,
        method=method,
        encoding=msgspec.to_builtins(study.encodings),
        compositions=compositions(study),
        provenance=provenance(_settings(plan), study.benchmark.rows.sources),
    )
