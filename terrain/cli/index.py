"""`terrain index`: the reports in a folder as one page."""

from __future__ import annotations

from pathlib import Path

import click

from terrain.cli.progress import stages


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The overview. Default: index.html in DIR.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def index(folder: Path, output: Path | None, *, quiet: bool) -> None:
    """Write an overview of the reports in a folder and in those below it.

    A report is a document of `terrain analyze --json` (or `terrain check --document`), with the
    page that lies beside it under the same name. The overview lists them by date, model, error and
    largest gap, shows how each benchmark went, and links to the pages.

    \b
    terrain analyze preds.csv --model v3 --json runs/v3.json -o runs/v3.html
    terrain index runs
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain.overview.write import write_overview  # noqa: PLC0415 - `--help` needs none of it

    with stages(quiet=quiet) as say:
        say("reading the reports")
        written = write_overview(folder, output)
    for line in written:
        click.echo(line)
