"""Pages of the examples, and what a reader sees in them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import report_examples

from terrain.report.page import render

if TYPE_CHECKING:
    from playwright.sync_api import Page


@cache
def html(name: str, *, max_bytes: int = 12_000_000) -> str:
    """Return the page of an example."""
    return render(*getattr(report_examples, name)(), max_bytes=max_bytes)


def shown_rows(page: Page) -> list[int]:
    """Return the numbers of the rows that are listed, from 0."""
    words = page.locator("#rows tbody th").all_inner_texts()
    return [int(word.replace(",", "")) - 1 for word in words]
