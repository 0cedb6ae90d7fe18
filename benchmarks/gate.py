"""How often the gate cries wolf where groups are alike, and how often it sees a true gap."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import binomtest

from terrain.app import analyze
from terrain.config import Plan
from terrain.gate.judge import judge
from terrain.gate.policy import Policy, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terrain.document import Terrain
    from terrain.gate.verdict import Mode

SEEDS = 200
FALSE_ALARMS, POWER = 0.05, 0.90

ERROR = 0.15
"""Of every group that is not worse than the others."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Tables that are drawn with many seeds, and the gates they pass through.

    Attributes
    ----------
    title
        What the groups are like.
    groups, size
        How many there are, and the rows of each.
    gap
        What the first one's error rate is above the others'.
    entities
        Rows of one entity, whose errors depend; 1 where rows are independent.
    gates
        By name: whether a gate fails a document, and the share that it may fail, or must (below
        zero); None where it only stands beside.
    """

    title: str
    groups: int
    size: int
    gap: float = 0.0
    entities: int = 1
    gates: dict[str, tuple[Callable[[Terrain], bool], float | None]] = field(default_factory=dict)


def ours(mode: Mode, **rule: Any) -> Callable[[Terrain], bool]:  # noqa: ANN401 - settings of a rule
    """Return a gate of one rule."""
    policy = Policy(mode=mode, rules=(Rule(**rule),))
    return lambda found: judge(policy, found).outcome == "failed"


def usual(metric: str, allowed: float, *, ratio: bool) -> Callable[[Terrain], bool]:
    """Return a gate as it is usually written: extreme estimates must lie within the limit."""

    def fails(found: Terrain) -> bool:
        values = [g.finding.metrics[metric].value or 0.0 for g in found.breakdowns[0].groups]
        if ratio:
            return min(values) / max(values) <= allowed
        return max(values) - min(values) >= allowed - 1e-9

    return fails


GAP_RULES = {
    "gap of the error rate at most 0": {"gap": "who", "at_most": 0.0},
    "at most 2 points": {"gap": "who", "at_most": 0.02},
    "at most 5 points": {"gap": "who", "at_most": 0.05},
    "ratio of the error rate at least 0.8": {"gap": "who", "ratio_at_least": 0.8},
    "ratio of the selection rate at least 0.8": {
        "gap": "who", "metric": "selection_rate", "ratio_at_least": 0.8,
    },
}  # fmt: skip


def judged(
    limit: float | None, names: Sequence[str]
) -> dict[str, tuple[Callable[[Terrain], bool], float | None]]:
    """Return gates on evidence with what they may fail, or must."""
    return {name: (ours("no-evidence-of-harm", **GAP_RULES[name]), limit) for name in names}


SCENARIOS = (
    Scenario(
        title="10 equal groups of 100",
        groups=10,
        size=100,
        gates={
            **judged(FALSE_ALARMS, list(GAP_RULES)),
            "estimates: min / max of selection rates above 0.8": (
                usual("selection_rate", 0.8, ratio=True), None),
            "estimates: max − min of error rates below 0.1": (
                usual("error_rate", 0.1, ratio=False), None),
            "mode point: ratio of the selection rate at least 0.8": (
                ours("point", gap="who", metric="selection_rate", ratio_at_least=0.8), None),
            "mode point: gap of the error rate at most 10 points": (
                ours("point", gap="who", at_most=0.1), None),
        },
    ),
    Scenario(
        title="30 equal groups of 100",
        groups=30,
        size=100,
        gates={
            "each error rate (truly 15%) at most 20%": (
                ours("no-evidence-of-harm", groups="who", at_most=0.2), FALSE_ALARMS),
            "each at most 15%": (
                ours("no-evidence-of-harm", groups="who", at_most=ERROR), FALSE_ALARMS),
            "mode point: each at most 20%": (ours("point", groups="who", at_most=0.2), None),
        },
    ),
    Scenario(
        title="10 equal groups of 40 entities of 10 rows, --group",
        groups=10,
        size=400,
        entities=10,
        gates=judged(FALSE_ALARMS, list(GAP_RULES)[:2]),
    ),
    Scenario(
        title="2 groups of 300, one 15 points worse",
        groups=2,
        size=300,
        gap=0.15,
        gates={
            **judged(-POWER, list(GAP_RULES)[:2]),
            **judged(None, list(GAP_RULES)[2:4]),
        },
    ),
    Scenario(
        title="10 groups of 300, one 15 points worse",
        groups=10,
        size=300,
        gap=0.15,
        gates={
            **judged(-POWER, list(GAP_RULES)[:2]),
            **judged(None, list(GAP_RULES)[2:4]),
        },
    ),
)  # fmt: skip


def main(*, times: float) -> int:
    """Print how often each gate fails.

    Parameters
    ----------
    times
        How many times the usual number of tables is drawn.

    Returns
    -------
    1 if a target is missed, else 0.
    """
    table = Table(title="Runs that fail the gate", box=box.SIMPLE_HEAD, title_justify="left")
    for column in ("groups", "gate", "failed", "share [95%]", "target"):
        table.add_column(column)
    missed = False
    for scenario in SCENARIOS:
        documents = [
            _document(scenario, seed)
            for seed in track(
                range(max(1, round(SEEDS * times))),
                scenario.title,
                console=Console(stderr=True),
                transient=True,
            )
        ]
        for place, (name, (fails, limit)) in enumerate(scenario.gates.items()):
            failed = sum(map(fails, documents))
            low, high = binomtest(failed, len(documents)).proportion_ci(method="wilson")
            verdict = _verdict(low, high, limit)
            missed |= verdict.endswith("missed")
            share = f"{failed / len(documents):.1%} [{100 * low:.0f}, {100 * high:.0f}]"
            table.add_row("" if place else scenario.title, name,
                          f"{failed} of {len(documents)}", share, verdict)  # fmt: skip
        table.add_section()
    Console().print(table)
    return int(missed)


def _verdict(low: float, high: float, limit: float | None) -> str:
    """Return whether the interval of a share leaves its target possible."""
    if limit is None:
        return ""
    if limit > 0:
        return f"≤ {limit:.0%}: {'missed' if low > limit else 'held'}"
    return f"≥ {-limit:.0%}: {'missed' if high < -limit else 'held'}"


def _document(scenario: Scenario, seed: int) -> Terrain:
    rng = np.random.default_rng(seed)
    n = scenario.groups * scenario.size
    who = np.repeat(np.arange(scenario.groups), scenario.size)
    error = np.where(who == 0, ERROR + scenario.gap, ERROR)
    entity = np.arange(n) // scenario.entities
    if scenario.entities > 1:  # beta errors of entities: a correlation of 0.2 among their rows
        own = rng.beta(ERROR / 0.25, (1 - ERROR) / 0.25, n // scenario.entities)
        error = own[entity]
    label = rng.integers(0, 2, n)
    wrong = rng.random(n) < error
    table = pd.DataFrame(
        {
            "who": [f"group {number}" for number in who],
            "age": rng.integers(18, 90, n),
            "entity": [f"e{number}" for number in entity],
            "label": label,
            "prediction": np.where(wrong, 1 - label, label),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        table.to_parquet(path)
        plan = Plan(
            inputs=(str(path),),
            features=("age",),
            sensitive=("who",),
            group="entity" if scenario.entities > 1 else None,
            slices=0,
        )
        return analyze(plan).terrain
