"""Ended tasks, kept in segments of columns: found and counted without reading their rows."""
