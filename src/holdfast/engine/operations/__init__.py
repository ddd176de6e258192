"""One file per operation type: what a worker does for it."""
