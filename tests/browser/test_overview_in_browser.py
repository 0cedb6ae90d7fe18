"""The overview as a reader meets it: sorted, followed, on a phone, without a script, attacked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import overview_examples as examples
import pytest
from playwright.sync_api import Page

from terrain.overview.write import write_overview

if TYPE_CHECKING:
    from pathlib import Path

Opened = Callable[..., Page]

HOSTILE = "</title><img src=x onerror=alert(1)>\u202e{{7*7}}\x00"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = examples.history(tmp_path_factory.mktemp("runs"))
    write_overview(folder)
    return (folder / "index.html").read_text()


def models(page: Page) -> list[str]:
    return [
        words.splitlines()[0] for words in page.locator("tbody td:nth-child(2)").all_inner_texts()
    ]


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (1400, "dark"), (360, "light")])
@pytest.mark.parametrize("script", [True, False])
def test_it_is_accessible_and_fits(
    open_page: Opened, axe: str, html: str, *, width: int, theme: str, script: bool
) -> None:
    page = open_page(
        html,
        ready=script,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        java_script_enabled=script,
    )
    if not script:
        assert page.locator("tbody tr").count() == 6
        assert page.locator("button:visible").count() == 0
        return
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_the_head_of_a_column_sorts_by_it(open_page: Opened, html: str) -> None:
    page = open_page(html)
    newest = ["v4", "v3", "v3", "no name", "v2", "v1"]
    assert models(page) == newest
    head = page.locator("thead th")
    assert head.nth(0).get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Date (UTC)").press("Enter")
    assert models(page) == newest[::-1]
    assert head.nth(0).get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Error").click()
    rates = [
        float(value) for value in page.locator("tbody td:nth-child(4)").evaluate_all(
            "cells => cells.map((cell) => cell.dataset.value)")
    ]  # fmt: skip
    assert rates == sorted(rates, reverse=True)
    assert page.locator("[aria-sort]").count() == 1
    page.get_by_role("button", name="Model").click()
    assert models(page) == ["v1", "v2", "v3", "v3", "v4", "no name"]
    page.get_by_role("button", name="Model").click()
    assert models(page) == ["v4", "v3", "v3", "v2", "v1", "no name"]


def test_a_dot_leads_to_its_row_and_a_row_to_its_page(open_page: Opened, tmp_path: Path) -> None:
    folder = examples.history(tmp_path)
    write_overview(folder)
    page = open_page((folder / "index.html").read_text())
    page.locator(".chart a").last.click()
    assert page.evaluate("location.hash") == "#report=1"
    link = page.locator("tr:target th a")
    assert (folder / str(link.get_attribute("href"))).is_file()
    assert page.locator("tr:target").inner_text().count("27.0%") == 1


def test_hostile_names_are_only_shown(open_page: Opened, tmp_path: Path) -> None:
    for day, norths in ((1, 500), (2, 900)):
        terrain = examples.document(
            name="hostile", day=f"2026-01-0{day}", model=HOSTILE, norths=norths
        )
        folder = tmp_path / "<script>alert(1)</script>\n"[:-9]
        examples.write(tmp_path / f"'\"><b onclick=alert({day})>.json", terrain)
        examples.write(folder / f"javascript:alert({day}).json", terrain, page=None)
    write_overview(tmp_path)
    page = open_page((tmp_path / "index.html").read_text())  # trouble of any kind fails the test
    assert page.locator("tbody tr").count() == 4
    assert page.locator("img, b[onclick], [onerror]").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    assert models(page)[0].startswith("</title><img src=x onerror=alert(1)>\\u202e{{7*7}}")
