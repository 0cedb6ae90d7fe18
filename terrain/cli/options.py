"""Options that several commands share, and how lists of columns are written."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

SECTIONS = {
    "policy": "The gate",
    "output": "Output",
    "metadata": "Columns, where names do not tell their roles",
    "task": "How outcomes are read",
    "target": "What is searched, and how",
    "intersect": "Groups",
    "cohort": "Your own regions",
    "inference": "Evidence",
    "engine": "Large tables",
    "max_report_mb": "Other options",
    "embed_media": "Other options",
}
"""First option of each section of the help: the section's title."""


class Sections(click.Command):
    """A command whose help lists its many options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section."""
        found: dict[str, list[tuple[str, str]]] = {}
        title = "Options"
        for parameter in self.get_params(ctx):
            title = SECTIONS.get(parameter.name or "", title)
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                found.setdefault(title, []).append(record)
        for heading, records in found.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def split_names(
    ctx: click.Context | None, parameter: click.Parameter | None, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the columns of a repeated option, each a list by commas; quotes protect a comma.

    Examples
    --------
    >>> split_names(None, None, ("age,region", 'income,"a, b"'))
    ('age', 'region', 'income', 'a, b')
    """
    del ctx, parameter
    names = [name for value in values for row in csv.reader([value]) for name in row]
    return tuple(dict.fromkeys(name for name in names if name))


def columns(*names: str, help: str, metavar: str = "COLUMNS") -> Decorator:  # noqa: A002 - click's own word
    """Return an option that takes columns, repeated or with commas."""
    return click.option(*names, multiple=True, callback=split_names, metavar=metavar, help=help)


def column(*names: str, help: str) -> Decorator:  # noqa: A002 - as above
    """Return an option that takes one column."""
    return click.option(*names, metavar="COLUMN", help=help)
