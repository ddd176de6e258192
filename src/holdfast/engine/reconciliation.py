"""What a catalogue and a repository have to tell each other: decided from the rows and the snapshots alone.

Both may change while they are read. The snapshots are listed first, then the rows are read, and whatever
only one side has is looked up once more: a backup that ended in between has its snapshot then, and one that
was deleted in between has lost it, because its row goes last.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from holdfast.model.backup import Backup, BackupState, BackupStatus
from holdfast.repo.snapshot import Snapshot

from .operations.tags import named_by

IsThere = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Lost:
    """Backups whose snapshot is gone, a whole server's without its disks; and, by the backup's id, the
    snapshots of those that have another one now, because somebody changed the tags on it."""

    gone: list[Backup] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)


def unknown(listed: Sequence[Snapshot], backups: Sequence[Backup], is_there: IsThere) -> list[Snapshot]:
    """The snapshots that are no backup yet; `backups` are all of the vault, read after the listing.

    `is_there` asks for one snapshot now. A snapshot that says to be of a backup that is known is not another
    one: that backup may be under way, or have failed.
    """
    every = [part for backup in backups for part in (backup, *backup.children)]
    known = {one.snapshot_id for one in every}
    names = {one.id for one in every}
    fresh = (one for one in listed if one.id not in known and not named_by(one) & names)
    return [one for one in fresh if is_there(one.id)]


def lost(listed: Sequence[Snapshot], backups: Sequence[Backup], is_there: IsThere) -> Lost:
    """Those of the backups that have lost their snapshot; they were read after the listing."""
    found = Lost()
    by_id = {one.id: one for one in listed}
    for backup in backups:
        parts = backup.children or (backup,)
        gone = [one for one in parts if _has_lost(one, by_id, is_there, found.moved)]
        found.gone.extend([backup] if len(gone) == len(parts) else gone)
    return found


def superfluous(listed: Sequence[Snapshot], backups: Sequence[Backup]) -> list[Snapshot]:
    """The snapshots that executions left that were declared dead and were not: those of backups that failed,
    and second ones of backups that have theirs.

    `backups` are all of the vault, read after the listing. Whatever is under way is let be, and so is a
    backup whose own snapshot is not listed: somebody may have changed its tags, and it has another one now.
    So is what has any tag that is not ours: `restic rewrite` leaves a snapshot with ours and one more.
    """
    there = {one.id for one in listed}
    whole = {part.id: backup for backup in backups for part in (backup, *backup.children)}
    known = {part.snapshot_id for backup in backups for part in (backup, *backup.children)}
    found = []
    for one in listed:
        names = named_by(one)
        named = [whole[name] for name in names if name in whole]
        is_nobodys = one.id not in known and len(names) == len(one.tags)
        if is_nobodys and named and all(_is_settled(backup, there) for backup in named):
            found.append(one)
    return found


def _is_settled(backup: Backup, there: Collection[str]) -> bool:
    """Whether nothing is done with the backup, and it failed or all its snapshots are among these."""
    if backup.status not in (BackupStatus.AVAILABLE, BackupStatus.ERROR):
        return False
    parts = backup.children or (backup,)
    return backup.state is BackupState.ERROR or all((one.snapshot_id or "") in there for one in parts)


def _has_lost(backup: Backup, listed: dict[str, Snapshot], is_there: IsThere, moved: dict[str, str]) -> bool:
    if backup.state is not BackupState.AVAILABLE or not backup.snapshot_id:
        return False
    if backup.snapshot_id in listed or is_there(backup.snapshot_id):
        return False
    again = _tagged(backup.id, listed.values(), is_there)
    if again is not None:
        moved[backup.id] = again
    return again is None


def _tagged(backup_id: str, listed: Iterable[Snapshot], is_there: IsThere) -> str | None:
    """The newest snapshot that says to be of the backup."""
    tagged = [one for one in listed if backup_id in named_by(one) and is_there(one.id)]
    return max(tagged, key=lambda one: (one.time, one.id)).id if tagged else None
