"""Protection: whether each resource of a project is safe, in one word, and whether anybody tried.

This follows from what there is and from the time; nothing of it is kept.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

import msgspec

from .backup import BackupState
from .policy import PolicyKind
from .resource import ResourceType
from .task import Task

# A restore proves for so long that what is backed up can be had back.
PROVEN_FOR = timedelta(days=90)


class ProtectionState(StrEnum):
    """How a resource is protected. The first that holds, in this order, is its state."""

    UNPROTECTED = "unprotected"
    SUSPENDED = "suspended"
    FAILING = "failing"
    OVERDUE = "overdue"
    NEW = "new"
    PROTECTED = "protected"


@cache
def state_of(*, in_vault: bool, auto_protect: bool, last_good: bool | None, overdue: bool) -> ProtectionState:
    """The state of a resource; `last_good` tells whether the newest backup that has ended is good, None that
    there is none."""
    if not in_vault:
        return ProtectionState.UNPROTECTED
    if not auto_protect:
        return ProtectionState.SUSPENDED
    if last_good is False:
        return ProtectionState.FAILING
    if overdue:
        return ProtectionState.OVERDUE
    return ProtectionState.NEW if last_good is None else ProtectionState.PROTECTED


def is_proven(at: datetime | None, now: datetime) -> bool:
    """Whether a restore that ended then, if there was one, still proves something."""
    return at is not None and at > now - PROVEN_FOR


class LastBackup(msgspec.Struct, frozen=True):
    """A backup of a resource that ended, the newest of some kind."""

    id: str
    state: BackupState
    created_at: datetime


class Followed(msgspec.Struct, frozen=True):
    """A policy that a vault follows, and when the vault is backed up by it next: never by a replication
    policy, nor by one that is switched off."""

    id: str
    name: str
    kind: PolicyKind
    enabled: bool
    due_at: datetime | None = None


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, and its place in a vault; without a `vault_id` it is in none.

    `last` is its newest backup there that has ended, well or not, `last_good` the newest good one. Something
    is overdue of it since `overdue_since`; one of its backups was last restored at `proven_at`.
    """

    resource_id: str
    name: str
    type: ResourceType
    size_bytes: int
    parent_id: str | None = None
    vault_id: str | None = None
    auto_protect: bool = True
    last: LastBackup | None = None
    last_good: LastBackup | None = None
    overdue_since: datetime | None = None
    proven_at: datetime | None = None

    @property
    def state(self) -> ProtectionState:
        """In one word."""
        return state_of(
            in_vault=self.vault_id is not None,
            auto_protect=self.auto_protect,
            last_good=None if self.last is None else self.last.state is BackupState.AVAILABLE,
            overdue=self.overdue_since is not None,
        )

    def is_unproven(self, now: datetime) -> bool:
        """Whether there are good backups of it in its vault, and none of its backups was restored lately."""
        return self.last_good is not None and not is_proven(self.proven_at, now)


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the protection of one resource.

    `last_task` took its newest backup that has ended, `proven_by` restored it last. Its good backups are
    those in its vault; of a resource that is in none, those that are left in any.
    """

    of: Protected
    unproven: bool
    vault_name: str | None = None
    policies: tuple[Followed, ...] = ()
    last_task: Task | None = None
    last_good: LastBackup | None = None
    backup_count: int = 0
    proven_by: Task | None = None

    @property
    def next_due_at(self) -> datetime | None:
        """When the next backup is due."""
        if not self.of.auto_protect:
            return None
        return min((one.due_at for one in self.policies if one.due_at is not None), default=None)


class ProtectionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How many resources there are, how many in each state, and how many of them nobody tried to restore."""

    resources: int
    by_state: dict[ProtectionState, int]
    unproven: int
