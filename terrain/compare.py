"""The story of `terrain compare`, top-down: read, pair, measure both, search what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from terrain import app
from terrain.collect.comparison import compare_models
from terrain.collect.contestants import contestants
from terrain.collect.documents import compare_documents
from terrain.comparison import Pairing
from terrain.config import Plan
from terrain.data.matched import matched
from terrain.data.notes import Warned
from terrain.data.pairing import paired, pairing_words, together
from terrain.errors import DataError, TerrainError, UsageError
from terrain.files import read_bytes
from terrain.publish import refuse_overwriting
from terrain.publish_comparison import beside_newest, comparison_instances, publish_comparison
from terrain.report import json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terrain.collect.contestants import Contestants
    from terrain.comparison import Comparison
    from terrain.data.benchmark import Benchmark
    from terrain.data.matched import Matched
    from terrain.data.pairing import Paired
    from terrain.document import Terrain

WISHED = "--unpaired was asked for"
"""Why instances are not paired that could have been."""

RESULT = b'"schema_version"'
"""Stands at the beginning of every result, and of no table."""


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """A model to be compared: its name, and the plan by which its predictions are read."""

    name: str
    plan: Plan


@dataclass(frozen=True)
class Answer:
    """What `compare` returns: the document, and where instances are paired what led to it."""

    comparison: Comparison
    contestants: Contestants | None = None
    matched: Matched | None = None


def compare(
    entrants: Sequence[Entrant],
    *,
    unpaired: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Compare models, the old one first.

    Parameters
    ----------
    entrants
        Two models or more.
    unpaired
        Whether to compare models as if they had been tested on instances of their own.
    say
        Told what is being done.

    Raises
    ------
    TerrainError
        The input cannot be read or compared; the message says what, where and what to do.
    """
    if len(entrants) < 2:  # noqa: PLR2004 - it takes two
        raise UsageError("there is one model: name a second file, or a second --prediction")
    _refuse_twice([entrant.name for entrant in entrants])
    results = [_result(entrant) for entrant in entrants]
    if any(results):
        return Answer(_of_results(entrants, [each for each in results if each]))
    say("reading")
    benchmarks = [*map(read_outcomes, entrants[:-1]), _read(entrants[-1])]
    names = tuple(entrant.name for entrant in entrants)
    say("pairing")
    found = WISHED if unpaired else _paired(entrants, benchmarks, names)
    if isinstance(found, str):
        return Answer(_unpaired(entrants, found, say))
    return _compared(entrants[-1].plan, benchmarks, names, found, say)


def compare_to_files(
    entrants: Sequence[Entrant],
    page: Path | None,
    document: Path | None,
    say: Callable[[str], None],
    *,
    unpaired: bool = False,
) -> tuple[Comparison, list[str]]:
    """Compare, and write the page and (where it is named) the JSON document.

    Returns
    -------
    What was found, and a line for each file that was written.
    """
    page = page or beside_newest(
        [each.plan.inputs[0] for each in entrants], [e.name for e in entrants]
    )
    inputs = [Path(path) for each in entrants for path in (*each.plan.inputs, *each.plan.metadata)]
    refuse_overwriting(inputs, [path for path in (page, document) if path is not None])
    done = compare(entrants, unpaired=unpaired, say=say)
    say("drawing the page")
    instances = (
        comparison_instances(done.comparison, done.contestants, done.matched)
        if done.contestants and done.matched
        else None
    )
    plan = entrants[-1].plan
    return done.comparison, publish_comparison(done.comparison, instances, page, document, plan)


def _refuse_twice(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two models are called `{name}`: give each a file of its own")


def _result(entrant: Entrant) -> Terrain | None:
    """Return the document that an entrant's file is, if it is one."""
    path = Path(entrant.plan.inputs[0])
    if path.suffix != ".json" or not path.is_file():
        return None
    content = read_bytes(path)
    if RESULT not in content[:200]:
        return None
    try:
        return json.decode(content)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _of_results(entrants: Sequence[Entrant], results: Sequence[Terrain]) -> Comparison:
    if len(results) != len(entrants):
        raise UsageError(
            "results of `terrain analyze --json` are compared with each other, not with tables: "
            "give two of the one or the other"
        )
    if len(results) > 2:  # noqa: PLR2004 - counts alone rank no three models
        raise UsageError("of results two are compared; give the tables to compare more models")
    said = (
        "Two results are compared by their counts, as if each model had been tested on instances "
        "of its own: a paired comparison of the tables would see smaller changes."
    )
    alone = tuple(result.benchmark.instances for result in results)
    pairing = Pairing(how="documents", said=said, paired=0, alone=alone)
    names = tuple(entrant.name for entrant in entrants)
    return compare_documents(results, names, pairing, entrants[-1].plan)


def _read(entrant: Entrant) -> Benchmark:
    try:
        return app.read(entrant.plan)
    except TerrainError as error:
        said = str(error)
        known = any(path in said for path in entrant.plan.inputs)
        raise type(error)(said if known else f"{entrant.name}: {said}") from error


def read_outcomes(entrant: Entrant) -> Benchmark:
    """Read what a model made; what else is known of instances the last table says."""
    return _read(
        msgspec.structs.replace(
            entrant,
            plan=msgspec.structs.replace(
                entrant.plan, features=(), sensitive=(), raw=(), group=None, weight=None
            ),
        )
    )


def _paired(
    entrants: Sequence[Entrant], benchmarks: Sequence[Benchmark], names: Sequence[str]
) -> Paired | str:
    if len({entrant.plan.inputs for entrant in entrants}) == 1:
        return together(benchmarks, "columns")
    return paired(benchmarks, names)


def _compared(
    plan: Plan,
    benchmarks: Sequence[Benchmark],
    names: tuple[str, ...],
    found: Paired,
    say: Callable[[str], None],
) -> Answer:
    shared = matched(benchmarks, names, found)
    say("measuring and searching what changed")
    models = contestants(shared, names, plan)
    sources = [benchmark.rows.sources for benchmark in benchmarks]
    pairing = Pairing(
        how=found.how,
        said=pairing_words(found, names),
        paired=len(found.rows[-1]),
        alone=found.alone,
        differing=shared.differing,
        undefined=shared.undefined,
    )
    return Answer(*compare_models(models, shared, pairing, sources, plan), shared)


def _unpaired(entrants: Sequence[Entrant], why: str, say: Callable[[str], None]) -> Comparison:
    """Analyze each model by itself, and compare what was found."""
    if len(entrants) > 2:  # noqa: PLR2004 - counts alone rank no three models
        raise DataError(
            f"more than two models are compared on the same instances, and these cannot be paired: "
            f"{why}. Name the column that tells instances apart with --id"
        )
    if any("-" in entrant.plan.inputs for entrant in entrants):
        raise UsageError(
            "standard input can be read once, and models that are not paired are read again: name "
            "a file"
        )
    results = []
    for entrant in entrants:
        say(f"analyzing {entrant.name}")
        plan = msgspec.structs.replace(entrant.plan, rival=False)
        results.append(app.analyze(plan).terrain)
    said = (
        f"Instances were not paired: {why}. Each model was measured on its own; the comparison is "
        "of two independent samples, and sees only larger changes."
    )
    alone = tuple(result.benchmark.instances for result in results)
    pairing = Pairing(how="unpaired", said=said, paired=0, alone=alone)
    names = tuple(entrant.name for entrant in entrants)
    found = compare_documents(results, names, pairing, entrants[-1].plan)
    if why == WISHED:
        return found
    warned = Warned(
        code="not-paired",
        seen=f"Instances were not paired: {why}.",
        advice="Name the column that tells instances apart with --id, if both tables have it: "
        "paired models need far fewer instances.",
    )
    return msgspec.structs.replace(found, warnings=(*found.warnings, warned))
