"""How fast tasks are found, counted and served, however many there are: `make bench-tasks`."""
