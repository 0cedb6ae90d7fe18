"""Where does a model fail? Failing regions, groups and instances, measured honestly."""

__version__ = "0.1.0"
