"""Locks as restic has them: a file in the repository for each process that works in it.

A shared lock goes together with other shared ones, an exclusive one with none. A lock is renewed every five
minutes; it is stale after thirty, or at once when its process on this host is dead, and then removed.

Whoever takes a lock writes it and then looks: of two that do so in the same moment, one at least sees the
other. Who wants to be alone also waits a moment before looking, as restic does, for stores that are slow to
show what is new; that is enough for both.

Who holds a lock cannot rely on it for ever: a process that was stopped for half an hour comes back with a
lock that others have removed. So before a step that cannot be undone the holder asks `Held.check`.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import msgspec

from holdfast.model import clock
from holdfast.store.objects import ObjectMissing, StoreError

from . import moment
from .errors import Damaged, RepositoryLocked, RepositoryLockLost
from .repository import Repository, file_names, get_file, put_file

REFRESH = timedelta(minutes=5)
STALE = timedelta(minutes=30)
AT_ONCE = timedelta(0)
PATIENCE = timedelta(minutes=1)  # for backups and restores: a prune needs the repository alone for a moment
_SETTLE_SECONDS = 0.2  # as restic: time for another's lock, written at the same moment, to be seen
_LONGEST_PAUSE_SECONDS = 5.0
_RETRY = timedelta(minutes=1)


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
        if clock.now() - moment.utc(self.time) > STALE:
            return True
        return self.hostname == os.uname().nodename and not _is_alive(self.pid)

    def __str__(self) -> str:
        kind = "exclusively" if self.exclusive else "in use"
        return f"{kind} by {self.username}@{self.hostname}, process {self.pid}, since {self.time}"


@contextmanager
def locked(
    repository: Repository,
    exclusive: bool = False,
    *,
    wait: timedelta = AT_ONCE,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator["Held"]:
    """Hold a lock while the block runs.

    Raises RepositoryLocked when somebody else's lock forbids it for as long as `wait`. While it does,
    `meanwhile` is called every few seconds; what it raises ends the waiting.
    """
    held = Held(repository)
    _patiently(partial(held.take, exclusive=exclusive), wait, meanwhile)
    try:
        with held.renewing():
            yield held
    finally:
        held.let_go()


@dataclass(frozen=True, slots=True)
class Unlocked:
    """How many locks were removed, and what is known of those that were left."""

    removed: int
    left: tuple[str, ...]


def unlock(repository: Repository, *, everything: bool = False) -> Unlocked:
    """Remove stale locks, and those that nobody can read, as a power failure leaves them.

    With `everything` all of them, also those that somebody is relying on.
    """
    removed = 0
    left = []
    for lock_id in file_names(repository, "locks"):
        lock = None if everything else _readable(repository, lock_id)
        if lock is not None and not lock.is_stale:
            left.append(f"the repository is {lock}")
            continue
        repository.store.delete(f"locks/{lock_id}")
        removed += 1
    return Unlocked(removed, tuple(left))


def _readable(repository: Repository, lock_id: str) -> _Lock | None:
    """The lock, or None when it is gone or nobody can read it."""
    try:
        return _read(repository, lock_id)
    except RepositoryLocked:
        return None


def unreadable(repository: Repository) -> list[str]:
    """What is wrong with lock files that nobody can read."""
    found = []
    for lock_id in file_names(repository, "locks"):
        try:
            _read(repository, lock_id)
        except RepositoryLocked as error:
            found.append(str(error))
    return found


class Held:
    """A lock that is held, under a new name each time it is renewed."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._exclusive = False
        self._ended = threading.Event()
        self._changing = threading.Lock()
        self._written = clock.now()
        self._lost = ""
        self.lock_id = ""

    def take(self, *, exclusive: bool) -> None:
        """Get the lock, or another kind of it; raises RepositoryLocked, and then all is as it was."""
        with self._changing:
            if self.lock_id:
                self._look()
            _check_others(self._repository, {self.lock_id}, exclusive)
            written = clock.now()
            new = self._write(exclusive)
            try:
                if exclusive:
                    time.sleep(_SETTLE_SECONDS)
                _check_others(self._repository, {self.lock_id, new}, exclusive)
            except BaseException:
                self._delete(new)
                raise
            self._replace(new, written, exclusive)

    @contextmanager
    def alone(self, wait: timedelta = AT_ONCE) -> Iterator[None]:
        """Hold the lock exclusively while the block runs, without ever letting it go.

        Raises RepositoryLocked when others hold theirs for as long as `wait`.
        """
        _patiently(partial(self.take, exclusive=True), wait)
        try:
            yield
        finally:
            with self._changing:
                self._renew_as(exclusive=False)

    def check(self) -> None:
        """Raises RepositoryLockLost when others may have worked as if the lock were not there."""
        with self._changing:
            self._look()
        if self._lost:
            raise RepositoryLockLost(self._lost)

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
            pause = REFRESH
            try:
                with self._changing:
                    self._look()
                    self._renew_as(exclusive=self._exclusive)
            except StoreError:
                pause = _RETRY

    def _renew_as(self, *, exclusive: bool) -> None:
        written = clock.now()
        self._replace(self._write(exclusive), written, exclusive)

    def _replace(self, new: str, written: datetime, exclusive: bool) -> None:
        old, self.lock_id = self.lock_id, new
        self._written, self._exclusive = written, exclusive
        if old:
            self._delete(old)

    def _look(self) -> None:
        """Find out whether the lock still means something; once lost, it stays lost."""
        if clock.now() - self._written > STALE - REFRESH:
            self._lost = f"the lock on the repository could not be renewed since {self._written}"
        try:
            self._repository.store.size(f"locks/{self.lock_id}")
        except ObjectMissing:
            self._lost = "somebody has removed the lock on the repository"

    def _delete(self, lock_id: str) -> None:
        with suppress(StoreError):
            self._repository.store.delete(f"locks/{lock_id}")

    def _write(self, exclusive: bool) -> str:
        lock = _Lock(
            time=moment.text(clock.now_ns()),
            exclusive=exclusive,
            hostname=os.uname().nodename,
            username="holdfast",
            pid=os.getpid(),
            uid=os.getuid(),
            gid=os.getgid(),
        )
        return put_file(self._repository, "locks", msgspec.json.encode(lock))[0]


def _patiently(
    take: Callable[[], None], wait: timedelta, meanwhile: Callable[[], object] | None = None
) -> None:
    """Try again as long as others hold their locks, until `wait` is over; raises RepositoryLocked."""
    deadline = time.monotonic() + wait.total_seconds()
    pause = _SETTLE_SECONDS
    while True:
        try:
            take()
        except RepositoryLocked:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
        else:
            return
        if meanwhile is not None:
            meanwhile()
        # by chance a little longer, so that two that stand in each other's way part
        time.sleep(min(left, pause * (1 + secrets.randbelow(100) / 100)))
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _check_others(repository: Repository, own: set[str], exclusive: bool) -> None:
    """Raises RepositoryLocked when a lock of somebody else does not go together with this kind."""
    for lock_id in file_names(repository, "locks"):
        if lock_id in own:
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
        lock = msgspec.json.decode(get_file(repository, "locks", lock_id), type=_Lock)
        moment.utc(lock.time)
    except ObjectMissing:
        return None
    except (Damaged, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RepositoryLocked(f"lock {lock_id} cannot be read: {error}") from error
    return lock


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
