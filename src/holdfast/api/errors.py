"""How a refusal is spoken: one table from every refusal to its status, code and message.

Codes and messages are those of the service's error reference. Where a refusal has none there, the
nearest one is used, and `docs/api/deviations.md` says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import msgspec

from holdfast.model import errors, event_errors, region_errors, repository_errors
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
BODY_TOO_SLOW = Answer(
    408, "BackupService.9900", "Parameter verification failed. body: did not arrive within a minute"
)
UNAVAILABLE = Answer(503, "BackupService.9910", "The database does not answer, or is full. Try again later.")
UNKNOWN_ROUTE = Answer(404, "APIGW.0101", "The API does not exist or has not been published.")
WRONG_METHOD = Answer(405, "APIGW.0101", "The API does not have this method.")

CODES: Mapping[type[Refusal], Answer] = MappingProxyType(
    {
        errors.InvalidParameter: INVALID_PARAMETER,
        errors.NotAuthenticated: NOT_AUTHENTICATED,
        errors.CredentialsMissing: NOT_AUTHENTICATED,
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
        errors.VaultBeingBackedUp: Answer(400, "BackupService.6203", "Performing backups."),
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
        errors.ServerWithoutDisks: Answer(
            400, "BackupService.7108", "Backup is not allowed for servers containing no disks."
        ),
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
        errors.PolicyLimitReached: Answer(
            400, "BackupService.6001", "The maximum number of this type of policies has been reached."
        ),
        errors.TooManyPolicies: Answer(
            400, "Holdfast.0030", "The maximum number of policies of the vault has been reached."
        ),
        errors.PolicyNotApplied: Answer(
            404, "BackupService.6002", "The vault is not applied with the policy."
        ),
        errors.DestinationFixed: Answer(
            400,
            "BackupService.6003",
            "The destination region cannot be changed because the policy has been applied to a replication"
            " vault.",
        ),
        errors.PolicyNotApplicable: Answer(
            400, "BackupService.6127", "This policy cannot be applied to this vault."
        ),
        errors.VaultIsHybrid: Answer(
            400,
            "BackupService.6136",
            "Backup policies cannot be applied with hybrid cloud backup vaults.",
        ),
        errors.VaultNotUpdatable: Answer(400, "BackupService.6110", "The vault cannot be updated."),
        errors.VaultTakesNoResources: Answer(
            400, "BackupService.6108", "New resources cannot be associated with the vault."
        ),
        errors.OrderNotFound: Answer(400, "BackupService.6109", "The bill does not exist."),
        errors.UnsupportedResourceType: Answer(400, "BackupService.6116", "Unsupported resource type."),
        errors.VaultIsForReplicas: Answer(
            400, "BackupService.6124", "Backup is not allowed for the current type of vaults."
        ),
        errors.VaultBeingReplicated: Answer(400, "BackupService.6130", "The vault is being replicated."),
        errors.VaultNotSyncable: Answer(
            400, "BackupService.7300", "The vault does not support synchronization."
        ),
        errors.SyncUnderWay: Answer(400, "BackupService.7302", "Backups are being synchronized."),
        errors.TooManyTags: Answer(
            400, "BackupService.6600", "The maximum number of tags has been reached for the resource."
        ),
        errors.TagNotFound: Answer(404, "BackupService.6601", "The key does not exist."),
        errors.VaultNotRestorable: Answer(
            400,
            "BackupService.6202",
            "Backups can be used for restoration only when the vault status is Available.",
        ),
        errors.MetadataNotReady: Answer(
            400, "BackupService.6206", "Metadata query is not allowed in the current backup status."
        ),
        errors.BackupInUse: Answer(
            400, "BackupService.6216", "The backup cannot be deleted because it is in use."
        ),
        errors.ProviderMismatch: Answer(
            400, "BackupService.6300", "The resource type and backup provider do not match."
        ),
        errors.UnknownBackupProvider: Answer(400, "BackupService.6301", "Invalid backup provider ID."),
        errors.ServerNotFound: Answer(404, "BackupService.7100", "The server does not exist."),
        errors.DiskNotFound: Answer(404, "BackupService.7000", "The disk does not exist."),
        errors.RegionNotReplicable: Answer(
            400, "BackupService.1005", "The destination region does not support replication."
        ),
        errors.ProjectNotReplicable: Answer(
            400, "BackupService.1011", "The destination project does not support replication."
        ),
        errors.DestinationNotReplication: Answer(
            400, "BackupService.6119", "The destination vault does not support replication."
        ),
        errors.DestinationVaultNotFound: Answer(
            400, "BackupService.6120", "The destination vault does not exist."
        ),
        errors.ReplicationNotAllowed: Answer(
            400, "BackupService.6128", "Replication is not allowed for the current type of vaults."
        ),
        errors.DestinationFull: Answer(
            400, "BackupService.6129", "The maximum capacity of the destination vault has been reached."
        ),
        region_errors.RegionUnavailable: Answer(
            503, "Holdfast.0025", "The destination region does not answer."
        ),
        region_errors.RegionRefused: Answer(400, "Holdfast.0026", "The destination region refuses: {}"),
        region_errors.SnapshotNotArrived: Answer(
            400, "Holdfast.0027", "The vault's repository does not hold the snapshot {}"
        ),
        event_errors.EventsUnavailable: Answer(
            503, "Holdfast.0058", "Nobody more can follow events here: {}"
        ),
        errors.OnlyServersShared: Answer(
            400, "BackupService.6700", "Only cloud server backups can be shared."
        ),
        errors.ShareLimitReached: Answer(
            400, "BackupService.6701", "The maximum number of backups that can be shared has been reached."
        ),
        errors.BackupNotShareable: Answer(
            400, "BackupService.6702", "Only backups in the Available status can be shared."
        ),
        errors.InvalidReceiver: Answer(
            400, "BackupService.6704", "Invalid project ID of the tenant for sharing."
        ),
        errors.MemberNotFound: Answer(404, "BackupService.6705", "The share member does not exist."),
        errors.InvalidMemberStatus: Answer(
            400, "BackupService.6706", "Invalid update parameter value for the share member."
        ),
        errors.SharingNotAllowed: Answer(400, "BackupService.6707", "Backup sharing is not allowed."),
        errors.VaultCannotShare: Answer(
            400, "BackupService.6712", "Backup sharing is not allowed in the current vault status."
        ),
        errors.ReceivingVaultMismatch: Answer(
            400,
            "BackupService.6713",
            "The type of the vault accepting the shared backup and the backup resource type are different.",
        ),
        errors.AlreadyShared: Answer(
            400, "BackupService.6714", "A shared backup cannot be shared to the same member again."
        ),
        errors.InvalidAgent: Answer(400, "BackupService.7403", "Invalid agent {}"),
        errors.TooManyPaths: Answer(400, "BackupService.7407", "Agent {} path count is exceeded."),
        errors.AgentNotFound: Answer(404, "BackupService.7410", "Agent {} not found."),
        errors.MigrationNotFound: Answer(404, "BackupService.4001", "The migration record does not exist."),
        errors.NameTaken: INVALID_PARAMETER,
        errors.StillInUse: Answer(400, "BackupService.6302", "The resource is in use."),
        errors.TooManyAttempts: Answer(429, "APIGW.0308", "Too many sign-ins failed."),
        errors.IdentityUnavailable: Answer(
            503, "BackupService.9910", "The identity service does not answer. Try again later."
        ),
        errors.TaskOver: Answer(400, "Holdfast.0002", "The task has ended."),
        errors.TaskNotRetryable: Answer(400, "Holdfast.0004", "The task has not failed."),
        repository_errors.FileNotInRepository: Answer(
            404, "Holdfast.0020", "There is no such file in the repository."
        ),
        repository_errors.FileDiffers: Answer(
            409, "Holdfast.0021", "A file of this name is there already, with other bytes."
        ),
        repository_errors.RepositoryFull: Answer(507, "Holdfast.0022", "The vault or its store is full."),
        repository_errors.FileKept: Answer(403, "Holdfast.0023", "The file stays: {}."),
        repository_errors.StoreAway: Answer(
            503, "Holdfast.0024", "The store does not answer as it should. Try again later."
        ),
        repository_errors.PathNotInBackup: Answer(
            404, "Holdfast.0031", "There is no such file or folder in the backup."
        ),
        repository_errors.BackupUnreadable: Answer(
            500, "Holdfast.0032", "What is stored of the backup cannot be read: {}."
        ),
        repository_errors.DownloadOver: Answer(
            404, "Holdfast.0033", "There is no such download, or not any more. Ask for it anew."
        ),
        repository_errors.TooManyDownloads: Answer(
            429, "Holdfast.0034", "Too many downloads of the project are under way: {}."
        ),
        errors.Fenced: UNEXPECTED,
        errors.Cancelled: UNEXPECTED,
        errors.TimedOut: UNEXPECTED,
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
            told = CODES[kind]
            return replace(told, message=told.message.replace("{}", str(refusal)))
    return UNEXPECTED


@dataclass(frozen=True, kw_only=True)
class Voice:
    """In whose words a refusal is told: each API that is served has codes and a shape of its own.

    One that `negotiates` refuses callers who take no JSON, and methods that HTTP does not know.
    """

    answer: Callable[[Refusal], Answer]
    view: Callable[[Answer], msgspec.Struct]
    body_too_large: Answer = BODY_TOO_LARGE
    body_too_slow: Answer = BODY_TOO_SLOW
    unexpected: Answer = UNEXPECTED
    unavailable: Answer = UNAVAILABLE
    unknown_route: Answer = UNKNOWN_ROUTE
    wrong_method: Answer = WRONG_METHOD
    unknown_method: Answer | None = None
    not_acceptable: Answer | None = None

    def of_error(self, status: int, method: str) -> Answer:
        """What is said where no route is found: to a path that nobody serves, or a method that it has not."""
        if status != 405:
            return self.unknown_route
        return self.wrong_method if method in METHODS else self.unknown_method or self.wrong_method


METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))


CBR = Voice(answer=answer, view=lambda told: ErrorView(error_code=told.code, error_msg=told.message))
