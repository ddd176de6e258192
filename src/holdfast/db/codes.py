"""The small numbers that stand for operations and statuses in the narrow task row. They never change."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from holdfast.model.task import Operation, Status

CODE_OF_OPERATION: Mapping[Operation, int] = MappingProxyType(
    {
        Operation.BACKUP: 1,
        Operation.COPY: 2,
        Operation.REPLICATION: 3,
        Operation.RESTORE: 4,
        Operation.DELETE: 5,
        Operation.SYNC: 6,
        Operation.VAULT_DELETE: 7,
        Operation.REMOVE_RESOURCE: 8,
        Operation.MIGRATE_RESOURCES: 9,
        Operation.UPDATE_EXPIRATION_TIME: 10,
    }
)

CODE_OF_STATUS: Mapping[Status, int] = MappingProxyType(
    {
        Status.WAITING: 1,
        Status.RUNNING: 2,
        Status.SUCCESS: 3,
        Status.SKIPPED: 4,
        Status.FAILED: 5,
        Status.TIMEOUT: 6,
    }
)

# Their places in the order of their words.
RANK_OF_OPERATION: Mapping[int, int] = MappingProxyType(
    {CODE_OF_OPERATION[one]: rank for rank, one in enumerate(sorted(CODE_OF_OPERATION))}
)
RANK_OF_STATUS: Mapping[int, int] = MappingProxyType(
    {CODE_OF_STATUS[one]: rank for rank, one in enumerate(sorted(CODE_OF_STATUS))}
)
OPERATION_OF_CODE: Mapping[int, Operation] = MappingProxyType(
    {code: one for one, code in CODE_OF_OPERATION.items()}
)
STATUS_OF_CODE: Mapping[int, Status] = MappingProxyType({code: one for one, code in CODE_OF_STATUS.items()})
ENDED: Sequence[int] = tuple(code for code, one in STATUS_OF_CODE.items() if one.is_end)
