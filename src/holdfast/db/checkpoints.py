"""Checkpoints: runs as they were planned. What became of one is what became of its backups."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.model.backup import Backup, BackupStatus
from holdfast.model.checkpoint import Checkpoint, CheckpointStatus, status_of
from holdfast.model.errors import CheckpointNotFound
from holdfast.model.task import Page
from holdfast.model.vault import Attachment, ProtectStatus, Vault

from . import backups, under_way
from .backups import BackupFilter
from .columns import read_document, write_document
from .tables import backup
from .tables import checkpoint as table

_EVERY = Page(limit=1 << 30)


def add(tx: Connection, checkpoint: Checkpoint) -> None:
    """Keep a new run as it was planned."""
    tx.execute(
        sa.insert(table).values(
            id=checkpoint.id,
            project_id=checkpoint.project_id,
            vault_id=checkpoint.vault_id,
            document=write_document(checkpoint),
            created_at=checkpoint.created_at,
        )
    )


def planned(tx: Connection, checkpoint_id: str) -> Checkpoint | None:
    """The run of that id as it was planned, in whatever project."""
    document = tx.scalar(sa.select(table.c.document).where(table.c.id == checkpoint_id))
    return None if document is None else read_document(document, Checkpoint)


def extend(tx: Connection, checkpoint: Checkpoint, resource: Attachment) -> None:
    """One more resource belongs to the run."""
    longer = replace(checkpoint, attachments=(*checkpoint.attachments, resource))
    changed = sa.update(table).where(table.c.id == checkpoint.id)
    tx.execute(changed.values(document=write_document(longer)))


def get(tx: Connection, project_id: str, checkpoint_id: str) -> Checkpoint:
    """One run of the project, with its status and that of each resource in it.

    Raises CheckpointNotFound; a run whose last backup is gone, with nothing of it under way, is gone too. One
    that skipped every resource never had a backup, and stays to say why.
    """
    document = tx.scalar(
        sa.select(table.c.document).where(table.c.project_id == project_id, table.c.id == checkpoint_id)
    )
    if document is None:
        raise CheckpointNotFound(checkpoint_id)
    planned = read_document(document, Checkpoint)
    if not planned.attachments:
        return planned
    taken = backups.find(tx, BackupFilter(project_id=project_id, checkpoint_id=checkpoint_id), _EVERY)
    if not taken and not under_way.in_checkpoint(tx, checkpoint_id):
        raise CheckpointNotFound(checkpoint_id)
    return replace(
        planned,
        status=status_of([backup.status for backup in taken]) if taken else CheckpointStatus.DELETING,
        attachments=_now(planned.attachments, taken),
    )


def move(tx: Connection, checkpoint_ids: Collection[str], vault: Vault) -> None:
    """Backups of these runs went into a vault: a run that has none left elsewhere is one of that vault."""
    elsewhere = sa.select(backup.c.checkpoint_id).where(
        backup.c.checkpoint_id.in_(checkpoint_ids), backup.c.vault_id != vault.id
    )
    whole = sa.select(table).where(table.c.id.in_(checkpoint_ids), table.c.id.not_in(elsewhere))
    for row in tx.execute(whole).all():
        moved = replace(read_document(row.document, Checkpoint), vault_id=vault.id, vault_name=vault.name)
        changed = sa.update(table).where(table.c.id == row.id)
        tx.execute(changed.values(vault_id=vault.id, document=write_document(moved)))


_PROTECT_STATUS = {
    BackupStatus.AVAILABLE: ProtectStatus.AVAILABLE,
    BackupStatus.ERROR: ProtectStatus.ERROR,
    BackupStatus.PROTECTING: ProtectStatus.PROTECTING,
    BackupStatus.WAITING_PROTECT: ProtectStatus.PROTECTING,
    BackupStatus.RESTORING: ProtectStatus.RESTORING,
    BackupStatus.WAITING_RESTORE: ProtectStatus.RESTORING,
    BackupStatus.DELETING: ProtectStatus.REMOVING,
    BackupStatus.WAITING_DELETE: ProtectStatus.REMOVING,
}


def _now(attachments: Sequence[Attachment], taken: Sequence[Backup]) -> tuple[Attachment, ...]:
    """The resources with what became of the backup that this run made of each; None where that is gone."""
    became = {backup.resource_id: _PROTECT_STATUS[backup.status] for backup in taken}
    return tuple(replace(one, protect_status=became.get(one.resource_id)) for one in attachments)
