"""A page whose rows lie beside it, opened from the disk."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
import report_examples
from playwright.sync_api import Browser, Page

from terrain.publish import write_page
from terrain.report.page import render
from terrain.report.shards import Beside, folder_of

if TYPE_CHECKING:
    from pathlib import Path

Opened = Callable[..., Page]


def written(page: Path, name: str = "compas", run: bytes = b"one") -> Path:
    """Write an example's page with its rows beside it."""
    document, instances = getattr(report_examples, name)()

    def drawn(beside: Beside | None) -> str:
        return render(document, instances, beside=beside)

    (said,) = write_page(page, drawn, instances, run)
    files = list(folder_of(page).iterdir())
    assert f"and {len(files)} files in {folder_of(page)}" in said
    return page


def shown_rows(page: Page) -> list[str]:
    return page.locator("#rows tbody th").all_inner_texts()


def test_rows_are_those_of_a_page_that_holds_them(open_page: Opened, tmp_path: Path) -> None:
    place = tmp_path / "a b #1 ü%.html"
    beside = open_page(written(place), "#region=r2")
    inside = open_page(render(*report_examples.compas()), "#region=r2")
    assert shown_rows(beside) == shown_rows(inside)
    for page in (beside, inside):
        page.evaluate("location.hash = '#cell=0_1-1_1'")
        page.wait_for_selector("#heat a[aria-current]")
        page.get_by_text(re.compile(r"Instances 1–\d+ of")).wait_for()
    assert shown_rows(beside) == shown_rows(inside)
    assert place.stat().st_size < len(render(*report_examples.compas()).encode())
    assert f"All 4,000 instances lie in the folder {folder_of(place).name}" in " ".join(
        beside.locator("#instances").inner_text().split()
    )


@pytest.mark.parametrize("width", [360, 1400])
def test_page_with_rows_beside_it_is_accessible(
    open_page: Opened, axe: str, tmp_path: Path, width: int
) -> None:
    page = open_page(written(tmp_path / "page.html"), viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["violations"] == []


def test_hostile_rows_beside_the_page_execute_nothing(open_page: Opened, tmp_path: Path) -> None:
    page = open_page(written(tmp_path / "</script><b>.html".replace("/", ":"), "hostile"))
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("#rows tbody tr").count() > 0


@pytest.mark.parametrize("what", ["gone", "of another run", "empty"])
def test_page_says_which_rows_it_misses(browser: Browser, tmp_path: Path, what: str) -> None:
    place = written(tmp_path / "page.html")
    folder = folder_of(place)
    if what == "gone":
        shutil.rmtree(folder)
    elif what == "empty":
        (folder / "loss.js").write_text("")
    else:
        kept = place.read_bytes()
        written(place, run=b"two")
        place.write_bytes(kept)
    page = browser.new_context(offline=True).new_page()
    page.goto(place.as_uri())
    page.wait_for_selector("#state:has-text('must be of one run and lie side by side')")
    said = page.locator("#state").inner_text()
    reason = {"gone": "cannot be loaded", "of another run": "another page", "empty": "nothing"}
    assert reason[what] in said
    assert "page_rows/" in said
    assert page.locator(".first").is_visible()


def test_only_a_page_that_loads_its_rows_lets_scripts_load_scripts() -> None:
    document, instances = report_examples.compas()
    alone = render(document, instances)
    beside = render(document, instances, beside=Beside("page_rows", "0" * 16))
    assert "strict-dynamic" not in alone.split("<title>")[0]
    assert "'strict-dynamic'" in beside.split("<title>")[0].replace("&#39;", "'")


def test_a_few_groups_are_kept_and_all_can_be_read(open_page: Opened, tmp_path: Path) -> None:
    document, instances = report_examples.compas(40 * 4096)
    place = tmp_path / "page.html"

    def drawn(beside: Beside | None) -> str:
        return render(document, instances, beside=beside)

    write_page(place, drawn, instances, b"")
    page = open_page(place, "#whole=all")
    read = page.evaluate(
        """async () => {
          const read = [];
          for (const number of [...Array(40).keys(), 0, 39]) {
            read.push((await blocks.group(number)).columns[0].slice(0, 2));
          }
          return read;
        }"""
    )
    order = np.lexsort((instances.leaf, -instances.loss))
    ids = instances.table["person_id"].to_numpy()[order]
    assert read == [ids[n * 4096 : n * 4096 + 2].tolist() for n in [*range(40), 0, 39]]
