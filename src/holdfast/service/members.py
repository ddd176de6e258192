"""Sharing: a project lets others have a backup; each takes it into a vault of its own, or rejects it."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, members, projects, vaults
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.errors import (
    BackupNotFound,
    InvalidReceiver,
    MemberNotFound,
    NotAllowed,
    SharingNotAllowed,
)
from holdfast.model.member import (
    Answer,
    Member,
    MemberStatus,
    check_receivers,
    check_receiving,
    check_vault_shares,
)

from .context import Context


class Receivers(msgspec.Struct, frozen=True):
    """Whom a backup is shared with: projects, and all the projects of some domains."""

    project_ids: tuple[str, ...] = ()
    domain_ids: tuple[str, ...] = ()


class MemberKey(StrEnum):
    """What a list of members may be sorted by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    STATUS = "status"
    DEST_PROJECT_ID = "dest_project_id"
    VAULT_ID = "vault_id"
    ID = "id"


class MemberFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which members of a backup, in which order (key, and whether the highest come first).

    Every given condition must hold. No image is ever made of a backup here: an `image_id` finds nobody.
    """

    project_id: str | None = None
    vault_id: str | None = None
    image_id: str | None = None
    status: MemberStatus | None = None
    sort: tuple[tuple[MemberKey, bool], ...] = ()

    def holds(self, member: Member) -> bool:
        """Whether this member is asked for."""
        conditions = (
            self.project_id in (None, member.project_id),
            self.vault_id in (None, member.vault_id),
            self.status in (None, member.status),
            self.image_id is None,
        )
        return all(conditions)


def add(context: Context, backup_id: str, receivers: Receivers) -> list[Member]:
    """Share a server's backup with others, who may then accept it.

    Raises BackupNotFound, SharingNotAllowed (it is itself shared with this project), OnlyServersShared,
    VaultCannotShare, BackupNotShareable, InvalidReceiver, AlreadyShared or ShareLimitReached.
    """
    return _add(context, backup_id, receivers, Backup.check_of_server)


def add_of_disk(context: Context, backup_id: str, receivers: Receivers) -> list[Member]:
    """Share a disk's backup with others, who may then accept it.

    Raises what `add` does, but BackupNotFound for what is no disk's backup, or one disk of a server's.
    """
    return _add(context, backup_id, receivers, Backup.check_of_disk)


def _add(
    context: Context, backup_id: str, receivers: Receivers, check_kind: Callable[[Backup], None]
) -> list[Member]:
    with context.changing() as tx:
        backup = _own(tx, context, backup_id)
        check_vault_shares(vaults.get(tx, context.project_id, backup.vault_id))
        check_kind(backup)
        backup.check_shareable()
        wanted = _projects(tx, context, receivers)
        known = [member.project_id for member in members.of_backup(tx, backup.id)]
        check_receivers(context.project_id, wanted, known)
        now = clock.now()
        added = [
            Member(id=ids.new(), backup_id=backup.id, project_id=receiver, created_at=now, updated_at=now)
            for receiver in wanted
        ]
        for member in added:
            members.add(tx, member)
    return added


def find(context: Context, backup_id: str, wanted: MemberFilter) -> list[Member]:
    """The members of a backup; a receiver sees itself alone. Raises BackupNotFound."""
    with context.db.reading() as tx:
        found = [member for member in _seen(tx, context, backup_id) if wanted.holds(member)]
    for key, descending in reversed(wanted.sort):
        found.sort(key=_ORDERS[key], reverse=descending)
    return found


def show(context: Context, backup_id: str, member_id: str) -> Member:
    """One member, by its project or by the share's id; raises BackupNotFound or MemberNotFound."""
    with context.db.reading() as tx:
        for member in _seen(tx, context, backup_id):
            if member_id in (member.project_id, member.id):
                return member
    raise MemberNotFound(member_id)


def answer(context: Context, backup_id: str, member_id: str, said: Answer) -> Member:
    """Accept a backup into a vault of this project, or reject it, an accepted one too.

    Raises BackupNotFound, MemberNotFound, NotAllowed (the owner answers for nobody), VaultNotFound,
    VaultCannotShare, ReceivingVaultMismatch, VaultFull or BackupNotShareable (it is going away).
    """
    with context.changing() as tx:
        backup = _offered(tx, context, backup_id)
        member = members.get(tx, backup_id, member_id)
        if member.project_id != context.project_id:
            raise MemberNotFound(member_id)
        if said.status is MemberStatus.ACCEPTED:
            _check_accepting(tx, context, backup, said)
        vault_id = said.vault_id if said.status is MemberStatus.ACCEPTED else None
        changed = replace(member, status=said.status, vault_id=vault_id, updated_at=clock.now())
        members.replace(tx, changed)
    return changed


def remove(context: Context, backup_id: str, member_id: str) -> None:
    """Stop sharing with a project, which loses the backup at once: what it restores from it is cancelled.

    Raises BackupNotFound, SharingNotAllowed (only the owner does so) or MemberNotFound.
    """
    with context.changing() as tx:
        backup = _own(tx, context, backup_id)
        members.remove(tx, members.get(tx, backup.id, member_id))


def _own(tx: Connection, context: Context, backup_id: str) -> Backup:
    backup = backups.visible(tx, context.project_id, backup_id)
    if backup.member is not None:
        raise SharingNotAllowed(f"{backup.name} is another project's")
    return backup


def _offered(tx: Connection, context: Context, backup_id: str) -> Backup:
    try:
        return backups.offered(tx, context.project_id, backup_id)
    except BackupNotFound:
        backups.get(tx, context.project_id, backup_id)
        raise NotAllowed("only who receives a backup accepts or rejects it") from None


def _seen(tx: Connection, context: Context, backup_id: str) -> Sequence[Member]:
    try:
        backup = backups.offered(tx, context.project_id, backup_id)
    except BackupNotFound:
        return members.of_backup(tx, backups.get(tx, context.project_id, backup_id).id)
    return [members.get(tx, backup.id, context.project_id)]


def _projects(tx: Connection, context: Context, receivers: Receivers) -> list[str]:
    """All the projects that are meant, each once for each time that it was named; raises InvalidReceiver.

    Members are told by their projects, and nobody is told the projects of another domain: those are named.
    """
    held = projects.held(tx, receivers.project_ids)
    for project_id in receivers.project_ids:
        if project_id not in held:
            raise InvalidReceiver(project_id)
    wanted = list(receivers.project_ids)
    for domain_id in receivers.domain_ids:
        others = [one for one in members.projects_of_domain(tx, domain_id) if one != context.project_id]
        held = projects.held(tx, others)
        found = [one for one in others if one in held]
        if domain_id != context.caller.domain_id or not found:
            raise InvalidReceiver(f"nobody else is in {domain_id}, or it is another domain")
        wanted += [one for one in found if one not in wanted]
    return wanted


def _check_accepting(tx: Connection, context: Context, backup: Backup, said: Answer) -> None:
    vault = vaults.get(tx, context.project_id, said.vault_id or "")
    check_receiving(vault, backup.provider_id, backup.resource_size_gb)
    backup.check_shareable()


_ORDERS = {
    MemberKey.CREATED_AT: lambda member: member.created_at,
    MemberKey.UPDATED_AT: lambda member: member.updated_at,
    MemberKey.STATUS: lambda member: member.status,
    MemberKey.DEST_PROJECT_ID: lambda member: member.project_id,
    MemberKey.VAULT_ID: lambda member: member.vault_id or "",
    MemberKey.ID: lambda member: member.id,
}
