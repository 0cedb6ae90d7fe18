"""Where batches live and how partial results meet."""
