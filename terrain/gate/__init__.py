"""The gate: what a policy demands of a benchmark, and what the evidence says of it."""
