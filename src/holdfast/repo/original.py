"""The original of a copied snapshot: how a repository remembers what was copied into it from another one.

As stock restic's `copy` does it: a copy has the id of the snapshot that it comes from in its field
`original`, and a copy of a copy that of the very first. Two snapshots of the same original are the same
backup when all that they say is equal, except for the parent, which means nothing in another repository.
"""

from collections import defaultdict
from dataclasses import dataclass

import msgspec

from holdfast.store.objects import ObjectMissing

from . import moment
from .errors import Damaged, SnapshotMissing
from .ids import ID_BYTES, is_file_id
from .repository import Repository, file_names, get_file, put_file


class _Record(msgspec.Struct):
    time: str
    tree: str
    hostname: str = ""
    username: str = ""
    uid: int = 0
    gid: int = 0
    paths: list[str] = []
    excludes: list[str] | None = None
    tags: list[str] | None = None
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """A snapshot to be copied, with every field that it has: also those that nobody here knows."""

    id: str
    tree: bytes
    record: _Record
    fields: dict[str, msgspec.Raw]

    @property
    def first_id(self) -> str:
        """The id of the very first: the snapshot's own unless it is a copy itself."""
        return self.record.original or self.id


def get(repository: Repository, snapshot_id: str) -> Original:
    """The snapshot of that id (64 hexadecimal digits); raises SnapshotMissing or Damaged."""
    if not is_file_id(snapshot_id):
        raise SnapshotMissing(f"{snapshot_id!r} is not the id of a snapshot")
    try:
        content = get_file(repository, "snapshots", snapshot_id)
    except ObjectMissing as error:
        raise SnapshotMissing(f"there is no snapshot {snapshot_id}") from error
    try:
        record = msgspec.json.decode(content, type=_Record)
        fields = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        moment.nanoseconds(record.time)
        tree = bytes.fromhex(record.tree)
    except (msgspec.DecodeError, ValueError, Damaged) as error:
        raise Damaged(f"snapshot {snapshot_id}: {error}") from error
    if len(tree) != ID_BYTES:
        raise Damaged(f"snapshot {snapshot_id}: its tree has no id")
    return Original(snapshot_id, tree, record, fields)


class Copies:
    """What a repository has of other repositories' snapshots."""

    def __init__(self, repository: Repository) -> None:
        """Read all snapshots; one that cannot be read is not taken for a copy of anything."""
        self._repository = repository
        self._known: defaultdict[str, list[Original]] = defaultdict(list)
        for snapshot_id in file_names(repository, "snapshots"):
            try:
                self._learn(get(repository, snapshot_id))
            except (SnapshotMissing, Damaged):
                continue

    def find(self, original: Original) -> str | None:
        """The id of the copy of a snapshot, or None."""
        says = _says(original.record)
        found = (one.id for one in self._known[original.first_id] if _says(one.record) == says)
        return next(found, None)

    def add(self, original: Original) -> tuple[str, int]:
        """Write the copy of a snapshot, which makes it visible; its id, and how many bytes it takes."""
        fields = {name: value for name, value in original.fields.items() if name != "parent"}
        fields["original"] = msgspec.Raw(msgspec.json.encode(original.first_id))
        copy_id, size = put_file(self._repository, "snapshots", msgspec.json.encode(fields))
        self._learn(get(self._repository, copy_id))
        return copy_id, size

    def _learn(self, snapshot: Original) -> None:
        self._known[snapshot.id].append(snapshot)
        if snapshot.first_id != snapshot.id:
            self._known[snapshot.first_id].append(snapshot)


def _says(record: _Record) -> tuple[object, ...]:
    """What must be equal in two snapshots that are the same backup."""
    return (
        moment.nanoseconds(record.time),
        record.tree,
        (record.hostname, record.username, record.uid, record.gid),
        sorted(record.paths),
        record.excludes or [],
        sorted(record.tags or []),
    )
