"""How often `terrain compare` names what changed, and how often it names what did not."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich import box
from rich.console import Console
from rich.table import Table
from scipy.special import ndtri
from scipy.stats import binomtest

from benchmarks.tables import BASE, Design, draw
from terrain.compare import Entrant, compare
from terrain.config import Plan
from terrain.data.features import selection_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.compare import Answer

CHANGE = 0.10
"""How much more the new model errs in one region, and less in another of the same size."""

ALIKE = 0.5
"""A planted region counts as named by a region with at least this Jaccard index."""

RETRAINED = 0.03
"""Share of the instances on which models that go together differ without a reason."""

WIDTH = 120
"""Of the table, whatever it is printed to."""

Errors = Literal["independent", "together"]


class Planted(NamedTuple):
    """Where the new model is worse, and where better: (n,) bool, a tenth of the instances each."""

    worse: np.ndarray
    better: np.ndarray


class Told(NamedTuple):
    """What one comparison said: overall, how many regions, and whether both planted ones."""

    overall: bool
    regions: int
    both: bool


@dataclass(frozen=True, kw_only=True)
class Question:
    """Models that are drawn and compared with many seeds.

    Attributes
    ----------
    planted
        Whether the new model differs; without, it is the old one with errors drawn anew.
    errors
        ``independent`` of the old model's; ``together``: the same but where it changed, and on
        a few instances besides.
    n, seeds
        Instances, and how many pairs of models.
    """

    planted: bool
    errors: Errors
    n: int
    seeds: int


QUESTIONS = (
    Question(planted=True, errors="independent", n=20_000, seeds=50),
    Question(planted=True, errors="together", n=20_000, seeds=50),
    Question(planted=False, errors="independent", n=2_000, seeds=200),
    Question(planted=False, errors="independent", n=20_000, seeds=100),
    Question(planted=False, errors="together", n=20_000, seeds=50),
)


def trial(question: Question, seed: int) -> Told:
    """Draw two models, compare them as a user would, and hold what is said against the truth."""
    rng = np.random.default_rng([seed, question.n])
    data = draw(Design(), question.n, seed).data.drop_columns(["wrong"])
    truth = _regions(data)
    change = CHANGE * (truth.worse.astype(float) - truth.better) * question.planted
    old = rng.random(question.n) < BASE
    new = _errors(rng, old, change, question.errors)
    answer = _compared(data, old, new, seed)
    confirmed = [each for each in answer.comparison.regions if each.status in {"worse", "better"}]
    named = {
        turn: any(
            _jaccard(answer, each.region, place) >= ALIKE
            for each in confirmed
            if each.status == turn
        )
        for turn, place in truth._asdict().items()
    }
    return Told(
        overall="no difference beyond chance" not in answer.comparison.headline,
        regions=len(confirmed),
        both=all(named.values()),
    )


def _regions(data: pa.Table) -> Planted:
    numbers = data["number_0"].to_numpy()
    levels = {
        name: np.asarray(data[name].to_pylist()) for name in ("level_0", "level_1", "level_7")
    }
    worse = (numbers > ndtri(0.8)) & (levels["level_0"] == "v1")
    better = (levels["level_7"] == "v2") & (levels["level_1"] == "v0")
    return Planted(worse, better)


def _errors(
    rng: np.random.Generator, old: np.ndarray, change: np.ndarray, errors: Errors
) -> np.ndarray:
    """Return the new model's errors, at a rate of `BASE` plus the change."""
    if errors == "independent":
        return rng.random(len(old)) < BASE + change
    # of right answers as many break as it takes; of wrong ones as many mend
    broken = rng.random(len(old)) < np.maximum(change, 0) / (1 - BASE) + RETRAINED * BASE
    mended = rng.random(len(old)) < np.maximum(-change, 0) / BASE + RETRAINED * (1 - BASE)
    return np.where(old, ~mended, broken)


def _compared(data: pa.Table, old: np.ndarray, new: np.ndarray, seed: int) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        entrants = []
        for name, wrong in (("old", old), ("new", new)):
            path = str(Path(folder) / f"{name}.parquet")
            columns = {"id": pa.array(np.arange(len(wrong))), "wrong": pa.array(wrong.astype(int))}
            pq.write_table(
                pa.table(dict(zip(data.column_names, data.columns, strict=True)) | columns), path
            )
            plan = Plan(inputs=(path,), id="id", error=("wrong",), seed=seed)
            entrants.append(Entrant(name=name, plan=plan))
        return compare(entrants)


def _jaccard(answer: Answer, region: object, planted: np.ndarray) -> float:
    found = answer.contestants
    if found is None:
        raise ValueError("the models were not paired")
    inside = found.mask(selection_of(region, found.study.encodings))  # type: ignore[arg-type]
    return float((inside & planted).sum() / (inside | planted).sum())


def main(*, times: float) -> int:
    """Print what was told of models whose truth is known; return 1 if a target is missed."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    table = Table(box=box.SIMPLE_HEAD, title="terrain compare", pad_edge=False)
    for place, title in enumerate(
        ("new model", "errors", "n", "runs", "share [95%]", "target", "")
    ):
        table.add_column(title, justify="right" if place > 1 else "left", no_wrap=True)
    verdicts = []
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for question in QUESTIONS:
            seeds = range(max(1, round(question.seeds * times)))
            told = list(pool.map(partial(trial, question), seeds))
            verdicts.append(_row(table, question, told))
    Console(width=WIDTH).print(table)
    return int("missed" in verdicts)


def _row(table: Table, question: Question, told: Sequence[Told]) -> str:
    hits = [each.both if question.planted else not (each.overall or each.regions) for each in told]
    count, least = sum(hits), 0.90 if question.planted else 0.95
    bounds = binomtest(count, len(hits)).proportion_ci()
    verdict = "held" if count >= least * len(hits) else "missed"
    title = "10 points worse here, better there" if question.planted else "the old one, drawn anew"
    aim = f"both named ≥ {least:.0%}" if question.planted else f"nothing said ≥ {least:.0%}"
    share = f"{count / len(hits):.0%} [{100 * bounds.low:.0f}, {100 * bounds.high:.0f}]"
    counted = (f"{question.n:,}", f"{count} of {len(hits)}", share)
    table.add_row(title, question.errors, *counted, aim, verdict)
    return verdict
