"""What `terrain check` writes for others, and prints after its verdict."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terrain.cli.streams import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from terrain.announce.outputs import Outputs
    from terrain.document import Terrain
    from terrain.gate.verdict import Verdict

OPTIONS = {
    "junit": ("FILE", "Also write the verdict as a JUnit report: a test case for each judgement."),
    "markdown": ("FILE", "Also write the verdict as Markdown; `-` prints it, and nothing else."),
    "gitlab": ("FILE", "Also write the verdict as GitLab's code quality report."),
    "history": (
        "DIR",
        "Keep this run in a folder, one file a run, and show the trend of the last ten.",
    ),
}
"""Name: what it takes, and its help."""


def announcing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is written for others."""
    for name, (metavar, said) in reversed(OPTIONS.items()):
        option = click.option(
            f"--{name}", type=click.Path(path_type=Path), metavar=metavar, help=said
        )
        command = option(command)
    return command


def wanted_from(settings: dict[str, Any]) -> Outputs:
    """Take what is to be written for others out of a command's settings."""
    from terrain.announce.outputs import Outputs  # noqa: PLC0415 - `--help` needs none of it

    return Outputs(**{name: settings.pop(name) for name in OPTIONS})


def conclude(
    verdict: Verdict,
    terrain: Terrain,
    wanted: Outputs,
    written: list[str],
    *,
    policy: Path,
    page: Path | None,
    baseline: Terrain | None,
    quiet: bool,
) -> None:
    """Write what is wanted, then print the verdict and a line for each file that was written.

    Parameters
    ----------
    verdict, terrain
        What the gate said of what was found.
    wanted
        What is to be written for others.
    written
        A line for each file that is there already.
    policy, page, baseline
        The policy's file, the page's, and what changes are measured from.
    quiet
        Whether a line is enough.
    """
    from terrain.announce.outputs import Occasion, announce  # noqa: PLC0415 - as above
    from terrain.report.format import clean  # noqa: PLC0415 - as above
    from terrain.report.verdict import summary  # noqa: PLC0415 - as above

    occasion = Occasion(datetime.now(UTC), os.environ, policy, page, baseline)
    said = announce(verdict, terrain, wanted, occasion)
    if said.markdown is not None:
        click.echo(said.markdown, nl=False)
    elif quiet:
        click.echo(verdict.headline)
    else:
        show(summary(verdict))
        for line in (*said.told, *written, *said.written):
            click.echo(clean(line))
    for command in said.commands:  # GitHub reads both streams
        click.echo(command, err=said.markdown is not None)
