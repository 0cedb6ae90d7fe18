"""The group of commands; a command's module is imported when the command runs, not before."""

from __future__ import annotations

from importlib import import_module

import click

import terrain
from terrain.cli.streams import abandon_output, accept_any_text
from terrain.errors import TerrainError, UsageError, nearest

COMMANDS = {
    "analyze": ("terrain.cli.analyze:analyze", "Find where a model fails, and write a page."),
    "check": ("terrain.cli.check:check", "Judge a benchmark by a policy."),
    "compare": ("terrain.cli.compare:compare", "Find where a new model got worse or better."),
    "explain-policy": ("terrain.cli.explain_policy:explain_policy", "Say a policy in words."),
    "index": ("terrain.cli.index:index", "Write an overview of the reports in a folder."),
    "init": ("terrain.cli.init:init", "Propose a first policy for a benchmark."),
    "report": ("terrain.cli.report:report", "Render a page again from its JSON document."),
    "sample": ("terrain.cli.sample:sample", "Write a sample benchmark, to try terrain on."),
    "schema": (
        "terrain.cli.schema:schema",
        "Print the JSON Schema of a JSON document or of the policy.",
    ),
    "show": ("terrain.cli.show:show", "Write the rows of a region, from the files."),
}
"""Name: where the command is, and its line in the help."""

REFUSED = 2
"""Exit code for wrong usage, unusable data, and a place that cannot be written."""


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names."""
        if args[0] not in COMMANDS:
            raise UsageError(
                f"no command `{args[0]}`{nearest(args[0], COMMANDS) or '.'} "
                f"The commands are: {', '.join(COMMANDS)}"
            )
        return super().resolve_command(ctx, args)

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


def run() -> int:
    """Run a command and return its exit code; what is wrong is one line on standard error.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C.
    """
    accept_any_text()
    try:
        return commands.main(standalone_mode=False) or 0
    except click.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:  # click and rich leave so where the reader of our output has seen enough
        return 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return REFUSED
    except (click.UsageError, TerrainError, OSError, MemoryError) as error:
        from terrain.report.format import clean  # noqa: PLC0415 - `--help` needs none of it

        if isinstance(error, OSError):
            abandon_output()
        click.echo(f"terrain: {clean(_message(error))}", err=True)
        return error.exit_code if isinstance(error, TerrainError) else REFUSED


def _message(error: Exception) -> str:
    if isinstance(error, click.UsageError):
        said = error.format_message().rstrip(".")
        command = error.ctx.command_path if error.ctx else "terrain"
        return f"{said[0].lower()}{said[1:]}; see `{command} --help`"
    if isinstance(error, MemoryError):
        return "there is not enough memory for this table; take fewer rows or columns of it"
    if isinstance(error, OSError):
        place = error.filename or "standard output"
        return f"{place} cannot be used: {error.strerror or error}; name another place"
    return str(error)
