"""The gate's story: read, analyze, judge, and write what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terrain.app import analyze_read, read
from terrain.compare import Entrant, read_outcomes
from terrain.document import Terrain
from terrain.errors import OutputError, UsageError
from terrain.files import write_atomically
from terrain.gate.baseline import Baseline
from terrain.gate.judge import judge
from terrain.gate.pairs import pairs_of
from terrain.gate.proposal import proposal
from terrain.gate.table import assertions
from terrain.publish import instances_of, publish, read_document, refuse_overwriting
from terrain.report import json

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.analysis import Analysis
    from terrain.config import Plan
    from terrain.gate.demands import Against
    from terrain.gate.policy import Policy
    from terrain.gate.verdict import Verdict


Before = Terrain | Entrant | None
"""What changes are measured from: an earlier document, or an old model's predictions."""


class Outputs(NamedTuple):
    """Where to write; None is not written.

    Attributes
    ----------
    page
        The page.
    verdict, document
        The verdict and everything found, as JSON.
    """

    page: Path | None = None
    verdict: Path | None = None
    document: Path | None = None


def check(
    plan: Plan,
    policy: Policy,
    baseline: Before = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Verdict, Terrain]:
    """Judge a benchmark by a policy.

    Parameters
    ----------
    plan
        What to analyze and how. Slices are searched only if the policy speaks of regions, and
        features that it compares are sensitive ones.
    policy
        What is demanded.
    baseline
        An earlier document, or an old model's predictions of the same instances, for limits on a
        change.
    say
        Told what is being done.

    Raises
    ------
    TerrainError
        The input cannot be read or analyzed, or the policy cannot be meant.
    """
    verdict, analysis = _judged(plan, policy, baseline, say)
    return verdict, analysis.terrain


def check_to_files(
    plan: Plan,
    policy: Policy,
    baseline: Before,
    outputs: Outputs,
    say: Callable[[str], None],
) -> tuple[Verdict, Terrain, list[str]]:
    """Judge a benchmark, and write the page and the documents that are named.

    Returns
    -------
    The verdict, what was found, and a line for each file that was written.
    """
    old = baseline.plan.inputs if isinstance(baseline, Entrant) else ()
    inputs = [Path(path) for path in (*plan.inputs, *plan.metadata, *old)]
    refuse_overwriting(inputs, [path for path in outputs if path is not None])
    verdict, analysis = _judged(plan, policy, baseline, say)
    written = []
    if outputs.page is not None:
        say("drawing the page")
        instances = instances_of(analysis.terrain, analysis.study)
        written += publish(analysis.terrain, instances, outputs.page, outputs.document)
    elif outputs.document is not None:
        write_atomically(outputs.document, json.encode(analysis.terrain))
        written.append(f"{outputs.document}: everything found, as JSON")
    return verdict, analysis.terrain, [*written, *write_verdict(verdict, outputs.verdict)]


def refuse_two_baselines(document: object, predictions: object) -> None:
    """Refuse to measure changes from two things.

    Raises
    ------
    UsageError
        Both are given.
    """
    if document is not None and predictions is not None:
        raise UsageError(
            "--baseline is an earlier document, --baseline-preds the old predictions of the same "
            "instances: changes are measured from one of them, leave the other out"
        )


def old_model(plan: Plan, file: str) -> Entrant:
    """Return the old model whose predictions a file holds, in columns called as the new one's.

    Raises
    ------
    UsageError
        The file is no table, or standard input is to be read twice.
    """
    if is_document((file,)):
        raise UsageError(
            f"--baseline-preds takes the table of the old predictions, and {file} is called like a "
            "document of an earlier run: that is what --baseline takes"
        )
    if file == "-" and "-" in plan.inputs:
        raise UsageError("standard input can be read once: name a file with --baseline-preds")
    return Entrant(name=file, plan=msgspec.structs.replace(plan, inputs=(file,)))


def check_document(
    document: Path, policy: Policy, baseline: Terrain | None, verdict_file: Path | None
) -> tuple[Verdict, Terrain, list[str]]:
    """Judge a document that `terrain analyze --json` wrote, without reading the data again.

    Assertions on the table stay undecided.

    Returns
    -------
    The verdict, the document, and a line for each file that was written.
    """
    refuse_overwriting([document], [] if verdict_file is None else [verdict_file])
    terrain = read_document(document)
    before = None if baseline is None else Baseline(baseline)
    verdict = judge(policy, terrain, before, assertions(policy.table, None))
    return verdict, terrain, write_verdict(verdict, verdict_file)


def propose(plan: Plan, output: Path, say: Callable[[str], None], *, force: bool) -> str:
    """Write a first policy that a benchmark keeps; return a line that says so.

    Parameters
    ----------
    plan
        Which benchmark, and what its columns are.
    output
        The file.
    say
        Told what is being done.
    force
        Whether a file that is there is written over.

    Raises
    ------
    OutputError
        The file is there.
    """
    refuse_overwriting([Path(path) for path in (*plan.inputs, *plan.metadata)], [output])
    if output.exists() and not force:
        raise OutputError(
            f"{output} is there already, and may hold your policy: name another file with -o, or "
            "write over it with --force"
        )
    say("reading")
    benchmark = read(plan)
    analysis = analyze_read(benchmark, msgspec.structs.replace(plan, slices=0), say, explain=False)
    text = proposal(analysis.terrain, plan, benchmark.table)
    write_atomically(output, text.encode())
    return f"{output}: a policy that {analysis.terrain.benchmark.name} keeps today; read it first"


def write_verdict(verdict: Verdict, path: Path | None) -> list[str]:
    """Write a verdict as JSON, if a file is named; return a line that says so."""
    if path is None:
        return []
    write_atomically(path, msgspec.json.format(msgspec.json.encode(verdict), indent=2) + b"\n")
    return [f"{path}: the verdict, as JSON"]


def is_document(inputs: tuple[str, ...]) -> bool:
    """Whether the input is one JSON document, not a table.

    Examples
    --------
    >>> is_document(("terrain.json",)), is_document(("preds.jsonl",)), is_document(("a.json", "b"))
    (True, False, False)
    """
    return len(inputs) == 1 and inputs[0].endswith(".json")


def _judged(
    plan: Plan, policy: Policy, baseline: Before, say: Callable[[str], None]
) -> tuple[Verdict, Analysis]:
    say("reading")
    compared = [feature for features in policy.breakdowns for feature in features]
    benchmark = read(plan, compared)
    old = read_outcomes(baseline) if isinstance(baseline, Entrant) else None
    plan = msgspec.structs.replace(
        plan,
        sensitive=benchmark.roles.sensitive,
        intersect=max([plan.intersect, *map(len, policy.breakdowns)]),
    )
    searched = msgspec.structs.replace(plan, slices=plan.slices if policy.searches else 0)
    analysis = analyze_read(benchmark, searched, say, explain=False)
    against: Against = Baseline(baseline) if isinstance(baseline, Terrain) else None
    if isinstance(baseline, Entrant) and old is not None:
        say("pairing")
        names = baseline.name, ", ".join(plan.inputs)
        against = pairs_of((old, benchmark), names, plan, policy, analysis.terrain)
    say("judging")
    table = assertions(policy.table, benchmark.table)
    return judge(policy, analysis.terrain, against, table), analysis
