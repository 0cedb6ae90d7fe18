"""The page of a comparison in a browser: accessible, its instances what pandas selects."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from commands import terrain

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

ATTACK = "<img src=x onerror=alert(1)>"
N = 1_500


@cache
def frame() -> pd.DataFrame:
    """Return three models in columns; two of them differ where x < 0, a name attacks the page."""
    generator = np.random.default_rng(3)
    label = generator.integers(0, 2, N)
    found = pd.DataFrame(
        {
            "id": np.arange(N),
            "x": generator.normal(size=N).round(3),
            ATTACK: generator.choice(["north", "</script>", "east"], N),
            "label": label,
        }
    )
    for name, rate in (("old", 0.2), ("new", np.where(found.x < 0, 0.5, 0.05)), ("third", 0.3)):
        wrong = generator.random(N) < rate
        found[name] = np.where(wrong, 1 - label, label)
    return found


@cache
def html(kind: str) -> str:
    """Return a page: of two models, of three, or of two that are not paired."""
    models = ["old", "new", "third"] if kind == "several" else ["old", "new"]
    with TemporaryDirectory() as folder:
        files = []
        for name in models:
            others = [each for each in ("old", "new", "third") if each != name]
            files.append(f"{folder}/{name}.csv")
            frame().drop(columns=others).rename(columns={name: "prediction"}).to_csv(
                files[-1], index=False
            )
        page = f"{folder}/page.html"
        more = ["--unpaired"] if kind == "unpaired" else []
        done = terrain(
            "compare", *files, *more, "--sensitive", ATTACK, "--cohort", "x > 1", "-q", "-o", page
        )
        assert (done.code, done.err) == (0, "")
        return Path(page).read_text()


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (1400, "dark"), (390, "light")])
@pytest.mark.parametrize("kind", ["two", "several", "unpaired"])
def test_the_page_is_accessible_and_fits(
    open_page: Callable[..., Page], axe: str, kind: str, theme: str, width: int
) -> None:
    page = open_page(html(kind), viewport={"width": width, "height": 900}, color_scheme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    said = [(one["id"], [n["html"][:200] for n in one["nodes"]]) for one in found["violations"]]
    assert said == []


def test_flips_come_first_newly_wrong_before_newly_right(open_page: Callable[..., Page]) -> None:
    page = open_page(html("two"), "#cohort=c1")
    page.wait_for_selector('[data-chosen][id="cohort=c1"]')
    inside = frame()[frame().x > 1]
    old, new = inside.old != inside.label, inside.new != inside.label
    broken, mended = list(inside.index[new & ~old]), list(inside.index[old & ~new])
    page.wait_for_selector(f"#state:has-text('of {len(inside):,},')")
    rows = page.locator("#rows tbody tr").all_inner_texts()
    verdicts = [row.split("\t")[1] for row in rows]
    expected = ["newly wrong"] * len(broken) + ["newly right"] * len(mended)
    assert verdicts[: len(expected)] == expected[: len(verdicts)]
    shown = [int(row.split("\t")[0].replace(",", "")) - 1 for row in rows]
    assert shown[: len(broken + mended)] == (broken + mended)[: len(shown)]


def test_a_region_opens_from_the_first_screen(open_page: Callable[..., Page]) -> None:
    page = open_page(html("two"))
    link = page.locator(".hero .first a.place").first
    anchor = (link.get_attribute("href") or "").removeprefix("#")
    link.click()
    page.wait_for_selector(f'[data-chosen][id="{anchor}"]')
    assert page.locator("#chooser").input_value() == anchor
    page.locator("#rows tbody th a").first.click()
    page.wait_for_selector("dialog#row[open]")
    assert "newly wrong" in page.locator("#row-title").inner_text()
    assert page.locator("#row-values dt", has_text="prediction of old").count() == 1


def test_it_reads_without_javascript(open_page: Callable[..., Page]) -> None:
    page = open_page(html("two"), ready=False, java_script_enabled=False)
    assert page.get_by_role("heading", name="Got worse", exact=True).is_visible()
    assert page.locator('article[id="whole=all"]').is_visible()
    assert not page.locator("#instances").is_visible()
