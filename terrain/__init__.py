"""Where does a model fail? Failing regions, groups and instances, measured honestly."""
