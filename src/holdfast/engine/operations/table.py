"""Which operations are performed, and how. A new one is a file here, a member of `Operation`, and a row."""

from collections.abc import Mapping
from types import MappingProxyType

from holdfast.model.task import Operation

from . import (
    backup,
    delete,
    migrate_resources,
    remove_resource,
    replication,
    restore,
    sync,
    update_expiration,
    vault_delete,
)
from .performance import Performance

OPERATIONS: Mapping[Operation, Performance] = MappingProxyType(
    {
        Operation.BACKUP: backup.PERFORMANCE,
        Operation.REPLICATION: replication.PERFORMANCE,
        Operation.RESTORE: restore.PERFORMANCE,
        Operation.DELETE: delete.PERFORMANCE,
        Operation.SYNC: sync.PERFORMANCE,
        Operation.VAULT_DELETE: vault_delete.PERFORMANCE,
        Operation.REMOVE_RESOURCE: remove_resource.PERFORMANCE,
        Operation.MIGRATE_RESOURCES: migrate_resources.PERFORMANCE,
        Operation.UPDATE_EXPIRATION_TIME: update_expiration.PERFORMANCE,
    }
)

# `copy` is never asked for: it is the old word for replication.
NOT_PERFORMED = frozenset({Operation.COPY})
