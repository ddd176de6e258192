"""Copying snapshots from one repository into another, with all that they need and the other does not have.

Blobs keep their ids, so what both have is not sent again; every blob that is read is proven by its tag and
its id, then sealed under the other repository's key. Snapshots come last: what is visible in the target is
whole.

A repository cuts files where its own secret key says (see `chunker.py`), and the key cannot be taken along.
Blobs that were copied are therefore found again by the next copy, but not by a backup of the same files made
straight into the target: those files then take their space twice.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from . import original, recover
from .blob import BlobKind
from .errors import Damaged, NotCopied
from .original import Copies, Original
from .packer import Packer
from .repository import Repository, load_index
from .runs import Content, Run, Runs

_LISTINGS = 1024  # read together
_PIECES = 1 << 16  # planned together: it bounds the memory
_UNKNOWN, _MET, _WHOLE = b"\0", b"\1", b"\2"  # marks of folders: nothing, in this snapshot, with all below
_GROUP_BYTES = 256 << 20  # so much is copied before snapshots are written: small packs are dear


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied so far: blobs, and bytes of their content; `of_…` is what is known to be to copy.

    Of a snapshot with many blobs not all are known from the beginning, so that the aim moves on.
    """

    blobs: int
    bytes: int
    of_blobs: int
    of_bytes: int


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did.

    `copies` are the target's snapshots by the ids of the source's: all that were asked for; `new` are those
    that were not there before. `stored_bytes` is what the target grew by.
    """

    copies: dict[str, str]
    new: tuple[str, ...]
    blobs: int
    bytes: int
    stored_bytes: int


def copy(
    source: Repository,
    snapshot_ids: Sequence[str],
    target: Repository,
    watch: Callable[[Moved], None] | None = None,
) -> Copied:
    """Copy snapshots; call this inside `locked` of both repositories.

    A snapshot that was copied before, by this or by stock restic, is not copied again. `watch` is called
    after every few MiB, and before snapshots are written, from the caller's thread; what it raises ends the
    copy. What had been sent when a copy ended early, in whatever way, is used by the next one.

    Raises SnapshotMissing before anything is done; NotCopied when the source has damaged what some of the
    snapshots need, after all others were copied; StoreFull, StoreError.
    """
    failures: dict[str, str] = {}
    copies = Copies(target)
    found = _originals(source, snapshot_ids, failures)
    known = {one.id: copy_id for one in found if (copy_id := copies.find(one)) is not None}
    waiting = deque(one for one in found if one.id not in known)
    new = {}
    sums = _Sums()
    carrier = _Carrier(source, target, sums, watch) if waiting else None
    while waiting and carrier is not None:
        for one in carrier.carry(waiting, failures):
            new[one.id], size = copies.add(one)
            sums.stored_bytes += size
    if failures:
        raise NotCopied(failures)
    return Copied(known | new, tuple(new), sums.blobs, sums.bytes, sums.stored_bytes)


def _originals(source: Repository, snapshot_ids: Sequence[str], failures: dict[str, str]) -> list[Original]:
    """The snapshots to be copied; those that cannot be read are told in `failures`."""
    found = []
    for snapshot_id in dict.fromkeys(snapshot_ids):
        try:
            found.append(original.get(source, snapshot_id))
        except Damaged as error:
            failures[snapshot_id] = str(error)
    return found


class _Unsound(Exception):  # noqa: N818 - named by what the source is; the target's faults are others
    """Something in the source is damaged."""


@dataclass(slots=True)
class _Sums:
    """What was done so far, and what is known to be to do."""

    blobs: int = 0
    bytes: int = 0
    of_blobs: int = 0
    of_bytes: int = 0
    stored_bytes: int = 0


class _Carrier:
    """Brings what snapshots need from one repository to another."""

    def __init__(
        self, source: Repository, target: Repository, sums: _Sums, watch: Callable[[Moved], None] | None
    ) -> None:
        self._source = source
        self._target = target
        self._sums = sums
        self._watch = watch
        self._there = load_index(source)
        self._here, self._strays = recover.index_of_what_is_there(target)
        self._folders = bytearray(self._there.numbers())  # a mark for each of the source's blobs

    def carry(self, waiting: deque[Original], failures: dict[str, str]) -> list[Original]:
        """Bring over what the next snapshots need, until it is enough for one time; those that are whole.

        What cannot be brought over, and why, is told in `failures`.
        """
        whole = []
        enough = self._sums.bytes + _GROUP_BYTES
        with Runs(self._source, self._there) as runs, Packer(self._target, self._here) as packer:
            packer.adopt(self._strays)  # what an earlier copy that was killed had sent
            self._strays = []
            while waiting and self._sums.bytes < enough:
                one = waiting.popleft()
                try:
                    self._bring_all(runs, packer, one.tree)
                except _Unsound as error:
                    failures[one.id] = str(error)
                    self._end(_UNKNOWN)
                else:
                    whole.append(one)
                    self._end(_WHOLE)
            packer.finish()
        self._sums.stored_bytes += packer.stored_bytes
        self._tell()
        return whole

    def _end(self, mark: bytes) -> None:
        """A snapshot was brought, or could not be: what its folders are to the next ones."""
        self._folders = self._folders.replace(_MET, mark)
        self._sums.of_blobs, self._sums.of_bytes = self._sums.blobs, self._sums.bytes

    def _bring_all(self, runs: Runs, packer: Packer, root: bytes) -> None:
        """Bring a listing and all that is below it.

        Listings that the target has are looked into as well: a copy that was killed may have sent them
        before what they tell of.
        """
        waiting = self._met([root])
        pieces: set[bytes] = set()
        while waiting:
            batch = waiting[-_LISTINGS:]
            del waiting[-_LISTINGS:]
            for content in self._bring(runs, packer, BlobKind.TREE, batch):
                below, needed = _references(content)
                waiting += self._met(below)
                pieces.update(one for one in needed if not packer.has(BlobKind.DATA, one))
            if len(pieces) >= _PIECES or not waiting:
                for _ in self._bring(runs, packer, BlobKind.DATA, pieces):
                    continue
                pieces.clear()

    def _met(self, listings: Collection[bytes]) -> list[bytes]:
        """Those that this snapshot did not have before, and that were not brought whole for another."""
        found = []
        for one in listings:
            number = self._there.number(BlobKind.TREE, one)
            if number is None:
                raise _Unsound(f"blob {one.hex()} is in no index")
            if not self._folders[number]:
                self._folders[number] = _MET[0]
                found.append(one)
        return found

    def _bring(
        self, runs: Runs, packer: Packer, kind: BlobKind, wanted: Collection[bytes]
    ) -> Iterator[bytes]:
        """Read blobs, put those that the target does not have, and hand all of them on."""
        plan = _planned(runs, kind, wanted)
        lacking = [place.size for run in plan for one, place in run.places if not packer.has(kind, one)]
        self._sums.of_blobs += len(lacking)
        self._sums.of_bytes += sum(lacking)
        for contents in _read(runs, plan):
            for content_id, content, packed in contents:
                if not packer.has(kind, content_id):
                    packer.put_known(kind, content_id, content, packed)
                    self._sums.blobs += 1
                    self._sums.bytes += len(content)
                yield content
            self._tell()

    def _tell(self) -> None:
        if self._watch is not None:
            sums = self._sums
            self._watch(Moved(sums.blobs, sums.bytes, sums.of_blobs, sums.of_bytes))


def _planned(runs: Runs, kind: BlobKind, wanted: Collection[bytes]) -> list[Run]:
    try:
        return runs.plan(kind, wanted)
    except Damaged as error:
        raise _Unsound(str(error)) from error


def _read(runs: Runs, plan: Sequence[Run]) -> Iterator[list[Content]]:
    try:
        yield from runs.read(plan)
    except Damaged as error:
        raise _Unsound(str(error)) from error


class _Reference(msgspec.Struct):
    """What an entry of a listing refers to, whatever it is."""

    content: list[str] | None = None
    subtree: str | None = None


class _Listing(msgspec.Struct):
    nodes: list[_Reference] | None


_DECODER = msgspec.json.Decoder(_Listing)


def _references(listing: bytes) -> tuple[set[bytes], set[bytes]]:
    """The listings and the pieces of files that a listing refers to."""
    try:
        nodes = _DECODER.decode(listing).nodes or ()
        below = {bytes.fromhex(node.subtree) for node in nodes if node.subtree}
        return below, {bytes.fromhex(one) for node in nodes for one in node.content or ()}
    except (msgspec.DecodeError, ValueError) as error:
        raise _Unsound(f"the listing of a folder: {error}") from error
