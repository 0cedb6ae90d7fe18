"""The benchmarks: `python benchmarks/run.py [WHICH] [--quick]`; `--help` lists them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = 1 / 15
"""Of the usual number of tables, in a quick run."""


class Benchmark(NamedTuple):
    """What can be asked for.

    Attributes
    ----------
    words
        What it measures.
    module
        Its module, imported only when it is run.
    call
        Runs the module with what was asked; returns 1 if a target is missed.
    """

    words: str
    module: str
    call: Callable[[Any, Namespace], int | None]


def main() -> int:
    """Run what is asked for; return 1 if a target is missed."""
    listed = "\n".join(f"  {name:10}{each.words}" for name, each in BENCHMARKS.items())
    parser = ArgumentParser(description=listed, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="?", choices=BENCHMARKS, help="default: all")
    parser.add_argument("--quick", action="store_true", help="smaller tables, fewer seeds")
    parser.add_argument("--times", type=float, default=1.0, metavar="FACTOR", help="more seeds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write honesty's counts")
    parser.add_argument("--only", default="", metavar="WORDS", help="of honesty's titles")
    parser.add_argument(
        "--rows", type=float, nargs="+", metavar="M", help="large's sizes in millions"
    )
    asked = parser.parse_args()
    status = 0
    for name, each in BENCHMARKS.items():
        if asked.which in {None, name}:
            module = import_module(f"benchmarks.{each.module}")
            status = max(status, each.call(module, asked) or 0)
    return status


def _sized(module: Any, asked: Namespace) -> int | None:  # noqa: ANN401 - a module
    return module.main(quick=asked.quick)


def _large(module: Any, asked: Namespace) -> int | None:  # noqa: ANN401 - a module
    return module.main(quick=asked.quick, sizes=asked.rows)


def _drawn(module: Any, asked: Namespace) -> int | None:  # noqa: ANN401 - a module
    return module.main(times=_times(asked))


def _times(asked: Namespace) -> float:
    return QUICK if asked.quick else asked.times


BENCHMARKS = {
    # these first: a process that has imported pandas would lend its memory to those it starts
    "speed": Benchmark("whole processes beside pandas and scikit-learn", "speed", _sized),
    "growth": Benchmark("how time grows with rows and features", "growth", _sized),
    "large": Benchmark("1 to 20 million rows in 600 MB, beside DuckDB", "large", _large),
    "workers": Benchmark("two Dask workers beside one", "workers", _sized),
    "passes": Benchmark("passes over the data, and what each sends", "passes", _sized),
    "peak": Benchmark("a Gaussian peak of errors", "gaussian_peak", lambda it, _: it.main()),
    "honesty": Benchmark(
        "false alarms, power and intervals where the truth is known",
        "honesty",
        lambda it, asked: it.main(times=_times(asked), output=asked.json, only=asked.only),
    ),
    "gate": Benchmark("how often the gate cries wolf", "gate", _drawn),
    "compare": Benchmark("comparisons of models whose truth is known", "compare", _drawn),
}
"""In the order in which they run."""


if __name__ == "__main__":
    sys.exit(main())
