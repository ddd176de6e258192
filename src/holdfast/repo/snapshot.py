"""Snapshots: the root of a tree at one moment, and where it came from. Writing one makes a backup visible."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from holdfast.store.objects import ObjectMissing

from . import moment
from .errors import Damaged, SnapshotMissing
from .ids import ID_BYTES, is_file_id
from .repository import Repository, file_names, get_file, put_file

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of some paths of a host. `tree` is the id of the root's listing; `paths` are absolute."""

    id: str
    time: datetime
    tree: bytes
    paths: tuple[bytes, ...]
    hostname: str
    username: str
    tags: tuple[str, ...]
    parent: str | None


class _Record(msgspec.Struct, omit_defaults=True):
    time: str
    tree: str
    paths: list[str] = []
    hostname: str = ""
    username: str = ""
    tags: list[str] | None = None
    parent: str | None = None


def add(repository: Repository, snapshot: Snapshot) -> tuple[str, int]:
    """Write a snapshot, whatever id it carries; its real id, and how many bytes it takes."""
    record = _Record(
        time=moment.text((snapshot.time - _EPOCH) // timedelta(microseconds=1) * 1000),
        tree=snapshot.tree.hex(),
        # JSON holds no byte that is not UTF-8; the tree itself keeps the true names
        paths=[path.decode(errors="replace") for path in snapshot.paths],
        hostname=snapshot.hostname,
        username=snapshot.username,
        tags=list(snapshot.tags) or None,
        parent=snapshot.parent,
    )
    return put_file(repository, "snapshots", msgspec.json.encode(record))


def get(repository: Repository, snapshot_id: str) -> Snapshot:
    """The snapshot of that id (64 hexadecimal digits); raises SnapshotMissing or Damaged."""
    try:
        content = get_file(repository, "snapshots", _checked(snapshot_id))
    except ObjectMissing as error:
        raise SnapshotMissing(f"there is no snapshot {snapshot_id}") from error
    return _decode(snapshot_id, content)


def find(repository: Repository) -> list[Snapshot]:
    """All snapshots, oldest first; raises Damaged."""
    found = []
    for name in file_names(repository, "snapshots"):
        try:
            found.append(get(repository, name))
        except SnapshotMissing:
            continue  # forgotten by somebody since the names were read
    return sorted(found, key=lambda snapshot: (snapshot.time, snapshot.id))


def find_tagged(repository: Repository, tag: str) -> Snapshot | None:
    """The newest snapshot with that tag, or None."""
    return next((one for one in reversed(find(repository)) if tag in one.tags), None)


def forget(repository: Repository, snapshot_id: str) -> None:
    """Remove a snapshot; one that is not there is fine. What it alone used is freed by pruning."""
    repository.store.delete(f"snapshots/{_checked(snapshot_id)}")


def _decode(snapshot_id: str, content: bytes) -> Snapshot:
    try:
        record = msgspec.json.decode(content, type=_Record)
        tree = bytes.fromhex(record.tree)
        time = moment.utc(record.time)
    except (msgspec.DecodeError, ValueError, Damaged) as error:
        raise Damaged(f"snapshot {snapshot_id}: {error}") from error
    if len(tree) != ID_BYTES:
        raise Damaged(f"snapshot {snapshot_id}: its tree has no id")
    return Snapshot(
        id=snapshot_id,
        time=time,
        tree=tree,
        paths=tuple(path.encode() for path in record.paths),
        hostname=record.hostname,
        username=record.username,
        tags=tuple(record.tags or ()),
        parent=record.parent,
    )


def _checked(snapshot_id: str) -> str:
    if not is_file_id(snapshot_id):
        raise SnapshotMissing(f"{snapshot_id!r} is not the id of a snapshot")
    return snapshot_id
