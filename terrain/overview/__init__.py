"""The reports in a folder as one page: what was measured when, of which model, and how it went."""
