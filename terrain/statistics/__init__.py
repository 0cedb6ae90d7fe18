"""From tallies to honest numbers."""
