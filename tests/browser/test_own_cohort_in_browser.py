"""A cohort composed in the page is the one that the command measures."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from commands import terrain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Opened = Callable[..., Page]

UTF_8 = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
ATTACK = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a table whose names and levels are odd, and its page."""
    generator = np.random.default_rng(4)
    n = 2_000
    income = np.round(generator.normal(3, 1, n), 2)
    income[generator.random(n) < 0.1] = np.nan
    label = generator.integers(0, 2, n)
    job = generator.choice(["a, b", "x and y", "</script>", "'q'", "plain", ""], n)
    age = generator.integers(18, 80, n)
    wrong = generator.random(n) < np.where((age < 30) & (job == "plain"), 0.7, 0.1)
    frame = pd.DataFrame(
        {
            "y_true": label,
            "y_pred": np.where(wrong, 1 - label, label),
            "age": age,
            "income": income,
            "job": job,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 900, n), "h"),
            ATTACK: generator.choice(["u\u202ev", "'; touch pwned; '", "$(touch pwned)"], n),
        }
    )
    frame.loc[generator.random(n) < 0.05, "job"] = None
    place = tmp_path_factory.mktemp("own")
    frame.to_parquet(place / "preds.parquet")
    done = terrain("analyze", place / "preds.parquet", "-q", "-o", place / "page.html")
    assert (done.code, done.err) == (0, "")
    return place


def choose(page: Page, feature: str, kind: str) -> None:
    page.locator("#own-feature").select_option(label=feature)
    page.locator("#own-kind").select_option(label=kind)


def measured(folder: Path, *options: str) -> list[dict[str, Any]]:
    """Return cohorts as the command measures them, from options that the page copies."""
    shell = ["bash", "-c", f"printf '%s\\0' {' '.join(options)}"]
    words = subprocess.run(shell, capture_output=True, check=True, env=UTF_8).stdout.decode()
    document = folder / "measured.json"
    quick = ("--slices", "0", "--no-rival", "-q", "-o", str(folder / "again.html"))
    table, given = str(folder / "preds.parquet"), words.split("\0")[:-1]
    done = terrain("analyze", table, *given, *quick, "--json", document)
    assert (done.code, done.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(document.read_text())["cohorts"]
    return [cohort["finding"] for cohort in found]


def figures(said: str) -> tuple[int, int, int]:
    """Return support, errors and exposure from the words of the page."""
    found = re.match(r"([\d,]+) instances; error rate \S+ \(([\d,]+) of ([\d,]+) instances\)", said)
    assert found, said
    support, events, exposure = (int(word.replace(",", "")) for word in found.groups())
    return support, events, exposure


def option_of(page: Page) -> str:
    return page.locator("#cohort").get_attribute("title") or ""


def test_composed_by_keyboard_and_measured_by_the_command(open_page: Opened, folder: Path) -> None:
    page = open_page((folder / "page.html").read_text(), "#own=all")
    page.locator("#own-feature").focus()
    page.keyboard.type("income")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the first bound
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # or missing
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#own-conditions li:has-text('income')")
    assert page.evaluate("document.activeElement.textContent") == "Add condition"
    choose(page, "job", "is none of")
    page.get_by_role("checkbox", name="plain").check()
    page.get_by_role("checkbox", name='"a, b"').check()
    page.locator("#own-form button").click()
    page.wait_for_selector("#own-conditions li:nth-child(2)")
    place = page.evaluate("location.hash.slice(1)")
    page.wait_for_selector(f"#own-counts[data-of='{place}']")
    said = page.locator("#own-counts").inner_text()
    (finding,) = measured(folder, option_of(page))
    rate = finding["metrics"]["error_rate"]
    assert figures(said) == (finding["support"], rate["events"], rate["exposure"])
    low, high = (f"{100 * rate[end]:.1f}" for end in ("low", "high"))
    assert f"interval {low}–{high}%" in said
    page.wait_for_selector(f"#state:has-text('of {finding['support']:,},')")
    lines = page.locator("#own-rates tbody tr").evaluate_all(
        "all => all.map(one => [...one.cells].map(cell => cell.textContent))"
    )
    shown = {title: (value, counted) for title, value, _, counted, _ in lines}
    fpr, fnr = finding["metrics"]["fpr"], finding["metrics"]["fnr"]
    for title, each in (("false positive rate", fpr), ("false negative rate", fnr)):
        value, counted = shown[title]
        assert value == f"{100 * each['value']:.1f}%"
        assert counted.startswith(f"{each['events']:,.0f} of {each['exposure']:,.0f} actual")


def test_every_found_region_and_group_copies_as_a_cohort(open_page: Opened, folder: Path) -> None:
    page = open_page((folder / "page.html").read_text())
    anchors = page.locator(".finding[id]").evaluate_all("all => all.map(one => one.id)")
    wanted: dict[str, int] = {}
    for anchor in anchors:
        if not re.match(r"(region|node)=(?!n0)", anchor):
            continue
        page.evaluate("place => { location.hash = '#' + place; }", anchor)
        page.wait_for_selector(f'[data-chosen][id="{anchor}"]')
        page.wait_for_selector(f"#cohort[data-of='{anchor}']")
        page.wait_for_selector(f"#state[data-of='{anchor}']")
        shown = page.locator("#state").inner_text()
        total = re.search(r" of ([\d,]+),", shown)
        assert total
        wanted[option_of(page)] = int(total[1].replace(",", ""))
    assert len(wanted) > 3
    found = measured(folder, *wanted)
    assert [finding["support"] for finding in found] == list(wanted.values())


def test_hostile_names_are_composed_and_copied_and_nothing_runs(
    open_page: Opened, folder: Path
) -> None:
    page = open_page((folder / "page.html").read_text(), "#own=all")
    choose(page, ATTACK, "is one of")
    boxes = page.locator("#own-levels label")
    assert "u\\u202ev" in " ".join(boxes.all_inner_texts())  # what hides is visible
    for place in range(3):
        choose(page, ATTACK, "is one of")
        for box in range(3):
            boxes.nth(box).locator("input").set_checked(box == place)
        page.locator("#own-form button").click()
        page.wait_for_selector("#own-conditions li")
        place_now = page.evaluate("location.hash.slice(1)")
        page.wait_for_selector(f"#own-counts[data-of='{place_now}']")
        said = page.locator("#own-counts").inner_text()
        (finding,) = measured(folder, option_of(page))
        assert figures(said)[0] == finding["support"]
    assert page.locator("#own img, #instances img").count() == 0
    assert not list(folder.glob("pwned"))


@pytest.mark.parametrize(
    "place",
    [
        "own=999_1",
        "own=0_99999",
        "own=0_1-0_2",
        "own=0_",
        "own=0_0.2",
        "own=__proto__",
        "own=0_3to1",
        "own=0_1to99999999",
        "own=all-0_1",
    ],
)
def test_an_address_that_fits_nothing_is_ignored(
    open_page: Opened, folder: Path, place: str
) -> None:
    page = open_page((folder / "page.html").read_text(), f"#{place}")
    assert page.locator(".finding:visible").get_attribute("id") != "own"
    assert page.locator("#rows tbody tr").count() > 0


def test_a_link_to_a_cohort_and_the_way_back(open_page: Opened, folder: Path) -> None:
    page = open_page((folder / "page.html").read_text(), "#region=r1")
    page.get_by_role("link", name="Change its conditions").click()
    page.wait_for_selector("[data-chosen]#own")
    page.wait_for_selector("#own-conditions li:nth-child(2)")
    shown = page.locator("#rows tbody tr").first.inner_text()
    page.locator("#own-conditions button").first.click()
    page.wait_for_selector("#own-conditions li:nth-child(2)", state="detached")
    page.go_back()
    page.go_back()
    page.wait_for_selector('[data-chosen][id="region=r1"]')
    assert page.locator("#rows tbody tr").first.inner_text() == shown


def test_a_condition_that_holds_nothing_is_refused_in_words(
    open_page: Opened, folder: Path
) -> None:
    page = open_page((folder / "page.html").read_text(), "#own=all")
    choose(page, "age", "lies between")
    page.locator("#own-form button").click()
    assert "Choose a lower bound" in page.locator("#own-wrong").inner_text()
    page.locator("#own-low").select_option(index=3)
    page.locator("#own-high").select_option(index=2)
    page.locator("#own-form button").click()
    assert "Choose a lower bound" in page.locator("#own-wrong").inner_text()
    assert page.evaluate("location.hash") == "#own=all"


@pytest.mark.parametrize(("width", "theme"), [(1400, "dark"), (360, "light")])
def test_it_fits_and_is_accessible(
    open_page: Opened, axe: str, folder: Path, width: int, theme: str
) -> None:
    page = open_page(
        (folder / "page.html").read_text(),
        "#own=0_1to3&only=1&where=1.has.1",
        viewport={"width": width, "height": 900},
        color_scheme=theme,
    )
    choose(page, "job", "is one of")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [one["id"] for one in found["violations"]] == []
