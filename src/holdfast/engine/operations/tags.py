"""Whose snapshot is whose: the tag by which a snapshot in a vault's repository names its backup.

A snapshot that was copied from another vault has the tag that it had there, and one that stock restic wrote
has none: the backups that these became know them by their ids alone.
"""

from collections.abc import Collection

from holdfast.model.backup import Backup
from holdfast.repo import snapshot
from holdfast.repo.repository import Repository
from holdfast.repo.snapshot import Snapshot

_STEM = "holdfast:backup="


def tag_of(backup_id: str) -> str:
    """The tag of a backup's snapshot. The snapshot of a server's disk carries the server's backup's too."""
    return f"{_STEM}{backup_id}"


def named_by(found: Snapshot) -> set[str]:
    """The ids of the backups that a snapshot says to be of."""
    return {tag.removeprefix(_STEM) for tag in found.tags if tag.startswith(_STEM)}


def forget_all(repository: Repository, backup_id: str, kept: Collection[str] = ()) -> None:
    """Forget every snapshot of a backup, those of a server's disks included, except those `kept` by others.

    There may be more than one of a thing: a worker that was declared dead may have been at its last byte.
    """
    for one in snapshot.find(repository):
        if tag_of(backup_id) in one.tags and one.id not in kept:
            snapshot.forget(repository, one.id)


def forget_backup(repository: Repository, backup: Backup, kept: Collection[str]) -> None:
    """Forget every snapshot of a backup and of its disks, whoever wrote it, except those `kept` by others."""
    for one in (backup, *backup.children):
        if one.snapshot_id and one.snapshot_id not in kept:
            snapshot.forget(repository, one.snapshot_id)
    forget_all(repository, backup.id, kept)
