"""Whose snapshot is whose: the tag by which a snapshot in a vault's repository names its backup."""

from holdfast.repo import snapshot
from holdfast.repo.repository import Repository


def tag_of(backup_id: str) -> str:
    """The tag of a backup's snapshot."""
    return f"holdfast:backup={backup_id}"


def forget_all(repository: Repository, backup_ids: set[str]) -> None:
    """Forget every snapshot of these backups.

    There may be more than one of a backup: a worker that was declared dead may have been at the last byte.
    """
    tags = {tag_of(backup_id) for backup_id in backup_ids}
    for one in snapshot.find(repository):
        if tags & set(one.tags):
            snapshot.forget(repository, one.id)
