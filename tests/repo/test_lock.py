import os
import subprocess
import sys
from datetime import timedelta

import msgspec
import pytest

from holdfast.model import clock
from holdfast.repo import moment
from holdfast.repo.errors import RepositoryLocked
from holdfast.repo.lock import STALE, locked
from holdfast.repo.repository import Repository, get_file, put_file

HOST = os.uname().nodename


def locks(repository: Repository) -> list[str]:
    return [name for name, _ in repository.store.names("locks")]


def lock_of(
    repository: Repository, *, age: timedelta, hostname: str, pid: int, exclusive: bool = True
) -> str:
    """Write a lock as another process would have done a while ago."""
    written = clock.now_ns() - age // timedelta(microseconds=1) * 1000
    lock = {
        "time": moment.text(written),
        "exclusive": exclusive,
        "hostname": hostname,
        "username": "ada",
        "pid": pid,
    }
    return put_file(repository, "locks", msgspec.json.encode(lock))[0]


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_lock_is_there_while_the_block_runs_and_no_longer(repository: Repository) -> None:
    with locked(repository):
        (name,) = locks(repository)
        lock = msgspec.json.decode(get_file(repository, "locks", name.rpartition("/")[2]))
        assert (lock["exclusive"], lock["hostname"], lock["pid"]) == (False, HOST, os.getpid())
    assert locks(repository) == []


def test_a_lock_is_let_go_when_the_block_fails(repository: Repository) -> None:
    with pytest.raises(ZeroDivisionError), locked(repository, exclusive=True):
        raise ZeroDivisionError
    assert locks(repository) == []


def test_shared_locks_go_together(repository: Repository) -> None:
    with locked(repository), locked(repository):
        assert len(locks(repository)) == 2


@pytest.mark.parametrize(("held", "wanted"), [(True, True), (True, False), (False, True)])
def test_an_exclusive_lock_goes_with_no_other(repository: Repository, held: bool, wanted: bool) -> None:
    with locked(repository, exclusive=held):
        with (
            pytest.raises(RepositoryLocked, match=f"@{HOST}, process {os.getpid()}"),
            locked(repository, wanted),
        ):
            pass
        assert len(locks(repository)) == 1
    with locked(repository, wanted):
        pass


def test_a_lock_of_another_host_counts_until_it_is_stale(repository: Repository) -> None:
    lock_of(repository, age=STALE - timedelta(minutes=1), hostname="elsewhere", pid=1)
    with pytest.raises(RepositoryLocked, match="ada@elsewhere"), locked(repository):
        pass


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_lock_that_was_not_renewed_is_stale_and_removed(repository: Repository, exclusive: bool) -> None:
    lock_of(repository, age=STALE + timedelta(seconds=1), hostname="elsewhere", pid=1)
    with locked(repository, exclusive):
        assert len(locks(repository)) == 1


def test_a_lock_of_a_dead_process_of_this_host_is_stale_at_once(repository: Repository) -> None:
    lock_of(repository, age=timedelta(0), hostname=HOST, pid=dead_pid())
    with locked(repository):
        assert len(locks(repository)) == 1


def test_a_lock_that_nobody_can_read_is_honoured(repository: Repository) -> None:
    repository.store.put("locks/" + "ab" * 32, b"torn")
    with pytest.raises(RepositoryLocked, match="cannot be read"), locked(repository):
        pass


def test_a_lock_is_renewed_before_it_becomes_stale(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.repo.lock.REFRESH", timedelta(milliseconds=20))
    with locked(repository):
        (first,) = locks(repository)
        while first in locks(repository):
            pass
        assert locks(repository)
    assert locks(repository) == []
