"""Downloads: files out of a backup, for a person who waits for them.

Whoever may, asks for a ticket first, which leaves an entry in the audit trail. The ticket says what it is
for, sealed under the house's key, so that every server of one database takes it; only the same user, in the
same project, can use it, and for five minutes.
"""

import base64
import logging
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from threading import Lock

import msgspec

from holdfast.db import seals
from holdfast.model import clock, spelling
from holdfast.model.backup import Backup
from holdfast.model.entry import Kind
from holdfast.model.errors import InvalidParameter, NotAllowed
from holdfast.model.project import Role
from holdfast.model.repository_errors import DownloadOver, PathNotInBackup, TooManyDownloads
from holdfast.repo.load import Surveyed, load, survey
from holdfast.repo.part import open_file

from .archives import zipped
from .backup_files import opened, readable
from .context import Context

log = logging.getLogger(__name__)

VALID = timedelta(minutes=5)
MOST_OPEN = 8  # of a project: whoever takes them slowly keeps the vault from being pruned
MOST_FILES = 200_000  # of an archive: its end tells of each of them, and is made in memory
_LONGEST_TICKET = 6000  # characters: longer addresses do not come through everywhere
_PURPOSE = "download 1"


class _Open:
    """How many downloads each project has open, in this process only: every one of them holds a lock."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = Lock()

    def check(self, project_id: str) -> None:
        """Raises TooManyDownloads where one more would be too many."""
        if self._open[project_id] >= MOST_OPEN:
            raise TooManyDownloads(f"at most {MOST_OPEN} at once")

    @contextmanager
    def one_more(self, project_id: str) -> Iterator[None]:
        """Count one while the block runs; raises TooManyDownloads."""
        with self._lock:
            self.check(project_id)
            self._open[project_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[project_id] -= 1
                if not self._open[project_id]:
                    del self._open[project_id]


_OPEN = _Open()


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed: what it is for, who may use it and until when, and which paths of which backup."""

    purpose: str
    user_id: str
    project_id: str
    backup_id: str
    expires_at: datetime
    single: bool
    name: str
    paths: tuple[bytes, ...]


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A download that may begin; `size_bytes` is that of the files in it, which an archive makes smaller."""

    ticket: str
    name: str
    expires_at: datetime
    size_bytes: int
    file_count: int


class Download:
    """Bytes that are sent under a name; `size` is known of a single file. Close it, whatever comes."""

    def __init__(self, name: str, size: int | None, content: Iterator[bytes], held: ExitStack) -> None:
        self.name = name
        self.size = size
        self._content = content
        self._held = held

    def __iter__(self) -> "Download":
        return self

    def __next__(self) -> bytes:
        """The next piece; raises BackupUnreadable or StoreAway, and what came before is worthless then."""
        with ExitStack() as held:
            held.push(self._held)
            piece = next(self._content, None)
            if piece is not None:
                held.pop_all()
                return piece
        raise StopIteration

    def close(self) -> None:
        """Let go of the repository."""
        self._held.close()


def create(context: Context, backup_id: str, paths: Sequence[str]) -> Granted:
    """A ticket for these files and folders: one file comes as it is, everything else as an archive.

    Raises NotAllowed for a reader, what `readable` and `opened` raise, PathNotInBackup, and InvalidParameter
    where there is too much for one archive, or TooManyDownloads.
    """
    context.check_may_change()
    backup = readable(context, backup_id)
    named = {spelling.read(path).strip(b"/") for path in paths}
    wanted = tuple(sorted({b""} & named or named))
    _OPEN.check(context.project_id)
    with opened(context, backup) as (repository, snapshot_id):
        found = survey(repository, snapshot_id, wanted, MOST_FILES)
    kinds = _checked(wanted, found)
    single = len(wanted) == 1 and kinds == {Kind.FILE}
    size = found.size
    ticket = Ticket(
        purpose=_PURPOSE,
        user_id=context.caller.user_id,
        project_id=context.project_id,
        backup_id=backup.id,
        expires_at=clock.now() + VALID,
        single=single,
        name=_download_name(backup, wanted, single=single),
        paths=wanted,
    )
    log.info("%s may download %s files of backup %s", context.caller.user_name, size.files, backup.id)
    return Granted(
        ticket=_sealed(context, ticket),
        name=ticket.name,
        expires_at=ticket.expires_at,
        size_bytes=size.bytes,
        file_count=size.files,
    )


def begin(context: Context, ticket: str) -> Download:
    """What a ticket is for.

    Raises DownloadOver, NotAllowed for anybody but the one who asked for it and for a reader,
    TooManyDownloads, and what `readable` and `opened` raise.
    """
    asked = _unsealed(context, ticket)
    mine = (asked.user_id, asked.project_id) == (context.caller.user_id, context.project_id)
    if not mine or context.caller.role is Role.READER:
        raise NotAllowed("the download is somebody else's")
    backup = readable(context, asked.backup_id)
    with ExitStack() as held:
        held.enter_context(_OPEN.one_more(context.project_id))
        repository, snapshot_id = held.enter_context(opened(context, backup))
        if asked.single:
            file = open_file(repository, snapshot_id, asked.paths[0])
            size, content = file.size, held.enter_context(closing(file.pieces(0, file.size)))
            return Download(asked.name, size, content, held.pop_all())
        entries = load(repository, snapshot_id, asked.paths)
        archive = held.enter_context(closing(zipped(entries, _above(asked.paths))))
        return Download(asked.name, None, archive, held.pop_all())


def _checked(wanted: Sequence[bytes], found: Surveyed) -> set[Kind]:
    """What the paths are; raises PathNotInBackup or InvalidParameter."""
    if not found.complete:
        raise InvalidParameter("download.paths", f"hold more than {MOST_FILES:,} files: restore them instead")
    missing = [path for path in wanted if path and path not in found.kinds]
    if missing:
        raise PathNotInBackup(spelling.written(missing[0]))
    kinds = {found.kinds.get(path, Kind.DIRECTORY) for path in wanted}
    if len(wanted) == 1 and kinds.isdisjoint({Kind.FILE, Kind.DIRECTORY, Kind.SYMLINK}):
        raise InvalidParameter("download.paths", "names neither a file nor a folder")
    return kinds


def _above(paths: Sequence[bytes]) -> bytes:
    """The deepest folder that all paths are in."""
    folders = [path.split(b"/")[:-1] for path in paths]
    common = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return b"/".join(common)


def _download_name(backup: Backup, paths: Sequence[bytes], *, single: bool) -> str:
    """The name of the file, or the archive's by the one folder or the resource that it is of."""
    last = spelling.written(paths[0].rpartition(b"/")[2]) if len(paths) == 1 else ""
    return last if single else f"{last or backup.resource_name}.zip"


def _sealed(context: Context, ticket: Ticket) -> str:
    content = base64.b85encode(zlib.compress(msgspec.msgpack.encode(ticket), 9)).decode()
    with context.changing() as tx:
        sealed = seals.seal(tx, content)
        if len(sealed) > _LONGEST_TICKET:
            raise InvalidParameter("download.paths", "are too many for one address: name their folder")
    return sealed


def _unsealed(context: Context, sealed: str) -> Ticket:
    """The ticket; raises DownloadOver for what is none, or none any more."""
    try:
        with context.db.reading() as tx:
            content = zlib.decompress(base64.b85decode(seals.unseal(tx, sealed)))
        ticket = msgspec.msgpack.decode(content, type=Ticket)
    except (seals.WrongKeyError, ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise DownloadOver("no ticket") from error
    if ticket.purpose != _PURPOSE or ticket.expires_at <= clock.now():
        raise DownloadOver("the ticket is over")
    return ticket
