"""The group of commands; a command's module is imported when the command runs, not before."""

from __future__ import annotations

import sys
from importlib import import_module

import click

import terrain
from terrain.errors import TerrainError

COMMANDS = {
    "analyze": ("terrain.cli.analyze:analyze", "Find where a model fails, and write a page."),
    "report": ("terrain.cli.report:report", "Render a page again from its JSON document."),
    "sample": ("terrain.cli.sample:sample", "Write a sample benchmark, to try terrain on."),
}
"""Name: where the command is, and its line in the help."""

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class Commands(click.Group):
    """Commands that are imported when they are needed, so that `--help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(terrain.__version__, prog_name="terrain")
def commands() -> None:
    """Say where a model fails, how sure that is, and which instances they are.

    terrain analyze preds.csv --features age,region
    """


def main() -> None:
    """Run the command line and exit; no traceback for anything wrong with the input."""
    try:
        code = commands.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nterrain: interrupted; nothing was written", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except TerrainError as error:
        click.echo(f"terrain: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        code = 0
    sys.exit(code or 0)
