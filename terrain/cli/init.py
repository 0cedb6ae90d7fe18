"""`terrain init`: a first policy, from a benchmark as it is today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from terrain.cli.analyze import analyze
from terrain.cli.options import Sections
from terrain.cli.progress import stages

COLUMNS_ONLY = {
    "metadata", "on", "label", "prediction", "score", "error", "features", "sensitive", "id",
    "group", "weight", "count", "raw", "exclude", "categorical", "task", "positive", "threshold",
    "target", "intersect",
}  # fmt: skip
"""The options of `terrain analyze` that say what the columns are."""


@click.command(cls=Sections)
@click.argument("inputs", nargs=-1, required=True, metavar="FILES...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("terrain.toml"),
    metavar="FILE",
    help="Where to write it.  [default: terrain.toml]",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def init(*, inputs: tuple[str, ...], output: Path, force: bool, **settings: Any) -> None:  # noqa: ANN401 - the settings of a `Plan`
    """Propose a first policy, with limits that this benchmark keeps today.

    The file also names the columns as they were recognised. Read it, change the limits to what
    you mean, and commit it.

    \b
    terrain init preds.csv --sensitive sex,race
    terrain init preds.csv -o gate.toml
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain import checking  # noqa: PLC0415 - `--help` must not wait for pandas
    from terrain.config import plan_from  # noqa: PLC0415 - as above

    plan = plan_from({"inputs": inputs, **settings}, Path.cwd())
    with stages(quiet=False) as say:
        written = checking.propose(plan, output, say, force=force)
    click.echo(written)


init.params += [each for each in analyze.params if each.name in COLUMNS_ONLY]
