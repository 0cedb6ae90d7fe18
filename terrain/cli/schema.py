"""`terrain schema`: what the JSON document looks like, for programs that read it."""

from __future__ import annotations

import click


@click.command()
@click.argument("document", type=click.Choice(["terrain", "comparison"]), default="terrain")
def schema(document: str) -> None:
    """Print the JSON Schema (draft 2020-12) of what `--json` writes.

    DOCUMENT is terrain, what `terrain analyze` writes and the default, or comparison, what
    `terrain compare` writes.

    \b
    terrain schema > terrain.schema.json
    terrain schema comparison > comparison.schema.json
    """  # noqa: D301 - click's mark for lines that it must not wrap
    import json  # noqa: PLC0415 - `--help` needs none of it

    from terrain.comparison import Comparison  # noqa: PLC0415 - as above
    from terrain.document import Terrain  # noqa: PLC0415 - as above
    from terrain.report.json import schema as json_schema  # noqa: PLC0415 - as above

    kind = Comparison if document == "comparison" else Terrain
    click.echo(json.dumps(json_schema(kind), indent=2))
