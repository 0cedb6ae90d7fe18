"""`terrain report`: a page again, from its JSON document."""

from __future__ import annotations

from pathlib import Path

import click

from terrain.cli.progress import stages


@click.command()
@click.argument("document", type=click.Path(path_type=Path), metavar="TERRAIN.JSON")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The page. Default: beside the document, with the ending .html.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print what was written where, no more.")
def report(document: Path, output: Path | None, *, quiet: bool) -> None:
    """Render a page from the document that `terrain analyze --json` wrote.

    The instances are read again from the files that were analyzed. Where these are gone or have
    changed, the page has none, and says so.

    \b
    terrain report terrain.json -o report.html
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain import app  # noqa: PLC0415 - `--help` must not wait for pandas

    with stages(quiet=quiet) as say:
        written = app.render_again(document, output, say)
    for line in written:
        click.echo(line)
