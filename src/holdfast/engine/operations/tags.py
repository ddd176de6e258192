"""Whose snapshot is whose: the tag by which a snapshot in a vault's repository names its backup."""

from holdfast.repo import snapshot
from holdfast.repo.repository import Repository


def tag_of(backup_id: str) -> str:
    """The tag of a backup's snapshot. The snapshot of a server's disk carries the server's backup's too."""
    return f"holdfast:backup={backup_id}"


def forget_all(repository: Repository, backup_id: str) -> None:
    """Forget every snapshot of a backup, those of a server's disks included.

    There may be more than one of a thing: a worker that was declared dead may have been at its last byte.
    """
    for one in snapshot.find(repository):
        if tag_of(backup_id) in one.tags:
            snapshot.forget(repository, one.id)
