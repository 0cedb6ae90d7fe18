"""The page's first screen as a piece of HTML for a notebook: its own style, no script, no link."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from terrain.report.arrange import page_view
from terrain.report.page import STYLE, asset, environment

if TYPE_CHECKING:
    from terrain.document import Terrain

SECTIONS = ("Tokens", "Text", "First screen", "Interval bars")
"""Sections of the page's style that the first screen needs, by the first words of their titles."""


def first_screen(terrain: Terrain) -> str:
    """Return the first screen.

    It can stand in a document of others more than once: its rules hold for nothing else, and it
    has no ids. What leads somewhere on the page says the finding's id instead, by which
    `Analysis.instances` knows it.
    """
    template = environment().get_template("notebook.html.j2")
    drawn = template.render(view=page_view(terrain), style=_style())
    named = re.sub(r' href="#\w+=(\w+)"', r' data-id="\1"', drawn)
    return re.sub(r' (?:href="#|id="|aria-labelledby=")[^"]*"', "", named)


@cache
def _style() -> Markup:
    """Return the rules of the page that are needed here, nested so that they stay here."""
    _, *parts = re.split(r"^/\* (.*?)\s?\*/\n", asset(STYLE), flags=re.MULTILINE)
    sections = zip(parts[::2], parts[1::2], strict=True)
    needed = [rules for title, rules in sections if title.startswith(SECTIONS)]
    nested = re.sub(r"^(?::root|body)\b", "&", "".join(needed), flags=re.MULTILINE)
    return Markup(f".terrain-screen {{\n{nested}{asset('notebook.css')}}}")  # noqa: S704 - our own files
