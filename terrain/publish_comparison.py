"""From a comparison and its instances to files: the page and the JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from terrain.data.features import selection_of
from terrain.files import write_atomically
from terrain.publish import ENDING, beside, marked, refuse_overwriting, released, write_page
from terrain.report import json
from terrain.report.comparison_page import render_comparison
from terrain.report.instances import Instances
from terrain.report.page import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terrain.collect.contestants import Contestants
    from terrain.comparison import Compared, Comparison, Standing
    from terrain.config import Plan
    from terrain.data.matched import Matched
    from terrain.report.shards import Beside


def beside_newest(inputs: Sequence[str], names: Sequence[str]) -> Path:
    """Return where the page lands when nobody says: beside the newest model's file.

    Examples
    --------
    >>> beside_newest(["runs/old.csv", "runs/new.csv"], ["old", "new"]).as_posix()
    'runs/new.vs.old.terrain.html'
    """
    first, last = (
        re.sub(r"[^\w-]+", "-", name).strip("-") or "model" for name in (names[0], names[-1])
    )
    return beside(inputs[-1:]).parent / f"{last}.vs.{first}{ENDING}"


def publish_comparison(
    comparison: Comparison,
    instances: Instances | None,
    page: Path,
    document: Path | None,
    plan: Plan,
) -> list[str]:
    """Write the page and the JSON; return a line for each thing that was written.

    Raises
    ------
    OutputError
        An output cannot be written, or is one of the files that were compared.
    """
    outputs = [path for path in (page, document) if path is not None]
    sources = [Path(source.path) for model in comparison.models for source in model.sources]
    refuse_overwriting(sources, outputs)
    encoded = json.encode(comparison)
    rows = released(instances, shown=plan.instances, redact=plan.redact)

    def drawn(beside: Beside | None) -> str:
        return render_comparison(
            comparison,
            rows,
            Place(
                int(plan.max_report_mb * 1e6),
                plan.seed,
                page.parent,
                beside,
                int(plan.embed_media * 1e6),
            ),
        )

    written = write_page(page, drawn, rows if plan.full_rows else None, encoded)
    if document is not None:
        write_atomically(document, encoded)
        written.append(f"{document}: everything found, as JSON")
    return written


def comparison_instances(
    comparison: Comparison, contestants: Contestants, matched: Matched
) -> Instances:
    """Return the compared instances as the page carries them: what flipped comes first."""
    study, rows = contestants.study, matched.benchmark.rows
    selections = {
        each.id: selection_of(each.region, study.encodings) for each in _places(comparison)
    }
    return Instances(
        table=matched.shown,
        marked=marked(study.benchmark.roles) | matched.marked,
        loss=_ranked(contestants),
        leaf=np.zeros(len(study), np.int32),
        codes=dict(study.codes),
        selections=selections,
        source=rows.source,
        record=rows.record,
        line=rows.line,
        encodings=study.encodings,
    )


def _places(comparison: Comparison) -> Iterable[Compared | Standing]:
    if comparison.overall:
        yield comparison.overall
    yield from comparison.regions
    yield from comparison.cohorts
    yield from comparison.leaderboard
    for groups in comparison.groups:
        yield from groups.groups


def _ranked(contestants: Contestants) -> np.ndarray:
    """Return (n,) what instances are ordered by, largest first.

    Of two models that are right or wrong: 3 newly wrong, 2 newly right, 1 wrong and 0 right for
    both. Else the change of the loss; of several models the number (or the loss) of all together.
    """
    old, new = contestants.losses[0], contestants.losses[-1]
    if len(contestants.losses) > 2:  # noqa: PLR2004 - an old and a new one
        return np.sum(contestants.losses, axis=0)
    if not contestants.zero_one:
        return new - old
    places = np.select([new > old, new < old, new == 1], [3.0, 2.0, 1.0], 0.0)
    return np.where(np.isnan(new + old), np.nan, places)
