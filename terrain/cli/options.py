"""Options that several commands share, and how lists of columns are written."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


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


def columns(*names: str, help: str) -> Decorator:  # noqa: A002 - click's own word
    """Return an option that takes columns, repeated or with commas."""
    return click.option(*names, multiple=True, callback=split_names, metavar="COLUMNS", help=help)


def column(*names: str, help: str) -> Decorator:  # noqa: A002 - as above
    """Return an option that takes one column."""
    return click.option(*names, metavar="COLUMN", help=help)
