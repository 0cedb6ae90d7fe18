"""From what was measured to the document: findings, the tree, groups and the headline."""
