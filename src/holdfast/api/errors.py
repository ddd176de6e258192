"""How a refusal is spoken: one table from every refusal to its status, code and message.

Codes and messages are those of the service's error reference. Where a refusal has none there, the
nearest one is used, and `docs/api/deviations.md` says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import msgspec

from holdfast.model import errors
from holdfast.model.errors import InvalidParameter, NotAuthenticated, Refusal


@dataclass(frozen=True)
class Answer:
    """What the wire says of one kind of refusal."""

    status: int
    code: str
    message: str


class ErrorView(msgspec.Struct, frozen=True):
    """The error body of every call."""

    error_code: str
    error_msg: str


INVALID_PARAMETER = Answer(400, "BackupService.9900", "Parameter verification failed.")
NOT_AUTHENTICATED = Answer(401, "APIGW.0301", "Incorrect IAM authentication information.")
BODY_TOO_LARGE = Answer(
    413, "BackupService.9900", "Parameter verification failed. body: is larger than 1 MiB"
)
UNEXPECTED = Answer(500, "BackupService.9910", "Unknown error.")
UNAVAILABLE = Answer(503, "BackupService.9910", "The database does not answer, or is full. Try again later.")
UNKNOWN_ROUTE = Answer(404, "APIGW.0101", "The API does not exist or has not been published.")
WRONG_METHOD = Answer(405, "APIGW.0101", "The API does not have this method.")

CODES: Mapping[type[Refusal], Answer] = MappingProxyType(
    {
        errors.InvalidParameter: INVALID_PARAMETER,
        errors.NotAuthenticated: NOT_AUTHENTICATED,
        errors.NotAllowed: Answer(403, "BackupService.8600", "Not authenticated."),
        errors.NotFound: Answer(404, "BackupService.6302", "The resource does not exist."),
        errors.ProjectNotFound: Answer(404, "BackupService.6302", "The project does not exist."),
        errors.VaultNotFound: Answer(404, "BackupService.6105", "The vault does not exist."),
        errors.PolicyNotFound: Answer(404, "BackupService.6000", "The policy does not exist."),
        errors.CheckpointNotFound: Answer(
            404, "BackupService.6217", "The backup restore point does not exist."
        ),
        errors.BackupNotFound: Answer(404, "BackupService.6200", "The backup does not exist."),
        errors.ResourceNotFound: Answer(404, "BackupService.6302", "The resource does not exist."),
        errors.TaskNotFound: Answer(404, "BackupService.6500", "Operation log does not exist."),
        errors.ResourceNotInVault: Answer(
            400, "BackupService.6135", "The resource does not exist in the vault."
        ),
        errors.ResourceTypeNotSupported: Answer(
            400, "BackupService.6102", "The vault does not support this resource type."
        ),
        errors.ResourceAlreadyProtected: Answer(
            400, "BackupService.6103", "The resource has been associated with a vault."
        ),
        errors.DuplicateResources: Answer(400, "BackupService.6104", "Duplicate vault resources."),
        errors.TooManyResources: Answer(
            400, "BackupService.6100", "The maximum number of vault resources has been reached."
        ),
        errors.InvalidCapacity: Answer(400, "BackupService.6101", "Invalid vault capacity."),
        errors.VaultBusy: Answer(400, "BackupService.6111", "The vault cannot be deleted."),
        errors.VaultNotAvailable: Answer(
            400, "BackupService.6113", "Backup is not allowed in the current vault status."
        ),
        errors.VaultBeingDeleted: Answer(400, "BackupService.6112", "Invalid vault status."),
        errors.VaultLocked: Answer(
            400,
            "BackupService.6220",
            "Automatic backups in the locked repository are prohibited from being manually deleted.",
        ),
        errors.VaultFull: Answer(
            400, "BackupService.6114", "The used capacity of the vault exceeds the maximum capacity."
        ),
        errors.NothingToBackUp: Answer(400, "BackupService.0001", "No resource is available for backup."),
        errors.BackupNotRestorable: Answer(
            400, "BackupService.2005", "Restoration is not allowed in the current backup status."
        ),
        errors.BackupNotDeletable: Answer(400, "BackupService.6201", "The backup cannot be deleted."),
        errors.ResourceBusy: Answer(
            400,
            "BackupService.2002",
            "The resource is being backed up. Restore the resource after the backup is complete.",
        ),
        errors.ResourceRestoring: Answer(400, "BackupService.2010", "The resource is being restored."),
        errors.BackupUnderWay: Answer(400, "BackupService.6125", "A backup task is in progress."),
        errors.ResourceBeingRemoved: Answer(
            400, "BackupService.6134", "Resources are being removed from the vault."
        ),
        errors.TargetTooSmall: Answer(
            400,
            "BackupService.2001",
            "Restoration cannot be executed because the size of the disk on the server is smaller than the"
            " backup size.",
        ),
        errors.TargetMismatch: Answer(
            400, "BackupService.2003", "Restoration to a different server is not allowed."
        ),
        errors.Fenced: UNEXPECTED,
        errors.Cancelled: UNEXPECTED,
    }
)


def answer(refusal: Refusal) -> Answer:
    """What the wire says of this refusal; a refused parameter or credential is told with the reason."""
    if isinstance(refusal, InvalidParameter):
        message = f"{INVALID_PARAMETER.message} {refusal.field}: {refusal.reason}"
        return replace(INVALID_PARAMETER, message=message)
    if isinstance(refusal, NotAuthenticated) and str(refusal):
        return replace(NOT_AUTHENTICATED, message=f"{NOT_AUTHENTICATED.message[:-1]}: {refusal}")
    for kind in type(refusal).__mro__:
        if kind in CODES:
            return CODES[kind]
    return UNEXPECTED
