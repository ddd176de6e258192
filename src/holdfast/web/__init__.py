"""The console: a web application that is a client of the public API, and what serves its files."""
