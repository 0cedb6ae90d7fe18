"""A folder with a small JSON file of every run: what was measured, and what the gate said.

The folder belongs to one benchmark. Jobs may run at the same time: each writes a file of its own,
whole or not at all, and none is ever written again.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from terrain.data.composition import Composition
from terrain.data.wording import counted
from terrain.errors import DataError, OutputError
from terrain.files import read_bytes, write_atomically
from terrain.gate.verdict import Mode, Outcome
from terrain.statistics.findings import Estimate

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from terrain.document import Terrain
    from terrain.gate.verdict import Verdict

SCHEMA_VERSION = 1
"""Raised when a reader of older runs would misunderstand a newer one."""

ENDING = ".run.json"
NAME = re.compile(rf"\d{{8}}T\d{{6}}\.\d{{6}}Z-[0-9a-f]{{16}}{re.escape(ENDING)}")
"""A run's file: the time, then what no two jobs share. In the order of names runs are in time."""

MOST = 10
"""Runs that a trend shows, this one among them."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the gate.

    Attributes
    ----------
    time
        UTC, ISO 8601.
    versions, commit, sources
        Of what computed it; the data's git commit; SHA-256 of each file.
    benchmark, instances
        What was judged.
    outcome, headline, mode, alpha
        What the gate said.
    failed
        What failed, as ``where: demand``.
    target
        The metric that was searched.
    overall, groups
        The target and every judged metric, with bounds: on all instances; by group
        (``sex = Female``) of single sensitive features.
    compositions
        What the benchmark was made of.
    """

    schema_version: int = SCHEMA_VERSION
    time: str
    versions: dict[str, str]
    commit: str | None
    sources: dict[str, str]
    benchmark: str
    instances: int
    outcome: Outcome
    headline: str
    mode: Mode
    alpha: float
    failed: tuple[str, ...]
    target: str
    overall: dict[str, Estimate]
    groups: dict[str, dict[str, Estimate]]
    compositions: tuple[Composition, ...]

    @property
    def day(self) -> str:
        """Its time as a person reads it, in UTC."""
        return f"{self.time[:10]} {self.time[11:16]}"


class Past(NamedTuple):
    """Earlier runs of one target, the oldest first, and what was passed over, in words."""

    runs: tuple[Run, ...]
    ignored: tuple[str, ...]


class _Versioned(msgspec.Struct):
    schema_version: int


def run_of(verdict: Verdict, terrain: Terrain, time: datetime) -> Run:
    """Return what the history keeps of a run; `time` is in UTC."""
    judged = {each.metric for each in verdict.judgements} | {terrain.target}
    kept = [name for name in terrain.metrics if name in judged]
    groups = {
        group.finding.region.words: {name: group.finding.metrics[name] for name in kept}
        for breakdown in terrain.breakdowns
        if len(breakdown.features) == 1
        for group in breakdown.groups
    }
    return Run(
        time=time.isoformat(timespec="microseconds"),
        versions=terrain.provenance.versions,
        commit=terrain.provenance.commit,
        sources={source.path: source.sha256 for source in terrain.benchmark.sources},
        benchmark=terrain.benchmark.name,
        instances=terrain.benchmark.instances,
        outcome=verdict.outcome,
        headline=verdict.headline,
        mode=verdict.mode,
        alpha=verdict.alpha,
        failed=tuple(
            f"{each.where}: {each.demand}"
            for each in verdict.judgements
            if each.outcome == "failed"
        ),
        target=terrain.target,
        overall={name: terrain.overall[name] for name in kept},
        groups=groups,
        compositions=terrain.compositions,
    )


def remember(folder: Path, run: Run) -> Path:
    """Write a run to the folder, which is made if it is not there, and return its file.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot keep the history in {folder}: {error.strerror}; name another folder"
        ) from error
    stamp = re.sub(r"[-:]", "", run.time.partition("+")[0])
    path = folder / f"{stamp}Z-{secrets.token_hex(8)}{ENDING}"
    write_atomically(path, msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    return path


def recall(folder: Path, target: str, most: int = MOST - 1) -> Past:
    """Return the latest runs in which a target was measured.

    A file that is no run, or one that cannot be read, is passed over, and said.

    Raises
    ------
    OutputError
        The folder is none, or cannot be listed.
    """
    paths, foreign = _newest_first(folder)
    runs: list[Run] = []
    ignored = [f"{name} is passed over: it is not called like a run" for name in foreign]
    others = 0
    for path in paths:
        if len(runs) == most:
            break
        try:
            run = _decode(read_bytes(path))
        except DataError as error:
            ignored.append(f"{path.name} is passed over: {error}")
            continue
        if run.target == target:
            runs.append(run)
        else:
            others += 1
    if others:
        ignored.append(f"{counted(others, 'run')} of another target in {folder} passed over")
    return Past(tuple(reversed(runs)), tuple(ignored))


def _newest_first(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files of runs, and the names of JSON files that are none."""
    try:
        found = [path for path in folder.iterdir() if path.suffix == ".json"]
    except FileNotFoundError:
        found = []
    except OSError as error:
        raise OutputError(
            f"cannot read the history in {folder}: {error.strerror}; name another folder"
        ) from error
    found.sort(key=lambda path: path.name, reverse=True)
    runs = [path for path in found if NAME.fullmatch(path.name)]
    return runs, [path.name for path in found if not NAME.fullmatch(path.name)]


def _decode(content: bytes) -> Run:
    try:
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version > SCHEMA_VERSION:
            raise DataError(f"a newer terrain wrote it (schema version {version})")
        run = msgspec.json.decode(content, type=Run)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"it is no run that terrain wrote ({error})") from error
    if run.target not in run.overall:
        raise DataError(f"it says nothing of its own target `{run.target}`")
    return run
