"""The instances of a selection: their order, filters, neighbours, and how they leave the page."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
import report_examples
from report_pages import html, shown_rows

from terrain.data.features import Encoding
from terrain.report.page import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from terrain.report.instances import Instances

    Opened = Callable[..., Page]


@cache
def sure() -> tuple[str, Instances]:
    """Return a page whose model says how sure it was."""
    document, instances = report_examples.compas()
    confidence = np.round(np.random.default_rng(1).random(len(instances.loss)), 2)
    changed = replace(instances, confidence=confidence)
    return render(document, changed), changed


def inside(instances: Instances, finding: str) -> np.ndarray:
    mask = np.ones(len(instances.loss), dtype=bool)
    for feature, allowed in instances.selections[finding]:
        mask &= np.isin(instances.codes[feature], allowed)
    return np.flatnonzero(mask)


def settled(page: Page, place: str) -> None:
    """Go to an address and wait until its rows are there."""
    page.evaluate("document.getElementById('state').dataset.of = ''")
    page.evaluate("place => { location.hash = place; }", f"#{place}")
    page.wait_for_selector(f"#state[data-of='{place.split('&', maxsplit=1)[0]}']")


def test_wrong_ones_come_by_how_sure_the_model_was(open_page: Opened) -> None:
    text, instances = sure()
    assert instances.confidence is not None
    page = open_page(text, "#region=r2")
    rows = inside(instances, "r2")
    wrong = rows[instances.loss[rows] == 1]
    shown = shown_rows(page)
    assert set(shown) <= set(wrong)
    found = instances.confidence[shown]
    assert (np.diff(found) <= 0).all()
    assert found[-1] >= np.sort(instances.confidence[wrong])[::-1][49]


def test_own_features_come_first_then_label_and_prediction(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=r3")
    heads = page.locator("#rows thead th button")
    first = ["priors_count", "age", "label_value", "score", "probability"]
    assert heads.all_inner_texts()[:5] == first
    settled(page, "region=r1")
    assert heads.all_inner_texts()[:2] == ["sex", "age"]
    assert sorted(heads.all_inner_texts()) == sorted(report_examples.compas()[1].table.column_names)


FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "9.has.CANNABIS": lambda row: "cannabis" in (row["charge"] or ""),
    "9.is.": lambda row: row["charge"] == "",
    "9.missing.": lambda row: row["charge"] is None,
    "9.present.": lambda row: row["charge"] is not None,
    "5.is.Caucasian": lambda row: row["race"] == "Caucasian",
    "7.from.40": lambda row: row["age"] >= 40,
    "7.to.25": lambda row: row["age"] <= 25,
    "4.is.0.50": lambda row: row["probability"] == 0.5,
    "5.from.C&where=5.to.Hispanic": lambda row: "C" <= row["race"] <= "Hispanic",
    "7.from.30&where=6.is.Female": lambda row: row["age"] >= 30 and row["sex"] == "Female",
    "7.from.x": lambda _: False,
    "99.has.x&where=7.what.3&where=nonsense": lambda _: True,
}


def test_filters_keep_what_python_keeps(open_page: Opened) -> None:
    page = open_page(html("compas"))
    _, instances = report_examples.compas()
    rows = instances.table.to_pylist()
    for said, keeps in FILTERS.items():
        settled(page, f"node=n0&where={said}")
        expected = [row for row in range(len(rows)) if keeps(rows[row])]
        shown = page.locator("#download").inner_text()
        assert (said, shown) == (said, f"Download {len(expected):,} as CSV")
        assert set(shown_rows(page)) <= set(expected)


def test_a_filter_is_added_seen_and_removed_by_keyboard(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=r2")
    page.locator("#filter-column").focus()
    page.keyboard.type("age")
    page.keyboard.press("Tab")
    page.keyboard.type("at least")
    page.keyboard.press("Tab")
    page.keyboard.type("young")
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('filter-value').validationMessage")
    page.locator("#filter-value").fill("22")
    page.keyboard.press("Enter")
    page.wait_for_selector("#filters:has-text('age at least 22')")
    assert page.evaluate("location.hash") == "#region=r2&where=7.from.22"
    page.locator("#only").select_option(label="only right")
    page.wait_for_selector("#rows tbody td:has-text('right')")
    assert set(page.locator("#rows tbody td:nth-child(2)").all_inner_texts()) == {"right"}
    page.get_by_role("button", name="Remove: age at least 22").click()
    page.wait_for_selector("#filters", state="hidden")
    assert page.evaluate("location.hash") == "#region=r2&only=0"
    page.go_back()
    page.wait_for_selector("#filters:has-text('age at least 22')")


def distances(instances: Instances, row: int) -> np.ndarray:
    """Return how far each row lies from one, written as it is defined."""
    total = np.zeros(len(instances.loss))
    for feature, codes in instances.codes.items():
        own, encoding = int(codes[row]), instances.encodings[feature]
        ranges = encoding.missing_code - 1
        for other, code in enumerate(codes.tolist()):
            if code == own:
                continue
            ordered = encoding.ordered and encoding.missing_code not in (code, own)
            total[other] += abs(code - own) / max(1, ranges) if ordered else 1
    return total


@cache
def encoded() -> tuple[str, Instances]:
    """Return a page with the meaning of its codes, some of them missing values."""
    document, instances = report_examples.compas(1500)
    edges = {"age": (21.0, 25.0, 30.0, 45.0), "priors_count": (1.0, 3.0, 6.0, 12.0)}
    levels = {"race": tuple("abcdef"), "sex": ("f", "m")}
    encodings = {
        name: Encoding(feature=name, kind="range", scale="integer", cuts=edges[name])
        if name in edges
        else Encoding(feature=name, kind="levels", levels=levels[name])
        for name in instances.codes
    }
    codes = {name: held.copy() for name, held in instances.codes.items()}
    for name in ("age", "race"):
        codes[name][::7] = encodings[name].missing_code
    changed = replace(instances, encodings=encodings, codes=codes)
    return render(document, changed), changed


def test_neighbours_are_the_nearest_that_were_right(open_page: Opened) -> None:
    text, instances = encoded()
    page = open_page(text, "#node=n0")
    for row in (*shown_rows(page)[:4], 0, 7):
        page.evaluate("row => { location.hash = `#node=n0&row=${row}`; }", row + 1)
        page.wait_for_selector(f"#near[data-of='{row}']")
        words = page.locator("#near li > a").all_inner_texts()
        found = [int(word.removeprefix("Row ").replace(",", "")) - 1 for word in words]
        far = distances(instances, row)
        right = [other for other in range(len(far)) if instances.loss[other] == 0 and other != row]
        assert set(found) <= set(right)
        assert len(set(found)) == 5
        assert far[found].tolist() == sorted(far[right])[:5]


def test_a_neighbour_opens_though_it_lies_elsewhere(open_page: Opened) -> None:
    text, instances = encoded()
    page = open_page(text, "#region=r3&only=1")
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#near a")
    link = page.locator("#near a").first
    row = int(link.inner_text().removeprefix("Row ").replace(",", ""))
    link.click()
    page.wait_for_selector(f"#row-title:has-text('Row {row:,}: right')")
    assert page.locator("#row-next").is_disabled()  # it is none of the rows that are listed
    assert instances.loss[row - 1] == 0
    page.keyboard.press("Escape")
    page.wait_for_selector("#row", state="hidden")
    assert page.evaluate("location.hash") == "#region=r3&only=1"


def test_differences_to_a_neighbour_are_named(open_page: Opened) -> None:
    text, instances = encoded()
    page = open_page(text, "#node=n0")
    row = shown_rows(page)[0]
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector(f"#near[data-of='{row}']")
    table = instances.table.to_pylist()
    for line in page.locator("#near li").all():
        other = int(line.locator("a").inner_text().removeprefix("Row ").replace(",", "")) - 1
        differing = [name for name in instances.codes if table[row][name] != table[other][name]]
        said = line.locator(".difference bdi").all_inner_texts()
        assert said == differing[:4]
        for name, one in zip(said, line.locator(".difference").all(), strict=True):
            assert str(table[row][name]) in one.locator("s").inner_text()
            assert str(table[other][name]) in one.locator("b").inner_text()


def test_real_valued_losses_have_neighbours_with_small_ones(open_page: Opened) -> None:
    page = open_page(html("prices"), "#region=r1")
    _, instances = report_examples.prices()
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#near a")
    assert "small mean absolute error" in page.locator("#near-title").inner_text()
    words = page.locator("#near li > a").all_inner_texts()
    rows = [int(word.removeprefix("Row ").replace(",", "")) - 1 for word in words]
    assert instances.loss[rows].max() <= np.quantile(instances.loss, 0.25)


def test_a_row_is_copied_as_json_and_as_its_place(open_page: Opened) -> None:
    text, instances = sure()
    page = open_page(text, "#region=r1", permissions=["clipboard-read", "clipboard-write"])
    row = shown_rows(page)[0]
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#row[open]")
    page.locator("#row-json").click()
    page.wait_for_selector("#row-json:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(copied) == instances.table.to_pylist()[row]
    page.locator("#row-copy").click()
    page.wait_for_selector("#row-copy:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == f"data/compas.csv:{row + 2}"


def test_odd_values_leave_as_json_and_csv_unmerged(open_page: Opened) -> None:
    page = open_page(html("hostile"), "#node=n0")
    said = page.evaluate("instances.rows([...Array(400).keys()]).then(all => all.map(csv.json))")
    _, instances = report_examples.hostile()
    huge = {json.loads(one)["javascript:alert(4)"] for one in said}
    assert huge <= {2**63 - 1, -(2**53) - 1, 7}
    assert max(huge) > 2**53
    assert {type(json.loads(one)["numbers"]) for one in said} == {float, str}
    with page.expect_download() as started:
        page.locator("#download").click()
    assert page.locator("#download").inner_text() == "Download 400 as CSV"
    content = started.value.path().read_bytes().decode()
    lines = list(csv.reader(io.StringIO(content, newline="")))
    assert len(lines) == 1 + len(instances.loss)
    assert {len(line) for line in lines} == {instances.table.num_columns + 3}
    place = instances.table.column_names.index("missing")
    values = {line[place - 1] for line in lines[1:]}
    assert values == {"NaN", "inf", "-inf", "-0", "1e+308"}
    empty = content.count(',"",')
    assert {line[place] for line in lines[1:]} == {""}
    assert empty == len(instances.loss) / 2  # an empty text is quoted, a missing value is not


def test_download_follows_filters_and_order(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=r1&where=7.from.22&sort=-7")
    with page.expect_download() as started:
        page.locator("#download").click()
    lines = list(csv.DictReader(started.value.path().read_text("utf-8").splitlines()))
    ages = [int(line["age"]) for line in lines]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) >= 22
    assert page.locator("#download").inner_text() == f"Download {len(ages)} as CSV"


def test_download_says_how_many_of_how_many(open_page: Opened) -> None:
    document, instances = report_examples.compas()
    wide = pa.array([np.random.default_rng(row).bytes(40).hex() for row in range(4000)])
    changed = replace(instances, table=instances.table.append_column("wide", wide))
    without_rows = len(render(document, None).encode())
    page = open_page(render(document, changed, max_bytes=without_rows + 150_000), "#region=r2")
    total = len(inside(instances, "r2"))
    assert page.locator("#download").inner_text().endswith(f" of {total:,} as CSV")


def test_keyboard_leads_to_a_row_and_back_and_keeps_its_place(open_page: Opened) -> None:
    page = open_page(html("compas"), "#region=r1")
    link = page.locator("#rows tbody a").nth(3)
    address = link.get_attribute("href")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#row[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#row", state="hidden")
    assert page.evaluate("document.activeElement.getAttribute('href')") == address
    page.get_by_role("button", name="age", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("th[aria-sort]")
    assert page.evaluate("document.activeElement.textContent") == "age ↑"
    page.keyboard.press("Enter")
    page.wait_for_selector("th[aria-sort=descending]")
    assert page.evaluate("document.activeElement.textContent") == "age ↓"


@pytest.mark.parametrize("policy", [True, False])
def test_hostile_filters_execute_nothing(open_page: Opened, policy: bool) -> None:  # noqa: FBT001 - with and without the policy
    text = html("hostile")
    if not policy:
        text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
    page = open_page(text, "#region=r1", bypass_csp=not policy)
    for number, payload in enumerate(report_examples.PAYLOADS[:7]):
        page.locator("#filter-column").select_option(index=number % 5)
        page.locator("#filter-kind").select_option(label="contains")
        page.locator("#filter-value").fill(payload[:200])
        page.locator("#filter button").click()
        page.wait_for_selector(f"#filters li:nth-child({number + 1})")
    said = " ".join(page.locator("#filters li span").all_inner_texts())
    assert all(payload in said for payload in report_examples.PAYLOADS[:5])
    page.reload()  # the address says it all
    page.wait_for_selector("#filters li:nth-child(7)")
    assert page.locator("#inspect :is(img, iframe, object, embed)").count() == 0
    assert page.locator("[onerror], [onmouseover]").count() == 0
    for removed in range(7):
        page.locator("#filters button").first.click()
        page.wait_for_selector(f"#filters li:nth-child({7 - removed})", state="detached")


def test_sorting_puts_what_cannot_be_sorted_last(open_page: Opened) -> None:
    page = open_page(html("hostile"), "#node=n0")
    place = 1 + report_examples.hostile()[1].table.column_names.index("numbers")
    for sort, first in ((place, "-inf"), (-place, "inf")):
        settled(page, f"node=n0&sort={sort}")
        at = page.locator("#rows thead th[aria-sort]").evaluate("cell => cell.cellIndex")
        cells = page.locator(f"#rows tbody tr > :nth-child({at + 1})")
        assert cells.first.inner_text() == first
        settled(page, f"node=n0&sort={sort}&page=8")
        assert cells.last.inner_text() == "NaN"
