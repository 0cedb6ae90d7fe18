"""What GitHub Actions shows: annotations on the policy, and the job's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terrain.announce.standing import BREAKING, worst_first
from terrain.errors import OutputError
from terrain.report.format import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terrain.announce.standing import Standing
    from terrain.gate.verdict import Judgement, Verdict

MOST = 10
"""Annotations of one level that GitHub shows for a step."""


def annotated(verdict: Verdict, file: str, line_of: Callable[[Judgement], int]) -> list[str]:
    """Return workflow commands that annotate the policy, worst first.

    Parameters
    ----------
    verdict
        What the gate concluded.
    file
        The policy, from the folder of the repository.
    line_of
        Gives the line of a judgement's rule in it.
    """
    ranked = worst_first(verdict)
    errors = [pair for pair in ranked if pair[0] in BREAKING]
    warnings = [pair for pair in ranked if pair[0] == "warning"]
    return [
        *_commands("error", errors, file, line_of),
        *_commands("warning", warnings, file, line_of),
    ]


def append_summary(path: Path, text: str) -> None:
    """Append Markdown to the job's summary.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as summary:
            summary.write(f"{text}\n")
    except OSError as error:
        raise OutputError(
            f"cannot write the job's summary, {path}: {error.strerror}; correct the variable "
            "GITHUB_STEP_SUMMARY, or remove it"
        ) from error


def _commands(
    level: str,
    ranked: list[tuple[Standing, Judgement]],
    file: str,
    line_of: Callable[[Judgement], int],
) -> list[str]:
    shown = ranked if len(ranked) <= MOST else ranked[: MOST - 1]
    commands = [
        _command(
            level,
            {"file": file, "line": f"{line_of(each)}", "title": f"{each.where}: {stands}"},
            f"{each.demand}: {each.reason}",
        )
        for stands, each in shown
    ]
    more = len(ranked) - len(shown)
    if more:
        title = f"{more} more of this kind"
        told = "GitHub shows ten of a kind; the job's summary lists them all"
        commands.append(_command(level, {"file": file, "title": title}, told))
    return commands


def _command(level: str, properties: dict[str, str], message: str) -> str:
    r"""Return a workflow command, escaped as GitHub's own toolkit does.

    Examples
    --------
    >>> _command("error", {"title": "a:b,c"}, "100%\nof them")
    '::error title=a%3Ab%2Cc::100%25%0Aof them'
    """
    said = ",".join(
        f"{name}={_data(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{level} {said}::{_data(message)}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\n", "%0A")  # no carriage return is left
