"""Locks as restic has them: a file in the repository for each process that works in it.

A shared lock goes together with other shared ones, an exclusive one with none. A lock is renewed every five
minutes; it is stale after thirty, or at once when its process on this host is dead, and then removed.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from holdfast.model import clock
from holdfast.store.objects import ObjectMissing, StoreError

from . import moment
from .errors import Damaged, RepositoryLocked
from .repository import Repository, file_names, get_file, put_file

REFRESH = timedelta(minutes=5)
STALE = timedelta(minutes=30)
_SETTLE_SECONDS = 0.2  # as restic: time for another's lock, written at the same moment, to be seen
_RETRY = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Lock(msgspec.Struct, omit_defaults=True):
    time: str
    exclusive: bool
    hostname: str
    username: str
    pid: int
    uid: int = 0
    gid: int = 0

    @property
    def is_stale(self) -> bool:
        written = _EPOCH + timedelta(microseconds=moment.nanoseconds(self.time) // 1000)
        if clock.now() - written > STALE:
            return True
        return self.hostname == os.uname().nodename and not _is_alive(self.pid)

    def __str__(self) -> str:
        kind = "exclusively" if self.exclusive else "in use"
        return f"{kind} by {self.username}@{self.hostname}, process {self.pid}, since {self.time}"


@contextmanager
def locked(repository: Repository, exclusive: bool = False) -> Iterator[None]:
    """Hold a lock while the block runs.

    Raises RepositoryLocked when somebody else's lock forbids it.
    """
    _check_others(repository, None, exclusive)
    holder = _Holder(repository, exclusive)
    try:
        time.sleep(_SETTLE_SECONDS)
        _check_others(repository, holder.lock_id, exclusive)
        with holder.renewing():
            yield
    finally:
        holder.let_go()


class _Holder:
    """A lock that is held, under a new name each time it is renewed."""

    def __init__(self, repository: Repository, exclusive: bool) -> None:
        self._repository = repository
        self._exclusive = exclusive
        self._ended = threading.Event()
        self.lock_id = self._write()

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """Renew the lock while the block runs."""
        thread = threading.Thread(target=self._renew, name="renew repository lock", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def let_go(self) -> None:
        """Remove the lock; a store that fails now leaves one that becomes stale."""
        self._delete(self.lock_id)

    def _renew(self) -> None:
        pause = REFRESH
        while not self._ended.wait(pause.total_seconds()):
            try:
                new = self._write()
            except StoreError:
                pause = _RETRY
                continue
            pause = REFRESH
            old, self.lock_id = self.lock_id, new
            self._delete(old)

    def _delete(self, lock_id: str) -> None:
        try:
            self._repository.store.delete(f"locks/{lock_id}")
        except StoreError:
            return

    def _write(self) -> str:
        lock = _Lock(
            time=moment.text(clock.now_ns()),
            exclusive=self._exclusive,
            hostname=os.uname().nodename,
            username="holdfast",
            pid=os.getpid(),
            uid=os.getuid(),
            gid=os.getgid(),
        )
        return put_file(self._repository, "locks", msgspec.json.encode(lock))[0]


def _check_others(repository: Repository, own: str | None, exclusive: bool) -> None:
    """Raises RepositoryLocked when a lock of somebody else does not go together with this kind."""
    for lock_id in file_names(repository, "locks"):
        if lock_id == own:
            continue
        lock = _read(repository, lock_id)
        if lock is None:
            continue
        if lock.is_stale:
            repository.store.delete(f"locks/{lock_id}")
        elif exclusive or lock.exclusive:
            raise RepositoryLocked(f"the repository is {lock}")


def _read(repository: Repository, lock_id: str) -> _Lock | None:
    """The lock, or None when it is gone; raises RepositoryLocked for one that nobody can read."""
    try:
        return msgspec.json.decode(get_file(repository, "locks", lock_id), type=_Lock)
    except ObjectMissing:
        return None
    except (Damaged, msgspec.DecodeError) as error:
        raise RepositoryLocked(f"lock {lock_id} cannot be read: {error}") from error


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
