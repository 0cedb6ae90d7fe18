"""Images, texts and addresses of a table, as a reader sees them in a page that lies on a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from commands import terrain
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Opened = Callable[..., Page]

TEXT = (
    "First line, <b>not bold</b>\nsecond: https://example.org/a?b=1&c=2.\n\n  javascript:alert(1)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of a table with pictures, texts and addresses."""
    generator = np.random.default_rng(3)
    n = 200
    place = tmp_path_factory.mktemp("media")
    (place / "pictures #1").mkdir()
    for row in range(n):
        pixels = generator.integers(0, 256, (16, 16), np.uint8)
        Image.fromarray(pixels).save(place / "pictures #1" / f"{row}?.png")
    label = generator.integers(0, 2, n)
    wrong = generator.random(n) < 0.3
    addresses = np.resize(
        ["https://example.org/<x>?a=1", "http://user@example.org/", "HTTPS://EXAMPLE.org"], n
    )
    pd.DataFrame(
        {
            "picture": [f"pictures #1/{row}?.png" for row in range(n)],
            "elsewhere": [f"https://example.org/{row}.png" for row in range(n)],
            "note": [f"{TEXT} {row}" for row in range(n)],
            "page": addresses,
            "label": label,
            "prediction": np.where(wrong, 1 - label, label),
            "age": generator.integers(18, 80, n),
        }
    ).to_csv(place / "preds.csv", index=False)
    return place


def page_of(folder: Path, *options: str) -> Path:
    page = folder / f"page{len(options)}.html"
    done = terrain("analyze", folder / "preds.csv", "-q", "-o", page, *options)
    assert (done.code, done.err) == (0, "")
    return page


def cells(page: Page, column: str) -> str:
    """Return the selector of a column's cells."""
    heads = page.locator("#rows thead th").evaluate_all("all => all.map(one => one.textContent)")
    at = next(at for at, head in enumerate(heads) if head.startswith(column))
    return f"#rows tbody tr > :nth-child({at + 1})"


def test_images_are_shown_where_they_lie(open_page: Opened, folder: Path) -> None:
    path = page_of(folder)
    page = open_page(path, "#node=n0", images=folder / "pictures #1")
    images = page.locator(f"{cells(page, 'picture')} img")
    assert images.count() == 50
    images.first.scroll_into_view_if_needed()
    page.wait_for_selector("#rows img.tiny")
    assert images.first.evaluate("one => one.naturalWidth") == 16
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#row-values img.tiny")
    link = page.locator("#row-values dd a", has_text="pictures #1/")
    picture = folder / link.inner_text()
    assert link.evaluate("one => one.href") == picture.as_uri()
    assert picture.is_file()
    assert page.locator("#near img").count() == 5
    assert "Images are linked where they lie" in page.locator("#instances").inner_text()


def test_images_in_the_page_need_no_file(open_page: Opened, folder: Path) -> None:
    text = page_of(folder, "--embed-media", "1").read_text()
    page = open_page(text, "#node=n0")  # elsewhere, without the pictures
    images = page.locator(f"{cells(page, 'picture')} img")
    sources = images.evaluate_all("all => all.map(one => one.src.slice(0, 22))")
    assert sources == ["data:image/png;base64,"] * 50
    images.first.scroll_into_view_if_needed()
    page.wait_for_selector("#rows img.tiny")
    assert "Copies of 200 images are in it" in page.locator("#instances").inner_text()


def test_an_image_that_is_gone_is_named(open_page: Opened, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    moved = tmp_path / "moved" / "page.html"
    moved.write_text(page_of(folder).read_text())
    page = open_page(moved, "#node=n0", images=tmp_path / "moved", quiet=("ERR_FILE_NOT_FOUND",))
    page.locator(f"{cells(page, 'picture')}").first.scroll_into_view_if_needed()
    page.wait_for_selector("#rows td .missing:has-text('(no image there)')")
    assert "pictures #1/" in page.locator("#rows td .missing").first.inner_text()


def test_what_lies_elsewhere_is_a_link_and_is_not_fetched(open_page: Opened, folder: Path) -> None:
    page = open_page(page_of(folder), "#node=n0", images=folder / "pictures #1")
    assert page.locator(f"{cells(page, 'elsewhere')} img").count() == 0
    for column in ("elsewhere", "page"):
        links = page.locator(f"{cells(page, column)} a")
        assert links.count() == 50
        for link in links.all()[:6]:
            assert (link.get_attribute("href") or "").lower().startswith(("http://", "https://"))
            assert link.get_attribute("rel") == "noopener noreferrer"
            assert link.inner_text() == link.get_attribute("href")


def test_text_stands_in_full_with_its_lines(open_page: Opened, folder: Path) -> None:
    page = open_page(page_of(folder), "#node=n0", images=folder / "pictures #1")
    row = int(page.locator("#rows tbody th").first.inner_text()) - 1
    page.locator("#rows tbody a").first.click()
    note = page.locator("#row-values div", has_text="note").locator("dd")
    assert note.evaluate("one => one.textContent") == f"{TEXT} {row}"
    assert note.evaluate("one => getComputedStyle(one).whiteSpaceCollapse") == "preserve"
    links = note.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert links == ["https://example.org/a?b=1&c=2"]
    assert note.locator("b").count() == 0
    assert page.locator("#row-values dd").first.locator("img").count() == 1  # raw content first


def test_policy_lets_images_in_only_where_a_table_has_some(folder: Path, tmp_path: Path) -> None:
    assert "img-src data: &#39;self&#39; file:;" in page_of(folder).read_text()
    frame = pd.read_csv(folder / "preds.csv").drop(columns="picture")
    frame.to_csv(tmp_path / "preds.csv", index=False)
    assert "img-src data:;" in page_of(tmp_path).read_text()


@pytest.mark.parametrize(("width", "theme"), [(1400, "dark"), (360, "light")])
def test_a_row_with_an_image_fits_and_is_accessible(
    open_page: Opened, axe: str, folder: Path, width: int, theme: str
) -> None:
    page = open_page(
        page_of(folder),
        "#node=n0",
        images=folder / "pictures #1",
        viewport={"width": width, "height": 900},
        color_scheme=theme,
    )
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#near a")
    assert page.locator("#row").evaluate("one => one.scrollWidth <= one.clientWidth")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [one["id"] for one in found["violations"]] == []
