"""`terrain show`: the rows of a finding, from the files that were analyzed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terrain.cli.progress import stages
from terrain.cli.streams import abandon_output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terrain.report.rows import Format


@click.command()
@click.argument("document", type=click.Path(path_type=Path), metavar="TERRAIN.JSON")
@click.option(
    "--region",
    required=True,
    metavar="ID",
    help="What to show, by its id in the page's address: a region (r3), a node of the tree (n4), a "
    "group (g2), a cohort (c1), or where the rival wins (w1).",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "parquet", "jsonl"]),
    help="What is written. Default: by the ending of --output, else csv.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where. Default: standard output.",
)
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Most rows; the first ones.")
@click.option(
    "--changed-files",
    is_flag=True,
    help="Take the files as they are now, though they have changed since they were analyzed.",
)
@click.option("-q", "--quiet", is_flag=True, help="Do not say what was written.")
def show(
    document: Path,
    region: str,
    kind: Format | None,
    output: Path | None,
    limit: int | None,
    *,
    changed_files: bool,
    quiet: bool,
) -> None:
    """Write the rows of a finding as they stand in the files that were analyzed.

    TERRAIN.JSON is what `terrain analyze --json` wrote. Its conditions choose the rows, not the
    page, so all of them come, with every column that was not hidden, in the order of the files.

    \b
    terrain show terrain.json --region r3
    terrain show terrain.json --region r3 --limit 100 -o rows.parquet
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain.publish import refuse_overwriting  # noqa: PLC0415 - `--help` must not wait for it
    from terrain.report.rows import encoded, format_of  # noqa: PLC0415 - as above
    from terrain.show import files_of, rows_of  # noqa: PLC0415 - as above

    kind = kind or format_of(output)
    if output is None:
        _refuse_binary_at_a_terminal(kind)
    else:
        refuse_overwriting([document, *files_of(document)], [output])
    with stages(quiet=quiet) as say:
        say("reading the rows")
        shown = rows_of(document, region, limit=limit, changed=changed_files)
    if _written(encoded(shown.table, kind), output) and not quiet:
        click.echo(f"{shown.said}, written to {output or 'standard output'}", err=True)


def _refuse_binary_at_a_terminal(kind: Format) -> None:
    from terrain.errors import UsageError  # noqa: PLC0415 - `--help` needs none of it

    if kind == "parquet" and sys.stdout.isatty():
        raise UsageError("Parquet is no text for a terminal: name a file with -o")


def _written(pieces: Iterable[bytes], output: Path | None) -> bool:
    """Write to a file or to standard output; return whether all of it was wanted."""
    from terrain.files import write_atomically  # noqa: PLC0415 - `--help` needs none of it

    if output is not None:
        write_atomically(output, pieces)
        return True
    stream = sys.stdout.buffer
    try:
        for piece in pieces:
            stream.write(piece)
        stream.flush()
    except BrokenPipeError:  # its reader has seen enough
        abandon_output()
        return False
    return True
