"""Which column is what: as the user says, else by its usual name and by what it holds."""
