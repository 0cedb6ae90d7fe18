"""The page of a sample benchmark is the one that was looked at; `make gold` renews it."""

from __future__ import annotations

import base64
import difflib
import gzip
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from terrain.app import analyze
from terrain.config import Plan
from terrain.data.samples import sample_bytes
from terrain.publish import instances_of
from terrain.report.page import SCRIPTS, STYLE, render

if TYPE_CHECKING:
    import pytest

GOLD = Path(__file__).parents[1] / "gold" / "loans.html"
TEMPLATES = Path(__file__).parents[2] / "templates"
RENEW = "TERRAIN_RENEW_GOLD"
MOST = 40
"""Lines of difference that are shown."""


def scrubbed(html: str) -> str:
    """Return a page without what may differ from machine to machine, or stands elsewhere.

    Our own scripts and style have files of their own; how hard a block is compressed and how a
    chart is drawn depend on the libraries' versions, what they hold and say does not.
    """
    for name in (STYLE, *SCRIPTS):
        html = html.replace((TEMPLATES / name).read_text("utf-8"), f"({name})")
    html = re.sub(r"sha256-[\w+/=]{44}", "sha256-…", html)  # of scripts and style
    html = re.sub(r'(<svg [^>]*class="chart"[^>]*>).*?(</svg>)', _marks, html, flags=re.DOTALL)
    return re.sub(r'(<script type="text/plain" id="[^"]+">)([^<]+)', _inflated, html)


def _marks(chart: re.Match[str]) -> str:
    """Return what a chart says of each mark."""
    said = re.findall(
        r'role="img"[^>]*aria-label="([^"]*)"|aria-label="([^"]*)"[^>]*role="img"', chart[0]
    )
    return f"<svg>{' | '.join(one or other for one, other in said)}</svg>"


def _inflated(block: re.Match[str]) -> str:
    content = gzip.decompress(base64.b64decode(block[2]))
    return f"{block[1]}{len(content)} bytes, {hashlib.sha256(content).hexdigest()[:16]}"


def page(folder: Path) -> str:
    """Return the page of the sample, made in `folder`, which is the current one.

    Of the settings, which grow with every option, it has two.
    """
    (folder / "loans.csv").write_bytes(sample_bytes("loans"))
    plan = Plan(
        inputs=("loans.csv",),
        features=("age", "channel", "income", "region"),
        sensitive=("sex",),
        cohorts={"young": "age < 30 or missing"},
        rival=False,
    )
    analysis = analyze(plan)
    terrain = analysis.terrain
    sources = tuple(
        msgspec.structs.replace(source, modified=None) for source in terrain.benchmark.sources
    )
    terrain = msgspec.structs.replace(
        terrain,
        benchmark=msgspec.structs.replace(terrain.benchmark, sources=sources),
        provenance=msgspec.structs.replace(
            terrain.provenance,
            versions={"terrain": "(version)"},
            commit=None,
            settings={"inputs": plan.inputs, "seed": plan.seed},
        ),
    )
    return scrubbed(render(terrain, instances_of(terrain, analysis.study)))


def test_the_page_is_the_one_that_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = page(tmp_path)
    if os.environ.get(RENEW):
        GOLD.parent.mkdir(exist_ok=True)
        GOLD.write_text(found, encoding="utf-8", newline="\n")
    wanted = GOLD.read_text("utf-8")
    lines = difflib.unified_diff(wanted.splitlines(), found.splitlines(), "gold", "now", n=0)
    changed = [line[:300] for line, _ in zip(lines, range(MOST), strict=False)]
    assert not changed, "\n".join(
        [*changed, "Look at the page; if it is as it should be, run `make gold`."]
    )


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "loans.csv").write_bytes(sample_bytes("loans"))
    written = []
    for seed in ("1", "2"):  # of what Python hashes by
        command = ["analyze", "loans.csv", "--sensitive", "sex", "-q", "--json", "found.json"]
        subprocess.run(
            [sys.executable, "-m", "terrain", *command, "-o", "page.html"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        written.append([(tmp_path / name).read_bytes() for name in ("page.html", "found.json")])
    assert written[0] == written[1]
