"""The command line: parse, one call of `app`, print, exit code."""
