"""Every refusal, in one tree; the API's table gives each its code and status.

Refusal
├── InvalidParameter ............ a value that breaks a documented rule; names the field
├── NotAuthenticated ............ nobody, or nobody any more
├── NotAllowed .................. somebody, but not for this
├── NotFound
│   ├── ProjectNotFound  VaultNotFound  PolicyNotFound  CheckpointNotFound  BackupNotFound
│   └── ResourceNotFound  ProtectableNotFound  TaskNotFound  ResourceNotInVault  PolicyNotApplied
├── vault rules
│   ├── ResourceTypeNotSupported  ResourceAlreadyProtected  DuplicateResources  TooManyResources
│   ├── VaultBusy  VaultNotAvailable  VaultBeingDeleted  VaultFull  ProviderMismatch
│   └── NothingToBackUp
├── backup rules
│   ├── BackupNotRestorable  BackupNotDeletable  BackupInUse  TargetTooSmall  ResourceBusy  ResourceRestoring
│   └── BackupUnderWay  ResourceBeingRemoved
└── Fenced ...................... a worker that no longer holds the lease
"""


class Refusal(Exception):  # noqa: N818 - a refusal is the house's word for an expected error
    """Something that was asked and is refused, with a reason that a person understands."""


class InvalidParameter(Refusal):
    """A value that breaks a documented rule. `field` is its name on the wire."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class NotAuthenticated(Refusal):
    """No valid credential came with the call."""


class NotAllowed(Refusal):
    """The caller is known and has no right to this."""


class NotFound(Refusal):
    """What was named does not exist for this caller."""


class ProjectNotFound(NotFound):
    """No such project for this caller."""


class VaultNotFound(NotFound):
    """No such vault in the project."""


class PolicyNotFound(NotFound):
    """No such policy in the project."""


class CheckpointNotFound(NotFound):
    """No such checkpoint in the project."""


class BackupNotFound(NotFound):
    """No such backup in the project."""


class ResourceNotFound(NotFound):
    """No such resource in the project, or it is gone from the machine that held it."""


class TaskNotFound(NotFound):
    """No such task in the project."""


class ResourceNotInVault(Refusal):
    """The resource is not attached to the vault."""


class ResourceTypeNotSupported(Refusal):
    """The vault protects another kind of resource."""


class ResourceAlreadyProtected(Refusal):
    """A resource is in at most one vault."""


class DuplicateResources(Refusal):
    """The same resource was named twice."""


class TooManyResources(Refusal):
    """A vault holds at most 256 resources."""


class InvalidCapacity(Refusal):
    """The vault's size is out of range."""


class VaultBusy(Refusal):
    """Work in the vault must end first."""


class VaultNotAvailable(Refusal):
    """The vault is being deleted or is in error."""


class VaultBeingDeleted(Refusal):
    """A vault on its way out takes no further order."""


class VaultLocked(Refusal):
    """A locked vault keeps what it holds."""


class VaultFull(Refusal):
    """The vault's used capacity reached its size."""


class NothingToBackUp(Refusal):
    """The vault has no resource that can be backed up now."""


class BackupNotRestorable(Refusal):
    """Only an available backup can be restored."""


class BackupNotDeletable(Refusal):
    """Only an available or failed backup can be deleted, and never one disk of a server backup alone."""


class ResourceBusy(Refusal):
    """The resource is being backed up."""


class ResourceRestoring(Refusal):
    """The resource is being restored."""


class BackupUnderWay(Refusal):
    """A backup of the resource must end before the resource leaves its vault."""


class ResourceBeingRemoved(Refusal):
    """The resource is leaving its vault."""


class TargetTooSmall(Refusal):
    """The target disk is smaller than the backup."""


class TargetMismatch(Refusal):
    """The target is of another kind than the backup's resource."""


class Fenced(Refusal):
    """The task belongs to another worker now; whoever sees this stops at once."""


class Cancelled(Refusal):
    """Somebody asked for the task to stop."""
