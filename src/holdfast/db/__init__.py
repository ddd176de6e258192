"""Rows: SQLite and PostgreSQL through SQLAlchemy Core, one file per noun, functions of a transaction."""
