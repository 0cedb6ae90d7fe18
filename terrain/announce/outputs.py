"""Everything that a run of the gate leaves beside its exit code: files, a summary, annotations."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from terrain.announce.github import annotated, append_summary
from terrain.announce.gitlab import code_quality
from terrain.announce.history import recall, remember, run_of
from terrain.announce.junit import junit
from terrain.announce.markdown import escaped, markdown
from terrain.announce.places import in_repository, line_in, link_to
from terrain.announce.trend import as_markdown, change_in_words, in_words
from terrain.files import write_atomically
from terrain.statistics.drift import drift

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from terrain.announce.history import Run
    from terrain.document import Terrain
    from terrain.gate.verdict import Judgement, Verdict

STANDARD = Path("-")
"""Standard output, for Markdown."""


class Outputs(NamedTuple):
    """What is wanted; None is not.

    Attributes
    ----------
    junit, markdown, gitlab
        Files; Markdown may be `STANDARD`.
    history
        A folder.
    """

    junit: Path | None = None
    markdown: Path | None = None
    gitlab: Path | None = None
    history: Path | None = None

    def files(self) -> list[Path]:
        """Return the files that will be written over."""
        named = (self.junit, None if self.markdown == STANDARD else self.markdown, self.gitlab)
        return [path for path in named if path is not None]


class Occasion(NamedTuple):
    """What a run takes place in.

    Attributes
    ----------
    time
        Now, in UTC.
    environment
        Variables, by which CI systems say that they are there.
    policy
        The file with the policy.
    page
        The page, if there is one.
    baseline
        The document that changes are measured from, if there is one.
    """

    time: datetime
    environment: Mapping[str, str]
    policy: Path
    page: Path | None = None
    baseline: Terrain | None = None


class Announced(NamedTuple):
    """What is left to be printed.

    Attributes
    ----------
    told
        The trend, what changed in the benchmark, which runs were passed over; a line each.
    markdown
        The verdict, where it is wanted on standard output.
    commands
        GitHub's workflow commands.
    written
        A line for each file that was written.
    """

    told: tuple[str, ...]
    markdown: str | None
    commands: tuple[str, ...]
    written: tuple[str, ...]


def announce(verdict: Verdict, terrain: Terrain, outputs: Outputs, occasion: Occasion) -> Announced:
    """Write what is wanted, and what the CI system around wants; return what is to be printed.

    Raises
    ------
    OutputError
        A place that cannot be written.
    """
    runs, told = _runs(verdict, terrain, outputs, occasion)
    changed = _changed(runs, terrain, occasion)
    further = [escaped(line) for line in changed]
    if runs:
        note = terrain.metrics[terrain.target]
        told = [in_words(runs, note), *told]
        further.insert(0, as_markdown(runs, note))
    page, environment = occasion.page, occasion.environment
    link = None if page is None else link_to(page, environment)
    shown = markdown(verdict, link, further)
    written = _write(verdict, outputs, occasion, shown)
    if summary := environment.get("GITHUB_STEP_SUMMARY"):
        append_summary(Path(summary), shown)
        written.append("the job's summary: the verdict")
    if outputs.history is not None:
        kept = remember(outputs.history, runs[-1])
        written.append(f"{kept}: this run, for the history")
    return Announced(
        told=(*changed, *told),
        markdown=shown if outputs.markdown == STANDARD else None,
        commands=_commands(verdict, occasion),
        written=tuple(written),
    )


def _runs(
    verdict: Verdict, terrain: Terrain, outputs: Outputs, occasion: Occasion
) -> tuple[list[Run], list[str]]:
    """Return the runs of the history, this one last, and what was passed over."""
    if outputs.history is None:
        return [], []
    past = recall(outputs.history, terrain.target)
    return [*past.runs, run_of(verdict, terrain, occasion.time)], list(past.ignored)


def _changed(runs: list[Run], terrain: Terrain, occasion: Occasion) -> list[str]:
    """Return whether the benchmark changed, if there is something to compare it with."""
    baseline, now = occasion.baseline, terrain.benchmark.instances
    if baseline is not None:
        before, since = baseline.compositions, "the baseline"
        sizes = baseline.benchmark.instances, now
    elif len(runs) > 1:
        before, since = runs[-2].compositions, f"the run of {runs[-2].day}"
        sizes = runs[-2].instances, now
    else:
        return []
    return [change_in_words(drift(before, terrain.compositions), since, instances=sizes)]


def _write(verdict: Verdict, outputs: Outputs, occasion: Occasion, shown: str) -> list[str]:
    page = None if occasion.page is None else occasion.page.as_posix()
    written = []
    if outputs.junit is not None:
        write_atomically(outputs.junit, junit(verdict, page))
        written.append(f"{outputs.junit}: the verdict, for JUnit's readers")
    if outputs.markdown is not None and outputs.markdown != STANDARD:
        write_atomically(outputs.markdown, shown.encode())
        written.append(f"{outputs.markdown}: the verdict, as Markdown")
    if outputs.gitlab is not None:
        file, line_of = _policy(occasion)
        write_atomically(outputs.gitlab, code_quality(verdict, file, line_of, page))
        written.append(f"{outputs.gitlab}: the verdict, for GitLab's code quality")
    return written


def _commands(verdict: Verdict, occasion: Occasion) -> tuple[str, ...]:
    if occasion.environment.get("GITHUB_ACTIONS") != "true":
        return ()
    return tuple(annotated(verdict, *_policy(occasion)))


def _policy(occasion: Occasion) -> tuple[str, Callable[[Judgement], int]]:
    """Return the policy's place in the repository, and what finds a rule's line in it."""
    text = occasion.policy.read_text(encoding="utf-8")
    return in_repository(occasion.policy, occasion.environment), partial(line_in, text)
