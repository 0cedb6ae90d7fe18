"""`terrain schema`: what the files look like that programs read and people write."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command()
@click.argument(
    "which",
    type=click.Choice(["document", "policy", "verdict", "comparison"]),
    default="document",
    required=False,
)
def schema(which: str) -> None:
    """Print a JSON Schema (draft 2020-12).

    Of the document that `terrain analyze --json` writes, of the policy in terrain.toml, of the
    verdict that `terrain check --json` writes, or of what `terrain compare --json` writes.

    \b
    terrain schema > terrain.schema.json
    terrain schema policy > policy.schema.json
    """  # noqa: D301 - click's mark for lines that it must not wrap
    import json  # noqa: PLC0415 - `--help` needs none of it

    from terrain.comparison import Comparison  # noqa: PLC0415 - as above
    from terrain.document import Terrain  # noqa: PLC0415 - as above
    from terrain.gate import reading, verdict  # noqa: PLC0415 - as above
    from terrain.report.json import schema as schema_of  # noqa: PLC0415 - as above

    schemas: dict[str, Callable[[], dict[str, Any]]] = {
        "document": partial(schema_of, Terrain),
        "policy": reading.schema,
        "verdict": verdict.schema,
        "comparison": partial(schema_of, Comparison),
    }
    click.echo(json.dumps(schemas[which](), indent=2))
