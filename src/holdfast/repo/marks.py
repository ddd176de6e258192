"""Marks: which packs a prune has taken out of the index, and when, so that a later one may remove them.

A mark is a sealed file under a folder of our own, which restic does not look into. It is never changed: a
pack is *retired* when a mark names it and no index file tells of it; a mark that names a pack of the index
means nothing. Of several marks that name a pack the newest counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from holdfast.store.objects import ObjectMissing

from . import moment
from .errors import Damaged
from .repository import Repository, file_names, get_file, put_file

FOLDER = "holdfast/marks"
_PACKS = 50_000  # in one file
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Record(msgspec.Struct):
    time: str
    packs: list[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: the packs were not in the index any more at that time."""

    id: str
    time: datetime
    packs: tuple[str, ...]


def put(repository: Repository, packs: Collection[str], time: datetime) -> None:
    """Mark packs."""
    names = sorted(packs)
    text = moment.text((time - _EPOCH) // timedelta(microseconds=1) * 1000)
    for start in range(0, len(names), _PACKS):
        record = _Record(text, names[start : start + _PACKS])
        put_file(repository, FOLDER, msgspec.json.encode(record))


def find(repository: Repository) -> list[Mark]:
    """All marks; raises Damaged."""
    found = []
    for name in file_names(repository, FOLDER):
        try:
            record = msgspec.json.decode(get_file(repository, FOLDER, name), type=_Record)
        except ObjectMissing:
            continue  # taken away by somebody since the names were read
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Damaged(f"{FOLDER}/{name}: {error}") from error
        found.append(Mark(name, moment.utc(record.time), tuple(record.packs)))
    return found


def newest(marks: Collection[Mark]) -> dict[str, datetime]:
    """When each marked pack was marked last."""
    times: dict[str, datetime] = {}
    for mark in marks:
        for pack_id in mark.packs:
            times[pack_id] = max(mark.time, times.get(pack_id, mark.time))
    return times


def forget(repository: Repository, mark: Mark) -> None:
    """Take a mark away; one that is not there is fine."""
    repository.store.delete(f"{FOLDER}/{mark.id}")
