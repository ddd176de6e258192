"""What is in a backup: ours. Its folders, a search, and what is different from another one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from holdfast.api import paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.backup_file import BackupFile, ChangeAction, ChangeTotal, FileChange
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Page
from holdfast.service import backup_files
from holdfast.service.context import Context
from holdfast.service.restores import MAX_PATH

FILES = "/backups/{backup_id}/files"
MOST_FOUND = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A file, folder or special file in a backup."""

    name: str
    path: str
    kind: str
    size_bytes: int
    modified_at: str | None
    mode: str
    uid: int
    gid: int
    link_target: str | None
    problem: str | None

    @classmethod
    def of(cls, file: BackupFile) -> "FileView":
        """The wire's view of it."""
        return cls(
            name=file.name,
            path=file.path,
            kind=file.kind,
            size_bytes=file.size_bytes,
            modified_at=_moment(file.mtime_ns),
            mode=f"{file.mode:04o}",
            uid=file.uid,
            gid=file.gid,
            link_target=file.link_target or None,
            problem=file.problem or None,
        )


class FolderReply(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a folder's content."""

    root: str
    path: str
    files: Sequence[FileView]
    count: int
    limit: int
    offset: int


class FoundReply(msgspec.Struct, frozen=True):
    """What a search found."""

    root: str
    files: Sequence[FileView]
    more: bool
    limit: int


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that is different in two backups."""

    path: str
    action: str
    kind_before: str | None
    kind_after: str | None
    bytes_before: int | None
    bytes_after: int | None

    @classmethod
    def of(cls, change: FileChange) -> "ChangeView":
        """The wire's view of it."""
        return cls(**msgspec.structs.asdict(change))


class ChangesReply(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what is different, and the totals of all of it."""

    root: str
    changes: Sequence[ChangeView]
    totals: Mapping[str, ChangeTotal]
    complete: bool
    more: bool
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}/files."""
    page = _page(call)
    found = backup_files.find(context, call.path["backup_id"], _path(call), page)
    return Reply(
        FolderReply(
            root=found.root,
            path=found.path,
            files=[FileView.of(one) for one in found.files],
            count=found.count,
            limit=page.limit,
            offset=page.offset,
        )
    )


def search(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}/files/search."""
    limit = call.query.number("limit", MOST_FOUND, 1, MOST_FOUND)
    found = backup_files.search(context, call.path["backup_id"], call.query.needed("q"), limit)
    return Reply(FoundReply(found.root, [FileView.of(one) for one in found.files], found.more, limit))


def changes(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}/files/changes."""
    page = _page(call)
    against = call.query.needed("against")
    action = call.query.choice("action", ChangeAction)
    found = backup_files.changes(context, call.path["backup_id"], against, action, page)
    return Reply(
        ChangesReply(
            root=found.root,
            changes=[ChangeView.of(one) for one in found.changes],
            totals={str(action): total for action, total in found.totals.items()},
            complete=found.complete,
            more=found.more,
            limit=page.limit,
            offset=page.offset,
        )
    )


def _page(call: Call) -> Page:
    return Page(
        limit=call.query.number("limit", paging.MAX_LIMIT, 1, paging.MAX_LIMIT),
        offset=call.query.number("offset", 0, 0, paging.MAX_OFFSET),
    )


def _path(call: Call) -> str | None:
    path = call.query.long_text("path", MAX_PATH)
    if path is not None and not path.startswith("/"):
        raise InvalidParameter("path", "must be absolute")
    return path


def _moment(mtime_ns: int) -> str | None:
    """The moment in UTC; None for one that no calendar has."""
    try:
        moment = _EPOCH + timedelta(microseconds=mtime_ns // 1000)
    except OverflowError:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


ROUTES = (
    Route("GET", FILES, find, costly=True),
    Route("GET", f"{FILES}/search", search, costly=True),
    Route("GET", f"{FILES}/changes", changes, costly=True),
)
