"""The benchmarks: `python benchmarks/run.py [WHICH] [--quick]`; `--help` lists them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

QUICK = 1 / 15
"""Of the usual number of tables, in a quick run."""


def main() -> int:
    """Run what is asked for; return 1 if a target is missed."""
    parser = ArgumentParser(
        description="Speed beside peers, honesty on tables of known truth, the gate's alarms."
    )
    which = ["speed", "growth", "large", "peak", "honesty", "gate", "compare"]
    parser.add_argument("which", nargs="?", choices=which, help="default: all")
    parser.add_argument("--quick", action="store_true", help="smaller tables, fewer seeds")
    parser.add_argument("--times", type=float, default=1.0, metavar="FACTOR", help="more seeds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write honesty's counts")
    parser.add_argument("--only", default="", metavar="WORDS", help="of honesty's titles")
    wanted = parser.parse_args()
    status = 0
    # speed first: a process that has imported pandas would lend its memory to those it starts
    times = QUICK if wanted.quick else wanted.times
    if wanted.which in {None, "speed"}:
        from benchmarks import speed  # noqa: PLC0415 - only what is asked for

        speed.main(quick=wanted.quick)
    if wanted.which in {None, "growth"}:
        from benchmarks import growth  # noqa: PLC0415 - as above

        growth.main(quick=wanted.quick)
    if wanted.which in {None, "large"}:
        from benchmarks import large  # noqa: PLC0415 - as above

        large.main(quick=wanted.quick)
    if wanted.which in {None, "peak"}:
        from benchmarks import gaussian_peak  # noqa: PLC0415 - as above

        gaussian_peak.main()
    if wanted.which in {None, "honesty"}:
        from benchmarks import honesty  # noqa: PLC0415 - as above

        status = honesty.main(times=times, output=wanted.json, only=wanted.only)
    if wanted.which in {None, "gate"}:
        from benchmarks import gate  # noqa: PLC0415 - as above

        status = max(status, gate.main(times=times))
    if wanted.which in {None, "compare"}:
        from benchmarks import compare  # noqa: PLC0415 - as above

        status = max(status, compare.main(times=times))
    return status


if __name__ == "__main__":
    sys.exit(main())
