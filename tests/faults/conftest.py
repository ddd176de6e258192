"""The same house as the engine's own tests have."""

from tests.engine.conftest import house, migrated_postgresql, migrated_sqlite

__all__ = ["house", "migrated_postgresql", "migrated_sqlite"]
