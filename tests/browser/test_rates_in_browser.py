"""The heatmap of the other rates: counted like pandas, with an address of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import oracle
import pandas as pd
import pytest
from playwright.sync_api import Page

from terrain.app import analyze
from terrain.config import Plan
from terrain.data.regions import Region
from terrain.publish import instances_of
from terrain.report import format as words_of
from terrain.report.page import render

if TYPE_CHECKING:
    from terrain.document import Terrain

Opened = Callable[..., Page]
N = 3_000


@cache
def table(classes: int) -> pd.DataFrame:
    generator = np.random.default_rng(8)
    age, town = generator.integers(18, 80, N), generator.choice(list("abc"), N)
    label = generator.integers(0, classes, N)
    wrong = generator.random(N) < np.where((age < 30) & (town == "b"), 0.6, 0.15)
    other = (label + generator.integers(1, classes, N)) % classes
    names = np.array(["no", "yes"] if classes == 2 else ["cat", "dog", "it's"])
    return pd.DataFrame({
        "age": age,
        "town": town,
        "label": names[label],
        "prediction": names[np.where(wrong, other, label)],
        "w": generator.choice([0.25, 1.0, 2.0], N),
    })  # fmt: skip


@cache
def page_of(classes: int, weight: str | None) -> tuple[str, Terrain]:
    columns = ["age", "town", "label", "prediction", *([weight] if weight else [])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table(classes)[columns].to_csv(path, index=False)
        analysis = analyze(Plan(inputs=(str(path),), weight=weight, rival=False))
    terrain = analysis.terrain
    return render(terrain, instances_of(terrain, analysis.study)), terrain


def shown(page: Page) -> list[list[str]]:
    """Return the words of every cell."""
    rows = page.locator("#heat tbody tr").all()
    return [
        [" ".join(cell.split()) for cell in row.locator("td").all_inner_texts()] for row in rows
    ]


def expected(
    terrain: Terrain, classes: int, weight: str | None, counted: pd.DataFrame, within: np.ndarray
) -> list[list[str]]:
    """Return what every cell must say; `counted` has the events and the exposure of each row."""
    frame = table(classes)
    mass = frame[weight] if weight else pd.Series(np.ones(N))
    down, across = terrain.features[:2]
    said = []
    for one in down.profile:
        line = []
        for two in across.profile:
            inside = oracle.inside(Region.of(one.condition, two.condition), frame) & within
            among = inside & counted["exposure"]
            events = mass[among & counted["events"]].sum()
            counts = f"{words_of.count(events)} of {words_of.count(mass[among].sum())}"
            few = among.sum() < 10
            rate = "too few" if few else words_of.percent(events / mass[among].sum())
            line.append(f"{rate} {counts}" if inside.any() else "none")
        said.append(line)
    return said


def cases(classes: int) -> dict[str, pd.DataFrame]:
    """Return what some rates count, by pandas."""
    frame = table(classes)
    label, predicted = frame["label"], frame["prediction"]
    if classes == 2:
        return {
            "false positive rate": pd.DataFrame(
                {"events": predicted == "yes", "exposure": label == "no"}
            ),
            "precision": pd.DataFrame({"events": label == "yes", "exposure": predicted == "yes"}),
        }
    return {
        "recall of it's": pd.DataFrame({"events": predicted == label, "exposure": label == "it's"}),
        "precision of cat": pd.DataFrame(
            {"events": label == "cat", "exposure": predicted == "cat"}
        ),
    }


@pytest.mark.parametrize(("classes", "weight"), [(2, None), (2, "w"), (3, None)])
def test_rates_say_what_pandas_says_inside_a_region_too(
    open_page: Opened, classes: int, weight: str | None
) -> None:
    html, terrain = page_of(classes, weight)
    page = open_page(html)
    page.wait_for_selector("#heat[data-drawn]")
    everywhere = np.ones(N, dtype=bool)
    region = next(each for each in terrain.regions if each.confirmed)
    inside = oracle.inside(region.region, table(classes))
    for title, counted in cases(classes).items():
        for words, within in (("all instances", everywhere), (region.region.words, inside)):
            for name, label in (("within", words), ("shown", title)):
                before = page.locator("#heat").get_attribute("data-drawn")
                page.locator(f"#heat-{name}").select_option(label=label)
                page.wait_for_selector(f"#heat:not([data-drawn='{before}'])")
            assert page.locator("#heat-title").inner_text() == title
            assert shown(page) == expected(terrain, classes, weight, counted, within)


def test_what_is_shown_has_an_address(open_page: Opened) -> None:
    html, terrain = page_of(2, None)
    region = next(each for each in terrain.regions if each.confirmed)
    page = open_page(html, f"#heatmap=1_0&inside={region.id}&show=rate1")
    page.wait_for_selector("#heat[data-drawn]")
    title = page.locator("#heat-title").inner_text()
    assert title == list(terrain.metrics.values())[2].title
    assert page.locator("#heat-within").input_value() == f"region={region.id}"
    assert page.locator("#heat-down").input_value() == "1"
    drawn = shown(page)
    page.locator("#heat-shown").select_option("support")
    page.wait_for_selector("#heat-title:text-is('support')")
    assert page.evaluate("location.hash") == f"#heatmap=1_0&inside={region.id}&show=support"
    page.go_back()
    page.wait_for_selector(f"#heat-title:text-is('{title}')")
    assert shown(page) == drawn


@pytest.mark.parametrize(
    "address",
    ["#heatmap=0_0", "#heatmap=0_99", "#heatmap=0_1&show=__proto__", "#heatmap=0_1&inside=x9"],
)
def test_an_address_of_no_heatmap_shows_the_first(open_page: Opened, address: str) -> None:
    html, terrain = page_of(2, None)
    page = open_page(html, address)
    page.wait_for_selector("#heat[data-drawn]")
    assert page.locator("#heat-title").inner_text() == terrain.metrics[terrain.target].title
    assert page.locator("#heat-within").input_value() == ""


def test_the_dark_end_is_the_worse_one(open_page: Opened) -> None:
    html, _ = page_of(2, None)
    page = open_page(html)
    page.wait_for_selector("#heat[data-drawn]")
    page.locator("#heat-shown").select_option(label="accuracy")
    page.wait_for_selector("#heat-title:text-is('accuracy')")
    cells = page.locator("#heat td.cell").all()
    read = sorted(
        (float(cell.inner_text().split("%")[0]), int(str(cell.get_attribute("class"))[-1]))
        for cell in cells
    )
    shades = [shade for _, shade in read]
    assert shades == sorted(shades, reverse=True)
    assert shades[0] == 8
    assert page.locator("#heat-low").inner_text() == "100%"
