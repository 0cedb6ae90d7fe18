"""From files to a benchmark of integer codes."""
