"""The older Volume Backup Service v2: a facade that renames and asks the same services as v3."""
