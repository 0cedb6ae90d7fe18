"""A browser without a network, in which anything unexpected is a failure."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from terrain.report.shards import folder_of

sys.path.insert(0, str(Path(__file__).parent.parent / "report"))

AXE = Path(__file__).parents[2] / ".venv/axe/node_modules/axe-core/axe.min.js"


def unless_ci(reason: str) -> None:
    """Skip where a tool is absent on somebody's own machine; fail where it must be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        unless_ci("no `chromium` on the path")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.is_file():
        unless_ci("axe-core is not installed: npm install --prefix .venv/axe axe-core")
    return AXE.read_text("utf-8")


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Return a function that opens HTML, or a file of it; trouble of any kind fails the test."""
    trouble: list[str] = []
    contexts: list[BrowserContext] = []

    def dismissed(dialog: Dialog) -> None:
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def said(text: str, quiet: tuple[str, ...]) -> None:
        if not any(word in text for word in quiet):
            trouble.append(f"console: {text}")

    def opened(
        html: str | Path,
        address: str = "",
        *,
        ready: bool = True,
        images: Path | None = None,
        quiet: tuple[str, ...] = (),
        **settings: Any,
    ) -> Page:
        file = html if isinstance(html, Path) else tmp_path / f"page-{len(contexts)}.html"
        if isinstance(html, str):
            file.write_text(html, encoding="utf-8", newline="\n")
        context = browser.new_context(**{"offline": True, "accept_downloads": True, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said(message.text, quiet))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("dialog", dismissed)
        shown = () if images is None else (f"{images.as_uri()}/",)
        own = (*shown, file.as_uri(), f"{folder_of(file).as_uri()}/", "data:", "blob:")
        page.on(
            "request",
            lambda request: None if request.url.startswith(own) else trouble.append(request.url),
        )
        page.goto(file.as_uri() + address)
        if ready:
            page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []
