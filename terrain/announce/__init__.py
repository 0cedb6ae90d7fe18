"""What the gate says to others: test reports, Markdown, annotations, a history of runs."""
