"""What appears wrong in a benchmark, as a good colleague would say it."""
