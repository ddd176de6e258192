"""The segments of a project, and what they hold, read from the rows or from the shelf.

A segment is up to 65,536 ended tasks of a project, in the order of their numbers; a project's segments do not
overlap. Segments are numbered in that order, with gaps, so that one that is full can be divided. The numbers
of a segment's tasks are kept in blocks, because a page needs few of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Protocol, TypeVar

import msgspec
import numpy as np
import sqlalchemy as sa
import zstandard
from numpy.typing import NDArray
from sqlalchemy import Connection

from holdfast.db.statements import Record
from holdfast.db.task_projects import TaskProject
from holdfast.db.task_tables import task_column, task_segment

from . import shelf
from .column import Column, read_plain

BLOCK = 4096  # rows
AT_ONCE = 64  # segments of which one statement reads
# What lists are filtered by, and what summaries add up, but the number.
KEYS = (
    "operation", "status", "provider_key", "enterprise_key", "vault_key", "resource_key", "type_key",
    "policy_key", "error_key", "message_key",
)  # fmt: skip
PLAIN = ("started_at", "ended_at", "bytes_done", "bytes_stored")
COLUMNS = (*KEYS, *PLAIN)
# Columns of moments that not every task has, and a column beside each: 1 for those that have one, or else 0.
HAS: Mapping[str, str] = MappingProxyType({"started_at": "has_started", "ended_at": "has_ended"})


class _Sized(Protocol):
    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory."""


Thing = TypeVar("Thing", bound=_Sized)


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One segment: `blocks` are the numbers of the first task of each block, moments are in microseconds."""

    project_key: int
    number: int
    version: int
    rows: int
    first_seq: int
    last_seq: int
    started_from: int | None
    started_to: int | None
    ended_from: int | None
    ended_to: int | None
    blocks: tuple[int, ...]

    def span(self, column: str) -> tuple[int | None, int | None]:
        """The first and the last moment in a column of moments."""
        if column == "started_at":
            return self.started_from, self.started_to
        return self.ended_from, self.ended_to


class Catalogue(msgspec.Struct, frozen=True):
    """A project's segments in order, as of a version; what they hold below `trimmed_to` is gone."""

    project_key: int
    version: int
    trimmed_to: int | None
    segments: tuple[Segment, ...]

    @property
    def versions(self) -> dict[int, int]:
        """The version of each segment, by its number."""
        return {segment.number: segment.version for segment in self.segments}


def catalogue(tx: Connection, project: TaskProject) -> Catalogue | None:
    """The project's segments, as this transaction sees them; None where it has none."""
    if project.version == 0:
        return None
    name = ("catalogue", project.project_key, project.version)
    found = shelf.of(tx).get(name, Catalogue)
    if found is None:
        found = Catalogue(project.project_key, project.version, None, tuple(find(tx, project.project_key)))
        shelf.of(tx).put(name, found, 700 * len(found.segments))
    return msgspec.structs.replace(found, trimmed_to=project.trimmed_to) if found.segments else None


def find(tx: Connection, project_key: int) -> list[Segment]:
    """The project's segments in order."""
    wanted = sa.select(task_segment).where(task_segment.c.project_key == project_key)
    return [_segment(row) for row in tx.execute(wanted.order_by(task_segment.c.number))]


def columns(tx: Connection, segments: Sequence[Segment], name: str) -> Iterator[tuple[Segment, Column]]:
    """One column of keys of each of these segments."""
    return _each(tx, segments, name, Column, Column.read)


def plain_columns(
    tx: Connection, segments: Sequence[Segment], name: str
) -> Iterator[tuple[Segment, NDArray[np.int64]]]:
    """One plain column of each of these segments."""
    return _each(tx, segments, name, np.ndarray, read_plain)


def table(tx: Connection, segment: Segment, names: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """These columns of one segment, row by row, `seq` included; past the shelf: it is looked at once."""
    blocks = [block_name(block) for block in range(len(segment.blocks))] if "seq" in names else []
    kept = [name for name in names if name != "seq"]
    wanted = sa.select(task_column.c.name, task_column.c.data).where(
        task_column.c.project_key == segment.project_key,
        task_column.c.name.in_([*kept, *blocks]),
        task_column.c.number == segment.number,
    )
    data = {row.name: row.data for row in tx.execute(wanted)}
    found = {
        name: read_plain(data[name]) if name in PLAIN else Column.read(data[name]).by_row() for name in kept
    }
    if blocks:
        found["seq"] = np.concatenate([_read_block(data[name]) for name in blocks])
    return found


def seqs(tx: Connection, segment: Segment, rows: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The numbers of the tasks in these rows."""
    found = np.empty(len(rows), dtype=np.int64)
    blocks = rows // BLOCK
    for block in np.unique(blocks):
        here = blocks == block
        found[here] = _block(tx, segment, int(block))[rows[here] % BLOCK]
    return found


def rows_below(tx: Connection, segment: Segment, seq: int) -> int:
    """How many of its tasks have a lower number than this one."""
    if seq <= segment.first_seq:
        return 0
    if seq > segment.last_seq:
        return segment.rows
    block = int(np.searchsorted(np.array(segment.blocks, dtype=np.int64), seq, side="left")) - 1
    return block * BLOCK + int(np.searchsorted(_block(tx, segment, block), seq, side="left"))


def rows_with(tx: Connection, segment: Segment, seqs: NDArray[np.int64]) -> NDArray[np.uint16]:
    """The rows of its tasks that have one of these numbers, which are ascending, and none below its first."""
    rows = [np.zeros(0, dtype=np.int64)]
    for block, begin, end in _by_block(segment, seqs):
        numbers, mine = _block(tx, segment, block), seqs[begin:end]
        places = np.searchsorted(numbers, mine)
        places[places == len(numbers)] = 0  # where it is not, as at any other
        rows.append(places[numbers[places] == mine] + block * BLOCK)
    return np.concatenate(rows).astype(np.uint16)


def fetch_blocks(tx: Connection, wanted: Sequence[tuple[Segment, NDArray[np.int64]]]) -> None:
    """Have the blocks on the shelf in which these numbers of these segments are, by few statements."""
    here = shelf.of(tx)
    blocks = {
        (segment.number, block_name(block)): segment
        for segment, seqs in wanted
        for block, _, _ in _by_block(segment, seqs)
    }
    missing = [
        (number, name)
        for (number, name), segment in blocks.items()
        if here.get(_key(segment, name), np.ndarray) is None
    ]
    for begin in range(0, len(missing), AT_ONCE):
        some = missing[begin : begin + AT_ONCE]
        asked = sa.select(task_column.c.number, task_column.c.name, task_column.c.data).where(
            task_column.c.project_key == wanted[0][0].project_key,
            sa.tuple_(task_column.c.name, task_column.c.number).in_(
                [(name, number) for number, name in some]
            ),
        )
        for row in tx.execute(asked):
            numbers = _read_block(row.data)
            here.put(_key(blocks[row.number, row.name], row.name), numbers, numbers.nbytes)


def _by_block(segment: Segment, seqs: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """The blocks in which these numbers are, if they are: each with where its numbers begin and end."""
    ends = np.append(np.searchsorted(seqs, np.array(segment.blocks, dtype=np.int64)), len(seqs)).tolist()
    for block, (begin, end) in enumerate(pairwise(ends)):
        if begin < end:
            yield block, begin, end


def write_block(numbers: NDArray[np.int64]) -> bytes:
    """A block of numbers as it is kept: differences, compressed."""
    return zstandard.ZstdCompressor(level=3).compress(np.diff(numbers, prepend=np.int64(0)).tobytes())


def block_name(block: int) -> str:
    """The name under which a block of numbers is kept beside the columns."""
    return f"seq {block}"


def _block(tx: Connection, segment: Segment, block: int) -> NDArray[np.int64]:
    name = block_name(block)
    kept = shelf.of(tx).get(_key(segment, name), np.ndarray)
    if kept is not None:  # as most often, and one question may ask for hundreds
        return kept
    ((_, found),) = _each(tx, [segment], name, np.ndarray, _read_block)
    return found


def _read_block(data: bytes) -> NDArray[np.int64]:
    steps = np.frombuffer(zstandard.ZstdDecompressor().decompress(data), np.int64)
    return np.cumsum(steps)


def _each(
    tx: Connection,
    segments: Sequence[Segment],
    name: str,
    kind: type[Thing],
    opened: Callable[[bytes], Thing],
) -> Iterator[tuple[Segment, Thing]]:
    """One thing of each of these segments: from the shelf, or read and put there."""
    here = shelf.of(tx)
    for begin in range(0, len(segments), AT_ONCE):
        some = segments[begin : begin + AT_ONCE]
        kept = {segment.number: here.get(_key(segment, name), kind) for segment in some}
        missing = [segment for segment in some if kept[segment.number] is None]
        fresh = dict(_read(tx, missing, name)) if missing else {}
        for segment in some:
            thing = kept[segment.number]
            if thing is None:
                thing = opened(fresh[segment.number])
                here.put(_key(segment, name), thing, thing.nbytes)
            yield segment, thing


def _key(segment: Segment, name: str) -> tuple[int, str, int, int]:
    return segment.project_key, name, segment.number, segment.version


def _read(tx: Connection, segments: Sequence[Segment], name: str) -> Iterable[tuple[int, bytes]]:
    wanted = sa.select(task_column.c.number, task_column.c.data).where(
        task_column.c.project_key == segments[0].project_key,
        task_column.c.name == name,
        task_column.c.number.in_([segment.number for segment in segments]),
    )
    return ((row.number, row.data) for row in tx.execute(wanted))


def _segment(row: Record) -> Segment:
    values = {name: value for name, value in row._mapping.items() if name != "blocks"}
    return Segment(**values, blocks=tuple(np.frombuffer(row.blocks, np.int64).tolist()))
