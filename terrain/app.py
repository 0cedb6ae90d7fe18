"""The story, top-down: read, encode, split, propose, measure, judge, collect."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from terrain.analyses import groups, slices, tree
from terrain.collect.breakdowns import Question, breakdowns
from terrain.collect.cohorts import cohorts, conditions_of, empty_cohorts, read_cohorts
from terrain.collect.details import detailed
from terrain.collect.detection import detected
from terrain.collect.headline import headline
from terrain.collect.method import method_of
from terrain.collect.notes import benchmark_note, narrowed, provenance, too_wide
from terrain.collect.overlapping import placed
from terrain.collect.regions import regions_of
from terrain.collect.rival import rival_note, won_by
from terrain.collect.search import Direction, Judge, tested
from terrain.collect.shown_tree import shown_tree, with_status
from terrain.config import Plan
from terrain.data.benchmark import load
from terrain.data.features import Encoding, selection_of
from terrain.data.outcome import Reading
from terrain.data.recognition.roles import Wanted
from terrain.document import Terrain
from terrain.errors import DataError, TerrainError
from terrain.files import read_bytes
from terrain.publish import beside, instances_of, publish, refuse_overwriting
from terrain.report import json
from terrain.study import fewest_rows, refuse_nothing_to_explain, study_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terrain.collect.cover import Cover
    from terrain.data.benchmark import Benchmark
    from terrain.data.features import Selection
    from terrain.data.notes import Warned
    from terrain.data.regions import Condition
    from terrain.document import Breakdown, Cohort, Method, RivalNote, TreeNote
    from terrain.report.instances import Instances
    from terrain.statistics.batch import Part
    from terrain.statistics.findings import Estimate, Finding
    from terrain.statistics.measured import Measured
    from terrain.study import Study


@dataclass(frozen=True)
class Analysis:
    """What `analyze` returns: the document, and the study that led to it."""

    terrain: Terrain
    study: Study


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
    say("reading")
    benchmark = read(plan)
    say("encoding")
    study = study_of(benchmark, plan)
    refuse_nothing_to_explain(study)
    named = read_cohorts(plan.cohorts, study)
    judge = Judge(
        instrument=study.instrument,
        target=study.target,
        alpha=plan.alpha,
        margin=plan.margin,
        seed=plan.seed,
        limit=plan.candidates,
        encodings=study.searchable,
        find=plan.find,
    )
    directions = _directions(study)
    say("growing the tree")
    grown = [_grow(study, one.searched, plan) for one in directions]
    say("searching slices")
    sliced = [_slice(study, one.searched, plan) for one in directions]
    say("measuring")
    family = tested(judge, list(zip(directions, map(_proposals, grown, sliced), strict=True)))
    if plan.inference == "permutation":
        family = detected(judge, family, study.everything(), partial(_search, study, plan),
                          plan.permutations, say)  # fmt: skip
    halves = directions[0].seen, directions[0].unseen
    regions, short_list = regions_of(judge, family, study, halves)
    shown = shown_tree(judge, grown[0], directions[0], study.encodings, plan.tree)
    say("taking regions apart")
    fewest = {
        one.measured_on: fewest_rows(study, one.searched, plan.min_support) for one in directions
    }
    regions = detailed(study, regions, fewest)
    if plan.rival:
        say("fitting a rival")
    rival = rival_note(study, plan, fewest) if plan.rival else None
    say("comparing groups")
    found, wide = _breakdowns(study, plan, halves)
    regions = placed(study, halves, regions, shown[0], found)
    whole = _whole(study, halves)
    marked = _marked(shown, regions, study, directions[0])
    held = _conditions(marked, [*regions, *won_by(rival)], found)
    compact = study.compacted(held).refined(conditions_of(named))
    own = cohorts(named, compact, plan.alpha)
    return Analysis(
        _document(
            compact,
            plan,
            overall=whole.estimates(study.instrument.metrics),
            method=method_of(study, plan, len(family), whole),
            regions=regions,
            short_list=short_list,
            tree=marked,
            breakdowns=found,
            cohorts=own,
            rival=rival,
            warnings=(*_narrowed(study, plan), *wide, *empty_cohorts(own)),
        ),
        compact,
    )


def analyze_to_files(
    plan: Plan, page: Path | None, document: Path | None, say: Callable[[str], None]
) -> tuple[Terrain, list[str]]:
    """Analyze, and write the page and (where it is named) the JSON document.

    Returns
    -------
    What was found, and a line for each file that was written.
    """
    page = page or beside(plan.inputs)
    inputs = [Path(path) for path in (*plan.inputs, *plan.metadata)]
    refuse_overwriting(inputs, [path for path in (page, document) if path is not None])
    analysis = analyze(plan, say)
    say("drawing the page")
    instances = instances_of(analysis.terrain, analysis.study)
    return analysis.terrain, publish(analysis.terrain, instances, page, document)


def render_again(document: Path, page: Path | None, say: Callable[[str], None]) -> list[str]:
    """Write a page from a document, with the instances of the files it was made from.

    Returns
    -------
    A line for each file that was written, and one if the instances could not be had.
    """
    content = read_bytes(document)
    try:
        terrain = json.decode(content)
    except DataError as error:
        raise DataError(f"{document}: {error}") from error
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
    try:
        plan = msgspec.convert(terrain.provenance.settings, Plan)
        encodings = msgspec.convert(terrain.encoding, dict[str, Encoding])
    except msgspec.ValidationError as error:
        raise DataError(f"its settings or encoding are not what was written: {error}") from error
    if not plan.inputs:
        raise DataError("its settings name no input")
    if "-" in plan.inputs:
        raise DataError("they came from standard input")
    benchmark = read(plan)
    then = {source.path: source.sha256 for source in terrain.benchmark.sources}
    for source in benchmark.rows.sources:
        if source.path not in then:
            raise DataError(f"{source.path} was not there when it was analyzed")
        if then.pop(source.path) != source.sha256:
            raise DataError(f"{source.path} has changed since it was analyzed")
    if then:
        raise DataError(f"{', '.join(then)} was analyzed, and is not there any more")
    return instances_of(terrain, study_of(benchmark, plan, encodings))


def read(plan: Plan) -> Benchmark:
    """Read the benchmark of a plan and recognise what each column is."""
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
    return load(plan.inputs, plan.metadata, plan.on, wanted, reading)


def _directions(study: Study) -> list[Direction]:
    """Return which half is searched and which one measured: one way, or both ways."""
    narrow, full = study.searched_halves(), study.halves()
    forth = Direction(narrow[0], full[0], full[1], "second half")
    if not study.cross_fit:
        return [forth]
    return [forth, Direction(narrow[1], full[1], full[0], "first half")]


def _grow(study: Study, part: Part, plan: Plan) -> tuple[tree.Grown, ...]:
    limits = tree.Limits(
        max_depth=plan.max_depth,
        min_rows=fewest_rows(study, part, plan.min_support),
        max_leaves=plan.max_leaves,
    )
    return tree.grow(part, study.searchable, limits, plan.tree)


def _slice(study: Study, part: Part, plan: Plan) -> list[Selection]:
    bounds = slices.Bounds(
        depth=plan.slices,
        min_rows=fewest_rows(study, part, plan.min_support),
        score=plan.slice_score,
        alpha=plan.slice_alpha,
        find=plan.find,
    )
    return slices.search(part, study.searchable, bounds)


def _search(study: Study, plan: Plan, part: Part) -> list[tuple[Selection, str]]:
    return _proposals(_grow(study, part, plan), _slice(study, part, plan))


def _narrowed(study: Study, plan: Plan) -> tuple[Warned, ...]:
    features = len(study.searchable)
    depths = range(2, plan.slices + 1)
    most = {depth: slices.most_features(depth) for depth in depths}
    return tuple(
        narrowed(depth, most[depth], features) for depth in depths if features > most[depth]
    )


def _proposals(
    grown: Sequence[tree.Grown], sliced: Sequence[Selection]
) -> list[tuple[Selection, str]]:
    """Return what the searches propose, each with the name of the search."""
    nodes = [(node.selection, "tree") for node in grown]
    return nodes + [(selection, "slices") for selection in sliced]


def _marked(
    shown: tuple[TreeNote, tuple[Selection, ...]],
    regions: Sequence[Finding],
    study: Study,
    direction: Direction,
) -> TreeNote:
    selections = [selection_of(finding.region, study.encodings) for finding in regions]
    return with_status(*shown, regions, selections, direction)


def _breakdowns(
    study: Study, plan: Plan, halves: Sequence[Part]
) -> tuple[tuple[Breakdown, ...], tuple[Warned, ...]]:
    features = study.benchmark.roles.sensitive
    support = {
        feature: np.bincount(study.codes[feature], minlength=study.encodings[feature].size)
        for feature in features
    }
    partitions, wide = groups.partitions(features, study.encodings, support, plan.intersect)
    measured = [
        (partition, groups.measure(partition, halves, study.instrument)) for partition in partitions
    ]
    question = Question(
        instrument=study.instrument,
        target=study.target,
        encodings=study.encodings,
        reference=plan.reference,
        alpha=plan.alpha,
        seed=plan.seed,
    )
    return breakdowns(measured, question), tuple(too_wide(name) for name in wide)


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
    overall: dict[str, Estimate],
    method: Method,
    regions: Sequence[Finding],
    short_list: Cover,
    tree: TreeNote,
    breakdowns: tuple[Breakdown, ...],
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
            int((study.exposure > 0).sum()),
            (short_list, sum(each.confirmed and each.folded is None for each in regions)),
            method,
        ),
        benchmark=benchmark_note(study.benchmark, int(np.isnan(study.loss()).sum())),
        warnings=(*study.benchmark.warnings, *warnings),
        metrics={name: m.note for name, m in study.instrument.metrics.items()},
        overall=overall,
        tree=tree,
        regions=tuple(regions),
        breakdowns=breakdowns,
        cohorts=cohorts,
        rival=rival,
        method=method,
        encoding=msgspec.to_builtins(study.encodings),
        provenance=provenance(msgspec.to_builtins(plan), study.benchmark.rows.sources),
    )
