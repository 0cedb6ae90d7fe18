"""`terrain explain-policy`: what the gate demands, in words."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file of the policy.  [default: terrain.toml]",
)
def explain_policy(policy: Path | None) -> None:
    """Say each rule of a policy in a sentence.

    \b
    terrain explain-policy
    terrain explain-policy --policy gate.toml
    """  # noqa: D301 - click's mark for lines that it must not wrap
    from terrain.gate.reading import read_policy  # noqa: PLC0415 - `--help` must not wait
    from terrain.gate.words import explain  # noqa: PLC0415 - as above

    for sentence in explain(read_policy(Path.cwd(), policy)):
        click.echo(sentence)
