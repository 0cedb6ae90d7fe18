"""The sample benchmarks: small tables, each with a card that says what is wrong in it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from terrain.errors import UsageError, nearest
from terrain.files import resource

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "sample_benchmarks"
COMMAND: Final = "    terrain analyze "
"""How the line of a card begins that says how to analyze its table."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A table that comes with every installation.

    Attributes
    ----------
    name
        Of its file, without the ending.
    description
        One line: the first paragraph of its card.
    rows, columns
        How many instances and columns it has.
    options
        What its card gives to ``terrain analyze`` after the table's name.
    card
        Where the card lies.
    """

    name: str
    description: str
    rows: int
    columns: int
    options: str
    card: Path


def list_samples() -> tuple[Sample, ...]:
    """Return every sample benchmark, by name.

    Raises
    ------
    TerrainError
        The installation lacks its sample benchmarks.

    Examples
    --------
    >>> [sample.name for sample in list_samples()]
    ['breast_cancer', 'diabetes', 'digits', 'loans']
    """
    return tuple(_read(table) for table in sorted(resource(FOLDER).glob("*.csv")))


def find_sample(name: str) -> Sample:
    """Return the sample benchmark of a name.

    Raises
    ------
    UsageError
        There is none; the message names the nearest one and all others.

    Examples
    --------
    >>> find_sample("diabetes").rows
    442
    """
    samples = {sample.name: sample for sample in list_samples()}
    if name not in samples:
        raise UsageError(
            f"no sample benchmark `{name}`{nearest(name, samples) or '.'} "
            f"There are: {', '.join(samples)}"
        )
    return samples[name]


def sample_bytes(name: str) -> bytes:
    """Return the sample benchmark of a name as the bytes of a CSV file.

    Raises
    ------
    UsageError
        There is none of this name.
    """
    return find_sample(name).card.with_suffix(".csv").read_bytes()


def _read(table: Path) -> Sample:
    card = table.with_suffix(".md")
    lines = card.read_text(encoding="utf-8").splitlines()
    paragraphs = (line for line in lines if line and not line.startswith("#"))
    command = next(line for line in lines if line.startswith(COMMAND))
    with table.open(encoding="utf-8", newline="") as content:
        reader = csv.reader(content)
        header = next(reader)
        rows = sum(1 for _ in reader)
    return Sample(
        name=table.stem,
        description=next(paragraphs),
        rows=rows,
        columns=len(header),
        options=command.removeprefix(f"{COMMAND}{table.name}").strip(),
        card=card,
    )
