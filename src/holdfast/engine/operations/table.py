"""Which operations are performed, and how. A new one is a file here, a member of `Operation`, and a row."""

from collections.abc import Mapping
from types import MappingProxyType

from holdfast.model.task import Operation

from . import backup, delete, remove_resource, restore, vault_delete
from .performance import Performance

OPERATIONS: Mapping[Operation, Performance] = MappingProxyType(
    {
        Operation.BACKUP: backup.PERFORMANCE,
        Operation.RESTORE: restore.PERFORMANCE,
        Operation.DELETE: delete.PERFORMANCE,
        Operation.VAULT_DELETE: vault_delete.PERFORMANCE,
        Operation.REMOVE_RESOURCE: remove_resource.PERFORMANCE,
    }
)

# Nobody can ask for these yet. `copy` is never asked for again: it is the old word for replication.
NOT_PERFORMED = frozenset(
    {Operation.COPY, Operation.REPLICATION, Operation.SYNC, Operation.MIGRATE_RESOURCES}
)
