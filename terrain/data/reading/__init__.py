"""How each format of input becomes an Arrow table that knows the line of every row."""
