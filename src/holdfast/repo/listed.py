"""An entry as people see it in a listing, and many of them as columns that are kept and searched fast."""

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from operator import add, itemgetter, mul

import msgspec

from holdfast.model.entry import Kind

from .errors import Damaged, PathMissing
from .pattern import Pattern

_KINDS = tuple(Kind)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_FOLDER = _NUMBERS[Kind.DIRECTORY]
_SECOND = 10**9
_BETWEEN = b"\0"  # no name holds it
_MOST = 2_000_000  # entries are kept; more take long to read again as well


class Listed(msgspec.Struct, frozen=True, gc=False):
    """An entry of a snapshot.

    `path` has no leading slash; `size` is that of a file's content in bytes, 0 for all else; `mtime_ns` is in
    nanoseconds since the epoch, `mode` Unix permission bits (0o7777). `problem` says in a sentence what
    cannot be read of the entry, or of the folder's content; it is empty where all is well.
    """

    path: bytes
    kind: Kind
    size: int
    mtime_ns: int
    mode: int
    uid: int
    gid: int
    link_target: bytes = b""
    problem: str = ""

    @property
    def name(self) -> bytes:
        """The last part of the path."""
        return self.path.rpartition(b"/")[2]


class _Content(msgspec.Struct, array_like=True):
    """What is kept: columns in this machine's byte order, and the targets of the symbolic links by row."""

    paths: bytes
    kinds: bytes
    numbers: list[bytes]
    targets: dict[int, bytes]


_DECODER = msgspec.msgpack.Decoder(_Content)
_COLUMNS = "QqIHII"  # size, seconds and nanoseconds of the change, mode, uid, gid


class Listing:
    """All entries of a snapshot, each folder before what is in it."""

    def __init__(self, content: bytes) -> None:
        """`content` is what a recorder made; raises Damaged."""
        try:
            found = _DECODER.decode(content)
            self._columns = [array(code, one) for code, one in zip(_COLUMNS, found.numbers, strict=True)]
        except (msgspec.DecodeError, ValueError) as error:
            raise Damaged(f"a listing: {error}") from error
        self._joined = found.paths
        self._kinds = found.kinds
        self._targets = found.targets

    def __iter__(self) -> Iterator[Listed]:
        return self._listed(range(len(self._kinds)))

    def find(self, pattern: Pattern) -> Iterator[Listed]:
        """Those whose path or name fits."""
        return self._listed(pattern.rows(self._joined) if self._kinds else ())

    def folder(self, path: bytes) -> list[Listed]:
        """What is right in a folder, by the folder's path; raises PathMissing."""
        paths = self._paths if self._kinds else []
        if path and (path not in paths or self._kinds[paths.index(path)] != _FOLDER):
            raise no_folder(path)
        below = path + b"/" if path else b""
        depth = below.count(b"/")
        inside = [row for row, one in enumerate(paths) if one.count(b"/") == depth and one.startswith(below)]
        return list(self._listed(inside))

    @cached_property
    def _paths(self) -> list[bytes]:
        return self._joined.split(_BETWEEN)

    def _listed(self, rows: Sequence[int]) -> Iterator[Listed]:
        """The entries of some rows, without a loop in Python."""
        if not rows:
            return iter(())
        taken = itemgetter(*rows, rows[0])  # with a second row it is always several that are taken
        seconds, nanoseconds = taken(self._columns[1]), taken(self._columns[2])
        return map(
            Listed,
            taken(self._paths),
            map(_KINDS.__getitem__, taken(self._kinds)),
            taken(self._columns[0]),
            map(add, map(mul, seconds, repeat(_SECOND)), nanoseconds),
            *map(taken, self._columns[3:]),
            map(self._targets.get, rows, repeat(b"")),
        )


class Recorder:
    """Makes columns of entries as they come by, if they are sound and not too many."""

    def __init__(self) -> None:
        self._fit = True
        self._clear()

    def add(self, listed: Listed) -> None:
        """Record an entry."""
        if not self._fit or listed.problem or len(self._paths) == _MOST:
            self._give_up()
            return
        if listed.link_target:
            self._targets[len(self._paths)] = listed.link_target
        self._paths.append(listed.path)
        self._kinds.append(_NUMBERS[listed.kind])
        moment = divmod(listed.mtime_ns, _SECOND)
        try:
            for column, number in zip(
                self._columns, (listed.size, *moment, listed.mode, listed.uid, listed.gid), strict=True
            ):
                column.append(number)
        except OverflowError:
            self._give_up()

    def content(self) -> bytes | None:
        """What a listing is made of again; None where something could not be recorded."""
        if not self._fit:
            return None
        numbers = [column.tobytes() for column in self._columns]
        content = _Content(_BETWEEN.join(self._paths), bytes(self._kinds), numbers, self._targets)
        return msgspec.msgpack.encode(content)

    def _give_up(self) -> None:
        self._fit = False
        self._clear()

    def _clear(self) -> None:
        self._paths: list[bytes] = []
        self._kinds = bytearray()
        self._columns = [array(code) for code in _COLUMNS]
        self._targets: dict[int, bytes] = {}


def no_folder(path: bytes) -> PathMissing:
    """The refusal of a path that is no folder."""
    return PathMissing(f"there is no folder {path.decode(errors='backslashreplace')} in the snapshot")
