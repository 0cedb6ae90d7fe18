"""How a page opens in Chromium: python page.py page.html page.json.

Writes seconds, of the clock and of the processor, from the start to the first table of rows,
milliseconds from a click on a region to its rows, and the memory of the page's process: of five
times the best, as a machine does other things too. A page of another tool has no rows to wait for:
its seconds end when it has been drawn.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 5
LONGEST = 120_000
"""Milliseconds after which a page counts as one that does not open."""

DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

REGION = """async (anchor) => {
  const begin = performance.now();
  location.hash = `#${anchor}`;
  while (document.querySelector("[data-chosen]")?.id !== anchor || table_is_old()) {
    await new Promise((done) => setTimeout(done, 1));
  }
  return performance.now() - begin;
  function table_is_old() { return document.getElementById("state").textContent === window.before; }
}"""


def main() -> None:
    """Open a page several times."""
    page, output = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        rounds = [_opened(started, page) for _ in range(ROUNDS)]
        started.close()
    found = {
        name: min([each[name] for each in rounds if each[name] is not None], default=-1)
        for name in ("seconds", "cpu", "region", "megabytes")
    }
    output.write_text(json.dumps(found))


def _opened(browser: Browser, file: Path) -> dict[str, float | None]:
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(LONGEST)
    begin = time.perf_counter()
    page.goto(file.as_uri())
    ours = page.locator('meta[name="generator"][content="terrain"]').count() == 1
    if ours:
        page.wait_for_selector("html[data-ready]")
    else:
        page.evaluate(DRAWN)
    seconds = time.perf_counter() - begin
    _, opening = _process()
    others = page.locator('.finding[id^="region="]:not([data-chosen])')
    anchors = others.evaluate_all("all => all.map(one => one.id)")
    region = None
    if ours and anchors:
        page.evaluate('window.before = document.getElementById("state").textContent')
        region = page.evaluate(REGION, anchors[0])
    megabytes, _ = _process()
    context.close()
    return {"seconds": seconds, "cpu": opening, "region": region, "megabytes": megabytes}


def _process() -> tuple[float, float]:
    """Return MB and seconds of processor of that of our browser's processes that draws pages."""
    parents, held = {}, {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            status = (process / "status").read_text()
            ticks = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
        except OSError:  # it has ended meanwhile
            continue
        parents[process.name] = status.split("PPid:")[1].split()[0]
        if b"--type=renderer" in words and "VmRSS:" in status:
            resident = int(status.split("VmRSS:")[1].split()[0]) / 1024
            held[process.name] = resident, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return max(size for name, size in held.items() if _is_ours(name, parents))


def _is_ours(name: str, parents: dict[str, str]) -> bool:
    while name in parents:
        if name == str(os.getpid()):
            return True
        name = parents[name]
    return False


if __name__ == "__main__":
    main()
