"""How often the tool cries wolf, how often it finds the wolf, and whether its intervals hold."""

from __future__ import annotations

import json
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import binomtest

from benchmarks.tables import SHAPES, Design
from benchmarks.trials import naive_trial, trial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.trials import Naive, Trial

FALSE_ALARMS = 0.05
"""Most runs on pure noise that may report a failing region."""

POWER = 0.90
"""Fewest runs that must report a planted region of 3% in 20,000 instances."""

COVERAGE = 0.93
"""Fewest intervals that must hold the true rate; they are 95% intervals."""

DESIGN = {
    "one tail condition": 98,
    "numeric × level": 99,
    "three numeric": 94,
    "two levels": 100,
}
"""What the design's own simulation found at 5,000 instances, in percent."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A design that is drawn and analyzed with many seeds.

    Attributes
    ----------
    title
        What is special about it.
    design, n, seeds, settings
        See `trial`.
    warns
        Whether it shows what goes wrong if the tool is used wrongly: no target.
    """

    title: str
    design: Design
    n: int
    seeds: int
    settings: dict[str, Any] = field(default_factory=dict)
    warns: bool = False


PERMUTED = {"inference": "permutation", "permutations": 39, "slices": 2}
"""Few permutations and shallow slices, so that a run takes seconds."""

NOISE = (
    Question(title="plain", design=Design(), n=2_000, seeds=200),
    Question(title="plain", design=Design(), n=5_000, seeds=100),
    Question(title="plain", design=Design(), n=20_000, seeds=30),
    Question(title="--margin 1", design=Design(), n=2_000, seeds=100, settings={"margin": 1.0}),
    Question(
        title="correlated features", design=Design(features="correlated"), n=2_000, seeds=200
    ),
    Question(title="rare levels", design=Design(features="rare levels"), n=2_000, seeds=200),
    Question(title="continuous loss", design=Design(outcome="loss"), n=2_000, seeds=100),
    Question(
        title="weights", design=Design(weighted=True), n=2_000, seeds=100,
        settings={"weight": "weight"},
    ),
    Question(
        title="entities, --group", design=Design(entities=True), n=5_000, seeds=200,
        settings={"group": "entity"},
    ),
    Question(
        title="--inference permutation", design=Design(), n=1_500, seeds=40, settings=PERMUTED,
    ),
    Question(
        title="entities, rows split", design=Design(entities=True), n=5_000, seeds=20,
        settings={"exclude": ("entity",)}, warns=True,
    ),
)  # fmt: skip

PLANTED = tuple(
    Question(title=shape, design=Design(shape=shape), n=n, seeds=seeds)
    for shape in SHAPES
    for n, seeds in ((5_000, 20), (20_000, 50))
)

SMALL = tuple(
    Question(title=shape, design=Design(shape=shape), n=1_500, seeds=10, settings=settings)
    for shape in SHAPES
    for settings in ({"slices": 2}, PERMUTED)
)

NAIVE = (
    Question(title="naive", design=Design(), n=5_000, seeds=200),
    Question(title="naive", design=Design(), n=20_000, seeds=100),
)


def main(*, times: float, output: Path | None, only: str = "") -> int:
    """Print how honest the tool is.

    Parameters
    ----------
    times
        How many times the usual number of tables is drawn.
    output
        Where the counts are also written, as JSON.
    only
        Part of the titles of what is asked; everything by default.

    Returns
    -------
    1 if a target is missed, else 0.
    """
    asked = [
        [question for question in kind if only in question.title]
        for kind in (NOISE, (*PLANTED, *SMALL), NAIVE)
    ]
    answers = iter(_answers([question for kind in asked for question in kind], times))
    noise, planted, naive = ([(each, next(answers)) for each in kind] for kind in asked)
    console = Console()
    verdicts = [
        *_print_noise(console, noise, naive),
        *(_print_planted(console, planted) if planted else []),
        *_print_coverage(console, noise, planted),
    ]
    if output is not None:
        output.write_text(json.dumps([_facts(*each) for each in noise + planted], indent=1) + "\n")
    return int("missed" in verdicts)


def _answers(questions: Sequence[Question], times: float) -> list[list[Any]]:
    """Return for each question what its runs found, from as many processes as processors."""
    # each with one thread: their matrix products must not wait for each other
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    answers: list[list[Any]] = [[] for _ in questions]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        futures = {
            pool.submit(_answer, question, seed): place
            for place, question in enumerate(questions)
            for seed in range(max(1, round(question.seeds * times)))
        }
        progress = Console(stderr=True)
        done = as_completed(futures)
        for future in track(done, "tables", len(futures), console=progress, transient=True):
            answers[futures[future]].append(future.result())
    return answers


def _answer(question: Question, seed: int) -> Trial | Naive:
    if question.title == "naive":
        return naive_trial(question.design, question.n, seed)
    return trial(question.design, question.n, seed, **question.settings)


def _print_noise(
    console: Console,
    noise: Sequence[tuple[Question, Sequence[Trial]]],
    naive: Sequence[tuple[Question, Sequence[Naive]]],
) -> list[str]:
    table = _table(
        "Runs that report a failing region where there is none",
        "pure noise", "n", "runs", "share [95%]", "≤ 5%", "tree splits",
    )  # fmt: skip
    verdicts = []
    for question, trials in noise:
        reported = sum(trial.failing > 0 for trial in trials)
        verdict = "" if question.warns else _verdict(reported, len(trials), most=FALSE_ALARMS)
        verdicts.append(verdict)
        grown = sum(any(i.shown_for == "tree" for i in trial.intervals) for trial in trials)
        counted = _counted(question.n, reported, len(trials))
        table.add_row(question.title, *counted, verdict, str(grown))
    table.add_section()
    for question, finders in naive:
        plain, corrected = (sum(answers) for answers in zip(*finders, strict=True))
        table.add_row("scikit-learn tree", *_counted(question.n, plain, len(finders)))
        table.add_row("the same, Holm", *_counted(question.n, corrected, len(finders)))
    console.print(table)
    return verdicts


def _print_planted(
    console: Console, planted: Sequence[tuple[Question, Sequence[Trial]]]
) -> list[str]:
    table = _table(
        "Runs that report a region of 3%, 45% errors against 15%",
        "planted", "n", "runs", "share [95%]", "≥ 90%", "design", "false",
    )  # fmt: skip
    verdicts = []
    for question, trials in planted:
        reported = sum(trial.found for trial in trials)
        aimed, compared = question.n >= 20_000, question.n == 5_000
        verdict = _verdict(reported, len(trials), least=POWER) if aimed else ""
        design = f"{DESIGN[question.title]}%" if compared else ""
        false = sum(trial.false > 0 for trial in trials)
        counted = _counted(question.n, reported, len(trials))
        permuted = " (permutation)" if "inference" in question.settings else ""
        table.add_row(question.title + permuted, *counted, verdict, design, str(false))
        verdicts.append(verdict)
    console.print(table)
    return verdicts


def _print_coverage(
    console: Console,
    noise: Sequence[tuple[Question, Sequence[Trial]]],
    planted: Sequence[tuple[Question, Sequence[Trial]]],
) -> list[str]:
    table = _table(
        "95% intervals that hold the true rate",
        "table", "regions", "of these failing", "tree nodes", "≥ 93%",
    )  # fmt: skip
    sound = [(question, trials) for question, trials in noise if not question.warns]
    verdicts = []
    for title, found in (("pure noise", sound), ("planted regions", planted)):
        if not found:
            continue
        kept, all_of = _coverage([trial for _, trials in found for trial in trials])
        regions = sum(kept[name] for name in ("failing", "suspected"))
        shown = sum(all_of[name] for name in ("failing", "suspected"))
        verdict = "held" if regions >= COVERAGE * shown else "missed"
        cells = [_share(kept[name], all_of[name]) for name in ("failing", "tree")]
        table.add_row(title, _share(regions, shown), *cells, verdict)
        verdicts.append(verdict)
    console.print(table)
    return verdicts


def _coverage(trials: Sequence[Trial]) -> tuple[Counter[str], Counter[str]]:
    """Return by kind how many intervals hold the true rate, and how many there are."""
    intervals = [interval for trial in trials for interval in trial.intervals]
    kept = Counter(interval.shown_for for interval in intervals if interval.holds)
    return kept, Counter(interval.shown_for for interval in intervals)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} of {whole:,}" if whole else "none"


def _table(title: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, padding=(0, 1, 0, 0), pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left", no_wrap=True)
    return table


def _counted(n: int, k: int, trials: int) -> tuple[str, str, str]:
    """Return how often something happened, with the exact interval of its share."""
    interval = binomtest(k, trials).proportion_ci()
    share = f"{100 * k / trials:.3g}% [{100 * interval.low:.0f}, {100 * interval.high:.0f}]"
    return f"{n:,}", f"{k:,} of {trials:,}", share


def _verdict(k: int, trials: int, *, most: float = 1.0, least: float = 0.0) -> str:
    """Return whether a share keeps its target; beyond it, whether chance may explain that."""
    if least <= k / trials <= most:
        return "held"
    interval = binomtest(k, trials).proportion_ci()
    return "missed" if interval.low > most or interval.high < least else "undecided"


def _facts(question: Question, trials: Sequence[Trial]) -> dict[str, Any]:
    kept, all_of = _coverage(trials)
    return {
        "title": question.title,
        "instances": question.n,
        "tables": len(trials),
        "failing": sum(trial.failing > 0 for trial in trials),
        "false": sum(trial.false > 0 for trial in trials),
        "found": sum(trial.found for trial in trials),
        "intervals": {name: [kept[name], count] for name, count in sorted(all_of.items())},
    }
