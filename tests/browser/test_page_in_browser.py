"""The page as a reader meets it: looked at, clicked, walked by keyboard, attacked."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from functools import cache

import pytest
import report_examples
from playwright.sync_api import Page
from report_pages import html, shown_rows

from terrain.report.page import render

Opened = Callable[..., Page]


@cache
def wanted(name: str, finding: str) -> list[int]:
    """Return a finding's rows, worst first: what the page must list, by a naive route."""
    _, instances = getattr(report_examples, name)()
    rows = []
    for row in range(len(instances.loss)):
        parts = instances.selections[finding]
        if all(instances.codes[feature][row] in allowed for feature, allowed in parts):
            rows.append(row)
    return sorted(rows, key=lambda row: (-instances.loss[row], instances.leaf[row], row))


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (1400, "dark"), (360, "light")])
@pytest.mark.parametrize("name", ["compas", "noise", "prices", "hostile"])
def test_page_is_accessible_and_fits(
    open_page: Opened, axe: str, name: str, theme: str, width: int
) -> None:
    page = open_page(html(name), viewport={"width": width, "height": 900}, color_scheme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    said = [
        (one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert said == []


def test_region_shows_exactly_its_instances_worst_first(open_page: Opened) -> None:
    page = open_page(html("compas"))
    page.locator('.first a[href="#region=r2"]').click()
    page.wait_for_selector('[data-chosen][id="region=r2"]')
    page.get_by_text("Instances 1–50 of").wait_for()
    expected = wanted("compas", "r2")
    assert shown_rows(page) == expected[:50]
    page.locator("#next").click()
    page.wait_for_selector(f"#state:has-text('51–100 of {len(expected)}')")
    assert shown_rows(page) == expected[50:100]
    assert page.evaluate("location.hash") == "#region=r2&page=2"
    page.go_back()
    page.wait_for_selector("#state:has-text('1–50')")
    assert shown_rows(page) == expected[:50]


@pytest.mark.parametrize("anchor", ["region=r5", "node=n4", "group=g2", "node=n0", "win=w1"])
def test_deep_link_opens_any_finding(open_page: Opened, anchor: str) -> None:
    page = open_page(html("compas"), f"#{anchor}")
    assert page.locator(".finding:visible").get_attribute("id") == anchor
    assert shown_rows(page) == wanted("compas", anchor.split("=")[1])[:50]


def test_address_that_fits_nothing_is_ignored(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=__proto__&page=99999999&row=-5&sort=7777")
    assert page.locator(".finding:visible").count() == 1
    assert page.locator("#rows tbody tr").count() > 0
    page.evaluate("location.hash = '#region=r1&page=999'")
    page.wait_for_selector('[data-chosen][id="region=r1"]')
    assert page.locator("#rows tbody tr").count() > 0


def test_row_dialog_names_the_line_and_walks_on(open_page: Opened) -> None:
    rows = wanted("compas", "r1")
    page = open_page(html("compas"), f"#region=r1&row={rows[1] + 1}")
    dialog = page.locator("#row")
    assert dialog.is_visible()
    assert page.locator("#row-place").inner_text() == f"data/compas.csv:{rows[1] + 2}"
    assert page.locator("#row-source").get_attribute("href") == "./data/compas.csv"
    assert "person_id" in dialog.inner_text()
    assert str(rows[1] + 1000) in dialog.inner_text()
    page.locator("#row-previous").click()
    page.wait_for_selector(f"#row-place:has-text(':{rows[0] + 2}')")
    assert page.evaluate("location.hash") == f"#region=r1&row={rows[0] + 1}"
    page.keyboard.press("Escape")
    page.wait_for_selector("#row", state="hidden")
    assert page.evaluate("location.hash") == "#region=r1"


def test_sorting_and_searching(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=r1")
    page.get_by_role("button", name="age", exact=True).click()
    page.wait_for_selector('th[aria-sort="ascending"]')
    place = page.locator("#rows thead th button").all_inner_texts().index("age ↑")
    cells = page.locator(f"#rows tbody td:nth-child({place + 3})")
    ages = [int(text) for text in cells.all_inner_texts()]
    assert ages == sorted(ages)
    page.get_by_role("button", name="age ↑").click()
    page.wait_for_selector('th[aria-sort="descending"]')
    page.locator("#find").fill("cannabis")
    page.wait_for_selector("#state:has-text('with “cannabis”')")
    assert all("cannabis" in text for text in page.locator("#rows tbody tr").all_inner_texts())
    page.locator("#find").fill("no such thing")
    page.wait_for_selector("#state:has-text('No instances')")
    assert "worst first" not in page.locator("#state").inner_text()


def test_the_key_of_gaps_is_striped_as_what_it_explains(open_page: Opened) -> None:
    page = open_page(html("compas"))
    for striped in (".legend .unsure.box", ".gaps td.unsure"):
        drawn = page.locator(striped).first.evaluate("one => getComputedStyle(one).backgroundImage")
        assert drawn.startswith("repeating-linear-gradient")


def test_download_holds_the_selection_and_no_formula(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=r1")
    with page.expect_download() as started:
        page.locator("#download").click()
    text = started.value.path().read_text("utf-8")
    lines = list(csv.reader(text.splitlines()))
    assert lines[0][-3:] == ["source", "row", "line"]
    assert [int(line[-2]) - 1 for line in lines[1:]] == wanted("compas", "r1")  # as shown, from 1
    charges = {line[8] for line in lines[1:]}
    assert "'=1+1" in charges
    assert "=1+1" not in charges


def test_keyboard_alone_reaches_a_raw_row(open_page: Opened) -> None:
    page = open_page(html("compas"))
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "#region=r1":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-chosen][id="region=r1"]')
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#rows tbody') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#row[open]")
    assert re.fullmatch(r"data/compas.csv:\d+", page.locator("#row-place").inner_text())


def test_arrows_walk_the_tree(open_page: Opened) -> None:
    page = open_page(html("compas"))

    def focused() -> str:
        return str(page.evaluate("document.activeElement.getAttribute('href')"))

    page.locator('[role="treeitem"]').first.focus()
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "End", "Home"):
        page.keyboard.press(key)
        walked.append(focused())
    assert walked == ["#node=n1", "#node=n2", "#node=n3", "#node=n2", "#node=n12", "#node=n0"]


def test_chart_marks_lead_to_their_group(open_page: Opened) -> None:
    page = open_page(html("compas"))
    mark = page.locator('.chart a[href="#group=g1"] path').first
    mark.hover()
    assert "African-American" in page.locator(".tip").inner_text()
    mark.click()
    page.wait_for_selector('[data-chosen][id="group=g1"]')


def test_theme_and_keys(open_page: Opened) -> None:
    page = open_page(html("noise"))
    page.get_by_role("button", name="Theme: auto").click()
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme: light").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()


def test_without_scripts_everything_but_instances_reads(open_page: Opened) -> None:
    page = open_page(html("compas"), ready=False, java_script_enabled=False)
    said = page.locator("body").inner_text()
    assert "The instances need JavaScript" in said
    assert page.locator('[role="treeitem"]:visible').count() == 13
    assert page.locator(".regions tbody tr:visible").count() == 6
    assert page.locator(".finding:visible").count() == page.locator(".finding").count()
    assert not page.locator("#instances").is_visible()


def test_small_budget_carries_the_worst_and_says_so(open_page: Opened) -> None:
    without_rows = len(render(report_examples.compas()[0], None).encode())
    page = open_page(html("compas", max_bytes=without_rows + 40_000), "#region=r2")
    assert re.search(r"carries [\d,]+ of 4,000 instances", page.locator("#instances").inner_text())
    shown, all_rows = shown_rows(page), wanted("compas", "r2")
    assert shown
    assert set(shown) <= set(all_rows)
    assert shown[0] == all_rows[0]


@pytest.mark.parametrize("policy", [True, False])
def test_hostile_table_executes_nothing_and_loses_nothing(open_page: Opened, policy: bool) -> None:  # noqa: FBT001 - with and without the policy
    text = html("hostile")
    if not policy:
        text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
    page = open_page(text, "#region=r1", bypass_csp=not policy)
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("[onerror], [onmouseover]").count() == 0
    links = page.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert all(re.match(r"#[\w&=+.-]*$", link) for link in links if link is not None)
    page.locator("#rows tbody a").nth(0).click()
    page.wait_for_selector("#row[open]")
    dialog = page.locator("#row-values").inner_text()
    for word in ("__proto__", "constructor", "<script>alert(1)</script>"):
        assert word in dialog
    assert (page.locator("#row-source").get_attribute("href") or "").startswith("./javascript%3A")


def test_odd_values_stay_apart(open_page: Opened) -> None:
    _, instances = report_examples.hostile()
    page = open_page(html("hostile"), "#node=n0")
    seen: dict[str, set[str]] = {}
    names = page.locator("#rows thead th button").all_inner_texts()
    for number in range(1, 9):
        page.evaluate(f"location.hash = '#node=n0&page={number}'")
        page.wait_for_selector(f"#page:has-text('Page {number} of 8')")
        cells = page.locator("#rows tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].slice(2).map(cell => cell.textContent))"
        )
        for row in cells:
            for name, cell in zip(names, row, strict=True):
                seen.setdefault(name, set()).add(cell)
    assert seen["numbers"] == {"NaN", "inf", "-inf", "-0", "1e+308"}
    assert seen["missing"] == {"missing", "empty text"}
    assert seen["javascript:alert(4)"] == {str(2**63 - 1), str(-(2**53) - 1), "7"}
    assert "0xff003c7363726970743e" in seen["bytes"]
    assert {"missing", "1970-01-02"} <= seen["day"]
    assert len(names) == instances.table.num_columns


def test_prints_as_a_document(open_page: Opened) -> None:
    page = open_page(html("compas"))
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert not page.locator("#theme").is_visible()
    assert page.locator(".regions tbody tr").first.is_visible()


def test_index_in_the_page_is_json(open_page: Opened) -> None:
    page = open_page(html("prices"), "#region=r1")
    index = json.loads(page.locator("#index").text_content() or "")
    assert index["total"] == 2000
    assert shown_rows(page) == wanted("prices", "r1")[:50]
