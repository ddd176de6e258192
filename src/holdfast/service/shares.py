"""Shares of disks' backups, as the Volume Backup Service asks for them: across backups, from either side.

Making one is in `members`, and so is the receiver's answer.
"""

from holdfast.db import backups, members, shares
from holdfast.db.shares import ShareFilter as ShareFilter  # handed on: the floor above never imports db
from holdfast.db.shares import ShareKey as ShareKey
from holdfast.model.errors import BackupNotFound, MemberNotFound, NotAllowed
from holdfast.model.share import Share
from holdfast.model.task import Page

from .context import Context


def find(context: Context, wanted: ShareFilter, page: Page) -> list[Share]:
    """A page of the shares that match."""
    with context.db.reading() as tx:
        return shares.find(tx, wanted, page)


def count(context: Context, wanted: ShareFilter) -> int:
    """How many shares match."""
    with context.db.reading() as tx:
        return shares.count(tx, wanted)


def show(context: Context, share_id: str) -> Share:
    """One share that this project gave or was given; raises MemberNotFound."""
    with context.db.reading() as tx:
        return shares.get(tx, context.project_id, share_id)


def remove(context: Context, share_id: str) -> None:
    """Stop sharing a backup with one project, which loses it at once.

    Raises MemberNotFound, or NotAllowed for the receiver: only the owner does so.
    """
    with context.changing() as tx:
        share = shares.get(tx, context.project_id, share_id)
        if share.backup.project_id != context.project_id:
            raise NotAllowed("only who shares a backup stops doing so")
        members.remove(tx, share.member)


def remove_all(context: Context, backup_id: str) -> None:
    """Stop sharing a backup with everybody.

    Raises BackupNotFound, MemberNotFound where it is shared with nobody, or NotAllowed for a receiver.
    """
    with context.changing() as tx:
        try:
            backup = backups.get(tx, context.project_id, backup_id)
        except BackupNotFound:
            backups.offered(tx, context.project_id, backup_id).check_of_disk()
            raise NotAllowed("only who shares a backup stops doing so") from None
        backup.check_of_disk()
        known = members.of_backup(tx, backup.id)
        if not known:
            raise MemberNotFound(f"{backup.name} is shared with nobody")
        for member in known:
            members.remove(tx, member)
