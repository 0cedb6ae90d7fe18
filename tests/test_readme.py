"""The first example of the README, and the figures of the tutorial, are what the command says."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from terrain.app import analyze_to_files
from terrain.config import Plan
from terrain.data.samples import sample_bytes
from terrain.report.text import summary

ROOT = Path(__file__).parents[1]


def test_the_first_example_is_what_is_printed(tmp_path: Path) -> None:
    table, page = tmp_path / "loans.csv", tmp_path / "loans.terrain.html"
    table.write_bytes(sample_bytes("loans"))
    plan = Plan(inputs=(str(table),), sensitive=("sex", "ethnicity"))
    found, written = analyze_to_files(plan, page, None, lambda _: None)
    stream = io.StringIO()
    Console(file=stream, width=1_000).print(summary(found))
    said = " ".join([stream.getvalue(), *written]).replace(f"{tmp_path}/", "")
    example = (ROOT / "README.md").read_text().split("```")[1].split("--sensitive sex,ethnicity")[1]
    example = re.sub(r"[\d.]+ MB", "", example)  # that depends on the compressing library
    pieces = [" ".join(piece.split()) for piece in example.split("…")]
    assert len(pieces) > 4
    for piece in pieces:
        assert piece in " ".join(said.split())
    tutorial = (ROOT / "docs" / "tutorial.md").read_text()
    figures = re.search(r'"Found at (.*?), confirmed at (.*?)"', tutorial)
    assert figures is not None
    first = found.regions[0]
    assert first.discovery is not None
    for figure, estimate in zip(
        figures.groups(), (first.discovery, first.metrics["error_rate"]), strict=True
    ):
        assert figure == f"{100 * (estimate.value or 0):.1f}%"
