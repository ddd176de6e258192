"""The holdfast command line: a client of the HTTP API, and the commands that start servers."""
