"""`terrain schema`: what the files look like that programs read and people write."""

from __future__ import annotations

import click


@click.command()
@click.argument(
    "which",
    type=click.Choice(["document", "policy", "verdict"]),
    default="document",
    required=False,
)
def schema(which: str) -> None:
    """Print a JSON Schema (draft 2020-12).

    Of the document that `terrain analyze --json` writes, of the policy in terrain.toml, or of the
    verdict that `terrain check --json` writes.

    \b
    terrain schema > terrain.schema.json
    terrain schema policy > policy.schema.json
    """  # noqa: D301 - click's mark for lines that it must not wrap
    import json  # noqa: PLC0415 - `--help` needs none of it

    from terrain.gate import reading, verdict  # noqa: PLC0415 - as above
    from terrain.report import json as documents  # noqa: PLC0415 - as above

    schemas = {
        "document": documents.schema,
        "policy": reading.schema,
        "verdict": verdict.schema,
    }
    click.echo(json.dumps(schemas[which](), indent=2))
