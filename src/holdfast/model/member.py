"""Members: the projects that a backup is shared with. Each takes it into a vault of its own, or does not."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from .errors import (
    AlreadyShared,
    InvalidMemberStatus,
    InvalidParameter,
    InvalidReceiver,
    ReceivingVaultMismatch,
    ShareLimitReached,
    VaultCannotShare,
    VaultFull,
)
from .resource import GIB
from .vault import ProtectType, Vault

MAX_MEMBERS = 10


class MemberStatus(StrEnum):
    """status of a member: what the receiver said. An accepted one whose vault is gone is pending again."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One project that a backup is shared with: `project_id` receives it, into its vault `vault_id`."""

    id: str
    backup_id: str
    project_id: str
    vault_id: str | None = None
    status: MemberStatus = MemberStatus.PENDING
    created_at: datetime
    updated_at: datetime


class Answer(msgspec.Struct, frozen=True):
    """What a receiver says to a share, and into which vault it takes the backup."""

    status: MemberStatus
    vault_id: str | None = None


def check_receivers(owner_id: str, wanted: Sequence[str], known: Collection[str]) -> None:
    """Refuse projects that a backup of `owner_id` may not be shared with; `known` are those that have it.

    Raises InvalidReceiver, AlreadyShared or ShareLimitReached.
    """
    if owner_id in wanted:
        raise InvalidReceiver("the backup is this project's own")
    if len(set(wanted)) != len(wanted) or set(wanted) & set(known):
        raise AlreadyShared(
            ", ".join(sorted({one for one in wanted if wanted.count(one) > 1 or one in known}))
        )
    if len(known) + len(wanted) > MAX_MEMBERS:
        raise ShareLimitReached(f"at most {MAX_MEMBERS}")


def answer_of(status: str, vault_id: str | None) -> Answer:
    """What a receiver said.

    Raises InvalidMemberStatus for what is no answer, InvalidParameter for accepting without a vault.
    """
    if status not in (MemberStatus.ACCEPTED, MemberStatus.REJECTED):
        raise InvalidMemberStatus(f"{status} is neither accepted nor rejected")
    answer = Answer(MemberStatus(status), vault_id)
    if answer.status is MemberStatus.ACCEPTED and vault_id is None:
        raise InvalidParameter("vault_id", "is needed to accept a backup")
    return answer


def check_vault_shares(vault: Vault) -> None:
    """Raises VaultCannotShare unless what is in the vault can be given away, or received, now."""
    if not vault.is_open:
        raise VaultCannotShare(vault.status)


def check_receiving(vault: Vault, provider_id: str, size_gb: int) -> None:
    """Refuse a vault that cannot take a shared backup of this kind and size, and does not grow for it.

    Raises VaultCannotShare, ReceivingVaultMismatch or VaultFull.
    """
    check_vault_shares(vault)
    if vault.provider_id != provider_id or vault.protect_type is not ProtectType.BACKUP:
        raise ReceivingVaultMismatch(f"a {vault.protect_type} vault for {vault.object_type}")
    needed = vault.used_bytes + size_gb * GIB
    if needed > vault.size_for(needed) * GIB and not vault.demand_billing:
        raise VaultFull(vault.name)
