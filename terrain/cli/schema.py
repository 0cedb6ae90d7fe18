"""`terrain schema`: what the JSON document looks like, for programs that read it."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of what `terrain analyze --json` writes.

    \b
    terrain schema > terrain.schema.json
    """  # noqa: D301 - click's mark for lines that it must not wrap
    import json  # noqa: PLC0415 - `--help` needs none of it

    from terrain.report.json import schema as json_schema  # noqa: PLC0415 - as above

    click.echo(json.dumps(json_schema(), indent=2))
