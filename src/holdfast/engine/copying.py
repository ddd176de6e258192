"""Copying snapshots from the repository of one vault into that of another, with a meter beside it."""

from collections.abc import Sequence

from holdfast.model.task import Phase
from holdfast.repo.copy import Copied, Moved, copy
from holdfast.repo.lock import PATIENCE, Held, locked
from holdfast.repo.repository import Repository

from .meter import Meter


def copy_between(
    source: Repository, snapshot_ids: Sequence[str], target: Repository, meter: Meter, read_bytes: int
) -> Copied:
    """Copy snapshots under a lock of both; `read_bytes` is what was backed up in them.

    Raises what `repo.copy` does, RepositoryLocked, and what the meter's listeners raise.
    """
    with (
        locked(source, wait=PATIENCE, meanwhile=meter.tick) as reading,
        locked(target, wait=PATIENCE, meanwhile=meter.tick) as writing,
    ):
        meter.enter(Phase.SENDING)
        progress = _Progress(meter, read_bytes, (reading, writing))
        return copy(source, snapshot_ids, target, progress.watch)


class _Progress:
    """What a copy tells, as the meter takes it."""

    def __init__(self, meter: Meter, bytes_total: int, locks: Sequence[Held]) -> None:
        self._meter = meter
        self._total = bytes_total
        self._locks = locks
        self._bytes = 0

    def watch(self, moved: Moved) -> None:
        """Called by the copy. The aim never shrinks, so that progress never goes back."""
        for one in self._locks:
            one.check()
        self._total = max(self._total, moved.of_bytes)
        self._meter.expect(self._total, 0, holes=False)
        self._meter.moved(moved.bytes - self._bytes)
        self._bytes = moved.bytes
        if moved.bytes >= moved.of_bytes:  # snapshots may follow: what would stop them is heard before
            self._meter.tell()
