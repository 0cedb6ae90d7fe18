"""What was analyzed, and what computed it, as they stand in the document."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terrain.data.notes import NO_FILES, TABLE, Warned, is_table
from terrain.document import BenchmarkNote, Provenance
from terrain.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terrain.data.notes import Source
    from terrain.study import Study

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")
"""Libraries whose version may show in a number."""


def benchmark_note(study: Study, name: str | None = None) -> BenchmarkNote:
    """Return what was analyzed; `name` is what the user calls it."""
    benchmark, outcome, rows = study.benchmark, study.benchmark.outcome, study.benchmark.rows
    count = benchmark.roles.count
    positive = None if outcome.positive is None else outcome.classes[outcome.positive]
    said = [f"the positive class is `{positive}`: {outcome.positive_because}"] if positive else []
    return BenchmarkNote(
        name=name or _name(rows.sources),
        task=outcome.task,
        instances=len(study),
        unlabelled=len(study) - study.counts.exposed,
        positive=positive,
        classes=outcome.classes,
        prevalence=_prevalence(study),
        sources=rows.sources,
        roles=benchmark.roles.said,
        left_out=benchmark.roles.left_out,
        columns=(*benchmark.table.column_names, *([count] if count else [])),
        notes=(*rows.notes, *outcome.notes, *said),
    )


def _name(sources: Sequence[Source]) -> str:
    path = Path(sources[0].path)
    if is_table(sources[0].path):
        return sources[0].path.removeprefix(TABLE)
    if len(sources) > 1 and path.parent.name:
        return path.parent.name
    return NO_FILES.get(sources[0].path) or path.name.split(".")[0] or path.name


def _prevalence(study: Study) -> float | None:
    positive, labelled = study.benchmark.outcome.positive, study.counts.labels[:-1]
    if positive is None or not labelled.sum():
        return None
    return float(labelled[positive] / labelled.sum())


def provenance(settings: dict[str, Any], sources: Sequence[Source]) -> Provenance:
    """Return what computed the document, with every setting but the names of hidden columns."""
    settings = {name: value for name, value in settings.items() if name != "hide_columns"}
    versions = {"terrain": __version__, "python": platform.python_version()}
    versions |= {name: version(name) for name in LIBRARIES}
    return Provenance(versions=versions, commit=_commit(sources[0]), settings=settings)


def _commit(source: Source) -> str | None:
    """Return the git commit of the folder that a file lies in, if there is one."""
    if not source.is_file:
        return None
    command = ["git", "-C", str(Path(source.path).resolve().parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - fixed words and a folder
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None


def narrowed(depth: int, searched: int, features: int) -> Warned:
    """Return the warning that a table is too wide for an exhaustive search of a depth."""
    return Warned(
        code="slices-narrowed",
        seen=(
            f"Slices of {depth} conditions were searched among {searched:,} of {features:,} "
            "features: those of the best smaller slices."
        ),
        advice="Name the features that matter with --features to search all of them together.",
    )


def no_slices(score: str) -> Warned:
    """Return the warning that no slice has a score above zero."""
    return Warned(
        code="slices-none",
        seen=f"The slice search found nothing by {score}: all regions come from the tree.",
        advice="Take --slice-score evidence, or for sliceline a larger --slice-alpha.",
    )


def too_wide(name: str) -> Warned:
    """Return the warning that an intersection has too many groups to show."""
    return Warned(
        code="intersection-too-wide",
        seen=f"The intersection {name} has more groups than a table can show.",
        advice="Coarsen one of these features to see it, or name fewer with --sensitive.",
    )
