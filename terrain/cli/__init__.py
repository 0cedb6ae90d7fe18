"""The command line: parse, one call of `app`, print, exit code."""

from terrain.cli.commands import main

__all__ = ["main"]
