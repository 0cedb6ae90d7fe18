"""`terrain sample`: a table to try the tool on."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from terrain.data.samples import Sample, find_sample, list_samples, sample_bytes
from terrain.errors import OutputError
from terrain.files import write_atomically


@click.command()
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    help="Where to write the table; `-` is standard output. Default: NAME.csv in this folder, "
    "unless that exists already.",
)
@click.option("--list", "list_only", is_flag=True, help="List the sample benchmarks.")
def sample(name: str | None, output: str | None, *, list_only: bool) -> None:
    """Write a sample benchmark, to try terrain on.

    \b
    terrain sample --list
    terrain sample loans
    terrain analyze loans.csv --sensitive sex,ethnicity
    """  # noqa: D301 - click's mark for lines that it must not wrap
    if list_only or name is None:
        _list()
    else:
        _write(name, output)


def _list() -> None:
    samples = list_samples()
    width = max(len(each.name) for each in samples)
    for each in samples:
        size = f"{each.rows:>6,} rows × {each.columns} columns"
        click.echo(f"{each.name:<{width}}  {size}  {each.description}")
    click.echo("\nWrite one with `terrain sample NAME`.")


def _write(name: str, output: str | None) -> None:
    found, content = find_sample(name), sample_bytes(name)
    if output == "-":
        click.echo(content, nl=False)
        return
    path = Path(output) if output else _unused(Path(f"{name}.csv"))
    write_atomically(path, content)
    _say_what_is_next(found, path)


def _unused(path: Path) -> Path:
    """Return the default output, which nobody named, if that overwrites nothing."""
    if path.exists():
        raise OutputError(
            f"{path} already exists in this folder and may be yours. Write over it with "
            f"`-o {path}`, or name another file with -o"
        )
    return path


def _say_what_is_next(written: Sample, path: Path) -> None:
    click.echo(f"{path}: {written.rows:,} rows × {written.columns} columns. {written.description}")
    click.echo(f"What is known to be wrong in it: {written.card}")
    click.echo(f"Analyze it: terrain analyze {shlex.quote(str(path))} {written.options}".rstrip())
