"""Bytes by name: one object store interface over a folder and every cloud scheme."""
