"""The heatmap as a reader meets it: counted like pandas, linked, walked by keyboard."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import oracle
import pandas as pd
import pyarrow as pa
import pytest
import report_examples
from playwright.sync_api import Locator, Page
from pyarrow import parquet

from terrain.app import analyze
from terrain.config import Plan
from terrain.data.regions import Region
from terrain.publish import instances_of
from terrain.report import format as words_of
from terrain.report.page import render

if TYPE_CHECKING:
    from terrain.document import FeatureNote, Terrain

Opened = Callable[..., Page]

N = 3_000


@cache
def table() -> pd.DataFrame:
    generator = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "age": generator.integers(18, 80, N).astype(float),
            "town": generator.choice(list("abcdefghijklmnopqrst"), N),
            "gap": np.where(generator.random(N) < 0.2, np.nan, generator.normal(size=N).round(2)),
            # in 64ths, which the page's narrow floats hold exactly
            "loss": np.round(generator.exponential(size=N) * 64) / 64,
            "w": generator.choice([0.25, 1.0, 2.0], N),
        }
    )
    frame["wrong"] = (generator.random(N) < np.where(frame.age < 30, 0.5, 0.1)).astype(float)
    frame.loc[::50, ["wrong", "loss"]] = np.nan
    frame["town"] = frame.town.astype(object)
    return frame


@dataclass(frozen=True)
class Case:
    """A page of the table, and what it was made from."""

    html: str
    found: Terrain
    error: str
    weight: pd.Series

    def note(self, feature: str) -> FeatureNote:
        """Return what the document says of a feature."""
        return next(note for note in self.found.features if note.feature == feature)

    def mask(self, *stretches: tuple[str, int]) -> np.ndarray:
        """Return which rows lie in stretches, by pandas."""
        conditions = [self.note(f).profile[place].condition for f, place in stretches]
        return oracle.inside(Region.of(*conditions), table())


@cache
def case(error: str, weight: str | None = None, room: int = 12_000_000) -> Case:
    columns = ["age", "town", "gap", error, *([weight] if weight else [])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        parquet.write_table(pa.Table.from_pandas(table()[columns], preserve_index=False), path)
        plan = Plan(inputs=(str(path),), error=(error,), weight=weight)
        analysis = analyze(plan)
    instances = instances_of(analysis.terrain, analysis.study)
    without_rows = len(render(analysis.terrain, None).encode())
    html = render(analysis.terrain, instances, max_bytes=without_rows + room)
    weights = table()[weight] if weight else pd.Series(np.ones(N))
    return Case(html, analysis.terrain, error, weights)


def shown(page: Page) -> list[list[str]]:
    """Return the words of every cell."""
    rows = page.locator("#heat tbody tr").all()
    return [
        [" ".join(cell.split()) for cell in row.locator("td").all_inner_texts()] for row in rows
    ]


def choose(page: Page, **wanted: str) -> None:
    """Choose features, what is shown and inside what; wait until it is drawn."""
    before = page.locator("#heat").get_attribute("data-drawn")
    for name, label in wanted.items():
        page.locator(f"#heat-{name}").select_option(label=label)
        page.wait_for_selector(f"#heat:not([data-drawn='{before}'])")
        before = page.locator("#heat").get_attribute("data-drawn")


def expected(one: Case, inside: np.ndarray, kind: str) -> str:
    """Return what a cell must say, by pandas."""
    if not inside.any():
        return "none"
    frame = table()
    loss, weight = frame[one.error], one.weight
    known = inside & loss.notna().to_numpy()
    mass, events = weight[known].sum(), (weight * loss)[known].sum()
    note = one.found.metrics[one.found.target]
    rate = note.kind == "rate"
    counts = f"{words_of.count(events)} of {words_of.count(mass)}" if rate else words_of.count(mass)
    if kind == "support":
        return f"{inside.sum():,} {words_of.percent(inside.mean())}"
    if kind == "error coverage":
        beside = words_of.count(events) if rate else words_of.number(events)
        return f"{words_of.percent(events / (weight * loss).sum())} {beside}"
    if known.sum() < 10:
        return f"too few {counts}"
    return f"{words_of.amount(events / mass, note)} {counts}"


def table_of(
    one: Case, down: str, across: str, kind: str, within: np.ndarray | None = None
) -> list[list[str]]:
    """Return what every cell must say."""
    inside = np.ones(N, dtype=bool) if within is None else within
    columns = range(len(one.note(across).profile))
    return [
        [expected(one, one.mask((down, i), (across, j)) & inside, kind) for j in columns]
        for i in range(len(one.note(down).profile))
    ]


@pytest.mark.parametrize(
    ("error", "weight"), [("wrong", None), ("loss", None), ("wrong", "w"), ("loss", "w")]
)
def test_cells_say_what_pandas_says(open_page: Opened, error: str, weight: str | None) -> None:
    one = case(error, weight)
    page = open_page(one.html)
    page.wait_for_selector("#heat[data-drawn]")
    first, second = (note.feature for note in one.found.features[:2])
    kind = one.found.metrics[one.found.target].title
    assert shown(page) == table_of(one, first, second, kind)
    choose(page, down="gap", across="town")
    for title in (kind, "error coverage", "support"):
        choose(page, shown=title)
        assert shown(page) == table_of(one, "gap", "town", title)


def test_static_table_is_what_the_script_draws(open_page: Opened) -> None:
    one = case("wrong")
    still = open_page(one.html, ready=False, java_script_enabled=False)
    moving = open_page(one.html)
    moving.wait_for_selector("#heat[data-drawn]")
    assert shown(still) == shown(moving)
    shades = "cells => cells.map(cell => cell.className)"
    assert (
        still.locator("#heat td").evaluate_all(shades)[1:]
        == moving.locator("#heat td").evaluate_all(shades)[1:]
    )
    assert still.locator("#heat a").count() == 0
    assert not still.locator("#heat-down").is_visible()
    assert "Choosing others needs JavaScript" in still.locator("#features").inner_text()


def test_inside_a_region_only_its_instances_are_counted(open_page: Opened) -> None:
    one = case("wrong")
    region = next(r for r in one.found.regions if r.status == "failing")
    page = open_page(one.html)
    page.wait_for_selector("#heat[data-drawn]")
    choose(page, within=region.region.words)
    first, second = (note.feature for note in one.found.features[:2])
    within = oracle.inside(region.region, table())
    kind = one.found.metrics[one.found.target].title
    assert shown(page) == table_of(one, first, second, kind, within)
    assert "flatter the search" in page.locator("#heat-said").inner_text()


def busiest(page: Page) -> Locator:
    """Return the second cell that has a rate."""
    return page.locator("#heat td.cell a").nth(1)


def place_of(link: Locator) -> tuple[str, list[tuple[int, int]]]:
    href = link.get_attribute("href") or ""
    pairs = re.findall(r"(\d+)_(\d+)", href)
    return href, [(int(feature), int(stretch)) for feature, stretch in pairs]


def rows_of(page: Page) -> set[int]:
    words = page.locator("#rows tbody th").all_inner_texts()
    return {int(word.replace(",", "")) - 1 for word in words}


def test_a_cell_opens_its_instances_and_survives_reload_and_back(open_page: Opened) -> None:
    one = case("wrong")
    page = open_page(one.html)
    page.wait_for_selector("#heat[data-drawn]")
    href, pairs = place_of(busiest(page))
    names = [(one.found.features[feature].feature, stretch) for feature, stretch in pairs]
    inside = np.flatnonzero(one.mask(*names))
    busiest(page).click()
    page.wait_for_selector("#cell[data-chosen] p")
    page.wait_for_selector(f"#state:has-text('of {len(inside):,}')")
    assert rows_of(page) <= set(inside.tolist())
    assert len(rows_of(page)) == min(50, len(inside))
    assert page.locator(f"#heat a[href='{href}'][aria-current]").count() == 1
    said = page.locator("#cell").inner_text()
    for name, stretch in names:
        assert f"{name}: {one.note(name).profile[stretch].words}" in said
    assert f"{len(inside)} instances" in said
    page.locator("#rows tbody a").first.click()
    page.wait_for_selector("#row[open]")
    assert page.evaluate("location.hash").startswith(f"{href}&row=")
    page.reload()
    page.wait_for_selector("#row[open]")
    page.go_back()
    page.wait_for_selector("#row", state="hidden")
    assert page.evaluate("location.hash") == href
    assert page.locator("#cell").is_visible()
    assert page.locator("#chooser").input_value() == href[1:]


def test_a_link_to_a_cell_of_other_features_turns_the_heatmap(open_page: Opened) -> None:
    one = case("wrong")
    region = one.found.regions[0].id
    page = open_page(one.html, f"#cell=2_0-0_1-{region}")
    page.wait_for_selector(f"#heat a[aria-current][href='#cell=2_0-0_1-{region}']")
    names = [note.feature for note in one.found.features]
    assert page.locator("#heat-down option:checked").inner_text() == names[2]
    assert page.locator("#heat-across option:checked").inner_text() == names[0]
    assert page.locator("#heat-within").input_value() == f"region={region}"
    inside = one.mask((names[2], 0), (names[0], 1)) & oracle.inside(
        one.found.regions[0].region, table()
    )
    assert rows_of(page) <= set(np.flatnonzero(inside).tolist())


@pytest.mark.parametrize(
    "address", ["cell=99_0", "cell=0_99-1_0", "cell=0_0-0_1", "cell=0_0-1_0-r999", "cell=<b>"]
)
def test_an_address_of_no_cell_is_ignored(open_page: Opened, address: str) -> None:
    page = open_page(case("wrong").html, f"#{address}")
    assert page.locator("#cell[data-chosen]").count() == 0
    assert page.locator(".finding:visible").count() == 1


def test_a_stretch_of_a_profile_opens_its_instances(open_page: Opened) -> None:
    one = case("wrong")
    page = open_page(one.html)
    page.locator("#feature-0 .profile a").first.click()
    page.wait_for_selector("#cell[data-chosen] p")
    first = one.found.features[0]
    inside = np.flatnonzero(one.mask((first.feature, 0)))
    page.wait_for_selector(f"#state:has-text('of {len(inside):,}')")
    assert rows_of(page) <= set(inside.tolist())


def test_the_same_feature_twice_turns_the_table(open_page: Opened) -> None:
    page = open_page(case("wrong").html)
    page.wait_for_selector("#heat[data-drawn]")
    before = shown(page)
    choose(page, down=page.locator("#heat-across option:checked").inner_text())
    assert shown(page) == [list(column) for column in zip(*before, strict=True)]


def test_arrows_walk_the_cells_and_tab_stops_once(open_page: Opened) -> None:
    page = open_page(case("wrong").html)
    page.wait_for_selector("#heat[data-drawn]")
    assert page.locator("#heat a[tabindex='0']").count() == 1
    page.locator("#heat a[tabindex='0']").focus()
    walked = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert walked == ["#cell=0_0-1_1", "#cell=0_1-1_1", "#cell=0_1-1_0", "#cell=0_0-1_0"]
    page.keyboard.press("Enter")
    page.wait_for_selector("#cell[data-chosen]")


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (1400, "dark"), (390, "light")])
def test_a_chosen_cell_is_accessible_and_fits(
    open_page: Opened, axe: str, width: int, theme: str
) -> None:
    page = open_page(
        case("wrong").html,
        "#cell=1_0-0_1",
        viewport={"width": width, "height": 900},
        color_scheme=theme,
    )
    page.wait_for_selector("#heat a[aria-current]")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


def test_a_page_with_some_rows_and_all_codes_still_counts_all(open_page: Opened) -> None:
    one = case("wrong", room=24_000)
    page = open_page(one.html, "#cell=1_0-0_1")
    carried = re.search(r"carries ([\d,]+) of 3,000", page.locator("#instances").inner_text())
    assert carried
    page.wait_for_selector("#heat a[aria-current]")
    second, first = one.found.features[1].feature, one.found.features[0].feature
    kind = one.found.metrics[one.found.target].title
    assert shown(page) == table_of(one, second, first, kind)


def test_a_page_without_all_codes_keeps_the_table_alone(open_page: Opened) -> None:
    one = case("wrong", room=4_000)
    page = open_page(one.html, "#cell=1_0-0_1")
    assert page.locator("#heat-down").count() == 0
    assert page.locator("#heat a, #features .profile a").count() == 0
    assert page.locator("#cell").count() == 0
    first, second = (note.feature for note in one.found.features[:2])
    kind = one.found.metrics[one.found.target].title
    assert shown(page) == table_of(one, first, second, kind)
    assert "--max-report-mb" in page.locator("#features").inner_text()


def test_hostile_names_stay_text(open_page: Opened) -> None:
    page = open_page(render(*report_examples.hostile()))
    page.wait_for_selector("#heat[data-drawn]")
    assert "<script>alert(1)" in page.locator("#heat thead").inner_text()
    assert page.locator("#features img, #features script").count() == 0


def test_numbers_are_written_as_everywhere_else(open_page: Opened) -> None:
    page = open_page(case("wrong").html)
    generator = np.random.default_rng(0)
    shares = [
        0,
        1,
        0.2125,
        0.2375,
        0.0625,
        0.0025,
        0.00125,
        0.99996,
        0.00001,
        0.005,
        -0.31,
        1.7,
        *generator.random(200),
    ]
    plain = [
        0,
        1e-9,
        2.5e17,
        12345.678,
        12344.5,
        12345.5,
        -3.5,
        0.012345,
        0.69375,
        1.0625,
        *(10 ** generator.uniform(-4, 9, 200)),
    ]
    for name, values, says in (
        ("percent", shares, words_of.percent),
        ("number", plain, words_of.number),
        ("count", [0, 7, 1234567, 0.25, 12.5, 99.05], words_of.count),
    ):
        written = page.evaluate(f"values => values.map(numbers.{name})", [float(v) for v in values])
        assert written == [says(float(value)) for value in values]
    assert page.evaluate("numbers.interval(3, 12)") == "8.9–53.2%"
