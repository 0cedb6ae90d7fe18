"""The first screen inside a notebook: like the page's, in either theme, and kept to itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
import report_examples
from playwright.sync_api import Page

from terrain.report.first_screen import first_screen

Opened = Callable[..., Page]

JUPYTER = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A notebook</title>
<style>
body { margin: 0; font: 13px sans-serif; background: BACK; color: INK; }
.jp-RenderedHTMLCommon h1 { font-size: 40px; color: rgb(200, 0, 0); }
.jp-RenderedHTMLCommon a:link { color: rgb(200, 0, 0); }
.jp-RenderedHTMLCommon p { color: rgb(200, 0, 0); }
.jp-RenderedHTMLCommon ol:not(.list-inline) { padding-left: 2em; }
</style></head><body HOST><main class="jp-RenderedHTMLCommon">
<h1 id="mine">Mine</h1><div class="answer big" id="answer">Mine</div>SCREEN</main></body></html>"""

HOSTS = {
    ("jupyter", "light"): 'data-jp-theme-light="true"',
    ("jupyter", "dark"): 'data-jp-theme-light="false"',
    ("vscode", "light"): 'class="vscode-body vscode-light"',
    ("vscode", "dark"): 'class="vscode-body vscode-dark"',
}
PAPER = {"light": "rgb(250, 249, 246)", "dark": "rgb(19, 23, 27)"}


@cache
def screen(name: str) -> str:
    return first_screen(getattr(report_examples, name)()[0])


def notebook(screen: str, host: str = "", *, dark: bool = False) -> str:
    """Return a document as a notebook would make it, with rules of its own."""
    back, ink = ("#111", "#eee") if dark else ("#fff", "#222")
    filled = JUPYTER.replace("BACK", back).replace("INK", ink).replace("HOST", host)
    return filled.replace("SCREEN", screen)


@pytest.mark.parametrize("width", [1400, 360])
@pytest.mark.parametrize(("host", "theme"), list(HOSTS))
def test_it_follows_the_theme_of_its_host(
    open_page: Opened, axe: str, host: str, theme: str, width: int
) -> None:
    html = notebook(screen("compas") * 2, HOSTS[host, theme], dark=theme == "dark")
    other = "light" if theme == "dark" else "dark"  # the system's wish does not count
    page = open_page(
        html, ready=False, viewport={"width": width, "height": 900}, color_scheme=other
    )
    shown = page.locator(".terrain-screen").first
    assert shown.evaluate("one => getComputedStyle(one).backgroundColor") == PAPER[theme]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate(axe)
    found = page.evaluate("axe.run('.terrain-screen', {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_it_answers_as_the_page_does(open_page: Opened) -> None:
    page = open_page(notebook(screen("compas"), HOSTS["jupyter", "light"]), ready=False)
    said = page.locator(".terrain-screen").inner_text()
    terrain = report_examples.compas()[0]
    assert terrain.headline in " ".join(said.split())
    for part in ("Where it fails", "Overall", "Who is hit", "To beware of"):
        assert part in said
    assert page.locator('.first [data-id="r1"]').count() == 1
    assert '.instances("r1")' in said
    assert page.locator(".terrain-screen [href], .terrain-screen [id]").count() == 0


def test_no_rule_leaks_out_and_none_of_the_notebooks_breaks_in(open_page: Opened) -> None:
    measure = """() => [...document.querySelectorAll("#mine, #answer, body")].map(one => {
        const style = getComputedStyle(one);
        const names = [...style].filter(name => !/size|origin|block|height|width/.test(name));
        return JSON.stringify(names.map(name => style[name]));
    })"""
    without = open_page(notebook("", HOSTS["jupyter", "light"]), ready=False).evaluate(measure)
    page = open_page(notebook(screen("compas"), HOSTS["jupyter", "light"]), ready=False)
    assert page.evaluate(measure) == without
    ink = "one => getComputedStyle(one).color"
    assert page.locator(".terrain-screen h1").evaluate(ink) == "rgb(28, 32, 36)"
    assert page.locator(".terrain-screen .place").first.evaluate(ink) == "rgb(10, 90, 118)"
    assert page.locator(".first").evaluate("one => getComputedStyle(one).paddingLeft") == "0px"
    assert page.locator(".terrain-screen .answer p").first.evaluate(ink) != "rgb(200, 0, 0)"


@pytest.mark.parametrize("name", ["compas", "noise", "prices", "hostile"])
def test_it_needs_no_script_and_executes_none(open_page: Opened, name: str) -> None:
    html = screen(name)
    assert "<script" not in html
    page = open_page(notebook(html), ready=False)  # trouble of any kind fails the test
    assert page.locator(".terrain-screen h1").count() == 1
    assert page.locator("script, img, iframe, [onerror], [onload], [onclick]").count() == 0
