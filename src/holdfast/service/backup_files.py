"""What is in a backup: the content of a folder, a search by name, and what is different from another backup.

Names are any bytes; as text they are spelled as `model.spelling` has it. Everything is read from the vault's
repository while somebody waits: what could take long ends after a while and says so.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice

from holdfast.db import backups, vaults
from holdfast.model import spelling
from holdfast.model.backup import Backup, BackupState, BackupStatus
from holdfast.model.backup_file import (
    BackupFile,
    ChangeAction,
    ChangeTotal,
    FileChange,
    FolderContent,
    FoundChanges,
    FoundFiles,
)
from holdfast.model.entry import Kind
from holdfast.model.errors import InvalidParameter, MetadataNotReady
from holdfast.model.repository_errors import BackupUnreadable, PathNotInBackup
from holdfast.model.resource import ResourceType
from holdfast.model.task import Page
from holdfast.repo import listing
from holdfast.repo.diff import Action, Change, diff
from holdfast.repo.errors import Damaged, NotAFile, PathMissing, SnapshotMissing
from holdfast.repo.listed import Listed
from holdfast.repo.repository import Repository

from . import open_repositories, roots
from .context import Context

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 20.0
_GOING = (BackupStatus.DELETING, BackupStatus.WAITING_DELETE)
_ACTIONS = {
    Action.ADDED: ChangeAction.ADDED,
    Action.REMOVED: ChangeAction.REMOVED,
    Action.MODIFIED: ChangeAction.MODIFIED,
    Action.METADATA: ChangeAction.METADATA,
    Action.RETYPED: ChangeAction.RETYPED,
}


def find(context: Context, backup_id: str, path: str | None, page: Page) -> FolderContent:
    """A page of what is right in a folder, folders first; without a path the one that the resource is in.

    Raises what `readable` and `opened` do.
    """
    backup = readable(context, backup_id)
    with opened(context, backup) as (repository, snapshot_id):
        if path is None:
            folder, inside = _begin(repository, snapshot_id, backup)
        else:
            folder = spelling.read(path).strip(b"/")
            inside = listing.entries(repository, snapshot_id, folder)
    ordered = sorted(inside, key=lambda one: (one.kind is not Kind.DIRECTORY, one.path))
    shown = ordered[page.offset :][: page.limit]
    return FolderContent(
        root=_root(backup),
        path=f"/{spelling.written(folder)}",
        files=tuple(_file(one) for one in shown),
        count=len(inside),
    )


def search(context: Context, backup_id: str, wanted: str, limit: int) -> FoundFiles:
    """Files and folders with this in their name, or that fit it where it has a `*` or `?`; case is nothing.

    What has a slash is looked for in whole paths. Raises what `readable` and `opened` do.
    """
    backup = readable(context, backup_id)
    found: list[Listed] = []
    more = False
    with opened(context, backup) as (repository, snapshot_id):
        pattern = _pattern(wanted).encode(errors="surrogateescape")
        try:
            for one in listing.find(repository, snapshot_id, pattern, _deadline()):
                more = len(found) == limit
                if more:
                    break
                found.append(one)
        except _TooLongError:
            more = True
    return FoundFiles(root=_root(backup), files=tuple(_file(one) for one in found), more=more)


def changes(
    context: Context, backup_id: str, against: str, action: ChangeAction | None, page: Page
) -> FoundChanges:
    """What is different in a backup from another one of the same resource in the same vault.

    Raises what `readable` and `opened` do, of both, and InvalidParameter for one that is of something else.
    """
    after, before = readable(context, backup_id), readable(context, against)
    if (after.vault_id, after.resource_id) != (before.vault_id, before.resource_id):
        raise InvalidParameter("against", "is no backup of the same resource in the same vault")
    counted = _Counted(action, page)
    with opened(context, after) as (repository, snapshot_id):
        look = _deadline()
        with suppress(_TooLongError):
            for change in diff(repository, before.snapshot_id or "", snapshot_id):
                counted.count(change)
                look()
            counted.complete = True
    return counted.found(_root(after))


def readable(context: Context, backup_id: str) -> Backup:
    """A backup that the caller may look into, now.

    Raises BackupNotFound, VaultNotRestorable, MetadataNotReady (it is not there yet, or any more), or
    InvalidParameter for a server's, whose disks are backups of their own.
    """
    with context.db.reading() as tx:
        backup = backups.visible(tx, context.project_id, backup_id)
        vaults.get(tx, backup.project_id, backup.vault_id).check_restorable()
    if backup.resource_type is ResourceType.SERVER:
        raise InvalidParameter("backup_id", "is a server's: ask for one of its disks, which are its children")
    if backup.state is not BackupState.AVAILABLE or backup.status in _GOING or not backup.snapshot_id:
        raise MetadataNotReady(backup.status)
    return backup


@contextmanager
def opened(context: Context, backup: Backup) -> Iterator[tuple[Repository, str]]:
    """The repository that a backup is in, locked for reading, and the backup's snapshot there.

    What the block raises of them is told as PathNotInBackup or BackupUnreadable. Raises StoreAway.
    """
    with open_repositories.reading(context, backup.vault_id) as repository:
        try:
            yield repository, backup.snapshot_id or ""
        except (PathMissing, NotAFile) as error:
            raise PathNotInBackup(str(error)) from error
        except (SnapshotMissing, Damaged) as error:
            log.warning("backup %s cannot be read: %s", backup.id, error)
            raise BackupUnreadable(str(error)) from error


def root_of(backup: Backup) -> bytes:
    """The path that the resource had, without its leading slash; empty where it is not known."""
    return roots.read(backup.root).strip(b"/")


def _root(backup: Backup) -> str:
    return f"/{spelling.written(root_of(backup))}"


def _begin(repository: Repository, snapshot_id: str, backup: Backup) -> tuple[bytes, list[Listed]]:
    """The folder that the resource is, or that its image is in; the topmost where that is not known."""
    root = root_of(backup)
    for folder in (root, root.rpartition(b"/")[0]):
        with suppress(PathMissing):
            return folder, listing.entries(repository, snapshot_id, folder)
    return b"", listing.entries(repository, snapshot_id)


def _file(listed: Listed) -> BackupFile:
    return BackupFile(
        path=f"/{spelling.written(listed.path)}",
        kind=listed.kind,
        size_bytes=listed.size,
        mtime_ns=listed.mtime_ns,
        mode=listed.mode,
        uid=listed.uid,
        gid=listed.gid,
        link_target=spelling.written(listed.link_target),
        problem=listed.problem,
    )


def _pattern(wanted: str) -> str:
    """The shell pattern for what somebody wrote, in which upper and lower case are the same."""
    text = spelling.read(wanted).decode(errors="surrogateescape")
    same = "".join(_same(one) for one in text.strip("/"))
    if not set(text) & set("*?"):
        same = f"*{same}*"
    return f"**/{same}" if "/" in same and not text.startswith("/") else same


def _same(sign: str) -> str:
    both = {sign, sign.lower(), sign.upper()}
    if len(both) > 1 and all(len(one) == 1 for one in both):
        return f"[{''.join(sorted(both))}]"
    return f"\\{sign}" if sign in "[]\\" else sign


class _TooLongError(Exception):
    """Somebody has waited for long enough."""


def _deadline() -> Callable[[], None]:
    """Raises _TooLongError when it is called after a while."""
    end = time.monotonic() + PATIENCE_SECONDS

    def look() -> None:
        if time.monotonic() > end:
            raise _TooLongError

    return look


class _Counted:
    """Changes as they come by: their totals, and a page of those that are asked for."""

    def __init__(self, action: ChangeAction | None, page: Page) -> None:
        self.complete = False
        self._action = action
        self._page = page
        self._totals = {one: ChangeTotal() for one in ChangeAction}
        self._passed = 0
        self._shown: list[Change] = []

    def count(self, change: Change) -> None:
        action = _ACTIONS[change.action]
        total = self._totals[action]
        total.count += 1
        total.bytes_before += change.older.size if change.older else 0
        total.bytes_after += change.newer.size if change.newer else 0
        if self._action not in (None, action):
            return
        if self._page.offset <= self._passed < self._page.offset + self._page.limit:
            self._shown.append(change)
        self._passed += 1

    def found(self, root: str) -> FoundChanges:
        return FoundChanges(
            root=root,
            changes=tuple(map(_file_change, islice(self._shown, self._page.limit))),
            more=self._passed > self._page.offset + self._page.limit,
            totals=self._totals,
            complete=self.complete,
        )


def _file_change(change: Change) -> FileChange:
    return FileChange(
        path=f"/{spelling.written(change.path)}",
        action=_ACTIONS[change.action],
        kind_before=change.older.kind if change.older else None,
        kind_after=change.newer.kind if change.newer else None,
        bytes_before=change.older.size if change.older else None,
        bytes_after=change.newer.size if change.newer else None,
    )
