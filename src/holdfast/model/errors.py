"""Every refusal, in one tree; the API's table gives each its code and status.

Refusal
├── InvalidParameter ............ a value that breaks a documented rule; names the field
├── NotAuthenticated ............ nobody, or nobody any more; CredentialsMissing: who shows nothing at all
├── NotAllowed .................. somebody, but not for this
├── NotFound
│   ├── ProjectNotFound  VaultNotFound  PolicyNotFound  CheckpointNotFound  BackupNotFound  TaskNotFound
│   ├── ResourceNotFound  ServerNotFound  DiskNotFound  PolicyNotApplied  TagNotFound
│   └── MemberNotFound  AgentNotFound  MigrationNotFound
├── vault rules
│   ├── ResourceTypeNotSupported  ResourceAlreadyProtected  DuplicateResources  TooManyResources
│   ├── UnsupportedResourceType  ResourceNotInVault  InvalidCapacity  TooManyTags  OrderNotFound
│   ├── VaultBusy  VaultNotAvailable  VaultBeingDeleted  VaultFull  VaultLocked  VaultNotUpdatable
│   ├── VaultTakesNoResources  VaultBeingBackedUp  ServerWithoutDisks
│   └── VaultIsForReplicas  VaultBeingReplicated  VaultNotSyncable  SyncUnderWay  NothingToBackUp
├── policy rules
│   └── PolicyLimitReached  DestinationFixed  PolicyNotApplicable  VaultIsHybrid  TooManyPolicies
├── backup rules
│   ├── BackupNotRestorable  VaultNotRestorable  BackupNotDeletable  BackupInUse  MetadataNotReady
│   ├── ResourceBusy  ResourceRestoring  BackupUnderWay  ResourceBeingRemoved  TargetTooSmall  TargetMismatch
│   └── ProviderMismatch  UnknownBackupProvider
├── replication
│   ├── RegionNotReplicable  ProjectNotReplicable  DestinationNotReplication  DestinationVaultNotFound
│   └── ReplicationNotAllowed  DestinationFull
├── sharing
│   ├── OnlyServersShared  ShareLimitReached  BackupNotShareable  InvalidReceiver  InvalidMemberStatus
│   └── SharingNotAllowed  VaultCannotShare  ReceivingVaultMismatch  AlreadyShared
├── agents and accounts
│   └── InvalidAgent  TooManyPaths  NameTaken  StillInUse  TooManyAttempts  IdentityUnavailable
├── TaskOver .................... a task that has ended cannot be stopped
├── TaskNotRetryable ............ a task that did not fail is not done once more
├── repository_errors ........... what is refused of the files of a repository
├── region_errors ............... what is refused between regions
├── Fenced ...................... a worker that no longer holds the lease
├── Cancelled ................... somebody asked the task to stop
└── TimedOut .................... the task ran for longer than it may
"""

import math


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


class CredentialsMissing(NotAuthenticated):
    """No credential came at all."""


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


class VaultBeingBackedUp(Refusal):
    """A backup into the vault must end before the vault goes."""


class VaultLocked(Refusal):
    """A locked vault keeps what it holds."""


class VaultFull(Refusal):
    """The vault's used capacity reached its size."""


class NothingToBackUp(Refusal):
    """The vault has no resource that can be backed up now."""


class ServerWithoutDisks(Refusal):
    """A server that has no disk holds nothing to back up."""


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


class PolicyLimitReached(Refusal):
    """A project holds at most 32 policies of a kind."""


class TooManyPolicies(Refusal):
    """A vault follows at most 16 policies."""


class PolicyNotApplied(NotFound):
    """The vault does not follow the policy."""


class DestinationFixed(Refusal):
    """A policy that a vault follows keeps its destination."""


class PolicyNotApplicable(Refusal):
    """The vault cannot follow a policy of this kind."""


class VaultIsHybrid(PolicyNotApplicable):
    """What a hybrid vault holds comes from elsewhere: no backup policy fills it."""


class VaultNotUpdatable(Refusal):
    """What was asked of the vault cannot be changed."""


class VaultTakesNoResources(Refusal):
    """A vault for replicas, or one in error, takes no resources."""


class OrderNotFound(Refusal):
    """No such order in the project."""


class UnsupportedResourceType(Refusal):
    """A type of resource that cannot be protected."""


class VaultIsForReplicas(Refusal):
    """A replication vault takes replicas, no backups."""


class VaultBeingReplicated(Refusal):
    """A replication of the vault's backups is unfinished."""


class VaultNotSyncable(Refusal):
    """The vault takes no foreign backups."""


class SyncUnderWay(Refusal):
    """The vault is being reconciled with its repository."""


class TooManyTags(Refusal):
    """A vault has at most 20 tags."""


class TagNotFound(NotFound):
    """The vault has no tag of this key."""


class VaultNotRestorable(Refusal):
    """A vault that is being deleted, or in error, restores nothing."""


class MetadataNotReady(Refusal):
    """Only an available backup tells its metadata."""


class BackupInUse(Refusal):
    """Something else needs the backup."""


class ProviderMismatch(Refusal):
    """The resource is not of the provider's kind."""


class UnknownBackupProvider(Refusal):
    """No kind of resource has this provider id."""


class ServerNotFound(NotFound):
    """No such server in the project."""


class DiskNotFound(NotFound):
    """No such disk in the project."""


class RegionNotReplicable(Refusal):
    """No region of this name takes replicas."""


class ProjectNotReplicable(Refusal):
    """The project takes no replicas."""


class DestinationNotReplication(Refusal):
    """The destination vault is not for replicas."""


class DestinationVaultNotFound(Refusal):
    """No such vault in the destination project."""


class ReplicationNotAllowed(Refusal):
    """A replica, or a backup in a vault of replicas, is not replicated again."""


class DestinationFull(Refusal):
    """The destination vault has no room."""


class OnlyServersShared(Refusal):
    """Backups of other things than servers are not shared."""


class ShareLimitReached(Refusal):
    """A backup is shared with at most ten projects."""


class BackupNotShareable(Refusal):
    """Only an available backup is shared."""


class InvalidReceiver(Refusal):
    """Nobody can be given a backup under this project id."""


class MemberNotFound(NotFound):
    """The backup is not shared with that project."""


class InvalidMemberStatus(Refusal):
    """A member accepts or rejects, nothing else."""


class SharingNotAllowed(Refusal):
    """Whoever a backup is shared with does not share it on."""


class VaultCannotShare(Refusal):
    """A vault that is being deleted, or in error, shares nothing."""


class ReceivingVaultMismatch(Refusal):
    """The accepting vault is of another kind than the backup."""


class AlreadyShared(Refusal):
    """The backup is shared with that project already."""


class InvalidAgent(Refusal):
    """An agent cannot be what was said of it."""


class TooManyPaths(Refusal):
    """An agent names too many paths."""


class AgentNotFound(NotFound):
    """No such agent in the project."""


class MigrationNotFound(NotFound):
    """There is no such migration."""


class NameTaken(InvalidParameter):
    """The name is in use already."""

    def __init__(self, name: str) -> None:
        super().__init__("name", f"{name} is taken already")


class StillInUse(Refusal):
    """What it holds must go first."""


class TooManyAttempts(Refusal):
    """Too many sign-ins failed; the next one may be tried after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many sign-ins failed; try again in {math.ceil(seconds)} s")
        self.seconds = seconds


class IdentityUnavailable(Refusal):
    """Nobody can tell now who asks: the Keystone that knows does not answer."""


class Fenced(Refusal):
    """The task belongs to another worker now; whoever sees this stops at once."""


class TaskOver(Refusal):
    """The task has ended: nothing of it can be stopped any more."""


class TaskNotRetryable(Refusal):
    """The task is still to end, or ended well: there is nothing to be done once more."""


class Cancelled(Refusal):
    """Somebody asked for the task to stop."""


class TimedOut(Refusal):
    """The task has run for as long as it may, and is not done."""
