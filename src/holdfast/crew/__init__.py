"""Helper processes: work that holds the interpreter's lock, done on every core."""
