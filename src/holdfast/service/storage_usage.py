"""Storage usage as a caller may ask for it: what the backups of each resource take."""

from holdfast.db import storage_usage
from holdfast.model.resource import ResourceType
from holdfast.model.storage_usage import StorageUsage

from .context import Context


def find(
    context: Context, *, resource_id: str | None = None, resource_type: ResourceType | None = None
) -> list[StorageUsage]:
    """What each resource of the project takes that has backups; every given condition must hold."""
    with context.db.reading() as tx:
        return storage_usage.find(
            tx, context.project_id, resource_id=resource_id, resource_type=resource_type
        )
