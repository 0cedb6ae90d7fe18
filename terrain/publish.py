"""From a document and its instances to files: the page and the JSON."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from terrain.collect.worst import worst_of
from terrain.data.features import selection_of
from terrain.data.notes import TABLE, is_table
from terrain.data.reading.opening import is_address, without_scheme
from terrain.errors import DataError, OutputError
from terrain.files import read_bytes, write_atomically
from terrain.report import json
from terrain.report.instances import Instances, all_blocks
from terrain.report.page import render
from terrain.report.redaction import redacted_instances
from terrain.report.shards import Beside, folder_of, remove_shards, write_shards
from terrain.statistics.batch import satisfying
from terrain.statistics.outcomes import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terrain.data.outcome import Outcome
    from terrain.data.recognition.roles import Roles
    from terrain.document import Terrain
    from terrain.statistics.findings import Finding
    from terrain.study import Study

ENDING = ".terrain.html"
"""Ending of a page that nobody named: no file of the user's is called that."""

FETCHED = 60_000
"""Rows of a large benchmark that are read once more, for a page that cannot hold all of them."""

WILD = frozenset("*?[")


def beside(inputs: Sequence[str]) -> Path:
    """Return where the page lands when nobody says: beside the first input, if that is here.

    Examples
    --------
    >>> beside(["runs/preds.csv.gz"]).as_posix(), beside(["-"]).as_posix()
    ('runs/preds.terrain.html', 'stdin.terrain.html')
    >>> beside(["s3://bucket/runs/preds.csv"]).as_posix(), beside(["table:db.preds"]).as_posix()
    ('preds.terrain.html', 'preds.terrain.html')
    """
    given = without_scheme(inputs[0])
    if is_table(given):
        return Path(f"{given.removeprefix(TABLE).split('.')[-1] or 'terrain'}{ENDING}")
    first = Path("stdin" if given == "-" else given)
    while WILD & set(first.name):
        first = first.parent
    name = f"{first.name.split('.')[0] or 'terrain'}{ENDING}"
    return Path(name) if is_address(given) else first.parent / name


def refuse_overwriting(inputs: Iterable[Path], outputs: Iterable[Path]) -> None:
    """Refuse an output that is an input or another output, or that has no folder to lie in.

    Raises
    ------
    OutputError
        Names the file.
    """
    read = {path.resolve() for path in inputs}
    written: set[Path] = set()
    for output in outputs:
        place = output.resolve()
        if str(output) == "-":
            raise OutputError("standard output (`-`) takes no page and no document: name a file")
        if place in read:
            raise OutputError(f"{output} is an input: name another output")
        if place in written:
            raise OutputError(f"{output} is named for two outputs: name another one")
        if not place.parent.is_dir():
            raise OutputError(
                f"cannot write {output}: there is no folder {place.parent}; create it, or name "
                "another output"
            )
        written.add(place)


def read_document(path: Path) -> Terrain:
    """Return the document that a file holds.

    Raises
    ------
    DataError
        The file cannot be read, or is no document; the message names it.
    """
    content = read_bytes(path)
    try:
        return json.decode(content)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def publish(
    terrain: Terrain, instances: Instances | None, page: Path, document: Path | None
) -> list[str]:
    """Write the page and the JSON; return a line for each thing that was written.

    Raises
    ------
    OutputError
        An output cannot be written, or is one of the files that were analyzed.
    """
    outputs = [path for path in (page, document) if path is not None]
    refuse_overwriting([Path(source.path) for source in terrain.benchmark.sources], outputs)
    encoded = json.encode(terrain)
    again = json.decode(encoded)  # so that the document, read again, gives the same page
    settings = terrain.provenance.settings
    rows = released(
        instances,
        shown=settings.get("instances", True),
        redact=settings.get("redact", False),
    )

    def drawn(beside: Beside | None) -> str:
        return render(
            again,
            rows,
            max_bytes=int(settings["max_report_mb"] * 1e6),
            seed=settings["seed"],
            folder=page.parent,
            beside=beside,
            media_bytes=int(settings.get("embed_media", 0) * 1e6),
        )

    written = write_page(page, drawn, rows if settings.get("full_rows") else None, encoded)
    if document is not None:
        write_atomically(document, encoded)
        written.append(f"{document}: everything found, as JSON")
    return written


def released(instances: Instances | None, *, shown: bool, redact: bool) -> Instances | None:
    """Return of instances what a page may carry; None if it may carry no rows."""
    if instances is None or not shown:
        return None
    return redacted_instances(instances) if redact else instances


def write_page(
    page: Path, drawn: Callable[[Beside | None], str], rows: Instances | None, document: bytes
) -> list[str]:
    """Write a page, and its rows beside it; return a line for each thing that was written.

    Parameters
    ----------
    page
        Where it lies.
    drawn
        Returns it, given where its rows are to be found.
    rows
        What is written beside it; None writes nothing, and removes the rows of an earlier page.
    document
        What the page shows; it tells its rows from those of another run.
    """
    folder, beside, more = folder_of(page), None, ""
    if rows is not None:
        beside = Beside(folder.name, hashlib.sha256(document).hexdigest()[:16])
        count, size = write_shards(all_blocks(rows), folder, beside.key)
        more = f", and {count:,} files in {folder}, {size / 1e6:,.1f} MB"
    content = drawn(beside).encode()
    write_atomically(page, content)
    written = [f"{page}: the page, {len(content) / 1e6:.1f} MB{more}"]
    if rows is None and remove_shards(folder):
        written.append(f"{folder}: the rows of an earlier page, removed")
    return written


def instances_of(terrain: Terrain, study: Study) -> Instances:
    """Return the instances of a study as the page carries them."""
    selections = {
        finding.id: selection_of(finding.region, study.encodings)
        for finding in findings_of(terrain)
    }
    if study.sampled:
        study = study.looking_at(worst_of(study, list(selections.values()), FETCHED))
    rows = study.benchmark.rows
    leaves = [node.finding.id for node in terrain.tree.nodes if not node.children]
    leaf = np.zeros(len(study.events), np.int32)
    for place, name in enumerate(leaves):
        leaf[satisfying(study.codes, selections[name], len(leaf))] = place
    return Instances(
        table=rows.table,
        marked=marked(study.benchmark.roles),
        loss=study.loss(),
        leaf=leaf,
        codes=dict(study.codes),
        selections=selections,
        source=rows.source,
        record=rows.record,
        line=rows.line,
        stretches={
            note.feature: tuple(
                (stretch.words, study.encodings[note.feature].codes_of(stretch.condition))
                for stretch in note.profile
            )
            for note in terrain.features
        },
        weight=study.weight(),
        total=len(study),
        encodings=study.encodings,
        confidence=confidence(study.benchmark.outcome),
        outcomes=outcomes_of(study.measures, study.instrument.metrics),
    )


def confidence(outcome: Outcome) -> np.ndarray | None:
    """Return (n,) the score of the class that was predicted; None where there are no scores."""
    scores, predicted = outcome.scores, outcome.prediction
    if scores is None or predicted is None:
        return None
    if scores.ndim == 1:
        return np.where(predicted == outcome.positive, scores, 1 - scores)
    return np.where(predicted < 0, np.nan, scores[np.arange(len(scores)), predicted])


def findings_of(terrain: Terrain) -> Iterable[Finding]:
    """Yield everything in a document that has rows of its own: nodes, regions, cohorts, ….

    Their ids differ.
    """
    yield from (node.finding for node in terrain.tree.nodes)
    yield from terrain.regions
    yield from (cohort.finding for cohort in terrain.cohorts)
    for breakdown in terrain.breakdowns:
        yield from (group.finding for group in breakdown.groups)
    if terrain.rival:
        yield from (win.finding for win in terrain.rival.wins)


def marked(roles: Roles) -> dict[str, str]:
    """Return the role of each column that has one; the more telling role wins."""
    found: dict[str, str] = {}
    for role, columns in (
        ("feature", roles.features),
        ("sensitive", roles.sensitive),
        ("raw", roles.raw),
        ("error", roles.errors),
        ("score", roles.scores),
        ("weight", (roles.weight,)),
        ("group", (roles.group,)),
        ("id", (roles.id,)),
        ("prediction", (roles.prediction,)),
        ("label", (roles.label,)),
    ):
        found |= {column: role for column in columns if column is not None}
    return found
