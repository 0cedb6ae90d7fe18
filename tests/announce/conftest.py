"""Documents of real analyses, to announce."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from terrain.app import analyze
from terrain.config import Plan
from terrain.data.samples import sample_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from terrain.document import Terrain


@pytest.fixture(scope="session")
def loans() -> list[dict[str, str]]:
    """Return the rows of a sample benchmark."""
    return list(csv.DictReader(io.StringIO(sample_bytes("loans").decode())))


def analyzed(rows: list[dict[str, str]], folder: Path) -> Terrain:
    """Return the document of a table."""
    path = folder / "loans.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    plan = Plan(inputs=(str(path),), sensitive=("sex", "ethnicity"), slices=0, intersect=2)
    return analyze(plan).terrain


@pytest.fixture(scope="session")
def document(loans: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Terrain:
    """Return what is found in the first half of it."""
    return analyzed(loans[:3000], tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="session")
def changed(loans: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Terrain:
    """Return what is found in the other half, most of its north left out."""
    kept = [row for n, row in enumerate(loans[3000:]) if row["region"] != "north" or n % 4 == 0]
    return analyzed(kept, tmp_path_factory.mktemp("changed"))
