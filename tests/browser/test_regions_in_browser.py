"""The tables of regions, the tree's trail and the filters to copy, as a reader meets them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import pytest
import report_examples
from playwright.sync_api import Page

from terrain.report.filters import columns_of, filters_of
from terrain.report.page import render

if TYPE_CHECKING:
    from terrain.document import Terrain
    from terrain.statistics.findings import Finding

Opened = Callable[..., Page]


@cache
def example() -> tuple[str, Terrain]:
    document, instances = report_examples.compas()
    return render(document, instances), document


def heads(*, confirmed: bool) -> list[Finding]:
    """Return the regions of a table in the order of the document."""
    _, document = example()
    return [r for r in document.regions if r.folded is None and r.confirmed == confirmed]


def listed(page: Page, table: str) -> list[str]:
    """Return the ids of the regions that a table shows, in their order."""
    links = page.locator(f"table.regions.{table} tbody:visible tr:first-child th a")
    found = [str(link.get_attribute("href")) for link in links.all()]
    return [link.removeprefix("#region=") for link in found]


def test_a_column_sorts_down_then_up_then_as_found(open_page: Opened) -> None:
    page = open_page(example()[0])
    plain = [finding.id for finding in heads(confirmed=True)]
    falling = [f.id for f in sorted(heads(confirmed=True), key=lambda f: -f.support)]
    assert len(plain) > 2
    assert listed(page, "confirmed") == plain
    button = page.locator("table.regions.confirmed th", has_text="support").locator("button")
    button.click()
    assert listed(page, "confirmed") == falling
    assert page.evaluate("location.hash") == "#regions&order=-6"
    button.click()
    assert listed(page, "confirmed") == falling[::-1]
    heading = page.locator("table.regions.confirmed th[aria-sort]")
    assert heading.get_attribute("aria-sort") == "ascending"
    button.click()
    assert listed(page, "confirmed") == plain
    page.go_back()
    page.wait_for_selector("th[aria-sort='ascending']")
    assert listed(page, "confirmed") == falling[::-1]


def test_a_text_narrows_both_tables_and_is_in_the_address(open_page: Opened) -> None:
    page = open_page(example()[0])
    page.locator("#having").fill("AGE")
    wanted = [f.id for f in heads(confirmed=True) if "age" in f.region.words.lower()]
    assert 0 < len(wanted) < len(heads(confirmed=True)) + len(heads(confirmed=False))
    assert [each for each in listed(page, "confirmed") if each in wanted] == wanted
    every = len(heads(confirmed=True)) + len(heads(confirmed=False))
    assert page.locator("#having-said").inner_text().endswith(f"of {every} regions")
    assert page.evaluate("location.hash") == "#regions&having=AGE"
    page.locator("#having").fill("no such thing")
    assert listed(page, "confirmed") == listed(page, "doubtful") == []


def test_the_address_of_a_sorted_table_opens_it(open_page: Opened) -> None:
    page = open_page(example()[0], "#regions&order=-4&having=sex")
    page.wait_for_selector("th[aria-sort='descending']")
    wanted = {f.id: f.lift or 0 for f in heads(confirmed=True) if "sex" in f.region.words}
    found = [each for each in listed(page, "confirmed") if each in wanted]
    assert found == sorted(wanted, key=lambda name: -wanted[name])
    assert page.locator("#having").input_value() == "sex"


@pytest.mark.parametrize("address", ["#regions&order=99", "#regions&order=x&having=", "#regions"])
def test_an_address_that_sorts_by_nothing_leaves_the_order(open_page: Opened, address: str) -> None:
    page = open_page(example()[0], address)
    assert listed(page, "confirmed") == [finding.id for finding in heads(confirmed=True)]


def test_the_table_is_there_without_script(open_page: Opened) -> None:
    page = open_page(example()[0], ready=False, java_script_enabled=False)
    assert listed(page, "confirmed") == [finding.id for finding in heads(confirmed=True)]
    assert not page.locator("#having").is_visible()
    assert page.locator("th button").count() == 0


def test_the_node_with_the_focus_is_said_from_the_root(open_page: Opened) -> None:
    page = open_page(example()[0])
    page.locator('[role="treeitem"]').first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    _, document = example()
    nodes = {node.finding.id: node for node in document.tree.nodes}
    root = document.tree.nodes[0]
    child = nodes[root.children[0]]
    grandchild = nodes[child.children[0]]
    trail = page.locator("#crumbs a")
    assert trail.all_inner_texts() == [
        "all instances",
        *(node.condition.words() for node in (child, grandchild) if node.condition),
    ]
    trail.nth(1).click()
    assert page.evaluate("location.hash") == f"#node={child.finding.id}"


def test_a_filter_is_copied(open_page: Opened) -> None:
    html, document = example()
    region = document.regions[0]
    page = open_page(
        html, f"#region={region.id}", permissions=["clipboard-read", "clipboard-write"]
    )
    said = filters_of(region.region, columns_of(document.encoding))
    for language, text in (("pandas", said.pandas), ("SQL", said.sql), ("Python", said.python)):
        own = page.locator(f'[id="region={region.id}"]')
        own.get_by_role("button", name=language, exact=True).click()
        page.wait_for_selector("button:text-is('Copied')")
        assert page.evaluate("navigator.clipboard.readText()") == text


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1400)])
@pytest.mark.parametrize("view", ["regions", "inspect", "groups"])
def test_each_view_is_accessible_and_fits(
    open_page: Opened, axe: str, scheme: str, width: int, view: str
) -> None:
    size = {"width": width, "height": 900}
    page = open_page(example()[0], "#region=r1", color_scheme=scheme, viewport=size)
    for fold in page.locator(f"#{view} details:visible > summary:visible").all():
        fold.evaluate("fold => { fold.parentElement.open = true; }")
    page.evaluate(axe)
    found = page.evaluate("view => axe.run(`#${view}`)", view)
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
