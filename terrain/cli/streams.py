"""Standard output as it comes: a terminal, a pipe, a full disk, any encoding."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 120
"""Columns of a line where no terminal says how many there are."""


def accept_any_text() -> None:
    """Let every text be printed: letters that a stream's encoding lacks become escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show(renderable: RenderableType) -> None:
    """Print something of `rich`: as wide as the terminal, or as the variable `COLUMNS` says."""
    from rich.console import Console  # noqa: PLC0415 - `--help` needs none of it

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    with console.capture() as shown:
        console.print(renderable)
    click.echo("\n".join(line.rstrip() for line in shown.get().splitlines()))


def abandon_output() -> None:
    """Drop what could not be written, lest Python try again when it ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
